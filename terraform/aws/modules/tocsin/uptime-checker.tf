# Endpoints in Gatus's format → CloudWatch metrics, and changes of state → the alarms topic. With shards several functions
# divide the file among them and share the state; docs/scale.md says how.

module "uptime_checker" {
  source = "../function"
  count  = local.uptime_checker.enabled ? local.uptime_checker.shards : 0

  # The first keeps its name however many there are.
  name        = "${local.uptime_function}${count.index == 0 ? "" : "-${count.index + 1}"}"
  description = "Checks endpoints, writes metrics and tells what goes down and comes up again${local.uptime_checker.shards == 1 ? "" : "; shard ${count.index + 1} of ${local.uptime_checker.shards}"}"
  zip         = "${var.zips}/uptime-checker.zip"
  memory      = local.uptime_checker.memory
  timeout     = local.uptime_checker.timeout

  environment = merge(
    {
      UPTIME_CONFIG        = coalesce(one(local.uptime_objects[*].url), local.uptime_checker.config_parameter)
      UPTIME_STATE         = "dynamodb://${aws_dynamodb_table.uptime[0].name}${local.uptime_checker.shards == 1 ? "" : "/${local.uptime_function}"}"
      UPTIME_TOPIC_ARN     = local.alarms[0]
      UPTIME_METRICS       = local.uptime_checker.metrics
      CLOUDWATCH_NAMESPACE = local.uptime_checker.namespace
      METRIC_OUTPUT        = local.uptime_checker.output
    },
    local.uptime_checker.environment,
    local.uptime_checker.shards == 1 ? {} : { UPTIME_SHARD = "${count.index + 1}/${local.uptime_checker.shards}" },
  )

  statements = merge(
    local.extra_statements.uptime_checker,
    {
      State = {
        actions   = ["dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem"]
        resources = aws_dynamodb_table.uptime[*].arn
      }
      Changes = { actions = ["sns:Publish"], resources = local.alarms }
    },
    local.uptime_checker.config_file == null ? {
      Configuration = { actions = ["ssm:GetParameter"], resources = [local.uptime_checker.config_parameter] }
      } : {
      Configuration = { actions = ["s3:GetObject"], resources = local.uptime_objects[*].arn }
    },
    local.uptime_checker.output == "emf" ? {} : {
      Metrics = {
        actions = ["cloudwatch:PutMetricData"]
        # PutMetricData knows no resources; the namespace narrows it, which metrics by OTLP do not have.
        resources  = ["*"]
        conditions = local.uptime_checker.output == "otlp" ? {} : { "cloudwatch:namespace" = local.uptime_checker.namespace }
      }
    },
  )

  triggers = { schedule = local.uptime_schedules[count.index], longest_gap = try(coalesce(local.uptime_checker.longest_gap, local.uptime_minutes), null) }
  # Endpoints whose metrics or changes were not written stay due. Lambda tries again a minute later, once: with the
  # default schedule the next run does the same at that time, with a slower one only this saves the data point.
  retries               = 1
  maximum_event_age     = local.uptime_checker.timeout + 120
  dead_letter_retention = 3600

  reserved_concurrency = local.uptime_checker.reserved_concurrency
  canary               = local.uptime_checker.canary
  url                  = local.uptime_checker.function_url && count.index == 0
  vpc                  = local.uptime_checker.vpc
  common               = local.common
}

locals {
  uptime_function = "${var.name}-uptime-checker"

  # Minutes of a rate(…) that a cron(…) can say, too: those that divide an hour or are hours that divide a day. Others, and
  # rate(1 minute), have no offset: EventBridge knows no seconds. null for them and for a single function.
  uptime_rate   = try(regex("^rate\\((\\d+) (minute|hour|day)s?\\)$", local.uptime_checker.schedule), null)
  uptime_period = try(tonumber(local.uptime_rate[0]) * { minute = 1, hour = 60, day = 1440 }[local.uptime_rate[1]], 1)
  uptime_minutes = (
    local.uptime_checker.shards == 1 || local.uptime_period < 2 ? null :
    (local.uptime_period <= 60 ? 60 % local.uptime_period : local.uptime_period % 60 + 1440 % local.uptime_period) == 0 ? local.uptime_period : null
  )

  # Each shard runs a part of the period after the one before.
  uptime_schedules = [for shard in range(local.uptime_checker.shards) : local.uptime_minutes == null ? local.uptime_checker.schedule : (
    local.uptime_minutes < 60 ? "cron(${floor(shard * local.uptime_minutes / local.uptime_checker.shards)}/${local.uptime_minutes} * * * ? *)" :
    "cron(${floor(shard * local.uptime_minutes / local.uptime_checker.shards) % 60} ${floor(shard * local.uptime_minutes / local.uptime_checker.shards / 60)}${local.uptime_minutes == 1440 ? "" : "/${local.uptime_minutes / 60}"} * * ? *)"
  )]

  uptime_objects = [for key, object in local.objects : object if key == "uptime.yaml"]
}

# One item for each endpoint that is not up, or was not lately, and for each external one.
resource "aws_dynamodb_table" "uptime" {
  #checkov:skip=CKV_AWS_28:a lost table costs one repeated message for each endpoint that is down
  #checkov:skip=CKV_AWS_119:DynamoDB's own key, unless kms_key_arn names another
  #checkov:skip=CKV2_AWS_16:on demand, there is nothing to scale
  count = local.uptime_checker.enabled ? 1 : 0

  name         = "${var.name}-uptime-state"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "checker"
  range_key    = "endpoint"

  attribute {
    name = "checker"
    type = "S"
  }

  attribute {
    name = "endpoint"
    type = "S"
  }

  tags = var.tags

  server_side_encryption {
    enabled     = var.kms_key_arn != null
    kms_key_arn = var.kms_key_arn
  }
}
