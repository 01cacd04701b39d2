# Results of SLA tests → CloudWatch metrics.

module "metric_writer" {
  source = "../function"
  count  = local.metric_writer.enabled ? 1 : 0

  name        = "${var.name}-metric-writer"
  description = "Turns results of SLA tests into CloudWatch metrics"
  zip         = "${var.zips}/metric-writer.zip"
  memory      = local.metric_writer.memory
  timeout     = 10

  environment = merge(
    { METRIC_NAMESPACE = local.metric_writer.namespace, METRIC_OUTPUT = local.metric_writer.output },
    local.metric_writer.environment,
  )

  statements = merge(local.extra_statements.metric_writer, local.metric_writer.output == "emf" ? {} : {
    Metrics = {
      actions = ["cloudwatch:PutMetricData"]
      # PutMetricData knows no resources; the namespace narrows it, which metrics by OTLP do not have.
      resources  = ["*"]
      conditions = local.metric_writer.output == "otlp" ? {} : { "cloudwatch:namespace" = local.metric_writer.namespace }
    }
  })

  triggers = {
    queued_topics = { results = local.results[0] }
    queue = {
      batch_size          = local.metric_writer.batch_size
      batch_window        = local.metric_writer.batch_window
      maximum_concurrency = local.metric_writer.maximum_concurrency
    }
  }

  canary = local.metric_writer.canary
  vpc    = local.metric_writer.vpc
  common = local.common
}

# Runners that are all dead publish nothing, and the metrics just end.
resource "aws_cloudwatch_metric_alarm" "no_results" {
  count = local.metric_writer.enabled && local.metric_writer.results_within != null ? 1 : 0

  alarm_name          = "${var.name}-no-results"
  alarm_description   = "No result of an SLA test has come for ${local.metric_writer.results_within} minutes: look at the runners"
  namespace           = "AWS/SNS"
  metric_name         = "NumberOfMessagesPublished"
  dimensions          = { TopicName = try(element(split(":", local.existing.results_topic.arn), 5), "${var.name}-results") }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = ceil(local.metric_writer.results_within / 5)
  threshold           = 1
  comparison_operator = "LessThanThreshold"
  treat_missing_data  = "breaching"
  alarm_actions       = local.alarms
  ok_actions          = local.alarms
  tags                = var.tags
}
