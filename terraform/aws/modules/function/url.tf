# With var.url the function has an address of its own, a function URL, that everybody may call: the function itself decides
# who is answered how.
#
# CloudFormation makes it. A URL needs two permissions since October 2025, the second only for calls by the URL, which
# Terraform's provider can say in its newest versions alone.

resource "aws_cloudformation_stack" "url" {
  #checkov:skip=CKV_AWS_124:Terraform waits for the stack and tells its errors
  count = var.url ? 1 : 0

  name = "${var.name}-url"
  tags = var.common.tags
  template_body = jsonencode({
    Resources = {
      Url = {
        Type = "AWS::Lambda::Url"
        Properties = merge(
          { TargetFunctionArn = local.function_name, AuthType = "NONE" },
          local.url_qualifier == null ? {} : { Qualifier = local.url_qualifier },
        )
      }
      CallUrl = {
        Type = "AWS::Lambda::Permission"
        Properties = {
          FunctionName = local.function_arn, Action = "lambda:InvokeFunctionUrl", Principal = "*", FunctionUrlAuthType = "NONE"
        }
      }
      CallFunction = {
        Type = "AWS::Lambda::Permission"
        Properties = {
          FunctionName = local.function_arn, Action = "lambda:InvokeFunction", Principal = "*", InvokedViaFunctionUrl = true
        }
      }
    }
    Outputs = { Url = { Value = { "Fn::GetAtt" = ["Url", "FunctionUrl"] } } }
  })
}

locals {
  # The alias that is called instead of the function.
  url_qualifier = local.canary == 1 ? "live" : local.qualifier
}
