output "arn" {
  description = "ARN of the function; of a durable one, and of one with a canary, that of its alias."
  value       = local.function_arn

  precondition {
    condition     = local.built == null || try(local.built.sha256 == local.code_hash, false)
    error_message = "${var.zip} is not the zip that manifest.json beside it lists: run ./build.sh, or copy the whole folder."
  }

  precondition {
    condition     = local.built == null || try(local.built.architecture == local.architecture, false)
    error_message = "${var.zip} was built for ${try(local.built.architecture, "another processor")}, and architecture is ${local.architecture}: build on a machine of that kind (docs/deploy-aws.md, Processors), or leave architecture out."
  }

  precondition {
    condition     = var.canary == null || var.durable == null
    error_message = "A durable function takes no canary: its executions stay on the version that they began with."
  }
}

output "name" {
  description = "Name of the function."
  value       = local.function_name
}

output "url" {
  description = "Address of the function, with var.url."
  value       = one(aws_cloudformation_stack.url[*].outputs["Url"])
}

output "architecture" {
  description = "The processor that the function runs on, in Lambda's word."
  value       = local.architecture
}

output "dead_letter_queues" {
  description = "Names of the queues with what the function could not handle."
  value       = concat([aws_sqs_queue.dead_letters.name], [for queue in module.queue : queue.dead_letters])
}

output "alarms" {
  description = "ARNs of the alarms on the function and its queues."
  value = concat(
    [for alarm in aws_cloudwatch_metric_alarm.this : alarm.arn], [aws_cloudwatch_metric_alarm.dead_letters.arn],
    aws_cloudwatch_metric_alarm.not_running[*].arn, flatten([for queue in module.queue : queue.alarms]),
  )
}
