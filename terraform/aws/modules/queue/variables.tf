variable "name" {
  description = "Name of the queue."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,66}$", var.name))
    error_message = "A queue's name, with \"-dead-letters\" behind it, has up to 80 letters, digits, hyphens and underscores."
  }
}

variable "topic_arn" {
  description = "ARN of the topic whose messages come in."
  type        = string
}

variable "function_arn" {
  description = "ARN of the function that takes them."
  type        = string
}

variable "role_name" {
  description = "Name of the function's role, which is allowed to read the queue."
  type        = string
}

variable "function_timeout" {
  description = "The function's timeout in seconds."
  type        = number
}

variable "batch_size" {
  description = "The most messages in one invocation; more than 10 need a batch_window."
  type        = number
  default     = 10

  validation {
    condition     = var.batch_size >= 1 && var.batch_size <= 10000
    error_message = "Lambda takes 1 to 10000 messages at once."
  }
}

variable "batch_window" {
  description = "For how many seconds Lambda waits for a batch to fill: fewer invocations, later results."
  type        = number
  default     = 0

  validation {
    condition     = var.batch_window >= 0 && var.batch_window <= 300
    error_message = "Lambda waits for 0 to 300 seconds."
  }
}

variable "maximum_concurrency" {
  description = "How many invocations the queue may cause at once, 2 to 1000; null for as many as the account has."
  type        = number
  default     = null

  validation {
    condition     = var.maximum_concurrency == null || try(var.maximum_concurrency >= 2 && var.maximum_concurrency <= 1000, false)
    error_message = "A queue's maximum concurrency is 2 to 1000."
  }
}

variable "attempts" {
  description = "After how many failed deliveries a message goes to the dead-letter queue."
  type        = number
  default     = 5

  validation {
    condition     = var.attempts >= 1 && var.attempts <= 1000
    error_message = "SQS takes 1 to 1000 deliveries."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the messages; null for SQS's own. SNS must be allowed to use it."
  type        = string
  default     = null
}

variable "alarm_actions" {
  description = "ARNs that are told of dead letters."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags of everything in here."
  type        = map(string)
  default     = {}
}
