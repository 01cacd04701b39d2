# The function when its executions are durable. CloudFormation makes it: Terraform's provider can only from 6.25 on, and
# the argument must not stand in a file that older ones read.

locals {
  durable    = var.durable == null ? 0 : 1
  code_hash  = filesha256(var.zip)
  code_place = "code/${var.name}/${local.code_hash}.zip"

  # A property whose value is null is left out.
  durable_function = { for name, value in {
    FunctionName                 = var.name
    Description                  = var.description
    Code                         = { S3Bucket = try(var.durable.bucket, null), S3Key = local.code_place }
    Handler                      = "bootstrap"
    Runtime                      = var.common.runtime
    Architectures                = [local.architecture]
    MemorySize                   = var.memory
    Timeout                      = var.timeout
    Role                         = aws_iam_role.this.arn
    ReservedConcurrentExecutions = var.reserved_concurrency < 0 ? null : var.reserved_concurrency
    KmsKeyArn                    = var.common.kms_key_arn
    Environment                  = { Variables = var.environment }
    TracingConfig                = { Mode = var.common.tracing ? "Active" : "PassThrough" }
    VpcConfig                    = var.vpc == null ? null : { SubnetIds = var.vpc.subnet_ids, SecurityGroupIds = var.vpc.security_group_ids }
    Tags                         = [for key, value in var.common.tags : { Key = key, Value = value }]
    DurableConfig = {
      ExecutionTimeout      = try(var.durable.execution_timeout, null)
      RetentionPeriodInDays = try(var.durable.retention_days, null)
    }
  } : name => value if value != null }

  # Each change of what a version holds becomes a version of its own, and the alias names the latest. Executions stay on the
  # version that they began with, so older ones are kept. For a change of the tags alone, Lambda makes no version, and
  # CloudFormation would fail. The role's ARN is unknown before the first apply, and stays the same.
  durable_version = "Version${substr(sha256(jsonencode([local.code_hash, {
    for name, value in local.durable_function : name => value
    if !contains(["Code", "Role", "ReservedConcurrentExecutions", "Tags", "DurableConfig"], name)
  }])), 0, 16)}"
}

resource "aws_s3_object" "code" {
  #checkov:skip=CKV_AWS_186:S3's own key, unless kms_key_arn names another
  count = local.durable

  bucket = var.durable.bucket
  key    = local.code_place
  source = var.zip
  tags   = var.common.tags

  # CloudFormation may have to go back to the former zip.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudformation_stack" "durable" {
  #checkov:skip=CKV_AWS_124:Terraform waits for the stack and tells its errors
  count = local.durable

  name = var.name
  tags = var.common.tags
  template_body = jsonencode({
    Resources = {
      Function = { Type = "AWS::Lambda::Function", Properties = local.durable_function }
      (local.durable_version) = {
        Type                = "AWS::Lambda::Version"
        DeletionPolicy      = "Retain"
        UpdateReplacePolicy = "Retain"
        Properties          = { FunctionName = { Ref = "Function" } }
      }
    }
    Outputs = { Version = { Value = { "Fn::GetAtt" = [local.durable_version, "Version"] } } }
  })

  # The first log line would create the group without retention.
  depends_on = [aws_s3_object.code, aws_cloudwatch_log_group.this, aws_iam_role_policy.this]
}

resource "aws_lambda_alias" "live" {
  count = local.durable

  name             = "live"
  description      = "The latest version; executions stay on the one that they began with"
  function_name    = var.name
  function_version = aws_cloudformation_stack.durable[0].outputs["Version"]
}
