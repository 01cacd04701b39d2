# Experiments in Chaos Toolkit's format, by schedule and by call → journals, and what is left broken → the sweep.

module "chaos_executor" {
  source = "../function"
  count  = local.chaos.enabled ? 1 : 0

  # Lambda makes a function durable only when it is created: under another name there is no conflict with the former.
  name        = local.chaos_function
  description = "Runs chaos experiments, and puts back what they have changed"
  zip         = "${var.zips}/chaos-executor.zip"
  memory      = local.chaos.memory
  timeout     = local.chaos.timeout

  durable = local.chaos.durable ? {
    bucket            = module.chaos_state[0].name
    execution_timeout = local.chaos.durable_timeout
    retention_days    = local.chaos.durable_retention_days
  } : null

  environment = merge(
    {
      EXPERIMENT_JOURNALS     = "s3://${module.chaos_journals[0].name}/journals"
      EXPERIMENT_STATE        = "s3://${module.chaos_state[0].name}/state"
      EXPERIMENT_LEVER        = "ssm:${aws_ssm_parameter.chaos_lever[0].name}"
      EXPERIMENT_DURABLE      = local.chaos.durable ? "lambda" : "state"
      EXPERIMENT_NOTIFY_TOPIC = local.alarms[0]
      EXPERIMENT_METRICS      = local.chaos.namespace
    },
    { for file, object in local.objects : "EXPERIMENT_GUARD" => object.url if file == "guard.yaml" },
    local.chaos.environment,
  )

  statements = merge(
    local.extra_statements.chaos_executor,
    local.activity_statements,
    {
      Journals = { actions = ["s3:PutObject"], resources = ["${module.chaos_journals[0].arn}/journals/*"] }
      State = {
        actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        resources = ["${module.chaos_state[0].arn}/state/*"]
      }
      # Without it S3 refuses an object that is not there instead of saying so.
      StateList = { actions = ["s3:ListBucket"], resources = [module.chaos_state[0].arn] }
      Lever     = { actions = ["ssm:GetParameter"], resources = aws_ssm_parameter.chaos_lever[*].arn }
      Notify    = { actions = ["sns:Publish"], resources = local.alarms }
      Metrics = {
        actions = ["cloudwatch:PutMetricData"]
        # PutMetricData knows no resources; the namespace narrows it.
        resources  = ["*"]
        conditions = { "cloudwatch:namespace" = local.chaos.namespace }
      }
      StopConditions = {
        actions = ["cloudwatch:DescribeAlarms"]
        # Which alarms end a run, its experiment says.
        resources = ["*"]
      }
    },
    length(local.chaos_objects) == 0 ? {} : { Experiments = { actions = ["s3:GetObject"], resources = local.chaos_objects } },
    length(local.chaos.roles) == 0 ? {} : { Roles = { actions = ["sts:AssumeRole"], resources = local.chaos.roles } },
    local.chaos.durable ? {
      Durable = {
        actions   = ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"]
        resources = ["${local.chaos_arn}:*"]
      }
      } : {
      # Before the end of its time the function hands the run over to its next invocation.
      Continue = { actions = ["lambda:InvokeFunction"], resources = [local.chaos_arn] }
    },
    { for service, action in local.reference_actions : "Secrets${title(service)}" => {
      actions   = [action]
      resources = [for arn in local.chaos.secrets : arn if split(":", arn)[2] == service]
      } if anytrue([for arn in local.chaos.secrets : split(":", arn)[2] == service])
    },
  )

  triggers = {
    # The sweep: whatever an ended run has left broken is tried again. Its silence raises the alarm not-running.
    schedule       = local.chaos.sweep
    schedule_input = jsonencode({ sweep = true })
    schedules = { for name, experiment in local.chaos.experiments : name => {
      schedule = experiment.schedule
      input = jsonencode({
        experiment_source = "${var.name}/experiments/${name}.yaml"
        bucket_name       = local.configuration_bucket
        configuration     = experiment.configuration
      })
    } if experiment.schedule != null }
  }

  # An experiment that failed half way must not begin anew: the sweep puts back what it left.
  retries           = 0
  maximum_event_age = 900

  reserved_concurrency = local.chaos.reserved_concurrency
  vpc                  = local.chaos.vpc
  common               = local.common
}

locals {
  chaos_function = "${var.name}-chaos-${local.chaos.durable ? "durable" : "executor"}"
  chaos_arn      = "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${local.chaos_function}"
  chaos_objects  = [for file, object in local.objects : object.arn if file == "guard.yaml" || startswith(file, "experiments/")]
}

check "experiments_have_limits" {
  assert {
    condition     = !local.chaos.enabled || local.chaos.guard_file != null || contains(keys(local.chaos.environment), "EXPERIMENT_GUARD")
    error_message = "Without chaos_executor.guard_file every experiment may hit all that the function's role reaches. docs/chaos-executor.md has a guard file to begin with."
  }
}

# --- What experiments may do -----------------------------------------------------------------------------------------

locals {
  catalogue = jsondecode(file("${path.module}/activities.json"))

  # By pattern, the activities that it allows.
  allowed = { for pattern in local.chaos.allowed_activities : pattern => [
    for name in keys(local.catalogue.activities) : name
    if can(regex("^${replace(replace(pattern, ".", "\\."), "*", ".*")}$", name))
  ] }
  allowed_calls = distinct(flatten([for name in flatten(values(local.allowed)) : local.catalogue.activities[name]]))

  # Calls that only read cannot be limited to some resources, or need not be.
  reads = [for call in local.allowed_calls : call if !contains(keys(local.catalogue.resources), call)]

  # Changes with the same resources share a statement, because a role's policies have a greatest length.
  changes = flatten([for call in setsubtract(local.allowed_calls, local.reads) : [
    for kind, resources in local.catalogue.resources[call] : { call = call, kind = kind, resources = resources } if length(resources) > 0
  ]])
  change_groups = { for change in local.changes : "${change.kind} ${join(" ", change.resources)}" => change... }

  activity_statements = merge(
    length(local.reads) == 0 ? {} : {
      ActivitiesRead = {
        actions = sort(local.reads)
        # Most of these know no resources.
        resources  = ["*"]
        conditions = {}
      }
    },
    { for index, key in sort(keys(local.change_groups)) : "ActivitiesChange${index}" => {
      actions = sort(local.change_groups[key][*].call)
      resources = distinct(flatten([for region in coalesce(local.chaos.regions, [local.region]) : [
        for resource in local.change_groups[key][0].resources : resource == "*" ? "*" :
        "arn:${local.partition}:${replace(replace(resource, "{region}", region), "{account}", local.account)}"
      ]]))
      conditions = local.change_groups[key][0].kind == "tagged" ? {
        for tag, value in local.chaos.target_tags : "aws:ResourceTag/${tag}" => value
      } : {}
    } },
  )
}

# --- Where it keeps things -------------------------------------------------------------------------------------------

module "chaos_journals" {
  source = "../bucket"
  count  = local.chaos.enabled ? 1 : 0

  name            = "${var.name}-journals-${local.account}-${local.region}"
  expiration_days = local.chaos.journal_days
  versioned       = true
  force_destroy   = local.chaos.destroy_journals
  kms_key_arn     = var.kms_key_arn
  tags            = var.tags
}

# Runs that go on, locks, and the ledger of what is still broken. Nothing in here expires: a lost entry would be a fault
# that nobody puts back. For the same reason the bucket is not destroyed with entries in it.
module "chaos_state" {
  source = "../bucket"
  count  = local.chaos.enabled ? 1 : 0

  name          = "${var.name}-chaos-state-${local.account}-${local.region}"
  versioned     = true
  force_destroy = local.chaos.destroy_state
  kms_key_arn   = var.kms_key_arn
  tags          = var.tags
}

# The lever: stop ends every run with its rollbacks and bars new ones, hold has them wait, run lets them go on.
resource "aws_ssm_parameter" "chaos_lever" {
  #checkov:skip=CKV_AWS_337:it holds one word that is no secret
  #checkov:skip=CKV2_AWS_34:it holds one word that is no secret
  count = local.chaos.enabled ? 1 : 0

  name        = "/${var.name}/chaos/lever"
  description = "run, hold or stop: what chaos experiments may do now"
  type        = "String"
  value       = "run"
  tags        = var.tags

  # An operator moves it.
  lifecycle {
    ignore_changes = [value]
  }
}

# --- Who notices ------------------------------------------------------------------------------------------------------

locals {
  # Over all experiments; by the dimension experiment there are those of each.
  chaos_alarms = {
    deviated = {
      metric = "deviated", periods = 1
      text   = "An experiment found that the system does not hold its steady state: its journal is in ${try(module.chaos_journals[0].name, "")}"
    }
    failed = {
      metric = "failed", periods = 1
      text   = "A run of an experiment came to no verdict: its journal is in ${try(module.chaos_journals[0].name, "")}"
    }
    still-broken = {
      # What is put back by the next sweeps needs nobody.
      metric = "still_broken", periods = 3
      text   = "Experiments have left something broken that the sweep cannot put back: tocsin chaos recover tells what and why"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "chaos" {
  for_each = local.chaos.enabled ? local.chaos_alarms : {}

  alarm_name          = "${local.chaos_function}-${each.key}"
  alarm_description   = each.value.text
  namespace           = local.chaos.namespace
  metric_name         = each.value.metric
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = each.value.periods
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarms
  ok_actions          = local.alarms
  tags                = var.tags
}
