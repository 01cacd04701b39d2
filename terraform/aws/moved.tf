# Deployments that are older than modules/tocsin have all of this in their root: nothing is made anew, it gets its new
# address in the state.

moved {
  from = module.metric_writer
  to   = module.tocsin.module.metric_writer
}

moved {
  from = module.uptime_checker
  to   = module.tocsin.module.uptime_checker
}

moved {
  from = module.notifier
  to   = module.tocsin.module.notifier
}

moved {
  from = module.configuration
  to   = module.tocsin.module.configuration
}

moved {
  from = module.sla_logs
  to   = module.tocsin.module.sla_logs
}

moved {
  from = aws_dynamodb_table.notifier
  to   = module.tocsin.aws_dynamodb_table.notifier
}

moved {
  from = aws_sns_topic.alarms
  to   = module.tocsin.aws_sns_topic.alarms
}

moved {
  from = aws_sns_topic_policy.alarms
  to   = module.tocsin.aws_sns_topic_policy.alarms
}

moved {
  from = aws_dynamodb_table.uptime
  to   = module.tocsin.aws_dynamodb_table.uptime
}

moved {
  from = aws_cloudwatch_dashboard.this
  to   = module.tocsin.aws_cloudwatch_dashboard.this
}

moved {
  from = aws_sns_topic.results
  to   = module.tocsin.aws_sns_topic.results
}

moved {
  from = aws_iam_policy.sla_runner
  to   = module.tocsin.aws_iam_policy.sla_runner
}

moved {
  from = aws_iam_role.sla_runner
  to   = module.tocsin.aws_iam_role.sla_runner
}

moved {
  from = aws_iam_role_policy_attachment.sla_runner
  to   = module.tocsin.aws_iam_role_policy_attachment.sla_runner
}

moved {
  from = aws_ecs_cluster.sla_runner
  to   = module.tocsin.aws_ecs_cluster.sla_runner
}

moved {
  from = aws_ecs_task_definition.sla_runner
  to   = module.tocsin.aws_ecs_task_definition.sla_runner
}

moved {
  from = aws_ecs_service.sla_runner
  to   = module.tocsin.aws_ecs_service.sla_runner
}

moved {
  from = aws_cloudwatch_log_group.sla_runner
  to   = module.tocsin.aws_cloudwatch_log_group.sla_runner
}

moved {
  from = aws_iam_role.sla_runner_execution
  to   = module.tocsin.aws_iam_role.sla_runner_execution
}

moved {
  from = aws_iam_role_policy.sla_runner_execution
  to   = module.tocsin.aws_iam_role_policy.sla_runner_execution
}
