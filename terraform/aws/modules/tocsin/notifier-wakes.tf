# The queue by which the notifier wakes itself, for groups and reminders (docs/silences.md): delayed messages to itself.

resource "aws_sqs_queue" "notifier_wakes" {
  #checkov:skip=CKV_AWS_27:SQS encrypts with its own key, unless kms_key_arn names another
  count = local.notifier_groups

  name                       = "${var.name}-notifier-wakes"
  visibility_timeout_seconds = 180 # what Lambda recommends: six times the function's timeout
  message_retention_seconds  = 1209600
  kms_master_key_id          = var.kms_key_arn
  tags                       = var.tags

  # A wake-up does no harm when it comes again, and a group without one is silent: it is given up after two days.
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.notifier_lost_wakes[0].arn
    maxReceiveCount     = 1000
  })
}

resource "aws_sqs_queue" "notifier_lost_wakes" {
  #checkov:skip=CKV_AWS_27:SQS encrypts with its own key, unless kms_key_arn names another
  count = local.notifier_groups

  name                      = "${var.name}-notifier-wakes-dead-letters"
  message_retention_seconds = 1209600
  kms_master_key_id         = var.kms_key_arn
  tags                      = var.tags
}

resource "aws_lambda_event_source_mapping" "notifier_wakes" {
  count = local.notifier_groups

  event_source_arn        = aws_sqs_queue.notifier_wakes[0].arn
  function_name           = module.notifier[0].arn
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]

  # What fails again and again must not take the instances that alarms need.
  scaling_config { maximum_concurrency = 2 }
}

# Its alarm never goes to the alarms topic, as the notifier's other ones.
resource "aws_cloudwatch_metric_alarm" "notifier_lost_wakes" {
  count = local.notifier_groups

  alarm_name          = aws_sqs_queue.notifier_lost_wakes[0].name
  alarm_description   = "Groups of alarms could not be told for two days: their wake-ups wait in ${aws_sqs_queue.notifier_lost_wakes[0].name}"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.notifier_lost_wakes[0].name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.notifier.failure_actions
  ok_actions          = local.notifier.failure_actions
  tags                = var.tags
}

locals {
  notifier_groups = local.notifier.enabled && local.notifier.groups ? 1 : 0
}
