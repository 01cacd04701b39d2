# What starts the function, see var.triggers.

# --- Topics, through a queue: what the function cannot handle now comes again by itself -------------------------------

module "queue" {
  source   = "../queue"
  for_each = var.triggers.queued_topics

  name                = "${var.name}-${each.key}"
  topic_arn           = each.value
  function_arn        = local.function_arn
  function_timeout    = var.timeout
  batch_size          = var.triggers.queue.batch_size
  batch_window        = var.triggers.queue.batch_window
  maximum_concurrency = var.triggers.queue.maximum_concurrency
  kms_key_arn         = var.common.kms_key_arn
  alarm_actions       = var.common.alarm_actions
  tags                = var.common.tags

  # The mapping is refused while the role may not read the queue.
  role_name = aws_iam_role.this.name
}

# --- Topics, directly ------------------------------------------------------------------------------------------------

resource "aws_sns_topic_subscription" "this" {
  for_each = var.triggers.topics

  topic_arn = each.value
  protocol  = "lambda"
  endpoint  = local.function_arn
  # What SNS cannot hand over; what the function could not handle is Lambda's to keep.
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_letters.arn })

  # Canary on or off: another endpoint, and the former hears the topic until it is there. The permission is not among the
  # dependencies, because it would be made before the former one goes, too, and under the same id Lambda refuses that. The
  # function has it before the queue has its policy.
  lifecycle {
    create_before_destroy = true
  }

  depends_on = [aws_sqs_queue_policy.dead_letters]
}

resource "aws_lambda_permission" "topic" {
  for_each = var.triggers.topics

  statement_id  = "topic-${each.key}"
  function_name = local.function_name
  qualifier     = local.qualifier
  action        = "lambda:InvokeFunction"
  principal     = "sns.amazonaws.com"
  source_arn    = each.value
}

# --- A schedule and events: rules of EventBridge ---------------------------------------------------------------------

locals {
  rules = merge(
    { for name, pattern in var.triggers.events : name => { pattern = pattern, schedule = null, input = null } },
    { for name, entry in var.triggers.schedules : name => merge(entry, { pattern = null }) },
    var.triggers.schedule == null ? {} : {
      schedule = { pattern = null, schedule = var.triggers.schedule, input = var.triggers.schedule_input }
    },
  )
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.rules

  name                = "${var.name}-${each.key}"
  description         = "${each.key} → ${var.name}"
  event_pattern       = each.value.pattern
  schedule_expression = each.value.schedule
  tags                = var.common.tags
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = local.rules

  rule       = aws_cloudwatch_event_rule.this[each.key].name
  target_id  = var.name
  arn        = local.function_arn
  input      = each.value.input
  depends_on = [aws_lambda_permission.rule]

  # What EventBridge could not hand over; what the function could not handle is Lambda's to keep.
  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }
}

resource "aws_lambda_permission" "rule" {
  for_each = local.rules

  statement_id  = "rule-${each.key}"
  function_name = local.function_name
  qualifier     = local.qualifier
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.this[each.key].arn
}

# --- Alarms that name the function as their action -------------------------------------------------------------------

resource "aws_lambda_permission" "alarms" {
  count = var.triggers.alarms ? 1 : 0

  statement_id   = "alarms"
  function_name  = local.function_name
  qualifier      = local.qualifier
  action         = "lambda:InvokeFunction"
  principal      = "lambda.alarms.cloudwatch.amazonaws.com"
  source_account = data.aws_caller_identity.current.account_id
  source_arn     = local.alarm_arns
}

locals {
  alarm_arns = "arn:${data.aws_partition.current.partition}:cloudwatch:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:alarm:*"
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}
