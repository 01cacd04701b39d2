# CloudFront in front of a private bucket: whoever has the address reads the pages, and the bucket stays shut. How the
# distribution gets at the bucket is in access.tf; the bucket's policy names the distribution.

resource "aws_cloudfront_distribution" "this" {
  #checkov:skip=CKV_AWS_68:a web ACL costs more than all of this, and there is nothing here but files to read
  #checkov:skip=CKV2_AWS_47:as above: no program answers that could log what is sent to it
  #checkov:skip=CKV_AWS_86:logs of who reads would need a bucket of their own
  #checkov:skip=CKV_AWS_174:with certificate_arn it is TLS 1.2; CloudFront's own certificate takes no setting
  #checkov:skip=CKV2_AWS_42:with certificate_arn it is a certificate of yours
  #checkov:skip=CKV2_AWS_32:it has a policy of AWS's own, by its id, which the rule does not follow
  #checkov:skip=CKV_AWS_310:there is one bucket, which S3 keeps in three zones
  #checkov:skip=CKV_AWS_374:a status page is for readers everywhere
  enabled             = true
  comment             = var.name
  default_root_object = "index.html"
  is_ipv6_enabled     = true
  http_version        = "http2and3"
  price_class         = var.price_class
  aliases             = var.aliases
  tags                = var.tags

  origin {
    origin_id                = "bucket"
    domain_name              = var.bucket_domain_name
    origin_path              = "/${var.folder}"
    origin_access_control_id = aws_cloudfront_origin_access_control.this.id
  }

  default_cache_behavior {
    target_origin_id       = "bucket"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    viewer_protocol_policy = "redirect-to-https"
    compress               = true
    # CachingOptimized of AWS: a file is kept for as long as its Cache-Control says, and no query makes another one of it.
    cache_policy_id = "658327ea-f89d-4fab-a63d-7e88639e58f6"
    # CORS-and-SecurityHeadersPolicy of AWS: other pages may read the JSON files, as those of the original's proxy.
    response_headers_policy_id = "e61eb60c-9c35-4d20-a928-2b84e02af89c"
  }

  viewer_certificate {
    cloudfront_default_certificate = var.certificate_arn == null
    acm_certificate_arn            = var.certificate_arn
    ssl_support_method             = var.certificate_arn == null ? null : "sni-only"
    minimum_protocol_version       = var.certificate_arn == null ? "TLSv1" : "TLSv1.2_2021"
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }
}
