# The functions that write metrics: uptime-checker, called by a timer, and metric-writer, called by a topic. Each has a
# role, a log and dead letters of its own; their zips are in the bucket of the notifier's.

locals {
  checker = var.uptime_checker.enabled ? { this = var.uptime_checker } : {}
  writer  = var.metric_writer.enabled ? { this = var.metric_writer } : {}
  mount   = "/mnt/checks"

  invoke_notifier = [for suffix in ["", "/*"] : "acs:fc:${var.region}:${local.account}:functions/${var.name}${suffix}"]

  # What the two differ in.
  monitoring = merge(
    { for key, checker in local.checker : "uptime-checker" => {
      settings    = checker
      description = "Checks endpoints and writes metrics"
      environment = {
        UPTIME_CONFIG   = "${local.mount}/uptime.yaml"
        UPTIME_STATE    = "file://${local.mount}/state"
        UPTIME_NOTIFIER = "https://${local.account}.${var.region}.fc.aliyuncs.com/${var.name}"
      }
      retries = 0 # the next run comes within the interval, and checks again what was not written
      allowed = [
        { Action = ["fc:InvokeFunction"], Resource = local.invoke_notifier },
        { Action = ["oss:GetObject"], Resource = ["acs:oss:*:${local.account}:${checker.name}-${local.account}/*"] },
        { Action = ["oss:PutObject", "oss:DeleteObject", "oss:AbortMultipartUpload"], Resource = ["acs:oss:*:${local.account}:${checker.name}-${local.account}/state*"] },
        { Action = ["oss:ListObjects", "oss:GetBucketInfo", "oss:GetBucketAcl", "oss:GetBucketLocation"], Resource = ["acs:oss:*:${local.account}:${checker.name}-${local.account}"] },
      ]
    } },
    { for key, writer in local.writer : "metric-writer" => {
      settings    = writer
      description = "Turns results of SLA tests into metrics"
      environment = {}
      retries     = var.dead_letters.retries
      allowed     = []
    } },
  )
}

resource "alicloud_oss_bucket_object" "monitoring" {
  for_each = local.monitoring

  bucket                 = alicloud_oss_bucket.code.bucket
  key                    = "${each.key}-${substr(try(filesha256("${var.zips}/${each.key}.zip"), ""), 0, 16)}.zip"
  source                 = "${var.zips}/${each.key}.zip"
  server_side_encryption = "AES256"

  lifecycle {
    precondition {
      condition     = fileexists("${var.zips}/${each.key}.zip")
      error_message = "${each.key}.zip is not there: run ./build.sh first, or set zips to the folder that holds it."
    }
  }
}

resource "alicloud_fcv3_function" "monitoring" {
  for_each = local.monitoring

  function_name        = each.value.settings.name
  description          = each.value.description
  runtime              = var.notifier.runtime
  handler              = "bootstrap" # a custom runtime has none, but the argument is required
  cpu                  = each.value.settings.cpu
  memory_size          = each.value.settings.memory
  disk_size            = 512
  timeout              = each.value.settings.timeout
  instance_concurrency = 1 # an invocation has the instance's memory for itself
  internet_access      = true
  role                 = alicloud_ram_role.monitoring[each.key].arn
  tags                 = var.tags

  environment_variables = merge(each.value.environment, each.value.settings.environment, each.key == "uptime-checker" ? var.uptime_secrets : {})

  code {
    oss_bucket_name = alicloud_oss_bucket.code.bucket
    oss_object_name = alicloud_oss_bucket_object.monitoring[each.key].key
  }

  custom_runtime_config {
    command = ["/code/bootstrap"]
    port    = 9000
  }

  log_config {
    project                 = alicloud_log_project.this.project_name
    logstore                = alicloud_log_store.monitoring[each.key].logstore_name
    enable_instance_metrics = true
    enable_request_metrics  = true
    log_begin_rule          = "None"
  }

  # The file with the endpoints, and the state between runs.
  dynamic "oss_mount_config" {
    for_each = each.key == "uptime-checker" ? [local.mount] : []
    content {
      mount_points {
        bucket_name = alicloud_oss_bucket.checks["this"].bucket
        bucket_path = "/"
        endpoint    = "http://oss-${var.region}-internal.aliyuncs.com"
        mount_dir   = oss_mount_config.value
        read_only   = false
      }
    }
  }

  # Function Compute refuses a log or a bucket that its role may not use.
  depends_on = [alicloud_ram_role_policy_attachment.monitoring]
}

resource "alicloud_log_store" "monitoring" {
  for_each = local.monitoring

  project_name          = alicloud_log_project.this.project_name
  logstore_name         = each.key
  retention_period      = var.log_retention_days
  shard_count           = 1
  auto_split            = true
  max_split_shard_count = 4
}

# Without it the log can be written but not searched.
resource "alicloud_log_store_index" "monitoring" {
  for_each = local.monitoring

  project  = alicloud_log_project.this.project_name
  logstore = alicloud_log_store.monitoring[each.key].logstore_name

  full_text {
    case_sensitive  = false
    include_chinese = true
    token           = ", '\";=()[]{}?@&<>/:\n\t\r"
  }
}

# --- Roles -----------------------------------------------------------------------------------------------------------

resource "alicloud_ram_role" "monitoring" {
  for_each = local.monitoring

  role_name   = each.value.settings.name
  description = "What the function ${each.value.settings.name} may do"
  tags        = var.tags

  assume_role_policy_document = alicloud_ram_role.this.assume_role_policy_document
}

resource "alicloud_ram_policy" "monitoring" {
  for_each = local.monitoring

  policy_name = each.value.settings.name
  description = "Writes metrics, the log and the dead letters of ${each.value.settings.name}"
  tags        = var.tags

  policy_document = jsonencode({
    Version = "1"
    Statement = [for statement in concat([
      # CloudMonitor knows no narrower resource.
      { Action = ["cms:PutCustomMetric"], Resource = ["*"] },
      { Action = ["log:PostLogStoreLogs"], Resource = ["acs:log:${var.region}:${local.account}:project/${alicloud_log_project.this.project_name}/logstore/${each.key}"] },
      { Action = ["mns:SendMessage"], Resource = ["acs:mns:${var.region}:${local.account}:/queues/${each.value.settings.name}-dead-letters/messages"] },
    ], each.value.allowed) : merge({ Effect = "Allow" }, statement)]
  })
}

resource "alicloud_ram_role_policy_attachment" "monitoring" {
  for_each = local.monitoring

  role_name   = alicloud_ram_role.monitoring[each.key].role_name
  policy_name = alicloud_ram_policy.monitoring[each.key].policy_name
  policy_type = "Custom"
}

# --- Invocations that failed to the end ------------------------------------------------------------------------------

resource "alicloud_message_service_queue" "monitoring" {
  for_each = local.monitoring

  queue_name               = "${each.value.settings.name}-dead-letters"
  message_retention_period = var.dead_letters.retention
  tags                     = var.tags
}

resource "alicloud_fcv3_async_invoke_config" "monitoring" {
  for_each = local.monitoring

  function_name                  = alicloud_fcv3_function.monitoring[each.key].function_name
  qualifier                      = "LATEST"
  max_async_retry_attempts       = each.value.retries
  max_async_event_age_in_seconds = each.key == "uptime-checker" ? 60 : var.dead_letters.maximum_age

  destination_config {
    on_failure {
      destination = "acs:mns:${var.region}:${local.account}:/queues/${alicloud_message_service_queue.monitoring[each.key].queue_name}/messages"
    }
  }
}

# --- The uptime checker's file, state and timer ----------------------------------------------------------------------

resource "alicloud_oss_bucket" "checks" {
  #checkov:skip=CKV_ALI_6:OSS's own key; the file has no secrets, the variables have
  #checkov:skip=CKV_ALI_10:Terraform has the file, and the state is replaced every minute
  #checkov:skip=CKV_ALI_11:only the function reads it, in the same region
  #checkov:skip=CKV_ALI_12:only the deployer and the function read it
  for_each = local.checker

  bucket        = "${each.value.name}-${local.account}"
  force_destroy = true # its objects are the file, which Terraform has, and the state
  tags          = var.tags

  server_side_encryption_rule {
    sse_algorithm = "AES256"
  }
}

resource "alicloud_oss_bucket_acl" "checks" {
  for_each = local.checker

  bucket = alicloud_oss_bucket.checks[each.key].bucket
  acl    = "private"
}

resource "alicloud_oss_bucket_public_access_block" "checks" {
  for_each = local.checker

  bucket              = alicloud_oss_bucket.checks[each.key].bucket
  block_public_access = true

  depends_on = [alicloud_oss_bucket_acl.checks]
}

resource "alicloud_oss_bucket_object" "checks" {
  for_each = local.checker

  bucket                 = alicloud_oss_bucket.checks[each.key].bucket
  key                    = "uptime.yaml"
  content                = file(each.value.file)
  server_side_encryption = "AES256"
}

# Two runs at once would overwrite each other's state.
resource "alicloud_fcv3_concurrency_config" "checker" {
  for_each = local.checker

  function_name        = alicloud_fcv3_function.monitoring["uptime-checker"].function_name
  reserved_concurrency = 1
}

resource "alicloud_fcv3_trigger" "timer" {
  for_each = local.checker

  function_name  = alicloud_fcv3_function.monitoring["uptime-checker"].function_name
  trigger_name   = "every-${each.value.every}"
  trigger_type   = "timer"
  description    = "Runs ${each.value.name}"
  qualifier      = "LATEST"
  trigger_config = jsonencode({ cronExpression = "@every ${each.value.every}", enable = true, payload = "{}" })

  depends_on = [alicloud_fcv3_async_invoke_config.monitoring, alicloud_oss_bucket_object.checks]
}

# --- The metric writer's topic ---------------------------------------------------------------------------------------

resource "alicloud_message_service_topic" "results" {
  for_each = local.writer

  topic_name = "${each.value.name}-results"
  tags       = var.tags
}

# By it the topic calls the function.
resource "alicloud_ram_role" "results" {
  for_each = local.writer

  role_name   = "${each.value.name}-results"
  description = "Invokes ${each.value.name} with messages of its topic"
  tags        = var.tags

  assume_role_policy_document = jsonencode({
    Version = "1"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = ["mns.aliyuncs.com"] }
    }]
  })
}

resource "alicloud_ram_policy" "results" {
  for_each = local.writer

  policy_name = "${each.value.name}-results"
  description = "Invokes ${each.value.name}"
  tags        = var.tags

  policy_document = jsonencode({
    Version = "1"
    Statement = [{
      Effect   = "Allow"
      Action   = ["fc:InvokeFunction"]
      Resource = [for suffix in ["", "/*"] : "acs:fc:${var.region}:${local.account}:functions/${each.value.name}${suffix}"]
    }]
  })
}

resource "alicloud_ram_role_policy_attachment" "results" {
  for_each = local.writer

  role_name   = alicloud_ram_role.results[each.key].role_name
  policy_name = alicloud_ram_policy.results[each.key].policy_name
  policy_type = "Custom"
}

resource "alicloud_fcv3_trigger" "results" {
  for_each = local.writer

  function_name   = alicloud_fcv3_function.monitoring["metric-writer"].function_name
  trigger_name    = "results"
  trigger_type    = "mns_topic"
  description     = "Results of SLA tests → ${each.value.name}"
  qualifier       = "LATEST"
  invocation_role = alicloud_ram_role.results[each.key].arn
  source_arn      = "acs:mns:${var.region}:${local.account}:/topics/${alicloud_message_service_topic.results[each.key].topic_name}"

  # JSON: with the id of the message, by which one that comes twice is written once. Retries last a day.
  trigger_config = jsonencode({ notifyContentFormat = "JSON", notifyStrategy = "EXPONENTIAL_DECAY_RETRY" })

  depends_on = [alicloud_ram_role_policy_attachment.results]
}
