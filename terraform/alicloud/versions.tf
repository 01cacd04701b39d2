# The newest arguments used are those of alicloud_ram_role, from provider 1.252.
terraform {
  required_version = ">= 1.3, < 2.0"

  required_providers {
    alicloud = {
      source  = "aliyun/alicloud"
      version = ">= 1.252, < 2.0"
    }
  }
}

# The credentials come from the environment (ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET) or your profile.
provider "alicloud" {
  region = var.region
}
