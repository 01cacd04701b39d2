terraform {
  required_version = ">= 1.5, < 2.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.26, < 7.0" # 5.26 knows provided.al2023
    }
  }
}

# The account and, without var.region, the region come from the environment or your AWS profile.
provider "aws" {
  region = var.region
}
