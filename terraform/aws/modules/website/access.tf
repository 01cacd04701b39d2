# CloudFront signs what it asks the bucket for.

resource "aws_cloudfront_origin_access_control" "this" {
  name                              = var.name
  description                       = "Reads the bucket of ${var.name}"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}
