# Copy this file, change it, and give it to terraform: terraform apply -var-file=mine.tfvars
# What is not enabled is not made. modules/settings/variables.tf describes every setting.

name   = "tocsin"
region = "eu-central-1"

metric_writer = {
  enabled = true
}

uptime_checker = {
  enabled     = true
  config_file = "example/uptime.yaml"
  schedule    = "rate(1 minute)"
  # A new version takes over step by step, and goes back by its alarms; see docs/deploy-aws.md.
  # canary = "Linear10PercentEvery3Minutes"
}

notifier = {
  enabled    = true
  rules_file = "example/notifier.yaml"
  secrets    = ["arn:aws:ssm:eu-central-1:123456789012:parameter/tocsin/slack-webhook"]
  events     = ["autoscaling", "ecs", "ecs-tasks", "health"]
  # Who hears that the notifier itself is dead: a topic with your e-mail address.
  failure_actions = ["arn:aws:sns:eu-central-1:123456789012:tocsin-failures"]
}

# Makes alarms for what runs in the account. "plan" only tells in the log what it would do.
# alarm_provisioner = {
#   enabled     = true
#   action      = "plan"
#   rules_files = { web = "example/alarms.yaml" }
# }

# Pages, JSON, badges and feeds of what was measured, in a bucket; public has CloudFront show them to everybody.
# sla_reporter = {
#   enabled     = true
#   config_file = "example/report.yaml"
#   public      = true
# }

# Changes Fargate services by call; see docs/fargate-adjuster-function.md for what each capability is good for.
# fargate_adjuster = {
#   enabled      = true
#   config_file  = "example/fargate.yaml"
#   task_roles   = ["arn:aws:iam::123456789012:role/web-task", "arn:aws:iam::123456789012:role/web-execution"]
#   capabilities = ["deployments", "rollback", "tasks"]
# }

# Breaks things on purpose: read docs/chaos-executor.md first.
# chaos_executor = {
#   enabled            = true
#   allowed_activities = ["chaosaws.ec2.actions.stop_instance", "chaosaws.*.probes.*"]
#   target_tags        = { chaos = "allowed" }
#   guard_file         = "example/guard.yaml"
#   experiments = {
#     one-instance-less = {
#       file          = "example/one-instance-less.yaml"
#       schedule      = "cron(0 9 ? * TUE *)"
#       configuration = { zone = "eu-central-1b" }
#     }
#   }
# }

sla_runner = {
  enabled = true
  # service = {
  #   image              = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop-test:1"
  #   application_image  = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:1"
  #   name               = "shop"
  #   command            = "[\"/test\"]"
  #   subnet_ids         = ["subnet-0123456789abcdef0"]
  #   security_group_ids = ["sg-0123456789abcdef0"]
  # }
}

dashboard = true
