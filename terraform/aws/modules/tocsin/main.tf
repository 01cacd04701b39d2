# What the parts share. Each part is a file of its own and a switch in var.<part>.enabled.

module "settings" {
  source = "../settings"

  given = {
    metric_writer     = var.metric_writer
    uptime_checker    = var.uptime_checker
    notifier          = var.notifier
    chaos_executor    = var.chaos_executor
    alarm_provisioner = var.alarm_provisioner
    fargate_adjuster  = var.fargate_adjuster
    sla_reporter      = var.sla_reporter
    sla_runner        = var.sla_runner
    existing          = var.existing
  }

  metric_writer     = var.metric_writer
  uptime_checker    = var.uptime_checker
  notifier          = var.notifier
  chaos_executor    = var.chaos_executor
  alarm_provisioner = var.alarm_provisioner
  fargate_adjuster  = var.fargate_adjuster
  sla_reporter      = var.sla_reporter
  sla_runner        = var.sla_runner
  existing          = var.existing
}

locals {
  # Each stage has namespaces of its own.
  metric_writer  = merge(module.settings.all.metric_writer, { namespace = "${module.settings.all.metric_writer.namespace}${local.stage}" })
  uptime_checker = merge(module.settings.all.uptime_checker, { namespace = "${module.settings.all.uptime_checker.namespace}${local.stage}" })
  stage          = var.stage == null ? "" : "/${var.stage}"
  notifier       = module.settings.all.notifier
  chaos          = merge(module.settings.all.chaos_executor, { namespace = "${module.settings.all.chaos_executor.namespace}${local.stage}" })
  provisioner    = module.settings.all.alarm_provisioner
  fargate        = module.settings.all.fargate_adjuster
  reporter       = module.settings.all.sla_reporter
  sla_runner     = module.settings.all.sla_runner
  existing       = module.settings.all.existing

  # Under names of their own: they add to what a function may do and replace nothing.
  extra_statements = { for part in ["metric_writer", "uptime_checker", "notifier", "chaos_executor", "alarm_provisioner", "fargate_adjuster", "sla_reporter"] : part => {
    for id, statement in module.settings.all[part].statements : "Extra${id}" => statement
  } }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.id

  common = {
    runtime              = var.runtime
    architecture         = var.architecture
    log_retention_days   = var.log_retention_days
    kms_key_arn          = var.kms_key_arn
    tracing              = var.tracing
    alarm_actions        = local.alarms
    permissions_boundary = var.permissions_boundary
    tags                 = var.tags
  }
}

# --- Where this state's deployment is: a second one with the same state would destroy the first ----------------------

resource "terraform_data" "place" {
  input = local.place

  # As it was at first.
  lifecycle {
    ignore_changes = [input]
  }
}

locals {
  place = { account = local.account, region = local.region, name = var.name }
}

# --- Alarms: what CloudWatch, the uptime checker and the functions themselves have to tell ----------------------------

locals {
  has_alarms = local.metric_writer.enabled || local.uptime_checker.enabled || local.notifier.enabled || local.chaos.enabled || local.provisioner.enabled || local.fargate.enabled || local.reporter.enabled
  own_alarms = local.has_alarms && local.existing.alarms_topic == null ? 1 : 0

  # A list of one or none.
  alarms = local.existing.alarms_topic != null ? [local.existing.alarms_topic.arn] : aws_sns_topic.alarms[*].arn
}

resource "aws_sns_topic" "alarms" {
  #checkov:skip=CKV_AWS_26:SNS's own key would shut CloudWatch's alarms out; kms_key_arn names one that lets them in
  count = local.own_alarms

  name              = "${var.name}-alarms"
  kms_master_key_id = var.kms_key_arn
  tags              = var.tags
}

resource "aws_sns_topic_policy" "alarms" {
  count = local.own_alarms

  arn    = aws_sns_topic.alarms[0].arn
  policy = data.aws_iam_policy_document.alarms[0].json
}

data "aws_iam_policy_document" "alarms" {
  count = local.own_alarms

  statement {
    sid       = "ServicesOfThisAccount"
    actions   = ["sns:Publish"]
    resources = aws_sns_topic.alarms[*].arn

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
    local.uptime_checker.enabled && local.uptime_checker.config_file != null ? { "uptime.yaml" = local.uptime_checker.config_file } : {},
    local.notifier.enabled && local.notifier.rules_file != null ? { "notifier.yaml" = local.notifier.rules_file } : {},
    local.chaos.enabled && local.chaos.guard_file != null ? { "guard.yaml" = local.chaos.guard_file } : {},
    { for name, experiment in local.chaos.experiments : "experiments/${name}.yaml" => experiment.file if local.chaos.enabled },
    local.fargate.enabled && local.fargate.config_file != null ? { "fargate.yaml" = local.fargate.config_file } : {},
    local.reporter.enabled && local.reporter.config_file != null ? { "report.yaml" = local.reporter.config_file } : {},
    { for name, file in local.provisioner.rules_files : "alarms/${name}.yaml" => file if local.provisioner.enabled },
  )
}

module "configuration" {
  source = "../bucket"
  count  = length(local.files) > 0 && local.existing.configuration_bucket == null ? 1 : 0

  name          = "${var.name}-configuration-${local.account}-${local.region}"
  versioned     = true
  force_destroy = true # its objects are these files
  kms_key_arn   = var.kms_key_arn
  tags          = var.tags
}

resource "aws_s3_object" "configuration" {
  #checkov:skip=CKV_AWS_186:S3's own key, unless kms_key_arn names another
  for_each = local.files

  bucket       = local.configuration_bucket
  key          = "${var.name}/${each.key}"
  content      = file(each.value)
  content_type = "application/yaml"
  tags         = var.tags

  # A function never looks for a file that is not there.
  lifecycle {
    create_before_destroy = true
  }
}

locals {
  configuration_bucket = try(local.existing.configuration_bucket.name, one(module.configuration[*].name))

  # By file: where a function finds it, and what it may read.
  objects = { for file, object in aws_s3_object.configuration : file => {
    url = "s3://${object.bucket}/${object.key}"
    arn = "arn:${local.partition}:s3:::${object.bucket}/${object.key}"
  } }
}
