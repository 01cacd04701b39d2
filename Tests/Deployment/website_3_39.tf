# What modules/website says, in the words of provider 3.39: it knows no origin access control, and of response headers nothing.
resource "aws_cloudfront_distribution" "this" {
  http_version = "http2"
  # The provider looks for the first time after a minute.
  wait_for_deployment = false

  origin {
    origin_id   = "bucket"
    domain_name = var.bucket_domain_name
    origin_path = "/${var.folder}"
  }

  default_cache_behavior {
    target_origin_id       = "bucket"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    viewer_protocol_policy = "redirect-to-https"
    compress               = true
    cache_policy_id        = "658327ea-f89d-4fab-a63d-7e88639e58f6"
  }
}
