# Which processor the function's program is for. Terraform cannot look into a zip: ./build.sh writes it into manifest.json
# beside the zips.

locals {
  # null where there is no manifest, as beside the zip of another program.
  built = try(jsondecode(file("${dirname(var.zip)}/manifest.json")).artefacts[basename(var.zip)], null)

  architecture = coalesce(var.common.architecture, try(local.built.architecture, null), "x86_64")
}
