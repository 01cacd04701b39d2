output "arn" {
  description = "ARN of the function; of a durable one that of its alias."
  value       = local.function_arn
}

output "name" {
  description = "Name of the function."
  value       = local.function_name
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
