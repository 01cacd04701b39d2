output "functions" {
  description = "Names of the functions."
  value       = module.tocsin.functions
}

output "alarms_topic_arn" {
  description = "Topic that alarms name as their action; the notifier and whoever subscribes hear of them."
  value       = module.tocsin.alarms_topic_arn
}

output "notifier_arn" {
  description = "The notifier, for alarms that name it as their action directly. It changes when notifier.canary is switched on or off; alarms must then be given the new one."
  value       = module.tocsin.notifier_arn
}

output "uptime_checker_url" {
  description = "Where results of external endpoints are pushed to, with uptime_checker.function_url: this, api/v1/endpoints/, the endpoint's key and /external."
  value       = module.tocsin.uptime_checker_url
}

output "results_topic_arn" {
  description = "SLARUNNER_SNSTOPICARN of every sla-runner."
  value       = module.tocsin.results_topic_arn
}

output "sla_logs_bucket" {
  description = "SLARUNNER_S3BUCKETNAME of every sla-runner."
  value       = module.tocsin.sla_logs_bucket
}

output "sla_runner_role_arn" {
  description = "Role for tasks that run sla-runner."
  value       = module.tocsin.sla_runner_role_arn
}

output "sla_runner_policy_arn" {
  description = "Policy for other roles that run sla-runner."
  value       = module.tocsin.sla_runner_policy_arn
}

output "dead_letter_queues" {
  description = "Names of the queues with what could not be handled."
  value       = module.tocsin.dead_letter_queues
}

output "chaos_lever" {
  description = "Parameter that says run, hold or stop to all experiments."
  value       = module.tocsin.chaos_lever
}

output "fargate_state" {
  description = "Where the adjuster keeps runs, claims and history: FARGATE_STATE of tocsin fargate."
  value       = module.tocsin.fargate_state
}

output "sla_report_bucket" {
  description = "Bucket with the SLA report."
  value       = module.tocsin.sla_report_bucket
}

output "sla_report_incidents" {
  description = "Where incidents are kept: --state of tocsin incident."
  value       = module.tocsin.sla_report_incidents
}

output "sla_report_url" {
  description = "Where everybody reads the SLA report, with sla_reporter.public."
  value       = module.tocsin.sla_report_url
}

output "journals_bucket" {
  description = "Bucket with the journals of experiments."
  value       = module.tocsin.journals_bucket
}
