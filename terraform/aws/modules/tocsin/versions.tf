# Providers 5.x and 6.x: no argument is used that one of them lacks or calls deprecated.
# There is no provider block here, so that a root can call this module with count, for_each and providers of its own.
terraform {
  required_version = ">= 1.5, < 2.0" # 1.5 knows checks

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.26, < 7.0" # 5.26 knows provided.al2023
    }
  }
}
