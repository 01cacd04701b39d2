# System events → the function.

# --- By EventBridge: Function Compute makes the rule on the default bus ----------------------------------------------

resource "alicloud_event_bridge_service_linked_role" "this" {
  count = var.eventbridge.enabled && var.eventbridge.service_linked_role ? 1 : 0

  product_name = "AliyunServiceRoleForEventBridgeSendToFC"
}

resource "alicloud_fcv3_trigger" "eventbridge" {
  count = var.eventbridge.enabled ? 1 : 0

  function_name = alicloud_fcv3_function.this.function_name
  trigger_name  = "system-events"
  trigger_type  = "eventbridge"
  description   = "System events → ${var.name}"
  qualifier     = "LATEST"

  # Asynchronously: what fails is tried again and ends in the dead letters.
  trigger_config = jsonencode({
    triggerEnable          = true
    asyncInvocationType    = true
    eventRuleFilterPattern = var.eventbridge.pattern
    eventSourceConfig      = { eventSourceType = "Default" }
  })

  depends_on = [alicloud_event_bridge_service_linked_role.this, alicloud_fcv3_async_invoke_config.this]
}

# --- By CloudMonitor -------------------------------------------------------------------------------------------------

resource "alicloud_cms_event_rule" "this" {
  count = var.event_rule.enabled ? 1 : 0

  rule_name   = "${var.name}-system-events"
  description = "Events of ${var.event_rule.product} → ${var.name}"
  status      = "ENABLED"

  event_pattern {
    product         = var.event_rule.product
    name_list       = var.event_rule.names
    level_list      = var.event_rule.levels
    event_type_list = var.event_rule.types
  }

  # Services are Function Compute 2.0's; a function of 3.0 has none.
  dynamic "fc_parameters" {
    for_each = var.event_rule.deliver_to == "function" ? [true] : []
    content {
      fc_parameters_id = "notifier"
      region           = var.region
      service_name     = var.event_rule.service_name
      function_name    = alicloud_fcv3_function.this.function_name
    }
  }

  dynamic "webhook_parameters" {
    for_each = var.event_rule.deliver_to == "callback" ? [true] : []
    content {
      webhook_parameters_id = "notifier"
      protocol              = "http" # of HTTP and HTTPS; the others are telnet and ping
      method                = "POST"
      url                   = local.callback_url
    }
  }

  lifecycle {
    precondition {
      condition     = var.event_rule.deliver_to != "callback" || local.has_callback
      error_message = "deliver_to = \"callback\" needs callback = { enabled = true, auth = \"jwt\", … } and callback_token."
    }
  }
}
