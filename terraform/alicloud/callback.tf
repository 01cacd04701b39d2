# Threshold alarms → a URL of the function.
#
# CloudMonitor signs nothing, sends no headers of one's own and adds nothing to its form, but calls the URL as it is given:
# so the token is in the URL's query. Function Compute is documented to look there in GET requests only, and in the form of
# POST requests, which CloudMonitor sends. Therefore the function itself looks at it, as NOTIFY_TOKEN.

locals {
  has_token    = nonsensitive(var.callback_token != null)
  has_callback = var.callback.enabled && contains(["token", "jwt"], var.callback.auth) && local.has_token
  callback_url = local.has_callback ? "${alicloud_fcv3_trigger.callback[0].http_trigger[0].url_internet}/?token=${var.callback_token}" : null

  alarms = merge(var.alarms, local.stress_alarms)
}

resource "alicloud_fcv3_trigger" "callback" {
  count = var.callback.enabled ? 1 : 0

  function_name = alicloud_fcv3_function.this.function_name
  trigger_name  = "callback"
  trigger_type  = "http"
  description   = "Threshold alarms → ${var.name}"
  qualifier     = "LATEST"

  trigger_config = jsonencode(merge(
    { authType = var.callback.auth == "token" ? "anonymous" : var.callback.auth, methods = ["POST"], disableURLInternet = false },
    var.callback.auth != "jwt" ? {} : {
      authConfig = jsonencode({
        jwks        = jsondecode(var.callback.jwks)
        tokenLookup = "form:token,query:token" # of POST requests, of GET requests
      })
    },
  ))

  # The trigger lets everybody in: it is for the function to refuse who has no token.
  lifecycle {
    precondition {
      condition     = var.callback.auth != "token" || local.has_token
      error_message = "callback.auth = \"token\" needs callback_token: run ./callback-token.sh."
    }

    precondition {
      condition     = var.callback.auth != "jwt" || !local.has_token || can(regex("^[\\w-]+\\.[\\w-]+\\.[\\w-]+$", var.callback_token))
      error_message = "With callback.auth = \"jwt\" callback_token is a JSON Web Token: run ./callback-token.sh."
    }
  }
}

# CloudMonitor asks for a group; this one has no people in it.
resource "alicloud_cms_alarm_contact_group" "nobody" {
  count = length(local.alarms) > 0 ? 1 : 0

  alarm_contact_group_name = "${var.name}-nobody"
  describe                 = "Alarms that only ${var.name} tells"
}

resource "alicloud_cms_alarm" "this" {
  for_each = local.alarms

  name              = "${var.name}-${each.key}"
  project           = each.value.project
  metric            = each.value.metric
  metric_dimensions = jsonencode(each.value.resources)
  period            = each.value.period
  silence_time      = each.value.silence
  contact_groups    = [alicloud_cms_alarm_contact_group.nobody[0].alarm_contact_group_name]
  webhook           = local.callback_url
  tags              = var.tags

  dynamic "escalations_critical" {
    for_each = each.value.critical[*]
    content {
      statistics          = each.value.statistics
      comparison_operator = each.value.comparison
      threshold           = escalations_critical.value
      times               = each.value.times
    }
  }

  dynamic "escalations_warn" {
    for_each = each.value.warn[*]
    content {
      statistics          = each.value.statistics
      comparison_operator = each.value.comparison
      threshold           = escalations_warn.value
      times               = each.value.times
    }
  }

  dynamic "escalations_info" {
    for_each = each.value.info[*]
    content {
      statistics          = each.value.statistics
      comparison_operator = each.value.comparison
      threshold           = escalations_info.value
      times               = each.value.times
    }
  }

  lifecycle {
    precondition {
      condition     = local.has_callback
      error_message = "Alarms need callback = { enabled = true } and callback_token: run ./callback-token.sh."
    }
  }
}
