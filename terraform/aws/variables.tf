variable "name" {
  description = "What everything's name begins with; two deployments in one account need two."
  type        = string
  default     = "tocsin"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "3 to 20 lower-case letters, digits and hyphens; bucket names are made of it."
  }
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

  validation {
    condition     = alltrue([for key in keys(var.tags) : !startswith(lower(key), "aws:")])
    error_message = "AWS keeps tags that begin with aws: to itself."
  }
}

variable "zips" {
  description = "The folder with the functions' zips, as ./build.sh leaves it; relative to this root."
  type        = string
  default     = "../../dist/lambda"

  validation {
    condition     = length(var.zips) > 0
    error_message = "Say where the zips are."
  }
}

variable "runtime" {
  description = "The Lambda runtime of the static binaries; providers before 5.26 know provided.al2 only."
  type        = string
  default     = "provided.al2023"

  validation {
    condition     = contains(["provided.al2023", "provided.al2"], var.runtime)
    error_message = "The runtime is provided.al2023 or provided.al2."
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

variable "metric_writer" {
  description = "Results of SLA tests → metrics. namespace: of the metrics. output: cloudwatch, or emf for lines in the log. results_within: minutes in which at least one result comes; an alarm tells of longer silence. environment: more of the function's variables, see docs/metric-writer.md."
  type = object({
    enabled              = optional(bool, false)
    namespace            = optional(string, "SLA-Monitor")
    output               = optional(string, "cloudwatch")
    results_within       = optional(number)
    environment          = optional(map(string), {})
    memory               = optional(number, 128)
    reserved_concurrency = optional(number, -1)
    vpc                  = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
  })
  default = {}

  validation {
    condition     = var.metric_writer.results_within == null || try(var.metric_writer.results_within >= 5 && var.metric_writer.results_within <= 1440, false)
    error_message = "metric_writer.results_within is 5 to 1440 minutes."
  }

  validation {
    condition     = contains(["cloudwatch", "emf"], var.metric_writer.output)
    error_message = "metric_writer.output is cloudwatch or emf."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9_./#-][A-Za-z0-9_./#:-]{0,254}$", var.metric_writer.namespace)) && !startswith(var.metric_writer.namespace, "AWS/")
    error_message = "metric_writer.namespace is a namespace of CloudWatch, and none that begins with AWS/."
  }
}

variable "uptime_checker" {
  description = "Checks of endpoints, on a schedule. Exactly one of config_file, a file in Gatus's format that is uploaded, and config_parameter, the ARN of a parameter that holds one, for a file with secrets in it. longest_gap: minutes between two runs, at most, for a schedule that is a cron(…): an alarm notices when it does not run. metrics: standard, full or compatible, comma-separated. environment: more of the function's variables, see README.md, and the $NAMEs in the file."
  type = object({
    enabled              = optional(bool, false)
    config_file          = optional(string)
    config_parameter     = optional(string)
    schedule             = optional(string, "rate(1 minute)")
    longest_gap          = optional(number)
    metrics              = optional(string, "standard")
    namespace            = optional(string, "Monitoring/Uptime")
    output               = optional(string, "cloudwatch")
    environment          = optional(map(string), {})
    memory               = optional(number, 256)
    timeout              = optional(number, 55)
    reserved_concurrency = optional(number, -1)
    vpc                  = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
  })
  default = {}

  validation {
    condition     = !var.uptime_checker.enabled || (var.uptime_checker.config_file == null) != (var.uptime_checker.config_parameter == null)
    error_message = "uptime_checker needs either config_file or config_parameter."
  }

  validation {
    condition     = var.uptime_checker.config_file == null || can(yamldecode(file(var.uptime_checker.config_file)).endpoints)
    error_message = "uptime_checker.config_file is not there, is no YAML or has no endpoints; its path is relative to this root."
  }

  validation {
    condition     = var.uptime_checker.config_parameter == null || can(regex("^arn:[a-z-]+:ssm:[^:]+:[0-9]{12}:parameter/", var.uptime_checker.config_parameter))
    error_message = "uptime_checker.config_parameter is the ARN of a parameter of Systems Manager."
  }

  validation {
    condition     = contains(["cloudwatch", "emf"], var.uptime_checker.output)
    error_message = "uptime_checker.output is cloudwatch or emf."
  }

  validation {
    condition     = alltrue([for set in split(",", var.uptime_checker.metrics) : contains(["standard", "full", "compatible"], trimspace(set))])
    error_message = "uptime_checker.metrics are some of standard, full, compatible, with commas between them."
  }
}

variable "notifier" {
  description = "Alarms and events → chat. rules_file: outputs and routes, a file that is uploaded; without one environment describes the one output. secrets: ARNs of the parameters, secrets and keys that these refer to, and of topics that the output amazonq publishes to. events: which of AWS's events to send, see notifier.tf; event_patterns: more of them, as JSON by a name. failure_actions: topics that are told when the notifier itself fails; without one nobody is."
  type = object({
    enabled              = optional(bool, false)
    rules_file           = optional(string)
    environment          = optional(map(string), {})
    secrets              = optional(list(string), [])
    events               = optional(set(string), ["autoscaling", "backup", "codepipeline", "ebs", "ecs", "ecs-tasks", "guardduty", "health", "securityhub"])
    event_patterns       = optional(map(string), {})
    failure_actions      = optional(list(string), [])
    memory               = optional(number, 128)
    reserved_concurrency = optional(number, -1)
    vpc                  = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
  })
  default = {}

  validation {
    condition = !var.notifier.enabled || (var.notifier.rules_file == null) == anytrue(
      [for name in ["OUTPUT_KIND", "SLACK_WEBHOOK_URL", "NOTIFY_CONFIG", "NOTIFY_CONFIG_TEXT"] : contains(keys(var.notifier.environment), name)]
    )
    error_message = "notifier needs either rules_file or, in environment, OUTPUT_KIND, SLACK_WEBHOOK_URL or NOTIFY_CONFIG."
  }

  validation {
    condition     = var.notifier.rules_file == null || can(yamldecode(file(var.notifier.rules_file)).outputs)
    error_message = "notifier.rules_file is not there, is no YAML or has no outputs; its path is relative to this root."
  }

  validation {
    condition     = alltrue([for arn in var.notifier.secrets : can(regex("^arn:[a-z-]+:(ssm|secretsmanager|kms|sns):", arn))])
    error_message = "notifier.secrets are ARNs of parameters, secrets, keys and topics."
  }

  validation {
    condition = alltrue([for name in var.notifier.events : contains([
      "alarms", "autoscaling", "backup", "codebuild", "codepipeline", "ebs", "ec2", "ecs", "ecs-tasks", "guardduty",
      "health", "securityhub", "synthetics",
    ], name)])
    error_message = "notifier.events are some of alarms, autoscaling, backup, codebuild, codepipeline, ebs, ec2, ecs, ecs-tasks, guardduty, health, securityhub, synthetics."
  }
}

variable "sla_runner" {
  description = "What sla-runner needs: topic, bucket and role. log_days: after how many days what tests printed is deleted. destroy_logs: whether destroy may delete it. service: an example service on ECS Fargate that runs image, with sla-runner and the test in it, beside application_image; null for none."
  type = object({
    enabled      = optional(bool, false)
    log_days     = optional(number, 90)
    destroy_logs = optional(bool, false)
    service = optional(object({
      image              = string
      application_image  = string
      name               = string
      command            = string
      delay              = optional(number, 60)
      groups             = optional(list(string), [])
      subnet_ids         = list(string)
      security_group_ids = list(string)
      public_ip          = optional(bool, false)
      cpu                = optional(number, 256)
      memory             = optional(number, 512)
    }))
  })
  default = {}

  validation {
    condition     = var.sla_runner.log_days >= 1
    error_message = "sla_runner.log_days is a number of days."
  }

  validation {
    condition     = try(var.sla_runner.service.delay >= 0, true)
    error_message = "sla_runner.service.delay is a number of seconds."
  }
}
