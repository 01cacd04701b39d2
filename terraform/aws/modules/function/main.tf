# One function with what belongs to it: role, log, dead-letter queue, alarms on itself. triggers.tf is what starts it,
# durable.tf is the function itself when its executions are durable, canary.tf has a new version take over step by step,
# url.tf is its address.

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_50:tracing is a switch, see var.common.tracing; it costs
  #checkov:skip=CKV_AWS_115:reserved concurrency is a switch; a small account has too little of it to set some aside
  #checkov:skip=CKV_AWS_116:what fails goes to the queue dead_letters by a destination, which tells the error too
  #checkov:skip=CKV_AWS_117:a VPC is a switch, see var.vpc; most of what the functions talk to is outside
  #checkov:skip=CKV_AWS_173:Lambda's own key, unless kms_key_arn names another; no secret is in the environment
  #checkov:skip=CKV_AWS_272:the zip comes from this machine's build; who signs needs a profile of their own
  count = var.durable == null ? 1 : 0

  function_name                  = var.name
  description                    = var.description
  filename                       = var.zip
  source_code_hash               = filebase64sha256(var.zip)
  handler                        = "bootstrap"
  runtime                        = var.common.runtime
  architectures                  = [local.architecture]
  publish                        = local.canary == 1
  memory_size                    = var.memory
  timeout                        = var.timeout
  role                           = aws_iam_role.this.arn
  reserved_concurrent_executions = var.reserved_concurrency
  kms_key_arn                    = var.common.kms_key_arn
  tags                           = var.common.tags

  dynamic "environment" {
    for_each = length(var.environment) > 0 ? [var.environment] : []
    content {
      variables = environment.value
    }
  }

  tracing_config {
    mode = var.common.tracing ? "Active" : "PassThrough"
  }

  dynamic "vpc_config" {
    for_each = var.vpc == null ? [] : [var.vpc]
    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  # The first log line would create the group without retention.
  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.this]
}

locals {
  # The function, made either way. A durable one is called by its alias: without a qualifier Lambda refuses. One with a
  # canary is called by its alias, too, see canary.tf.
  function_name = one(concat(aws_lambda_function.this[*].function_name, aws_lambda_alias.live[*].function_name))
  qualifier     = one(aws_lambda_alias.live[*].name)
  function_arn  = local.canary == 1 ? local.canary_arn : one(concat(aws_lambda_function.this[*].arn, aws_lambda_alias.live[*].arn))
}

# An event that came by a topic, a rule or an alarm: how long Lambda holds on to it, and where it goes in the end.
resource "aws_lambda_function_event_invoke_config" "this" {
  function_name                = local.function_name
  qualifier                    = local.qualifier
  maximum_event_age_in_seconds = var.maximum_event_age
  maximum_retry_attempts       = var.retries

  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead_letters.arn
    }
  }

  # Lambda tries whether the role may write there.
  depends_on = [aws_iam_role_policy.this]
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_158:CloudWatch's own key, unless kms_key_arn names another
  #checkov:skip=CKV_AWS_338:how long is a variable; a year of logs costs more than the functions
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.common.log_retention_days
  kms_key_id        = var.common.kms_key_arn
  tags              = var.common.tags
}

# What Lambda gave up on after its own retries, each with the error, and what EventBridge or SNS could not hand over.
resource "aws_sqs_queue" "dead_letters" {
  #checkov:skip=CKV_AWS_27:SQS encrypts with its own key, unless kms_key_arn names another
  name                      = "${var.name}-dead-letters"
  message_retention_seconds = var.dead_letter_retention
  kms_master_key_id         = var.common.kms_key_arn
  tags                      = var.common.tags
}

resource "aws_sqs_queue_policy" "dead_letters" {
  count = length(local.rules) + length(var.triggers.topics) > 0 ? 1 : 0

  queue_url = aws_sqs_queue.dead_letters.id
  policy    = data.aws_iam_policy_document.dead_letters.json
}

data "aws_iam_policy_document" "dead_letters" {
  dynamic "statement" {
    for_each = {
      for service, sources in {
        events = [for rule in aws_cloudwatch_event_rule.this : rule.arn]
        sns    = values(var.triggers.topics)
      } : service => sources if length(sources) > 0
    }
    content {
      sid       = statement.key == "events" ? "FromRules" : "FromTopics"
      actions   = ["sqs:SendMessage"]
      resources = [aws_sqs_queue.dead_letters.arn]

      principals {
        type        = "Service"
        identifiers = ["${statement.key}.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = statement.value
      }
    }
  }
}

resource "aws_iam_role" "this" {
  name                 = var.name
  assume_role_policy   = data.aws_iam_policy_document.assume.json
  permissions_boundary = var.common.permissions_boundary
  tags                 = var.common.tags
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "this" {
  name   = var.name
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}

data "aws_iam_policy_document" "this" {
  #checkov:skip=CKV_AWS_111:"*" stands only where an action knows no resources, with the reason beside it
  #checkov:skip=CKV_AWS_356:"*" stands only where an action knows no resources, with the reason beside it
  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }

  statement {
    sid       = "DeadLetters"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead_letters.arn]
  }

  dynamic "statement" {
    for_each = var.statements
    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "condition" {
        for_each = statement.value.conditions
        content {
          test     = "StringEquals"
          variable = condition.key
          values   = [condition.value]
        }
      }
    }
  }

  dynamic "statement" {
    for_each = var.common.kms_key_arn == null ? [] : [var.common.kms_key_arn]
    content {
      sid       = "Key"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.common.tracing ? [true] : []
    content {
      sid     = "Trace"
      actions = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      # X-Ray knows no resources for these actions.
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = var.vpc == null ? [] : [true]
    content {
      sid = "NetworkInterfaces"
      actions = [
        "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
      ]
      # Lambda creates the interfaces under ids that nobody knows before.
      resources = ["*"]
    }
  }
}

# --- Alarms on the function itself ------------------------------------------------------------------------------------

locals {
  # A sum above 0 in 5 minutes; without data all is well. The functions write PartialFailures to their logs, in embedded
  # metric format, when an invocation succeeded but a part of it did not.
  failures = {
    Errors          = { name = "errors", namespace = "AWS/Lambda", text = "fails" }
    Throttles       = { name = "throttles", namespace = "AWS/Lambda", text = "is throttled: raise its reserved concurrency or the account's limit" }
    PartialFailures = { name = "partial-failures", namespace = "Tocsin", text = "does a part of its work only" }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.failures

  alarm_name          = "${var.name}-${each.value.name}"
  alarm_description   = "The function ${var.name} ${each.value.text}; see its log group /aws/lambda/${var.name}"
  namespace           = each.value.namespace
  metric_name         = each.key
  dimensions          = { FunctionName = local.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.common.alarm_actions
  ok_actions          = var.common.alarm_actions
  tags                = var.common.tags
}

# A function that is not invoked has no errors: its schedule was disabled, or may not invoke it any more.
resource "aws_cloudwatch_metric_alarm" "not_running" {
  count = local.longest_gap == null ? 0 : 1

  alarm_name          = "${var.name}-not-running"
  alarm_description   = "The function ${var.name} has not run for ${local.quiet_period * local.quiet_periods / 60} minutes; its schedule is ${var.triggers.schedule}: look at the rule ${var.name}-schedule"
  namespace           = "AWS/Lambda"
  metric_name         = "Invocations"
  dimensions          = { FunctionName = local.function_name }
  statistic           = "Sum"
  period              = local.quiet_period
  evaluation_periods  = local.quiet_periods
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = var.common.alarm_actions
  ok_actions          = var.common.alarm_actions
  tags                = var.common.tags
}

locals {
  rate = try(regex("^rate\\((\\d+) (minute|hour|day)s?\\)$", var.triggers.schedule), null)

  # The longest time between two runs, in seconds. CloudWatch looks back 7 days at most, which must leave a day to spare.
  gap = (
    var.triggers.schedule == null ? null :
    var.triggers.longest_gap != null ? 60 * var.triggers.longest_gap :
    local.rate != null ? tonumber(local.rate[0]) * { minute = 60, hour = 3600, day = 86400 }[local.rate[1]] : null
  )
  longest_gap = try(local.gap <= 518400, false) ? local.gap : null

  # Three gaps without a run, and at least 10 minutes, which a slow metric needs.
  quiet_period  = try(min(local.longest_gap, 86400), null)
  quiet_periods = try(min(max(ceil(3 * local.longest_gap / local.quiet_period), ceil(600 / local.quiet_period)), 86400 == local.quiet_period ? 7 : 10), null)
}

check "somebody_notices_that_it_does_not_run" {
  assert {
    condition     = var.triggers.schedule == null || local.longest_gap != null
    error_message = "No alarm notices when ${var.name} does not run any more: of the schedule ${coalesce(var.triggers.schedule, "-")} nobody knows the longest time between two runs. Set longest_gap to it, in minutes (at most 8640, 6 days)."
  }
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name          = "${var.name}-dead-letters"
  alarm_description   = "Events that the function ${var.name} could not handle wait in ${aws_sqs_queue.dead_letters.name}"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letters.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.common.alarm_actions
  ok_actions          = var.common.alarm_actions
  tags                = var.common.tags
}
