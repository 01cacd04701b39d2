# What ./build.sh built, in one account and region. A root of your own can call modules/tocsin just the same, see
# docs/deploy-aws.md.

module "tocsin" {
  source = "./modules/tocsin"

  name                 = var.name
  stage                = var.stage
  tags                 = var.tags
  zips                 = var.zips
  runtime              = var.runtime
  architecture         = var.architecture
  log_retention_days   = var.log_retention_days
  kms_key_arn          = var.kms_key_arn
  tracing              = var.tracing
  dashboard            = var.dashboard
  permissions_boundary = var.permissions_boundary
  metric_writer        = var.metric_writer
  uptime_checker       = var.uptime_checker
  notifier             = var.notifier
  chaos_executor       = var.chaos_executor
  alarm_provisioner    = var.alarm_provisioner
  fargate_adjuster     = var.fargate_adjuster
  sla_reporter         = var.sla_reporter
  sla_runner           = var.sla_runner
  existing             = var.existing
}
