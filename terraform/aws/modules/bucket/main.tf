# A private bucket: encrypted, reached over TLS only, its objects expire. What becomes of the objects is in objects.tf.

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_21:a switch, see var.versioned; logs are written once
  #checkov:skip=CKV_AWS_18:who reads is in CloudTrail; access logs would need a bucket of their own
  #checkov:skip=CKV_AWS_144:what is in here can be made again or expires
  #checkov:skip=CKV_AWS_145:S3's own key, unless kms_key_arn names another
  #checkov:skip=CKV2_AWS_62:nobody waits for an object
  bucket        = var.name
  force_destroy = var.force_destroy
  tags          = var.tags
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

  # Whom a bucket that is shut to all others lets read.
  dynamic "statement" {
    for_each = var.readers
    content {
      sid       = "Distribution${statement.key}"
      actions   = ["s3:GetObject"]
      resources = ["${aws_s3_bucket.this.arn}/${statement.value.folder}/*"]

      principals {
        type        = "Service"
        identifiers = ["cloudfront.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "AWS:SourceArn"
        values   = [statement.value.distribution]
      }
    }
  }
}
