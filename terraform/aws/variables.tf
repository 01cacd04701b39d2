# The settings of this root. Those of the parts are explained in modules/settings/variables.tf, the others in
# modules/tocsin/variables.tf.

variable "name" {
  description = "What everything's name begins with; a second deployment in the account needs another one."
  type        = string
  default     = "tocsin"
}

variable "stage" {
  description = "The environment that this is, such as staging: its metrics are in namespaces of their own. null for one alone."
  type        = string
  default     = null
}

variable "region" {
  description = "The region; null for the one of your environment or AWS profile."
  type        = string
  default     = null

  validation {
    condition     = var.region == null || can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "A region is like eu-central-1."
  }
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
  default     = { application = "tocsin" }
}

variable "zips" {
  description = "The folder with the functions' zips, as ./build.sh leaves it; relative to this root."
  type        = string
  default     = "../../dist/lambda"
}

variable "runtime" {
  description = "The Lambda runtime of the static binaries."
  type        = string
  default     = "provided.al2023"
}

variable "architecture" {
  description = "The functions' processor, x86_64 or arm64; null for the one that the zips are built for. A zip for another one is refused."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "For how many days logs are kept."
  type        = number
  default     = 30
}

variable "kms_key_arn" {
  description = "Key that encrypts everything; docs/deploy-aws.md says what its policy must allow. null for the services' own keys."
  type        = string
  default     = null
}

variable "tracing" {
  description = "Whether X-Ray traces the functions."
  type        = bool
  default     = false
}

variable "dashboard" {
  description = "Whether to make a CloudWatch dashboard of what is enabled."
  type        = bool
  default     = false
}

variable "permissions_boundary" {
  description = "ARN of a policy that bounds what the roles may do; null for none."
  type        = string
  default     = null
}

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
