# Changes of CPU, memory, tasks and variables of Fargate services, by call; ECS's events and a timer go on with them.

module "fargate_adjuster" {
  source = "../function"
  count  = local.fargate.enabled ? 1 : 0

  # Lambda makes a function durable only when it is created: under another name there is no conflict with the former.
  name        = local.fargate_function
  description = "Adjusts Fargate services, and puts back what does not become healthy"
  zip         = "${var.zips}/fargate-adjuster.zip"
  memory      = local.fargate.memory
  timeout     = local.fargate.timeout

  durable = local.fargate.durable ? {
    bucket            = module.fargate_state[0].name
    execution_timeout = local.fargate.durable_timeout
    retention_days    = local.fargate.durable_retention_days
  } : null

  environment = merge(
    {
      FARGATE_STATE            = local.fargate_state
      FARGATE_DURABLE          = local.fargate.durable ? "lambda" : "state"
      FARGATE_RESULT_TOPIC_ARN = local.alarms[0]
    },
    { for file, object in local.objects : "FARGATE_CONFIG" => object.url if file == "fargate.yaml" },
    local.fargate.environment,
  )

  statements = merge(
    local.extra_statements.fargate_adjuster,
    local.fargate_statements,
    {
      State = {
        actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        resources = ["${module.fargate_state[0].arn}/state/*"]
      }
      # Without it S3 refuses an object that is not there instead of saying so.
      StateList = { actions = ["s3:ListBucket"], resources = [module.fargate_state[0].arn] }
      Outcomes  = { actions = ["sns:Publish"], resources = local.alarms }
      # Of the other name, too: after durable is switched, runs that the former function has begun are still open.
      Executions = { actions = ["lambda:GetDurableExecution"], resources = [for name in local.fargate_functions : "${local.fargate_lambda}:${name}:*"] }
    },
    { for file, object in local.objects : "Configuration" => { actions = ["s3:GetObject"], resources = [object.arn] } if file == "fargate.yaml" },
    local.fargate.durable ? {
      Durable = {
        actions   = ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"]
        resources = ["${local.fargate_arn}:*"]
      }
      # An event of ECS wakes the execution that waits for it.
      Wake = { actions = ["lambda:SendDurableExecutionCallbackSuccess"], resources = ["${local.fargate_arn}:*"] }
    } : {},
  )

  triggers = {
    schedule       = local.fargate_schedule
    schedule_input = jsonencode({ recover = null })
    longest_gap    = local.fargate.longest_gap
    events         = { for name, pattern in local.fargate_events : name => jsonencode(pattern) if contains(local.fargate.events, name) }
  }

  # A repeated request goes on with the run that its first attempt has begun.
  retries           = 2
  maximum_event_age = 3600

  reserved_concurrency = local.fargate.reserved_concurrency
  vpc                  = local.fargate.vpc
  common               = local.common
}

locals {
  fargate_functions = { durable = "${var.name}-fargate-durable", state = "${var.name}-fargate-adjuster" }
  fargate_function  = local.fargate_functions[local.fargate.durable ? "durable" : "state"]
  fargate_lambda    = "arn:${local.partition}:lambda:${local.region}:${local.account}:function"
  fargate_arn       = "${local.fargate_lambda}:${local.fargate_function}"
  fargate_state     = one([for bucket in module.fargate_state : "s3://${bucket.name}/state"])
  # Each call of a durable function is an execution, which costs, and its runs have a timer of their own.
  fargate_schedule = coalesce(local.fargate.schedule, local.fargate.durable ? "rate(5 minutes)" : "rate(1 minute)")
}

# --- Which services ---------------------------------------------------------------------------------------------------

locals {
  fargate_components = try(yamldecode(file(local.fargate.config_file)).fargate, {})
  fargate_cluster    = lookup(local.fargate.environment, "FARGATE_CLUSTER", "default")

  # cluster/service, by names; both may be ARNs in the file.
  fargate_services = distinct(coalesce(local.fargate.services, [for component in local.fargate_components : join("/", [
    try(regex("^arn:[^:]*:ecs:[^:]*:[^:]*:service/([^/]+)/", component.service_name)[0], regex("[^/]+$", coalesce(try(component.cluster, null), local.fargate_cluster))),
    regex("[^/]+$", component.service_name),
  ])]))

  fargate_clusters     = distinct([for service in local.fargate_services : split("/", service)[0]])
  fargate_ecs          = "arn:${local.partition}:ecs:${local.region}:${local.account}"
  fargate_service_arns = [for service in local.fargate_services : "${local.fargate_ecs}:service/${service}"]
}

# --- What the role may do ---------------------------------------------------------------------------------------------

locals {
  # The five calls of servo-fargate's README, and the right to hand the task's roles on.
  fargate_required = {
    Services = {
      actions    = ["ecs:DescribeServices", "ecs:UpdateService"]
      resources  = local.fargate_service_arns
      conditions = {}
    }
    Revisions = {
      actions = ["ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition", "elasticloadbalancing:DescribeTargetHealth"]
      # These know no resources.
      resources  = ["*"]
      conditions = {}
    }
  }

  fargate_roles = length(local.fargate.task_roles) == 0 ? {} : {
    TaskRoles = {
      actions    = ["iam:PassRole"]
      resources  = local.fargate.task_roles
      conditions = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" }
    }
  }

  # By what is chosen in capabilities; docs/fargate-adjuster-function.md says what the adjuster does without each.
  fargate_optional = {
    deployments = {
      Deployments = {
        actions    = ["ecs:DescribeServiceDeployments", "ecs:ListServiceDeployments"]
        resources  = concat(local.fargate_service_arns, local.fargate_deployment_arns)
        conditions = {}
      }
    }
    rollback = {
      Rollback = { actions = ["ecs:StopServiceDeployment"], resources = local.fargate_deployment_arns, conditions = {} }
    }
    tasks = merge(
      { for index, cluster in local.fargate_clusters : "Tasks${index}" => {
        actions = ["ecs:ListTasks"]
        # The condition narrows it: its resources are instances, which Fargate has none of.
        resources  = ["*"]
        conditions = { "ecs:cluster" = "${local.fargate_ecs}:cluster/${cluster}" }
      } },
      { StoppedTasks = {
        actions    = ["ecs:DescribeTasks"]
        resources  = [for cluster in local.fargate_clusters : "${local.fargate_ecs}:task/${cluster}/*"]
        conditions = {}
      } },
    )
    scaling = {
      ReadScaling = {
        actions = ["application-autoscaling:DescribeScalableTargets"]
        # It knows no resources.
        resources  = ["*"]
        conditions = {}
      }
      Scaling = {
        actions = ["application-autoscaling:RegisterScalableTarget"]
        # The ids of targets are not known before, and most have no tags: it is all services' desired counts.
        resources = ["arn:${local.partition}:application-autoscaling:${local.region}:${local.account}:scalable-target/*"]
        conditions = {
          "application-autoscaling:service-namespace"  = "ecs"
          "application-autoscaling:scalable-dimension" = "ecs:service:DesiredCount"
        }
      }
    }
    tags = {
      Tags = {
        actions    = ["ecs:TagResource"]
        resources  = ["${local.fargate_ecs}:task-definition/*"]
        conditions = { "ecs:CreateAction" = "RegisterTaskDefinition" }
      }
    }
    deregister = {
      Deregister = {
        actions = ["ecs:DeregisterTaskDefinition"]
        # It knows no resources.
        resources  = ["*"]
        conditions = {}
      }
    }
    express = {
      Express = { actions = ["ecs:UpdateExpressGatewayService", "ecs:DescribeExpressGatewayService"], resources = local.fargate_service_arns, conditions = {} }
    }
  }

  fargate_deployment_arns = [for service in local.fargate_services : "${local.fargate_ecs}:service-deployment/${service}/*"]

  fargate_statements = merge(
    local.fargate_required, local.fargate_roles,
    [for name in local.fargate.capabilities : local.fargate_optional[name]]...
  )
}

check "task_roles_can_be_passed" {
  assert {
    condition     = !local.fargate.enabled || length(local.fargate.task_roles) > 0
    error_message = "fargate_adjuster.task_roles is empty: ECS refuses to register a revision of a task definition that has an execution role or a task role. Name the roles that the services' task definitions have."
  }
}

# --- What wakes it ----------------------------------------------------------------------------------------------------

locals {
  fargate_service_prefixes = [for cluster in local.fargate_clusters : { prefix = "${local.fargate_ecs}:service/${cluster}/" }]
  fargate_groups           = jsonencode([for service in local.fargate_services : "service:${split("/", service)[1]}"])
  # A pattern may have 2,048 characters, and a * in a list of texts is a character as any.
  fargate_group = length(local.fargate_groups) < 1000 && !strcontains(local.fargate_groups, "*") ? local.fargate_groups : jsonencode([{ prefix = "service:" }])

  fargate_events = {
    deployments = {
      source      = ["aws.ecs"]
      detail-type = ["ECS Deployment State Change"]
      resources   = local.fargate_service_prefixes
    }
    services = {
      source      = ["aws.ecs"]
      detail-type = ["ECS Service Action"]
      resources   = local.fargate_service_prefixes
    }
    tasks = {
      source      = ["aws.ecs"]
      detail-type = ["ECS Task State Change"]
      detail = {
        clusterArn = [for cluster in local.fargate_clusters : "${local.fargate_ecs}:cluster/${cluster}"]
        lastStatus = ["RUNNING", "STOPPED"]
        group      = jsondecode(local.fargate_group)
      }
    }
  }
}

# --- Where it keeps things --------------------------------------------------------------------------------------------

# Runs that go on, claims of services, and how earlier runs ended. Nothing in here expires: a lost record would be a
# service that nobody puts back. For the same reason the bucket is not destroyed with records in it.
module "fargate_state" {
  source = "../bucket"
  count  = local.fargate.enabled ? 1 : 0

  name          = "${var.name}-fargate-state-${local.account}-${local.region}"
  versioned     = true
  force_destroy = local.fargate.destroy_state
  kms_key_arn   = var.kms_key_arn
  tags          = var.tags
}

# --- Who notices ------------------------------------------------------------------------------------------------------

# The function logs such a line for each service that is neither on its new values nor on its old ones.
resource "aws_cloudwatch_log_metric_filter" "fargate_still_broken" {
  count = local.fargate.enabled ? 1 : 0

  name           = "${local.fargate_function}-still-broken"
  log_group_name = "/aws/lambda/${local.fargate_function}"
  pattern        = "\"still broken:\""

  metric_transformation {
    name          = "StillBroken-${local.fargate_function}"
    namespace     = "Tocsin"
    value         = "1"
    default_value = "0"
  }

  # The module makes the log group.
  depends_on = [module.fargate_adjuster]
}

resource "aws_cloudwatch_metric_alarm" "fargate_still_broken" {
  count = local.fargate.enabled ? 1 : 0

  alarm_name          = "${local.fargate_function}-still-broken"
  alarm_description   = "An adjustment failed, and the way back, too: a service needs somebody now. tocsin fargate history tells which, and what it is on; see the log group /aws/lambda/${local.fargate_function}"
  namespace           = "Tocsin"
  metric_name         = "StillBroken-${local.fargate_function}"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarms
  ok_actions          = local.alarms
  tags                = var.tags
}
