output "all" {
  description = "The switches by their names, complete."
  value       = local.typed

  precondition {
    condition     = length(local.unknown) == 0
    error_message = "Unknown: ${join("; ", local.unknown)}."
  }
}

locals {
  typed = {
    metric_writer  = var.metric_writer
    uptime_checker = var.uptime_checker
    notifier       = var.notifier
    sla_runner     = var.sla_runner
    existing       = var.existing
  }

  # By path: what was given, and what its type made of it.
  mappings = merge(
    { for name, switch in local.typed : name => { given = var.given[name], typed = switch } },
    { for name, switch in local.typed : "${name}.vpc" => { given = try(var.given[name].vpc, null), typed = try(switch.vpc, null) } },
    { "sla_runner.service" = { given = try(var.given.sla_runner.service, null), typed = var.sla_runner.service } },
  )

  unknown = flatten([for path, mapping in local.mappings : [
    for key in setsubtract(try(keys(mapping.given), []), try(keys(mapping.typed), [])) :
    "${path}.${key}; ${path} takes ${join(", ", keys(mapping.typed))}"
  ] if mapping.typed != null])
}
