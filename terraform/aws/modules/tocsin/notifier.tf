# Alarms, events and changes of state → chat.

module "notifier" {
  source = "../function"
  count  = local.notifier.enabled ? 1 : 0

  name        = "${var.name}-notifier"
  description = "Sends alarms and events to chat"
  zip         = "${var.zips}/notifier.zip"
  memory      = local.notifier.memory
  timeout     = 30

  environment = merge(
    # Silences are in the table, too: one document, which costs a reading in ten seconds.
    { NOTIFY_TABLE = aws_dynamodb_table.notifier[0].name, NOTIFY_STATE = "dynamodb:${aws_dynamodb_table.notifier[0].name}" },
    { for queue in aws_sqs_queue.notifier_wakes : "NOTIFY_WAKE_QUEUE" => queue.id },
    { for object in local.notifier_objects : "NOTIFY_CONFIG" => object.url },
    local.notifier.environment,
  )

  statements = merge(
    local.extra_statements.notifier,
    {
      Memory = {
        actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
        resources = aws_dynamodb_table.notifier[*].arn
      }
      Graphs = {
        actions = ["cloudwatch:GetMetricWidgetImage"]
        # GetMetricWidgetImage knows no resources.
        resources = ["*"]
      }
    },
    { for queue in aws_sqs_queue.notifier_wakes : "Wakes" => {
      actions   = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
      resources = [queue.arn]
    } },
    { for queue in aws_sqs_queue.notifier_wakes : "AllGroups" => {
      actions   = ["dynamodb:Scan"]
      resources = aws_dynamodb_table.notifier[*].arn
    } },
    { for object in local.notifier_objects : "Rules" => { actions = ["s3:GetObject"], resources = [object.arn] } },
    { for object in local.rules_objects : "Rules" => {
      actions   = ["s3:GetObject"]
      resources = ["arn:${local.partition}:s3:::${object}"]
    } },
    { for parameter in local.rules_parameters : "Rules" => {
      actions   = ["ssm:GetParameter"]
      resources = ["arn:${local.partition}:ssm:${local.region}:${local.account}:parameter/${parameter}"]
    } },
    { for service, action in local.reference_actions : "Secrets${title(service)}" => {
      actions   = [action]
      resources = [for arn in local.notifier.secrets : arn if split(":", arn)[2] == service]
      } if anytrue([for arn in local.notifier.secrets : split(":", arn)[2] == service])
    },
  )

  triggers = {
    topics = { alarms = local.alarms[0] }
    events = merge(
      { for name in local.notifier.events : name => jsonencode(local.event_patterns[name]) },
      local.notifier.event_patterns,
    )
    alarms = true
  }

  reserved_concurrency = local.notifier.reserved_concurrency
  canary               = local.notifier.canary
  vpc                  = local.notifier.vpc
  # Its own alarms never go to the alarms topic: a dead webhook would fail on each, which raises the alarm again, for ever.
  # For the same reason the alarm provisioner makes none for it.
  common = merge(local.common, {
    alarm_actions = local.notifier.failure_actions
    tags          = merge(var.tags, local.provisioner.enabled ? { "tocsin:alarms" = "off" } : {})
  })
}

check "somebody_hears_of_a_dead_notifier" {
  assert {
    condition     = !local.notifier.enabled || length(local.notifier.failure_actions) > 0
    error_message = "Nobody hears when the notifier itself fails: name a topic with your e-mail address in notifier.failure_actions. docs/deploy-aws.md has the two commands that make one."
  }
}

locals {
  # Lists of one or none: where rules that were not uploaded here are.
  rules_objects    = try(regex("^s3://(.+)$", local.notifier.environment.NOTIFY_CONFIG), [])
  rules_parameters = try(regex("^ssm:/?([^:]+)$", local.notifier.environment.NOTIFY_CONFIG), [])

  notifier_objects = [for key, object in local.objects : object if key == "notifier.yaml"]

  # What gets a secret, or sends by an output (amazon-q, sns; email; eventbridge), by the service in the ARN.
  reference_actions = {
    ssm            = "ssm:GetParameter"
    secretsmanager = "secretsmanager:GetSecretValue"
    kms            = "kms:Decrypt"
    sns            = "sns:Publish"
    ses            = "ses:SendEmail"
    events         = "events:PutEvents"
  }

  # Events that the notifier lays out, by the names in local.notifier.events: those that somebody should look at.
  event_patterns = {
    alarms = {
      source      = ["aws.cloudwatch"]
      detail-type = ["CloudWatch Alarm State Change"]
      # Its own would drive a notifier that fails for ever; failure_actions hear of them.
      detail = { alarmName = [{ anything-but = { prefix = "${var.name}-notifier-" } }] }
    }
    autoscaling = {
      source      = ["aws.autoscaling"]
      detail-type = [for event in ["Launch", "Terminate"] : "EC2 Instance ${event} Unsuccessful"]
    }
    backup = {
      source = ["aws.backup"]
      # Jobs that restore have a status, the others a state.
      detail = { "$or" = [for key in ["state", "status"] : { (key) = ["FAILED", "ABORTED", "EXPIRED", "PARTIAL"] }] }
    }
    codebuild = {
      source      = ["aws.codebuild"]
      detail-type = ["CodeBuild Build State Change"]
      detail      = { build-status = ["FAILED", "SUCCEEDED", "STOPPED"] }
    }
    codepipeline = {
      source      = ["aws.codepipeline"]
      detail-type = ["CodePipeline Pipeline Execution State Change"]
      detail      = { state = ["FAILED", "SUCCEEDED", "STOPPED"] }
    }
    ebs = {
      source = ["aws.ec2"]
      detail-type = [
        "EBS Volume Notification", "EBS Snapshot Notification", "EBS Multi-Volume Snapshots Completion Status",
      ]
      detail = { result = ["failed", "lost"] }
    }
    ec2 = {
      source = ["aws.ec2"]
      detail-type = [
        "EC2 Instance State-change Notification", "EC2 Spot Instance Interruption Warning",
        "EC2 Instance Rebalance Recommendation",
      ]
    }
    ecs = {
      source      = ["aws.ecs"]
      detail-type = ["ECS Deployment State Change", "ECS Service Action"]
      detail      = { eventType = ["ERROR", "WARN"] }
    }
    ecs-tasks = {
      source      = ["aws.ecs"]
      detail-type = ["ECS Task State Change"]
      detail      = { lastStatus = ["STOPPED"], stopCode = ["EssentialContainerExited", "TaskFailedToStart", "SpotInterruption"] }
    }
    guardduty = { source = ["aws.guardduty"] }
    health    = { source = ["aws.health"] }
    securityhub = {
      source = ["aws.securityhub"]
      detail = { findings = {
        Severity = { Label = ["CRITICAL", "HIGH"] }, Workflow = { Status = ["NEW"] }, RecordState = ["ACTIVE"]
      } }
    }
    synthetics = { source = ["aws.synthetics"], detail = { test-run-status = ["FAILED"] } }
  }
}

# What has been sent, and which message an incident began with.
resource "aws_dynamodb_table" "notifier" {
  #checkov:skip=CKV_AWS_28:a lost table costs a message that comes twice
  #checkov:skip=CKV_AWS_119:DynamoDB's own key, unless kms_key_arn names another
  #checkov:skip=CKV2_AWS_16:on demand, there is nothing to scale
  count = local.notifier.enabled ? 1 : 0

  name         = "${var.name}-notifier"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  ttl {
    attribute_name = "expires"
    enabled        = true
  }

  tags = var.tags

  server_side_encryption {
    enabled     = var.kms_key_arn != null
    kms_key_arn = var.kms_key_arn
  }
}
