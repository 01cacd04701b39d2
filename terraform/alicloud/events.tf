# System events → the function, by EventBridge: Function Compute makes the rule on the default bus.

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

  # Asynchronously: what fails is tried again and ends in the dead letters. In the API of 2023-03-30 asyncInvocationType =
  # false means this, contrary to its name and to the API before.
  trigger_config = jsonencode({
    triggerEnable          = true
    asyncInvocationType    = var.eventbridge.async_invocation_type
    eventRuleFilterPattern = var.eventbridge.pattern
    eventSourceConfig      = { eventSourceType = "Default" }
  })

  depends_on = [alicloud_event_bridge_service_linked_role.this, alicloud_fcv3_async_invoke_config.this]
}
