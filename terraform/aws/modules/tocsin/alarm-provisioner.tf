# Resources, by rules and by the catalogue → alarms in CloudWatch; on a schedule, and after what happens to a resource.

module "alarm_provisioner" {
  source = "../function"
  count  = local.provisioner.enabled ? 1 : 0

  name        = local.provisioner_function
  description = "Makes the alarms of resources, and removes them with the resources"
  zip         = "${var.zips}/alarm-provisioner.zip"
  memory      = local.provisioner.memory
  timeout     = local.provisioner.timeout

  environment = merge(
    {
      ALARM_OWNER            = local.provisioner.owner
      ALARM_ACTION           = local.provisioner.action
      ALARM_STATE            = "dynamodb:${aws_dynamodb_table.alarm_provisioner[0].name}"
      ALARM_RESULT_TOPIC_ARN = local.alarms[0]
      TOPIC_ARN              = lookup(local.provisioner.topics, "", local.alarms[0])
    },
    length(local.provisioner_objects) == 0 ? {} : { ALARM_RULES = join(",", local.provisioner_objects[*].url) },
    local.provisioner.catalogue == null ? {} : { ALARM_CATALOGUE = tostring(local.provisioner.catalogue) },
    local.provisioner.regions == null ? {} : { ALARM_REGIONS = join(",", local.provisioner.regions) },
    length(local.provisioner.roles) == 0 ? {} : { ALARM_ROLES = join(",", local.provisioner.roles) },
    local.provisioner.external_id == null ? {} : { ALARM_EXTERNAL_ID = local.provisioner.external_id },
    length(local.provisioner_severities) == 0 ? {} : { ALARM_TOPICS = join(",", local.provisioner_severities) },
    local.provisioner.environment,
  )

  statements = merge(
    local.extra_statements.alarm_provisioner,
    {
      Discover = {
        actions = local.provisioner_reads
        # What there is, is what these find out; most know no resources.
        resources = ["*"]
      }
      Write = {
        actions   = local.provisioner_calls.write
        resources = local.provisioner_alarms
      }
      # Nobody else's alarms can be deleted, whatever a plan says.
      Delete = {
        actions    = local.provisioner_calls.delete
        resources  = local.provisioner_alarms
        conditions = { "aws:ResourceTag/tocsin:owner" = local.provisioner.owner }
      }
      State = {
        actions   = ["dynamodb:GetItem", "dynamodb:PutItem"]
        resources = aws_dynamodb_table.alarm_provisioner[*].arn
      }
      Changes = { actions = ["sns:Publish"], resources = local.alarms }
    },
    length(local.provisioner_objects) == 0 ? {} : { Rules = { actions = ["s3:GetObject"], resources = local.provisioner_objects[*].arn } },
    length(local.provisioner.roles) == 0 ? {} : { Roles = { actions = ["sts:AssumeRole"], resources = local.provisioner.roles } },
    { for parameter in local.provisioner_parameters : "ExternalId" => {
      actions   = ["ssm:GetParameter"]
      resources = ["arn:${local.partition}:ssm:${local.region}:${local.account}:parameter/${parameter}"]
    } },
  )

  triggers = {
    schedule    = local.provisioner.schedule
    longest_gap = local.provisioner.longest_gap
    events      = { for name, pattern in local.provisioner_events : name => jsonencode(pattern) if contains(local.provisioner.events, split("-", name)[0]) }
  }

  # The next scheduled run makes up for an event that is lost, so there is no use in an old one.
  retries           = 1
  maximum_event_age = 3600

  reserved_concurrency = local.provisioner.reserved_concurrency
  vpc                  = local.provisioner.vpc
  common               = local.common
}

locals {
  provisioner_function = "${var.name}-alarm-provisioner"
  provisioner_calls    = jsondecode(file("${path.module}/alarm-provisioner.json"))

  provisioner_objects    = [for file, object in local.objects : object if startswith(file, "alarms/")]
  provisioner_parameters = try(regex("^ssm:/?([^:]+)$", local.provisioner.external_id), [])
  provisioner_severities = [for severity, topic in local.provisioner.topics : "${severity}=${topic}" if severity != ""]

  # Where the metrics of CloudFront and Route 53 are, whatever the region.
  global_region       = lookup({ aws-cn = "cn-northwest-1", aws-us-gov = "us-gov-west-1" }, local.partition, "us-east-1")
  provisioner_regions = distinct(concat(coalesce(local.provisioner.regions, [local.region]), [local.global_region]))

  provisioner_alarms = flatten([for region in local.provisioner_regions : [
    for type in ["alarm", "alarm-mute-rule"] : "arn:${local.partition}:cloudwatch:${region}:${local.account}:${type}:*"
  ]])

  provisioner_reads = sort(distinct(flatten([
    local.provisioner_calls.read,
    [for kind, actions in local.provisioner_calls.kinds : actions if local.provisioner.kinds == null || contains(coalesce(local.provisioner.kinds, []), kind)],
  ])))

  # A pattern may have 2,048 characters, so calls are in several rules.
  provisioner_events = merge(
    {
      instances = {
        source      = ["aws.ec2"]
        detail-type = ["EC2 Instance State-change Notification"]
        detail      = { state = ["running", "terminated"] }
      }
      tags = {
        source      = ["aws.tag"]
        detail-type = ["Tag Change on Resource"]
        detail      = { service = local.provisioner_calls.tagged }
      }
    },
    { for name, services in local.provisioner_calls.calls : "calls-${name}" => {
      source      = [for service in keys(services) : "aws.${service}"]
      detail-type = ["AWS API Call via CloudTrail"]
      detail      = { eventName = sort(distinct(flatten(values(services)))) }
    } },
  )
}

check "alarms_are_for_kinds_that_exist" {
  assert {
    condition     = length(setsubtract(coalesce(local.provisioner.kinds, []), keys(local.provisioner_calls.kinds))) == 0
    error_message = "alarm_provisioner.kinds has ${join(", ", setsubtract(coalesce(local.provisioner.kinds, []), keys(local.provisioner_calls.kinds)))}: the headings of docs/alarm-catalogue.md are the kinds."
  }
}

# The lease that lets one run at a time change everything.
resource "aws_dynamodb_table" "alarm_provisioner" {
  #checkov:skip=CKV_AWS_28:a lost table costs two runs at once, which make the same alarms
  #checkov:skip=CKV_AWS_119:DynamoDB's own key, unless kms_key_arn names another
  #checkov:skip=CKV2_AWS_16:on demand, there is nothing to scale
  count = local.provisioner.enabled ? 1 : 0

  name         = local.provisioner_function
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "id"

  attribute {
    name = "id"
    type = "S"
  }

  tags = var.tags

  server_side_encryption {
    enabled     = var.kms_key_arn != null
    kms_key_arn = var.kms_key_arn
  }
}
