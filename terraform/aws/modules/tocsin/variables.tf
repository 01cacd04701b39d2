# What everything has in common. The switches, at the end, are typed and explained in modules/settings/variables.tf.

variable "name" {
  description = "What everything's name begins with; two deployments in one account need two."
  type        = string
  default     = "tocsin"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "3 to 20 lower-case letters, digits and hyphens; bucket names are made of it."
  }
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
  default     = { application = "tocsin" }

  validation {
    condition     = alltrue([for key in keys(var.tags) : !startswith(lower(key), "aws:")])
    error_message = "AWS keeps tags that begin with aws: to itself."
  }
}

variable "zips" {
  description = "The folder with the functions' zips, as ./build.sh leaves it in dist/lambda; relative to the root."
  type        = string

  validation {
    condition     = length(var.zips) > 0
    error_message = "Say where the zips are."
  }
}

variable "runtime" {
  description = "The Lambda runtime of the static binaries."
  type        = string
  default     = "provided.al2023"

  validation {
    condition     = contains(["provided.al2023", "provided.al2"], var.runtime)
    error_message = "The runtime is provided.al2023 or provided.al2."
  }
}

variable "architecture" {
  description = "The functions' processor, x86_64 or arm64; null for the one that the zips are built for. A zip for another one is refused."
  type        = string
  default     = null

  validation {
    condition     = var.architecture == null || contains(["x86_64", "arm64"], coalesce(var.architecture, "-"))
    error_message = "Lambda's architectures are x86_64 and arm64."
  }
}

variable "log_retention_days" {
  description = "For how many days logs are kept."
  type        = number
  default     = 30

  validation {
    condition = contains(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653], var.log_retention_days
    )
    error_message = "CloudWatch takes 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827 or 3653 days."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts topics, queues, tables, buckets, logs and environments; null for the services' own keys. docs/deploy-aws.md says what its policy must allow."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[^:]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "The ARN of a key of KMS, not of an alias."
  }
}

variable "tracing" {
  description = "Whether X-Ray traces the functions."
  type        = bool
  default     = false
}

variable "dashboard" {
  description = "Whether to make a CloudWatch dashboard of what is enabled: USD 3 a month after the first three."
  type        = bool
  default     = false
}

variable "permissions_boundary" {
  description = "ARN of a policy that bounds what the roles may do; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/", var.permissions_boundary))
    error_message = "A permissions boundary is the ARN of a policy of IAM."
  }
}

variable "stage" {
  description = "The environment that this deployment is for, such as staging. Its metrics are in namespaces of their own, SLA-Monitor/staging, Monitoring/Uptime/staging and Tocsin/Experiments/staging; null for the namespaces alone."
  type        = string
  default     = null

  validation {
    condition     = var.stage == null || can(regex("^[A-Za-z0-9_.-]{1,40}$", var.stage))
    error_message = "A stage has 1 to 40 letters, digits, dots, hyphens and underscores."
  }
}

# --- The parts. any, because a type would drop unknown keys; modules/settings refuses them. ---------------------------

variable "metric_writer" {
  description = "Results of SLA tests → metrics."
  type        = any
  default     = {}
  nullable    = false
}

variable "uptime_checker" {
  description = "Checks of endpoints, on a schedule."
  type        = any
  default     = {}
  nullable    = false
}

variable "notifier" {
  description = "Alarms and events → chat."
  type        = any
  default     = {}
  nullable    = false
}

variable "chaos_executor" {
  description = "Chaos experiments, on schedules and by call."
  type        = any
  default     = {}
  nullable    = false
}

variable "alarm_provisioner" {
  description = "Alarms for every resource, planned before they are made."
  type        = any
  default     = {}
  nullable    = false
}

variable "fargate_adjuster" {
  description = "Changes of Fargate services, healthy or back."
  type        = any
  default     = {}
  nullable    = false
}

variable "sla_reporter" {
  description = "The SLA report: pages, JSON, badges and feeds in a bucket."
  type        = any
  default     = {}
  nullable    = false
}

variable "sla_runner" {
  description = "What sla-runner needs, and an example service that runs it."
  type        = any
  default     = {}
  nullable    = false
}

variable "existing" {
  description = "Topics and buckets that are there already."
  type        = any
  default     = {}
  nullable    = false
}
