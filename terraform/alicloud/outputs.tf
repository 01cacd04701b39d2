output "function" {
  description = "Name of the function."
  value       = alicloud_fcv3_function.this.function_name

  # ./build.sh writes it beside the zip, into which Terraform cannot look.
  precondition {
    condition     = try(jsondecode(file("${var.zips}/manifest.json")).artefacts["notifier.zip"].architecture, "x86_64") == "x86_64"
    error_message = "${local.zip} was built for another processor than x86_64, and Function Compute runs nothing else: build it on such a machine."
  }
}

output "dead_letters" {
  description = "Name of the queue with events that could not be delivered."
  value       = alicloud_message_service_queue.dead_letters.queue_name
}

output "log" {
  description = "Project and store of the function's log."
  value       = "${alicloud_log_project.this.project_name}/${alicloud_log_store.this.logstore_name}"
}

output "callback_url" {
  description = "What CloudMonitor's alarms call, the token included; null without callback and callback_token."
  value       = local.callback_url
  sensitive   = true
}

output "results_topic" {
  description = "Name of the topic for results of SLA tests; null without metric_writer."
  value       = one([for topic in alicloud_message_service_topic.results : topic.topic_name])
}

output "checks" {
  description = "Name of the bucket with the uptime checker's file and state; null without uptime_checker."
  value       = one([for bucket in alicloud_oss_bucket.checks : bucket.bucket])
}

output "username" {
  description = "Who logs in to the stress machine."
  value       = var.stress.enabled ? "root" : null
}

output "public_ip" {
  description = "Address of the stress machine."
  value       = one([for instance in alicloud_instance.stress : instance.public_ip])
}

output "ssh_key_file" {
  description = "Where the secret half of the stress machine's key is: var.stress.ssh_key_file."
  value       = var.stress.enabled && var.stress.ssh_public_key != null ? var.stress.ssh_key_file : null
}

output "instance" {
  description = "Id of the stress machine, for Cloud Assistant: commands without SSH."
  value       = one([for instance in alicloud_instance.stress : instance.id])
}
