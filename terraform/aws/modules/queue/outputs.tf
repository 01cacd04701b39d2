output "dead_letters" {
  description = "Name of the queue with the messages that could not be handled."
  value       = aws_sqs_queue.dead_letters.name
}

output "alarms" {
  description = "ARNs of the alarms on dead letters and on messages that nobody takes."
  value       = [aws_cloudwatch_metric_alarm.dead_letters.arn, aws_cloudwatch_metric_alarm.age.arn]
}
