variable "name" {
  description = "Name of the bucket, unique in the world."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.name))
    error_message = "A bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "expiration_days" {
  description = "After how many days objects are deleted; 0 for never."
  type        = number
  default     = 0

  validation {
    condition     = var.expiration_days >= 0
    error_message = "A number of days, or 0."
  }
}

variable "expiration_folder" {
  description = "The folder in which they are, without slashes around it; empty for all objects."
  type        = string
  default     = ""
}

variable "versioned" {
  description = "Whether overwritten objects are kept for 30 days."
  type        = bool
  default     = false
}

variable "force_destroy" {
  description = "Whether the bucket may be destroyed with what is in it."
  type        = bool
  default     = false
}

variable "readers" {
  description = "Distributions of CloudFront, by ARN, each with the folder that it may read, without slashes around it."
  type        = list(object({ distribution = string, folder = string }))
  default     = []
}

variable "kms_key_arn" {
  description = "Key that encrypts the objects; null for S3's own."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of everything in here."
  type        = map(string)
  default     = {}
}
