# A private bucket: encrypted, reached over TLS only, its objects expire.
#
# Encryption and expiry stand inside the bucket: the resources of their own that newer providers prefer are unknown to 3.39.

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_21:a switch, see var.versioned; logs are written once
  #checkov:skip=CKV_AWS_18:who reads is in CloudTrail; access logs would need a bucket of their own
  #checkov:skip=CKV_AWS_144:what is in here can be made again or expires
  #checkov:skip=CKV_AWS_145:S3's own key, unless kms_key_arn names another
  #checkov:skip=CKV2_AWS_62:nobody waits for an object
  bucket        = var.name
  force_destroy = var.force_destroy
  tags          = var.tags

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
      for_each = var.expiration_days > 0 ? [var.expiration_days] : []
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
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = data.aws_iam_policy_document.this.json

  depends_on = [aws_s3_bucket_public_access_block.this]
}

data "aws_iam_policy_document" "this" {
  statement {
    sid       = "OnlyTLS"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
