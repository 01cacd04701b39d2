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
