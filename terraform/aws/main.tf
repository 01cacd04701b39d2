# What the parts share. Each part is a file of its own and a switch in var.<part>.enabled.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id

  common = {
    runtime            = var.runtime
    log_retention_days = var.log_retention_days
    kms_key_arn        = var.kms_key_arn
    tracing            = var.tracing
    alarm_actions      = local.alarms
  }
}

# --- Alarms: what CloudWatch, the uptime checker and the functions themselves have to tell ----------------------------

locals {
  has_alarms = var.metric_writer.enabled || var.uptime_checker.enabled || var.notifier.enabled
  alarms     = aws_sns_topic.alarms[*].arn
}

resource "aws_sns_topic" "alarms" {
  #checkov:skip=CKV_AWS_26:SNS's own key would shut CloudWatch's alarms out; kms_key_arn names one that lets them in
  count = local.has_alarms ? 1 : 0

  name              = "${var.name}-alarms"
  kms_master_key_id = var.kms_key_arn
}

resource "aws_sns_topic_policy" "alarms" {
  count = local.has_alarms ? 1 : 0

  arn    = aws_sns_topic.alarms[0].arn
  policy = data.aws_iam_policy_document.alarms[0].json
}

data "aws_iam_policy_document" "alarms" {
  count = local.has_alarms ? 1 : 0

  statement {
    sid       = "ServicesOfThisAccount"
    actions   = ["sns:Publish"]
    resources = local.alarms

    principals {
      type = "Service"
      identifiers = [
        "cloudwatch.amazonaws.com", "budgets.amazonaws.com", "costalerts.amazonaws.com", "backup.amazonaws.com",
        "codestar-notifications.amazonaws.com", "events.rds.amazonaws.com",
      ]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

# --- Configuration: the files that the functions read ----------------------------------------------------------------

locals {
  files = merge(
    var.uptime_checker.enabled && var.uptime_checker.config_file != null ? { "uptime.yaml" = var.uptime_checker.config_file } : {},
    var.notifier.enabled && var.notifier.rules_file != null ? { "notifier.yaml" = var.notifier.rules_file } : {},
  )
}

module "configuration" {
  source = "./modules/bucket"
  count  = length(local.files) > 0 ? 1 : 0

  name          = "${var.name}-configuration-${local.account}-${local.region}"
  versioned     = true
  force_destroy = true # its objects are these files
  kms_key_arn   = var.kms_key_arn
}

resource "aws_s3_bucket_object" "configuration" {
  #checkov:skip=CKV_AWS_186:S3's own key, unless kms_key_arn names another
  for_each = local.files

  bucket       = module.configuration[0].name
  key          = each.key
  content      = file(each.value)
  content_type = "application/yaml"
}

locals {
  # By key: where a function finds the file, and what it may read.
  objects = { for key, object in aws_s3_bucket_object.configuration : key => {
    url = "s3://${object.bucket}/${key}"
    arn = "${module.configuration[0].arn}/${key}"
  } }
}
