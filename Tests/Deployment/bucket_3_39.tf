# What modules/bucket/objects.tf says, in the words of provider 3.39, which today's call deprecated.
resource "aws_s3_bucket" "this" {
  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm     = var.kms_key_arn == null ? "AES256" : "aws:kms"
        kms_master_key_id = var.kms_key_arn
      }
    }
  }

  versioning {
    enabled = var.versioned
  }

  lifecycle_rule {
    id                                     = "expire"
    enabled                                = true
    abort_incomplete_multipart_upload_days = 7

    dynamic "expiration" {
      for_each = var.expiration_days > 0 && var.expiration_folder == "" ? [var.expiration_days] : []
      content {
        days = expiration.value
      }
    }

    dynamic "noncurrent_version_expiration" {
      for_each = var.versioned ? [30] : []
      content {
        days = noncurrent_version_expiration.value
      }
    }
  }

  dynamic "lifecycle_rule" {
    for_each = var.expiration_days > 0 && var.expiration_folder != "" ? [var.expiration_days] : []
    content {
      id      = "expire-folder"
      enabled = true
      prefix  = "${var.expiration_folder}/"

      expiration {
        days = lifecycle_rule.value
      }
    }
  }
}
