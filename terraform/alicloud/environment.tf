# The variables of the function: what Sources/Functions/Notifier reads.

locals {
  slack = {
    SLACK_WEBHOOK_URL = var.slack_webhook_url
    SLACK_FORMAT      = var.slack_webhook_url == null ? null : var.slack_format
  }

  output = var.output == null ? {} : merge(
    { OUTPUT_KIND = var.output.kind },
    { for key, value in merge(var.output.options, var.output_secrets) : "OUTPUT_${upper(replace(key, "-", "_"))}" => value },
  )

  # Callbacks are handed over to the function's own asynchronous invocations, so that CloudMonitor need not wait.
  queue = var.callback.enabled ? { CALLBACK_QUEUE = "https://${local.account}.${var.region}.fc.aliyuncs.com" } : {}

  # The pictures come from CloudWatch, which is not here.
  environment = {
    for name, value in merge(
      { NOTIFY_GRAPHS = "false", NOTIFY_CONFIG_TEXT = var.rules }, local.queue, local.slack, local.output,
      var.notifier.environment
    ) : name => value if value != null
  }
}
