# One page of everything that is enabled.

locals {
  functions = concat(module.metric_writer, module.uptime_checker, module.notifier, module.chaos_executor, module.alarm_provisioner, module.fargate_adjuster, module.sla_reporter)

  # Each row of the page: its widgets share the width of 24 columns.
  rows = concat(
    [[
      for title, metric in { Invocations = "Invocations", Errors = "Errors", "Slowest, ms" = "Duration" } : {
        type                             = "metric"
        properties = {
          title   = title
          stat    = metric == "Duration" ? "Maximum" : "Sum"
          metrics = [for function in local.functions : ["AWS/Lambda", metric, "FunctionName", function.name]]
        }
      }
    ]],
    [concat([
      {
        type = "metric"
        properties = {
          title   = "Dead letters"
          stat    = "Maximum"
          metrics = [for queue in flatten(local.functions[*].dead_letter_queues) : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue]]
        }
      },
      # A widget shows 100 alarms at most.
      ], [for alarms in chunklist(flatten(local.functions[*].alarms), 100) :
      { type = "alarm", properties = { title = "The functions' alarms", alarms = alarms } }
    ])],
    [for row in [local.uptime_searches, local.sla_searches, local.chaos_searches] : [
      for title, search in row : {
        type       = "metric"
        properties = { title = title, metrics = [[{ expression = search }]] }
      }
    ] if length(row) > 0],
  )

  uptime_searches = { for title, search in {
    "Endpoints up"            = ["(\"success\" OR \"uptime\")", "Average"]
    "Response time, ms"       = ["\"response-time\"", "Average"]
    "Certificates, days left" = ["\"certificate-days\"", "Minimum"]
  } : title => "SEARCH('Namespace=\"${local.uptime_checker.namespace}\" MetricName=${search[0]}', '${search[1]}', 300)" if local.uptime_checker.enabled }

  sla_searches = { for title, search in {
    "SLA: success"          = ["integration-sla-success", "Average"]
    "SLA: attempts"         = ["integration-sla-attempts", "Sum"]
    "SLA: test duration, s" = ["sla-test-duration-secs", "Average"]
  } : title => "SEARCH('{\"${local.metric_writer.namespace}\",Region,Service} MetricName=\"${search[0]}\"', '${search[1]}', 300)" if local.metric_writer.enabled }

  chaos_searches = { for title, search in {
    "Experiments: runs"         = ["runs", "Sum"]
    "Experiments: deviated"     = ["deviated", "Sum"]
    "Experiments: no verdict"   = ["failed", "Sum"]
    "Experiments: still broken" = ["still_broken", "Maximum"]
  } : title => "SEARCH('Namespace=\"${local.chaos.namespace}\" MetricName=\"${search[0]}\"', '${search[1]}', 300)" if local.chaos.enabled }

  widgets = flatten([for y, row in local.rows : [for x, widget in row : merge(widget, {
    x          = x * 24 / length(row)
    y          = y * 6
    width      = 24 / length(row)
    height     = 6
    properties = merge({ region = local.region, period = 300, view = "timeSeries" }, widget.properties)
  })]])
}

resource "aws_cloudwatch_dashboard" "this" {
  count = var.dashboard && length(local.functions) > 0 ? 1 : 0

  dashboard_name = var.name
  dashboard_body = jsonencode({ widgets = local.widgets })
}
