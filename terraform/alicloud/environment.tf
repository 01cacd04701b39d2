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
  queue = local.has_callback ? { CALLBACK_QUEUE = "https://${local.account}.${var.region}.fc.aliyuncs.com" } : {}

  # HTTP requests have to carry it, also where Function Compute has looked at it before.
  token = local.has_callback ? { NOTIFY_TOKEN = var.callback_token } : {}

  # The pictures come from CloudWatch, which is not here.
  environment = {
    for name, value in merge(
      { NOTIFY_GRAPHS = "false", NOTIFY_CONFIG_TEXT = var.rules }, local.queue, local.token, local.slack, local.output,
      var.notifier.environment
    ) : name => value if value != null
  }
}
