# With var.canary a new version takes over step by step, and the former one is back when an alarm of the function goes off.
#
# Terraform publishes each change of the function as a version. All triggers call the alias "live". It is in a stack, because
# CloudFormation has CodeDeploy shift an alias, and waits; Terraform waits for the stack, and fails with it. The function
# without an alias may still be invoked, so that no event is lost when the canary is switched on.

locals {
  canary     = var.canary == null || var.durable != null ? 0 : 1
  canary_arn = one(terraform_data.canary[*].output)

  # Without a shift there is nothing to watch: so the repair of a function whose alarm is on gets through.
  canary_alarms = var.canary != "AllAtOnce"

  # Who may invoke the alias: those who may invoke the function.
  callers = merge(
    { for name, arn in var.triggers.topics : "topic-${name}" => { principal = "sns.amazonaws.com", source = arn, account = null } },
    { for name in keys(local.rules) : "rule-${name}" => {
      principal = "events.amazonaws.com", source = aws_cloudwatch_event_rule.this[name].arn, account = null
    } },
    var.triggers.alarms ? { alarms = {
      principal = "lambda.alarms.cloudwatch.amazonaws.com", source = local.alarm_arns, account = data.aws_caller_identity.current.account_id
    } } : {},
  )
}

resource "aws_cloudformation_stack" "canary" {
  #checkov:skip=CKV_AWS_124:Terraform waits for the stack and tells its errors
  count = local.canary

  name = "${var.name}-canary"
  tags = var.common.tags
  # A stack whose creation failed can only be deleted. Otherwise the next apply would create one of the same name before it
  # deletes this one, and CloudFormation would refuse that for ever.
  on_failure = "DELETE"
  template_body = jsonencode({
    Resources = {
      Application = {
        Type       = "AWS::CodeDeploy::Application"
        Properties = { ApplicationName = var.name, ComputePlatform = "Lambda" }
      }
      Group = {
        Type = "AWS::CodeDeploy::DeploymentGroup"
        Properties = {
          ApplicationName      = { Ref = "Application" }
          DeploymentGroupName  = var.name
          DeploymentConfigName = "CodeDeployDefault.Lambda${var.canary}"
          DeploymentStyle      = { DeploymentType = "BLUE_GREEN", DeploymentOption = "WITH_TRAFFIC_CONTROL" }
          ServiceRoleArn       = aws_iam_role.canary[0].arn
          AlarmConfiguration = {
            Enabled = local.canary_alarms
            Alarms  = [for name in sort([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name]) : { Name = name }]
          }
          AutoRollbackConfiguration = {
            Enabled = true
            Events  = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]
          }
        }
      }
      Alias = {
        Type = "AWS::Lambda::Alias"
        Properties = {
          Name            = "live"
          Description     = "The version that is in use; CodeDeploy shifts it"
          FunctionName    = aws_lambda_function.this[0].function_name
          FunctionVersion = aws_lambda_function.this[0].version
        }
        # By the reference a change of the group comes first, and counts for the shift that comes with it.
        UpdatePolicy = { CodeDeployLambdaAliasUpdate = {
          ApplicationName     = { Ref = "Application" }
          DeploymentGroupName = { Ref = "Group" }
        } }
      }
    }
  })

  # The slowest shift takes an hour and a half.
  timeouts {
    update = "3h"
  }

  # When the canary is switched off, the triggers are changed before the alias goes. Terraform extends this to all that the
  # stack depends on, also with count = 0: a function whose creation failed half way needs terraform untaint, see
  # docs/deploy-aws.md.
  lifecycle {
    create_before_destroy = true
  }

  depends_on = [aws_iam_role_policy.canary]
}

# The alias, once it may be called and its failures are kept. Not an output of the stack: those are unknown while a stack
# changes, and Terraform would make every subscription anew.
resource "terraform_data" "canary" {
  count = local.canary

  input = "${aws_lambda_function.this[0].arn}:live"

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [
    aws_cloudformation_stack.canary, aws_lambda_permission.canary, aws_lambda_function_event_invoke_config.canary,
  ]
}

resource "aws_lambda_permission" "canary" {
  for_each = { for name, caller in local.callers : name => caller if local.canary == 1 }

  statement_id_prefix = "${each.key}-"
  function_name       = aws_lambda_function.this[0].function_name
  qualifier           = "live"
  action              = "lambda:InvokeFunction"
  principal           = each.value.principal
  source_account      = each.value.account
  source_arn          = each.value.source

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [aws_cloudformation_stack.canary]
}

resource "aws_lambda_function_event_invoke_config" "canary" {
  count = local.canary

  function_name                = aws_lambda_function.this[0].function_name
  qualifier                    = "live"
  maximum_event_age_in_seconds = var.maximum_event_age
  maximum_retry_attempts       = var.retries

  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead_letters.arn
    }
  }

  lifecycle {
    create_before_destroy = true
  }

  # Lambda tries whether the role may write there.
  depends_on = [aws_cloudformation_stack.canary, aws_iam_role_policy.this]
}

# --- What CodeDeploy may do -------------------------------------------------------------------------------------------

resource "aws_iam_role" "canary" {
  count = local.canary

  name                 = "${var.name}-canary"
  assume_role_policy   = data.aws_iam_policy_document.canary_assume[0].json
  permissions_boundary = var.common.permissions_boundary
  tags                 = var.common.tags
}

data "aws_iam_policy_document" "canary_assume" {
  count = local.canary

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["codedeploy.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "canary" {
  count = local.canary

  name   = "${var.name}-canary"
  role   = aws_iam_role.canary[0].id
  policy = data.aws_iam_policy_document.canary[0].json
}

data "aws_iam_policy_document" "canary" {
  #checkov:skip=CKV_AWS_356:"*" stands only where an action knows no resources, with the reason beside it
  count = local.canary

  statement {
    sid       = "Alias"
    actions   = ["lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig"]
    resources = [local.unqualified_arn, "${local.unqualified_arn}:live"]
  }

  statement {
    sid     = "Alarms"
    actions = ["cloudwatch:DescribeAlarms"]
    # CodeDeploy asks for alarms by name; as in AWS's own policy for it.
    resources = ["*"]
  }
}

locals {
  # Known before the function is made, as its policies are then, too.
  unqualified_arn = "arn:${data.aws_partition.current.partition}:lambda:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:function:${var.name}"
}
