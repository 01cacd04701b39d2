# A machine to raise alarms with: stress-ng for its CPU, memory and disk, iperf3 for its network.

locals {
  stress = var.stress.enabled ? { this = var.stress } : {}
  zone   = var.stress.enabled ? coalesce(var.stress.zone, data.alicloud_zones.this["this"].zones[0].id) : null
  ports  = { ssh = "22/22", iperf3 = "5201/5201" }

  ingress = var.stress.enabled ? {
    for pair in setproduct(keys(local.ports), var.stress.allowed_cidrs) :
    "${pair[0]} ${pair[1]}" => { port = local.ports[pair[0]], cidr = pair[1] }
  } : {}

  # The hypervisor's figure, which needs no agent.
  stress_alarms = {
    for name, stress in local.stress : "stress-cpu" => {
      project    = "acs_ecs_dashboard"
      metric     = "CPUUtilization"
      resources  = [{ instanceId = alicloud_instance.stress[name].id }]
      statistics = "Average"
      comparison = ">="
      critical   = stress.cpu_alarm
      warn       = null
      info       = null
      times      = 2
      period     = 60
      silence    = 3600
    } if var.callback.enabled
  }
}

data "alicloud_zones" "this" {
  for_each = local.stress

  available_resource_creation = "Instance"
  available_instance_type     = each.value.instance_type
}

data "alicloud_images" "this" {
  for_each = local.stress

  name_regex    = "^${each.value.os_type}"
  owners        = "system"
  instance_type = each.value.instance_type
  most_recent   = true
}

resource "alicloud_vpc" "stress" {
  for_each = local.stress

  vpc_name   = "${var.name}-stress"
  cidr_block = each.value.vpc_cidr_block
  tags       = var.tags
}

resource "alicloud_vswitch" "stress" {
  for_each = local.stress

  vswitch_name = "${var.name}-stress"
  vpc_id       = alicloud_vpc.stress[each.key].id
  cidr_block   = each.value.vswitch_cidr_block
  zone_id      = local.zone
  tags         = var.tags
}

# A group without rules lets nothing in.
resource "alicloud_security_group" "stress" {
  for_each = local.stress

  security_group_name = "${var.name}-stress"
  description         = "Nothing in but what allowed_cidrs names"
  vpc_id              = alicloud_vpc.stress[each.key].id
  inner_access_policy = "Drop"
  tags                = var.tags
}

resource "alicloud_security_group_rule" "stress" {
  for_each = local.ingress

  security_group_id = alicloud_security_group.stress["this"].id
  description       = each.key
  type              = "ingress"
  policy            = "accept"
  ip_protocol       = "tcp"
  port_range        = each.value.port
  cidr_ip           = each.value.cidr
}

# Your own public key: no secret key in the state, no file that a second run could not write. The name's end is new each time.
resource "alicloud_ecs_key_pair" "stress" {
  for_each = { for name, stress in local.stress : name => stress if stress.ssh_public_key != null }

  key_name_prefix = "${each.value.ssh_key_name}-"
  public_key      = each.value.ssh_public_key
  tags            = var.tags
}

resource "alicloud_instance" "stress" {
  for_each = local.stress

  instance_name                 = "${var.name}-stress"
  instance_type                 = each.value.instance_type
  image_id                      = data.alicloud_images.this[each.key].images[0].id
  vswitch_id                    = alicloud_vswitch.stress[each.key].id
  security_groups               = [alicloud_security_group.stress[each.key].id]
  key_name                      = one([for pair in alicloud_ecs_key_pair.stress : pair.key_pair_name])
  internet_charge_type          = "PayByTraffic"
  internet_max_bandwidth_out    = each.value.bandwidth
  system_disk_category          = "cloud_essd"
  system_disk_size              = each.value.disk_size
  system_disk_encrypted         = true
  http_tokens                   = "required"
  security_enhancement_strategy = "Active" # CloudMonitor's agent too
  tags                          = var.tags

  user_data = <<-END
    #cloud-config
    package_update: true
    packages: [stress-ng, iperf3]
  END

  # A new image is no reason for a new machine.
  lifecycle {
    ignore_changes = [image_id]
  }
}
