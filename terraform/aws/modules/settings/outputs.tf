output "all" {
  description = "The switches by their names, complete."
  value       = local.typed

  precondition {
    condition     = length(local.unknown) == 0
    error_message = "Unknown: ${join("; ", local.unknown)}."
  }

  # Beside unknown keys, which may be what is missing.
  precondition {
    condition     = !var.uptime_checker.enabled || (var.uptime_checker.config_file == null) != (var.uptime_checker.config_parameter == null)
    error_message = "uptime_checker needs either config_file or config_parameter."
  }

  precondition {
    condition = !var.notifier.enabled || (var.notifier.rules_file == null) == anytrue(
      [for name in ["OUTPUT_KIND", "SLACK_WEBHOOK_URL", "NOTIFY_CONFIG", "NOTIFY_CONFIG_TEXT"] : contains(keys(var.notifier.environment), name)]
    )
    error_message = "notifier needs either rules_file or, in environment, OUTPUT_KIND, SLACK_WEBHOOK_URL or NOTIFY_CONFIG."
  }

  # The roles may write to no other namespace.
  precondition {
    condition     = !contains(keys(var.metric_writer.environment), "METRIC_NAMESPACE") && !contains(keys(var.uptime_checker.environment), "CLOUDWATCH_NAMESPACE") && !contains(keys(var.chaos_executor.environment), "EXPERIMENT_METRICS")
    error_message = "METRIC_NAMESPACE, CLOUDWATCH_NAMESPACE and EXPERIMENT_METRICS are metric_writer.namespace, uptime_checker.namespace and chaos_executor.namespace here, and no part of environment: the roles may write there only."
  }

  # A shard that all functions have would leave the endpoints of the others without a check.
  precondition {
    condition     = !contains(keys(var.uptime_checker.environment), "UPTIME_SHARD")
    error_message = "UPTIME_SHARD is uptime_checker.shards here, and no part of environment: each function has its own."
  }

  # What is a variable of a function or a file in the bucket stands in Terraform's state too, readable by many.
  precondition {
    condition     = length(local.plain_secrets) == 0
    error_message = "A secret in plain text: ${join(", ", local.plain_secrets)}. Terraform takes secrets by reference only: put it into a parameter (aws ssm put-parameter --type SecureString --name /tocsin/slack-webhook --value …), write ssm:/tocsin/slack-webhook in its place and the parameter's ARN in notifier.secrets. An endpoints file with secrets in it belongs into a parameter as a whole, uptime_checker.config_parameter."
  }
}

locals {
  typed = {
    metric_writer     = var.metric_writer
    uptime_checker    = var.uptime_checker
    notifier          = var.notifier
    chaos_executor    = var.chaos_executor
    alarm_provisioner = var.alarm_provisioner
    fargate_adjuster  = var.fargate_adjuster
    sla_reporter      = var.sla_reporter
    sla_runner        = var.sla_runner
    existing          = var.existing
  }

  # By path: what was given, and what its type made of it.
  mappings = merge(
    { for name, switch in local.typed : name => { given = var.given[name], typed = switch } },
    { for name, switch in local.typed : "${name}.vpc" => { given = try(var.given[name].vpc, null), typed = try(switch.vpc, null) } },
    { for name, experiment in var.chaos_executor.experiments : "chaos_executor.experiments.${name}" => {
      given = try(var.given.chaos_executor.experiments[name], null), typed = experiment
    } },
    { "sla_runner.service" = { given = try(var.given.sla_runner.service, null), typed = var.sla_runner.service } },
  )

  unknown = flatten([for path, mapping in local.mappings : [
    for key in setsubtract(try(keys(mapping.given), []), try(keys(mapping.typed), [])) :
    "${path}.${key}; ${path} takes ${join(", ", keys(mapping.typed))}"
  ] if mapping.typed != null])
}

# --- Secrets in plain text -------------------------------------------------------------------------------------------

locals {
  # What is written into variables and files, by where it stands.
  texts = merge(
    merge([for part in ["metric_writer", "uptime_checker", "notifier", "chaos_executor", "alarm_provisioner", "fargate_adjuster", "sla_reporter"] : {
      for name, value in local.typed[part].environment : "${part}.environment.${name}" => value
    }]...),
    { for key, path in { "uptime_checker.config_file" = var.uptime_checker.config_file, "notifier.rules_file" = var.notifier.rules_file, "chaos_executor.guard_file" = var.chaos_executor.guard_file, "fargate_adjuster.config_file" = var.fargate_adjuster.config_file, "sla_reporter.config_file" = var.sla_reporter.config_file } :
    key => file(path) if path != null },
    { for name, experiment in var.chaos_executor.experiments : "chaos_executor.experiments.${name}.file" => file(experiment.file) },
    { for name, path in var.alarm_provisioner.rules_files : "alarm_provisioner.rules_files.${name}" => file(path) },
  )

  # Webhooks and tokens of chat services, and URLs with a password: whoever reads one can use it.
  secret_shapes = join("|", [
    "hooks\\.slack(-gov)?\\.com/(services|workflows|triggers)/", "xox[a-z]-[0-9A-Za-z]", "discord(app)?\\.com/api/webhooks/", "webhook\\.office\\.com/",
    "(logic\\.azure|powerplatform|powerautomate)\\.com\\S*[?&]sig=", "oapi\\.dingtalk\\.com/robot/send\\?",
    "(feishu\\.cn|larksuite\\.com)/open-apis/bot/", "qyapi\\.weixin\\.qq\\.com/cgi-bin/webhook/",
    "chat\\.googleapis\\.com/\\S*[?&]key=", "api\\.telegram\\.org/bot[0-9]", "://[^/@:\\s]+:[^/@\\s$]+@",
  ])

  # The outputs of the notifier's rules; which of their settings are secrets says docs/notifier.md.
  outputs = merge([for place, text in local.texts : {
    for name, output in try(yamldecode(text).outputs, {}) : "${place}, output ${name}" => output
  } if contains(["notifier.rules_file", "notifier.environment.NOTIFY_CONFIG_TEXT"], place)]...)

  # Whoever has the token of an external endpoint can push results for it.
  external_tokens = flatten([for place, text in local.texts : [
    for endpoint in try(yamldecode(text)["external-endpoints"], []) : try(tostring(endpoint.token), "")
  ] if place == "uptime_checker.config_file"])

  plain_secrets = concat(
    anytrue([for token in local.external_tokens : token != "" && !startswith(token, "$")]) ? ["uptime_checker.config_file, token of external-endpoints"] : [],
    [for place, text in local.texts : place if length(regexall(local.secret_shapes, text)) > 0],
    flatten([for place, output in local.outputs : [
      for key in ["url", "token", "secret", "key", "authorization", "slack-signing-secret"] : "${place}, ${key}"
      if can(tostring(output[key])) && !can(regex("^(ssm|secretsmanager|kms|env|arn):", output[key])) &&
      # A webhook's address may be no secret, unless it looks like one.
      !(key == "url" && try(output.kind, null) == "webhook")
    ]]),
  )
}
