# SLA tests: the topic that results go to, a bucket for what the tests print, the role that may use both, and an example
# service on ECS Fargate that runs sla-runner beside an application.

resource "aws_sns_topic" "results" {
  #checkov:skip=CKV_AWS_26:results hold no secrets; kms_key_arn names a key that SNS may use
  count = local.has_results && local.existing.results_topic == null ? 1 : 0

  name              = "${var.name}-results"
  kms_master_key_id = var.kms_key_arn
  tags              = var.tags
}

locals {
  has_results = local.metric_writer.enabled || local.sla_runner.enabled || local.reporter.enabled && local.reporter.on_results

  # Lists of one or none.
  results     = !local.has_results ? [] : local.existing.results_topic != null ? [local.existing.results_topic.arn] : aws_sns_topic.results[*].arn
  logs_bucket = !local.sla_runner.enabled ? [] : local.existing.logs_bucket != null ? [local.existing.logs_bucket.name] : module.sla_logs[*].name
}

module "sla_logs" {
  source = "../bucket"
  count  = local.sla_runner.enabled && local.existing.logs_bucket == null ? 1 : 0

  name            = "${var.name}-sla-logs-${local.account}-${local.region}"
  expiration_days = local.sla_runner.log_days
  force_destroy   = local.sla_runner.destroy_logs
  kms_key_arn     = var.kms_key_arn
  tags            = var.tags
}

# A policy of its own, so that other roles can carry it too: those of instances and of other services.
resource "aws_iam_policy" "sla_runner" {
  count = local.sla_runner.enabled ? 1 : 0

  name        = "${var.name}-sla-runner"
  description = "Lets sla-runner publish results and keep what tests print"
  policy      = data.aws_iam_policy_document.sla_runner[0].json
  tags        = var.tags
}

data "aws_iam_policy_document" "sla_runner" {
  count = local.sla_runner.enabled ? 1 : 0

  statement {
    sid       = "Results"
    actions   = ["sns:Publish", "sns:GetTopicAttributes"]
    resources = local.results
  }

  statement {
    sid       = "Logs"
    actions   = ["s3:PutObject", "s3:AbortMultipartUpload"]
    resources = ["arn:${local.partition}:s3:::${local.logs_bucket[0]}/*"]
  }

  dynamic "statement" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]
    content {
      sid       = "Key"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_role" "sla_runner" {
  count = local.sla_runner.enabled ? 1 : 0

  name                 = "${var.name}-sla-runner"
  assume_role_policy   = data.aws_iam_policy_document.tasks.json
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "sla_runner" {
  count = local.sla_runner.enabled ? 1 : 0

  role       = aws_iam_role.sla_runner[0].name
  policy_arn = aws_iam_policy.sla_runner[0].arn
}

data "aws_iam_policy_document" "tasks" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

# --- Example: an application and its SLA test in one task ------------------------------------------------------------

locals {
  # A list of one or none: what the example needs.
  service = local.sla_runner.enabled && local.sla_runner.service != null ? [local.sla_runner.service] : []

  container_log = { for container in ["application", "sla-runner"] : container => {
    logDriver = "awslogs"
    options = {
      awslogs-group         = "/ecs/${var.name}-sla-runner"
      awslogs-region        = local.region
      awslogs-stream-prefix = container
    }
  } }
}

resource "aws_ecs_cluster" "sla_runner" {
  #checkov:skip=CKV_AWS_65:Container Insights costs more than the task
  #checkov:skip=CKV_AWS_224:nobody runs commands in the task
  count = length(local.service)

  name = "${var.name}-sla-runner"
  tags = var.tags
}

resource "aws_ecs_task_definition" "sla_runner" {
  #checkov:skip=CKV_AWS_336:sla-runner's is read-only; what the application needs nobody knows here
  count = length(local.service)

  family                   = "${var.name}-sla-runner"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = local.service[0].cpu
  memory                   = local.service[0].memory
  task_role_arn            = aws_iam_role.sla_runner[0].arn
  execution_role_arn       = aws_iam_role.sla_runner_execution[0].arn
  tags                     = var.tags

  container_definitions = jsonencode([
    {
      name             = "application"
      image            = local.service[0].application_image
      essential        = true
      logConfiguration = local.container_log["application"]
    },
    {
      name  = "sla-runner"
      image = local.service[0].image
      # A test that ends must not end what it tests.
      essential              = false
      dependsOn              = [{ containerName = "application", condition = "START" }]
      readonlyRootFilesystem = true
      user                   = "65534"
      stopTimeout            = 30
      logConfiguration       = local.container_log["sla-runner"]
      environment = [for name, value in {
        SLARUNNER_COMMAND      = local.service[0].command
        SLARUNNER_DELAY        = tostring(local.service[0].delay)
        SLARUNNER_SERVICE      = local.service[0].name
        SLARUNNER_GROUPS       = join(",", local.service[0].groups)
        SLARUNNER_SNSTOPICARN  = local.results[0]
        SLARUNNER_S3BUCKETNAME = local.logs_bucket[0]
        SLARUNNER_S3ENCRYPTION = var.kms_key_arn == null ? "" : var.kms_key_arn
        AWS_REGION             = local.region
      } : { name = name, value = value } if value != ""]
    },
  ])
}

resource "aws_ecs_service" "sla_runner" {
  count = length(local.service)

  name            = "${var.name}-sla-runner"
  cluster         = aws_ecs_cluster.sla_runner[0].id
  task_definition = aws_ecs_task_definition.sla_runner[0].arn
  launch_type     = "FARGATE"
  desired_count   = 1
  tags            = var.tags

  network_configuration {
    subnets          = local.service[0].subnet_ids
    security_groups  = local.service[0].security_group_ids
    assign_public_ip = local.service[0].public_ip
  }

  # Without them the first tasks fail, and those of a service that goes could not say their last.
  depends_on = [aws_iam_role_policy.sla_runner_execution, aws_iam_role_policy_attachment.sla_runner]
}

resource "aws_cloudwatch_log_group" "sla_runner" {
  #checkov:skip=CKV_AWS_158:CloudWatch's own key, unless kms_key_arn names another
  #checkov:skip=CKV_AWS_338:how long is a variable
  count = length(local.service)

  name              = "/ecs/${var.name}-sla-runner"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

# What ECS itself needs to start the task.
resource "aws_iam_role" "sla_runner_execution" {
  count = length(local.service)

  name                 = "${var.name}-sla-runner-execution"
  assume_role_policy   = data.aws_iam_policy_document.tasks.json
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy" "sla_runner_execution" {
  count = length(local.service)

  name   = "${var.name}-sla-runner-execution"
  role   = aws_iam_role.sla_runner_execution[0].id
  policy = data.aws_iam_policy_document.sla_runner_execution[0].json
}

data "aws_iam_policy_document" "sla_runner_execution" {
  #checkov:skip=CKV_AWS_356:"*" stands only where an action knows no resources, with the reason beside it
  count = length(local.service)

  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.sla_runner[0].arn}:*"]
  }

  statement {
    sid     = "SignIn"
    actions = ["ecr:GetAuthorizationToken"]
    # The token is the account's; it knows no resources.
    resources = ["*"]
  }

  statement {
    sid       = "Images"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
    resources = ["arn:${local.partition}:ecr:${local.region}:${local.account}:repository/*"]
  }
}
