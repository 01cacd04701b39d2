terraform {
  required_version = ">= 1.5, < 2.0"

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
}
