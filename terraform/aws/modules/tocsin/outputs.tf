output "functions" {
  description = "Names of the functions."
  value       = local.functions[*].name

  precondition {
    condition     = terraform_data.place.output == local.place
    error_message = "This state holds ${terraform_data.place.output.name} in ${terraform_data.place.output.region} of account ${terraform_data.place.output.account}; ${var.name} in ${local.region} of account ${local.account} would destroy it. A second region or name needs a state of its own: terraform workspace new, see \"A second region\" in docs/deploy-aws.md. To give this one up, destroy it first."
  }
}

output "alarms_topic_arn" {
  description = "Topic that alarms name as their action; the notifier and whoever subscribes hear of them."
  value       = one(local.alarms)
}

output "notifier_arn" {
  description = "The notifier, for alarms that name it as their action directly. It changes when notifier.canary is switched on or off; alarms must then be given the new one."
  value       = one(module.notifier[*].arn)

  precondition {
    condition = !anytrue([for arn in local.notifier.failure_actions :
      arn == try(local.existing.alarms_topic.arn, "arn:${local.partition}:sns:${local.region}:${local.account}:${var.name}-alarms") || can(regex(":function:${var.name}-notifier(:|$)", arn))
    ])
    error_message = "notifier.failure_actions lead back to the notifier, which has failed: name another topic."
  }
}

output "uptime_checker_url" {
  description = "Where results of external endpoints are pushed to, with uptime_checker.function_url: this, api/v1/endpoints/, the endpoint's key and /external."
  value       = try(module.uptime_checker[0].url, null)
}

output "results_topic_arn" {
  description = "SLARUNNER_SNSTOPICARN of every sla-runner."
  value       = one(local.results)
}

output "sla_logs_bucket" {
  description = "SLARUNNER_S3BUCKETNAME of every sla-runner."
  value       = one(local.logs_bucket)
}

output "sla_runner_role_arn" {
  description = "Role for tasks that run sla-runner."
  value       = one(aws_iam_role.sla_runner[*].arn)
}

output "sla_runner_policy_arn" {
  description = "Policy for other roles that run sla-runner."
  value       = one(aws_iam_policy.sla_runner[*].arn)
}

output "dead_letter_queues" {
  description = "Names of the queues with what could not be handled."
  value       = flatten(local.functions[*].dead_letter_queues)
}

output "chaos_lever" {
  description = "Parameter that says run, hold or stop to all experiments."
  value       = one(aws_ssm_parameter.chaos_lever[*].name)
}

output "fargate_state" {
  description = "Where the adjuster keeps runs, claims and history: FARGATE_STATE of tocsin fargate."
  value       = local.fargate_state

  precondition {
    condition     = !local.fargate.enabled || length(local.fargate_services) > 0
    error_message = "fargate_adjuster needs config_file, or services: the role may change these services and no others."
  }
}

output "sla_report_bucket" {
  description = "Bucket with the SLA report."
  value       = one(module.sla_report[*].name)
}

output "sla_report_incidents" {
  description = "Where incidents are kept: --state of tocsin incident."
  value       = local.reporter_incidents
}

output "sla_report_url" {
  description = "Where everybody reads the SLA report, with sla_reporter.public."
  value       = one([for website in module.sla_website : "https://${website.domain_name}"])

  precondition {
    condition     = length(local.reporter.aliases) == 0 || local.reporter.certificate_arn != null
    error_message = "sla_reporter.aliases need certificate_arn: a certificate for these names, of ACM in us-east-1."
  }
}

output "journals_bucket" {
  description = "Bucket with the journals of experiments."
  value       = one(module.chaos_journals[*].name)

  precondition {
    condition     = alltrue([for pattern, names in local.allowed : length(names) > 0])
    error_message = "No activity is called ${join(" or ", [for pattern, names in local.allowed : pattern if length(names) == 0])}: docs/activities.md lists them all. chaos_executor.allowed_activities are their names, with * for any part."
  }

  # A role takes 10,240 characters, and the function's own statements need some of them.
  precondition {
    condition     = length(jsonencode(local.activity_statements)) < 8500
    error_message = "chaos_executor.allowed_activities need a policy of ${length(jsonencode(local.activity_statements))} characters, and 8,500 fit into the role: name the activities that the experiments use."
  }
}
