# The function: code, log, role, and what becomes of events that it could not deliver.

data "alicloud_account" "current" {}

locals {
  account = data.alicloud_account.current.id
  zip     = "${var.zips}/notifier.zip"

  # Project and bucket share their names with everybody in the region, or the world.
  unique_name = "${var.name}-${local.account}"
}

# --- Code ------------------------------------------------------------------------------------------------------------

resource "alicloud_oss_bucket" "code" {
  #checkov:skip=CKV_ALI_6:OSS's own key; the zip is what anybody can build
  #checkov:skip=CKV_ALI_10:each zip has its own name; Terraform removes the old one
  #checkov:skip=CKV_ALI_11:Function Compute reads the zip once, in the same region
  #checkov:skip=CKV_ALI_12:only the deployer and Function Compute read the zip
  bucket        = local.unique_name
  force_destroy = true # its only objects are the zips
  tags          = var.tags

  server_side_encryption_rule {
    sse_algorithm = "AES256"
  }
}

resource "alicloud_oss_bucket_acl" "code" {
  bucket = alicloud_oss_bucket.code.bucket
  acl    = "private"
}

resource "alicloud_oss_bucket_public_access_block" "code" {
  bucket              = alicloud_oss_bucket.code.bucket
  block_public_access = true

  depends_on = [alicloud_oss_bucket_acl.code]
}

# Under its hash: the function notices a new one.
resource "alicloud_oss_bucket_object" "code" {
  bucket                 = alicloud_oss_bucket.code.bucket
  key                    = "notifier-${substr(filesha256(local.zip), 0, 16)}.zip"
  source                 = local.zip
  server_side_encryption = "AES256"
}

resource "alicloud_fcv3_function" "this" {
  function_name        = var.name
  description          = "Tells a chat about events and alarms"
  runtime              = var.notifier.runtime
  handler              = "bootstrap" # a custom runtime has none, but the argument is required
  cpu                  = var.notifier.cpu
  memory_size          = var.notifier.memory
  disk_size            = 512
  timeout              = var.notifier.timeout
  instance_concurrency = var.notifier.concurrency
  internet_access      = true
  role                 = alicloud_ram_role.this.arn
  tags                 = var.tags

  environment_variables = local.environment

  code {
    oss_bucket_name = alicloud_oss_bucket.code.bucket
    oss_object_name = alicloud_oss_bucket_object.code.key
  }

  custom_runtime_config {
    command = ["/code/bootstrap"]
    port    = 9000
  }

  log_config {
    project                 = alicloud_log_project.this.project_name
    logstore                = alicloud_log_store.this.logstore_name
    enable_instance_metrics = true
    enable_request_metrics  = true
    log_begin_rule          = "None"
  }

  lifecycle {
    precondition {
      condition     = nonsensitive(var.slack_webhook_url != null || var.rules != null) || var.output != null
      error_message = "Nothing says where messages go: set slack_webhook_url, output or rules."
    }
  }

  # Function Compute refuses a log that its role may not write.
  depends_on = [alicloud_ram_role_policy_attachment.this]
}

# --- Log -------------------------------------------------------------------------------------------------------------

resource "alicloud_log_project" "this" {
  project_name = local.unique_name
  description  = "Log of ${var.name}"
  tags         = var.tags
}

resource "alicloud_log_store" "this" {
  project_name          = alicloud_log_project.this.project_name
  logstore_name         = "function"
  retention_period      = var.log_retention_days
  shard_count           = 1
  auto_split            = true
  max_split_shard_count = 4
}

# Without it the log can be written but not searched.
resource "alicloud_log_store_index" "this" {
  project  = alicloud_log_project.this.project_name
  logstore = alicloud_log_store.this.logstore_name

  full_text {
    case_sensitive  = false
    include_chinese = true
    token           = ", '\";=()[]{}?@&<>/:\n\t\r"
  }
}

# --- Role ------------------------------------------------------------------------------------------------------------

resource "alicloud_ram_role" "this" {
  role_name   = var.name
  description = "What the function ${var.name} may do"
  tags        = var.tags

  assume_role_policy_document = jsonencode({
    Version = "1"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = ["fc.aliyuncs.com"] }
    }]
  })
}

resource "alicloud_ram_policy" "this" {
  policy_name = var.name
  description = "Writes the log and the dead letters of ${var.name}, and queues its callbacks"
  tags        = var.tags

  policy_document = jsonencode({
    Version = "1"
    Statement = concat([
      {
        Effect   = "Allow"
        Action   = ["log:PostLogStoreLogs"]
        Resource = ["acs:log:${var.region}:${local.account}:project/${alicloud_log_project.this.project_name}/logstore/${alicloud_log_store.this.logstore_name}"]
      },
      {
        Effect   = "Allow"
        Action   = ["mns:SendMessage"]
        Resource = ["acs:mns:${var.region}:${local.account}:/queues/${alicloud_message_service_queue.dead_letters.queue_name}/messages"]
      },
      ], !var.callback.enabled ? [] : [
      {
        # Itself, by CALLBACK_QUEUE.
        Effect   = "Allow"
        Action   = ["fc:InvokeFunction"]
        Resource = [for suffix in ["", "/*"] : "acs:fc:${var.region}:${local.account}:functions/${var.name}${suffix}"]
      },
    ])
  })
}

resource "alicloud_ram_role_policy_attachment" "this" {
  role_name   = alicloud_ram_role.this.role_name
  policy_name = alicloud_ram_policy.this.policy_name
  policy_type = "Custom"
}

# --- Events that could not be delivered -------------------------------------------------------------------------------

resource "alicloud_message_service_queue" "dead_letters" {
  queue_name               = "${var.name}-dead-letters"
  message_retention_period = var.dead_letters.retention
  tags                     = var.tags
}

resource "alicloud_fcv3_async_invoke_config" "this" {
  function_name                  = alicloud_fcv3_function.this.function_name
  qualifier                      = "LATEST"
  max_async_retry_attempts       = var.dead_letters.retries
  max_async_event_age_in_seconds = var.dead_letters.maximum_age

  # Tasks have ids: CloudMonitor's three calls about one alarm become one task, and so does a change that is told twice.
  async_task = var.callback.enabled || var.uptime_checker.enabled

  destination_config {
    on_failure {
      destination = "acs:mns:${var.region}:${local.account}:/queues/${alicloud_message_service_queue.dead_letters.queue_name}/messages"
    }
  }
}
