# Works with provider 3.39 and with today's 5.x and 6.x: no argument is used that one of them lacks.
# There is no provider block here, so that a root can call this module with count, for_each and providers of its own.
terraform {
  required_version = ">= 1.5, < 2.0" # 1.5 knows checks

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 3.39"
    }
  }
}
