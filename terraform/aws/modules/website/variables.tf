variable "name" {
  description = "What the distribution is called in the console."
  type        = string
}

variable "bucket_domain_name" {
  description = "The bucket's address in its region."
  type        = string
}

variable "folder" {
  description = "The folder of the bucket that is served, without slashes around it."
  type        = string
}

variable "aliases" {
  description = "Names of yours for the pages; they need a certificate."
  type        = list(string)
  default     = []
}

variable "certificate_arn" {
  description = "Certificate for aliases, of ACM in us-east-1; null for CloudFront's own names."
  type        = string
  default     = null
}

variable "price_class" {
  description = "Where CloudFront keeps copies: PriceClass_100 (North America, Europe), PriceClass_200, PriceClass_All."
  type        = string
  default     = "PriceClass_100"
}

variable "tags" {
  description = "Tags of everything in here."
  type        = map(string)
  default     = {}
}
