variable "name" {
  description = "Name of the function; its role, log group, dead-letter queue, rules and alarms are named after it."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,40}$", var.name))
    error_message = "A function's name has 1 to 40 letters, digits, hyphens and underscores."
  }
}

variable "description" {
  description = "What the function does, in one line."
  type        = string

  validation {
    condition     = length(var.description) <= 256
    error_message = "Lambda takes 256 characters of description."
  }
}

variable "zip" {
  description = "Path of the function's zip, as ./build.sh leaves it in dist/lambda."
  type        = string

  validation {
    condition     = fileexists(var.zip)
    error_message = "The zip is not there: run ./build.sh first, or set zips to the folder that holds it."
  }
}

variable "memory" {
  description = "Memory in MB."
  type        = number
  default     = 128

  validation {
    condition     = var.memory >= 128 && var.memory <= 10240
    error_message = "Lambda gives 128 to 10240 MB."
  }
}

variable "timeout" {
  description = "The longest time an invocation may take, in seconds."
  type        = number
  default     = 10

  validation {
    condition     = var.timeout >= 1 && var.timeout <= 900
    error_message = "Lambda gives 1 to 900 seconds."
  }
}

variable "environment" {
  description = "The function's environment variables. Secrets by reference only."
  type        = map(string)
  default     = {}

  # A name that says secret, and a value that is none of the references.
  validation {
    condition = length([for name, value in var.environment : name if(
      can(regex("(WEBHOOK_URL|OUTPUT_URL|TOKEN|SECRET|KEY|PASSWORD|AUTHORIZATION)$", upper(name))) && !can(regex("^(ssm|secretsmanager|kms|env|arn):", value))
    )]) == 0
    error_message = "Secrets are given by reference: ssm:/name, secretsmanager:name, kms:<base64>, or the ARN of a parameter or secret. A configuration with secrets in it belongs in a parameter."
  }
}

variable "statements" {
  description = "What the function may do beside writing its log, by the statement's id. Conditions are equal strings, by their key."
  type = map(object({
    actions    = list(string)
    resources  = list(string)
    conditions = optional(map(string), {})
  }))
  default = {}

  validation {
    condition     = alltrue([for sid in keys(var.statements) : can(regex("^[A-Za-z0-9]+$", sid))])
    error_message = "The id of an IAM statement has letters and digits only."
  }
}

variable "triggers" {
  description = "What starts the function: topics behind a queue (queue: its settings, see modules/queue/variables.tf), topics directly, a schedule (schedule_input: the event that it sends, JSON), more schedules with their events, patterns of events (JSON), each by a name; and whether alarms may name it as their action. longest_gap: minutes between two runs of the schedule, at most; an alarm goes off after three times as long without a run. Needed for cron(…), known of rate(…)."
  type = object({
    queued_topics = optional(map(string), {})
    queue = optional(object({
      batch_size          = optional(number, 10)
      batch_window        = optional(number, 0)
      maximum_concurrency = optional(number)
    }), {})
    topics         = optional(map(string), {})
    schedule       = optional(string)
    schedule_input = optional(string)
    longest_gap    = optional(number)
    schedules      = optional(map(object({ schedule = string, input = string })), {})
    events         = optional(map(string), {})
    alarms         = optional(bool, false)
  })
  default = {}

  validation {
    condition = alltrue([for schedule in concat(
      var.triggers.schedule == null ? [] : [var.triggers.schedule], [for entry in values(var.triggers.schedules) : entry.schedule]
    ) : can(regex("^(rate|cron)\\(.+\\)$", schedule))])
    error_message = "A schedule is like rate(1 minute) or cron(0/5 * * * ? *)."
  }

  validation {
    condition     = var.triggers.longest_gap == null || try(var.triggers.longest_gap >= 1 && floor(var.triggers.longest_gap) == var.triggers.longest_gap, false)
    error_message = "longest_gap is a whole number of minutes."
  }

  validation {
    condition     = var.triggers.queue.batch_size <= 10 || var.triggers.queue.batch_window >= 1
    error_message = "A batch_size of more than 10 needs a batch_window of at least a second."
  }

  validation {
    condition     = alltrue([for pattern in values(var.triggers.events) : can(jsondecode(pattern))])
    error_message = "A pattern of events is JSON."
  }
}

variable "retries" {
  description = "How often Lambda tries again what failed, from 0 to 2; batches of a queue come again until the queue gives up."
  type        = number
  default     = 2

  validation {
    condition     = contains([0, 1, 2], var.retries)
    error_message = "Lambda tries again 0, 1 or 2 times."
  }
}

variable "maximum_event_age" {
  description = "For how long Lambda tries to hand over an event, in seconds."
  type        = number
  default     = 21600

  validation {
    condition     = var.maximum_event_age >= 60 && var.maximum_event_age <= 21600
    error_message = "Lambda keeps an event for 60 to 21600 seconds."
  }
}

variable "dead_letter_retention" {
  description = "How long events that could not be handled are kept, in seconds."
  type        = number
  default     = 1209600

  validation {
    condition     = var.dead_letter_retention >= 60 && var.dead_letter_retention <= 1209600
    error_message = "SQS keeps messages for 60 to 1209600 seconds."
  }
}

variable "reserved_concurrency" {
  description = "How many invocations may run at once; -1 for as many as the account has. For a queue set triggers.queue.maximum_concurrency instead."
  type        = number
  default     = -1

  validation {
    condition     = var.reserved_concurrency >= -1
    error_message = "A number of invocations, or -1."
  }
}

variable "vpc" {
  description = "Subnets and security groups to run in; null to run outside of a VPC."
  type        = object({ subnet_ids = list(string), security_group_ids = list(string) })
  default     = null
}

variable "durable" {
  description = "Makes the executions durable: Lambda remembers their steps, and they may wait without costing compute. bucket: where the zip is uploaded to. execution_timeout: the longest time of an execution, in seconds. retention_days: for how long Lambda keeps what it remembers. Can be chosen only when the function is made. null for a function as any."
  type = object({
    bucket            = string
    execution_timeout = optional(number, 86400)
    retention_days    = optional(number, 14)
  })
  default = null

  validation {
    condition     = var.durable == null || try(var.durable.execution_timeout >= 1 && var.durable.execution_timeout <= 31622400, false)
    error_message = "A durable execution may take 1 to 31622400 seconds."
  }

  validation {
    condition     = var.durable == null || try(var.durable.retention_days >= 1 && var.durable.retention_days <= 90, false)
    error_message = "Lambda keeps durable executions for 1 to 90 days."
  }
}

variable "canary" {
  description = "How a new version takes over: one of CodeDeploy's ways for Lambda, such as Linear10PercentEvery3Minutes or Canary10Percent30Minutes; the function's alarms bring the former version back. AllAtOnce shifts at once and asks no alarms. null: a change is in use at once, and there are no versions."
  type        = string
  default     = null

  validation {
    condition     = var.canary == null || can(regex("^(AllAtOnce|Canary10Percent(5|10|15|30)Minutes|Linear10PercentEvery(1Minute|(2|3|10)Minutes))$", var.canary))
    error_message = "canary is Canary10Percent5Minutes, …10Minutes, …15Minutes or …30Minutes, Linear10PercentEvery1Minute, …2Minutes, …3Minutes or …10Minutes, or AllAtOnce."
  }
}

variable "url" {
  description = "Whether the function has a function URL that everybody may call, without a signature."
  type        = bool
  default     = false
}

variable "common" {
  description = "What all functions of a root have in common: the Lambda runtime of static binaries; their architecture, x86_64 or arm64, null for that of the zips; for how many days logs are kept; the key that encrypts log, environment and queues, null for the services' own; whether X-Ray traces; ARNs, topics above all, that are told when a function fails; the permissions boundary of the roles; tags."
  type = object({
    runtime              = optional(string, "provided.al2023")
    architecture         = optional(string)
    log_retention_days   = optional(number, 30)
    kms_key_arn          = optional(string)
    tracing              = optional(bool, false)
    alarm_actions        = optional(list(string), [])
    permissions_boundary = optional(string)
    tags                 = optional(map(string), {})
  })
  default = {}

  validation {
    condition     = startswith(var.common.runtime, "provided.")
    error_message = "The functions are binaries: the runtime is provided.al2023, or provided.al2 for old providers."
  }

  validation {
    condition     = var.common.architecture == null || contains(["x86_64", "arm64"], coalesce(var.common.architecture, "-"))
    error_message = "Lambda's architectures are x86_64 and arm64."
  }
}
