output "name" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.this.id
}

output "domain_name" {
  description = "Address of the bucket in its region."
  value       = aws_s3_bucket.this.bucket_regional_domain_name
}

output "arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}
