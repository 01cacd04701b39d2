# Endpoints in Gatus's format → CloudWatch metrics, and changes of state → the alarms topic.

module "uptime_checker" {
  source = "../function"
  count  = local.uptime_checker.enabled ? 1 : 0

  name        = "${var.name}-uptime-checker"
  description = "Checks endpoints, writes metrics and tells what goes down and comes up again"
  zip         = "${var.zips}/uptime-checker.zip"
  memory      = local.uptime_checker.memory
  timeout     = local.uptime_checker.timeout

  environment = merge(
    {
      UPTIME_CONFIG        = coalesce(one(local.uptime_objects[*].url), local.uptime_checker.config_parameter)
      UPTIME_STATE         = "dynamodb://${aws_dynamodb_table.uptime[0].name}"
      UPTIME_TOPIC_ARN     = local.alarms[0]
      UPTIME_METRICS       = local.uptime_checker.metrics
      CLOUDWATCH_NAMESPACE = local.uptime_checker.namespace
      METRIC_OUTPUT        = local.uptime_checker.output
    },
    local.uptime_checker.environment,
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

  triggers = { schedule = local.uptime_checker.schedule, longest_gap = local.uptime_checker.longest_gap }
  # Endpoints whose metrics or changes were not written stay due. Lambda tries again a minute later, once: with the
  # default schedule the next run does the same at that time, with a slower one only this saves the data point.
  retries               = 1
  maximum_event_age     = local.uptime_checker.timeout + 120
  dead_letter_retention = 3600

  reserved_concurrency = local.uptime_checker.reserved_concurrency
  canary               = local.uptime_checker.canary
  vpc                  = local.uptime_checker.vpc
  common               = local.common
}

locals {
  uptime_objects = [for key, object in local.objects : object if key == "uptime.yaml"]
}

# One item for each endpoint that is not up, or was not lately.
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
