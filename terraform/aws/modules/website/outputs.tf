output "arn" {
  description = "ARN of the distribution, for the bucket's policy."
  value       = aws_cloudfront_distribution.this.arn
}

output "domain_name" {
  description = "Where the pages are, without https://; what a CNAME of yours points to."
  value       = aws_cloudfront_distribution.this.domain_name
}
