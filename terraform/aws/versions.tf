# Works with provider 3.39 and with today's 5.x and 6.x: no argument is used that one of them lacks.
terraform {
  required_version = ">= 1.5, < 2.0" # 1.5 knows checks

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 3.39"
    }
  }
}

# The account and, without var.region, the region come from the environment or your AWS profile.
provider "aws" {
  region = var.region

  default_tags {
    tags = var.tags
  }
}
