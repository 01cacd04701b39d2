# Results of SLA tests → CloudWatch metrics.

module "metric_writer" {
  source = "./modules/function"
  count  = var.metric_writer.enabled ? 1 : 0

  name        = "${var.name}-metric-writer"
  description = "Turns results of SLA tests into CloudWatch metrics"
  zip         = "${var.zips}/metric-writer.zip"
  memory      = var.metric_writer.memory
  timeout     = 10

  environment = merge(
    { METRIC_NAMESPACE = var.metric_writer.namespace, METRIC_OUTPUT = var.metric_writer.output },
    var.metric_writer.environment,
  )

  statements = var.metric_writer.output == "emf" ? {} : {
    Metrics = {
      actions = ["cloudwatch:PutMetricData"]
      # PutMetricData knows no resources; the namespace narrows it.
      resources  = ["*"]
      conditions = { "cloudwatch:namespace" = var.metric_writer.namespace }
    }
  }

  triggers = { queued_topics = { results = aws_sns_topic.results[0].arn } }

  reserved_concurrency = var.metric_writer.reserved_concurrency
  vpc                  = var.metric_writer.vpc
  common               = local.common
}

# Runners that are all dead publish nothing, and the metrics just end.
resource "aws_cloudwatch_metric_alarm" "no_results" {
  count = var.metric_writer.enabled && var.metric_writer.results_within != null ? 1 : 0

  alarm_name          = "${var.name}-no-results"
  alarm_description   = "No result of an SLA test has come for ${var.metric_writer.results_within} minutes: look at the runners"
  namespace           = "AWS/SNS"
  metric_name         = "NumberOfMessagesPublished"
  dimensions          = { TopicName = aws_sns_topic.results[0].name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = ceil(var.metric_writer.results_within / 5)
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = local.alarms
  ok_actions          = local.alarms
}
