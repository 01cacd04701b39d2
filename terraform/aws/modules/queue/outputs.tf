output "dead_letters" {
  description = "Name of the queue with the messages that could not be handled."
  value       = aws_sqs_queue.dead_letters.name
}

output "alarm" {
  description = "ARN of the alarm on dead letters."
  value       = aws_cloudwatch_metric_alarm.dead_letters.arn
}
