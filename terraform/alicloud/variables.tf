# --- Everything ------------------------------------------------------------------------------------------------------

variable "name" {
  description = "Name of the function; everything else is named after it."
  type        = string
  default     = "tocsin-notifier"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,29}$", var.name))
    error_message = "A name has 2 to 30 small letters, digits and hyphens, and starts with a letter."
  }
}

variable "region" {
  description = "Region of all resources."
  type        = string
  default     = "ap-southeast-1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+(-[a-z0-9]+)*$", var.region))
    error_message = "A region is like ap-southeast-1 or cn-hangzhou."
  }
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = { application = "tocsin" }

  validation {
    condition     = length(var.tags) <= 20
    error_message = "A resource takes 20 tags."
  }
}

variable "zips" {
  description = "Folder that holds notifier.zip, and the zips of what else is enabled, as ./build.sh leaves them."
  type        = string
  default     = "../../dist/fc"

  validation {
    condition     = fileexists("${var.zips}/notifier.zip")
    error_message = "notifier.zip is not there: run ./build.sh first, or set zips to the folder that holds it."
  }
}

variable "log_retention_days" {
  description = "How long the log is kept, in days; 3650 for ever."
  type        = number
  default     = 30

  validation {
    condition     = var.log_retention_days >= 1 && var.log_retention_days <= 3650
    error_message = "Simple Log Service keeps logs for 1 to 3650 days."
  }
}

# --- Where messages go: Slack, another chat, or rules -----------------------------------------------------------------

variable "slack_webhook_url" {
  description = "Slack's incoming webhook. It becomes a variable of the function and stands in Terraform's state."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition     = var.slack_webhook_url == null || can(regex("^https?://", var.slack_webhook_url))
    error_message = "The webhook is its URL: references to secrets need AWS, which the function does not have here."
  }
}

variable "slack_format" {
  description = "How messages in Slack look: blocks, form, or as those of the CloudMonitor notifier that Tocsin replaces, text (a sentence) or tree (all members)."
  type        = string
  default     = "blocks"

  validation {
    condition     = contains(["blocks", "form", "text", "tree"], var.slack_format)
    error_message = "The format is blocks, form, text or tree."
  }
}

variable "output" {
  description = "A chat other than Slack: its kind (dingtalk, feishu, wecom, telegram …) and settings; its secrets are in output_secrets."
  type        = object({ kind = string, options = optional(map(string), {}) })
  default     = null

  validation {
    condition     = length(setintersection(["url", "token", "secret", "key", "authorization", "slack-signing-secret"], keys(try(var.output.options, {})))) == 0
    error_message = "url, token, secret, key, authorization and slack-signing-secret are secrets: set them in output_secrets."
  }
}

variable "output_secrets" {
  description = "Secrets of output: url, token, secret, key, authorization, slack-signing-secret. They become variables of the function and stand in Terraform's state."
  type        = map(string)
  default     = {}
  sensitive   = true

  validation {
    condition     = length(setsubtract(keys(var.output_secrets), ["url", "token", "secret", "key", "authorization", "slack-signing-secret"])) == 0
    error_message = "The secrets of an output are url, token, secret, key, authorization and slack-signing-secret."
  }
}

variable "rules" {
  description = "Text of a rules file, in place of slack_webhook_url and output. Function Compute takes 4 KB of variables."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition     = var.rules == null || can(length(yamldecode(var.rules)))
    error_message = "The rules are YAML or JSON: give their text, for example by file(\"rules.yaml\") in TF_VAR_rules."
  }

  validation {
    condition     = length(coalesce(var.rules, " ")) <= 3500
    error_message = "Function Compute takes 4 KB of variables: the rules must not exceed 3500 characters."
  }
}

# --- The function ----------------------------------------------------------------------------------------------------

variable "notifier" {
  description = "Size of the function, how many requests one instance takes at once, and more variables for it (LOG_LEVEL, NOTIFY_DIGEST …)."
  type = object({
    runtime     = optional(string, "custom.debian10")
    cpu         = optional(number, 0.1)
    memory      = optional(number, 128)
    timeout     = optional(number, 30)
    concurrency = optional(number, 10)
    environment = optional(map(string), {})
  })
  default = {}

  validation {
    condition     = can(regex("^custom(\\.debian[0-9]+)?$", var.notifier.runtime))
    error_message = "The function is a binary: its runtime is custom, custom.debian10 or a later one."
  }

  # This variable shows in every plan and pipeline log; those for secrets are sensitive.
  validation {
    condition     = alltrue([for name, value in var.notifier.environment : can(regex("^env:", value)) || !can(regex("(WEBHOOK_URL|CONFIG_TEXT|OUTPUT_URL|TOKEN|SECRET|KEY|PASSWORD|AUTHORIZATION)$", upper(name)))])
    error_message = "notifier.environment holds a secret, which every plan would show: set slack_webhook_url, output_secrets or rules by TF_VAR_… instead."
  }

  validation {
    condition     = alltrue([for value in values(var.notifier.environment) : !can(regex("hooks\\.slack\\.com/|oapi\\.dingtalk\\.com/robot/|/open-apis/bot/|qyapi\\.weixin\\.qq\\.com/cgi-bin/webhook/|://[^/@:]+:[^/@]+@", value))])
    error_message = "notifier.environment holds a secret, which every plan would show: set slack_webhook_url, output_secrets or rules by TF_VAR_… instead."
  }

  validation {
    condition = (
      var.notifier.memory >= 128 && var.notifier.memory % 64 == 0 && var.notifier.cpu >= 0.05
      && var.notifier.memory / 1024 >= var.notifier.cpu && var.notifier.memory / 1024 <= 4 * var.notifier.cpu
    )
    error_message = "Memory is a multiple of 64 MB, at least 128; per vCPU (at least 0.05) there are 1 to 4 GB of it."
  }

  validation {
    condition     = var.notifier.timeout >= 1 && var.notifier.timeout <= 86400
    error_message = "Function Compute gives 1 to 86400 seconds."
  }

  validation {
    condition     = var.notifier.concurrency >= 1 && var.notifier.concurrency <= 200
    error_message = "An instance takes 1 to 200 requests at once."
  }
}

variable "dead_letters" {
  description = "What happens to events that the function could not deliver: how often and for how long (seconds) they are tried again, and how long (seconds) they are then kept in a queue."
  type = object({
    retries     = optional(number, 3)
    maximum_age = optional(number, 3600)
    retention   = optional(number, 1209600)
  })
  default = {}

  validation {
    condition     = var.dead_letters.retries >= 0 && var.dead_letters.retries <= 8
    error_message = "Function Compute tries again 0 to 8 times."
  }

  validation {
    condition     = var.dead_letters.maximum_age >= 1 && var.dead_letters.maximum_age <= 604800
    error_message = "Function Compute keeps an event for 1 to 604800 seconds."
  }

  validation {
    condition     = var.dead_letters.retention >= 60 && var.dead_letters.retention <= 1296000
    error_message = "The queue keeps messages for 60 to 1296000 seconds."
  }
}

# --- System events ---------------------------------------------------------------------------------------------------

variable "eventbridge" {
  description = "System events by EventBridge: the pattern (JSON) of those that are told; service_linked_role creates the role by which EventBridge calls functions, which an account has once. async_invocation_type: what the trigger's asyncInvocationType is; by today's documentation false is asynchronous."
  type = object({
    enabled               = optional(bool, true)
    pattern               = optional(string, "{\"source\":[\"acs.ecs\"],\"type\":[{\"prefix\":\"ecs:Instance:\"},{\"prefix\":\"ecs:Disk:\"},{\"prefix\":\"ecs:Snapshot:\"}]}")
    service_linked_role   = optional(bool, false)
    async_invocation_type = optional(bool, false)
  })
  default = {}

  validation {
    condition     = can(keys(jsondecode(var.eventbridge.pattern)))
    error_message = "The pattern is a JSON object, like {\"source\": [\"acs.ecs\"]}."
  }
}

variable "event_rule" {
  description = "Gone: CloudMonitor's own event rules are being phased out. eventbridge.pattern selects system events."
  type        = any
  default     = null

  validation {
    condition     = var.event_rule == null
    error_message = "event_rule is gone, since CloudMonitor's own event rules are being phased out: remove it and select system events by eventbridge = { pattern = … }; docs/deploy-alibaba-cloud.md has patterns."
  }
}

# --- Metrics: uptime checks and results of SLA tests ------------------------------------------------------------------

variable "uptime_checker" {
  description = "The uptime checker: its file of endpoints (Gatus's format), how often it runs (every: 1m, 5m, 1h …), its size, and more variables for it (UPTIME_METRICS, CLOUDMONITOR_GROUP …). Changes go to the notifier."
  type = object({
    enabled     = optional(bool, false)
    file        = optional(string, "uptime.yaml")
    name        = optional(string, "tocsin-uptime-checker")
    every       = optional(string, "1m")
    cpu         = optional(number, 0.1)
    memory      = optional(number, 256)
    timeout     = optional(number, 50)
    environment = optional(map(string), {})
  })
  default = {}

  validation {
    condition     = !var.uptime_checker.enabled || fileexists(var.uptime_checker.file)
    error_message = "uptime_checker.file is not there: give the path of the file with the endpoints."
  }

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,29}$", var.uptime_checker.name))
    error_message = "A name has 2 to 30 small letters, digits and hyphens, and starts with a letter."
  }

  validation {
    condition     = can(regex("^[1-9][0-9]{0,2}[mh]$", var.uptime_checker.every))
    error_message = "every is like 1m, 5m or 1h: a timer runs once a minute at most."
  }

  validation {
    condition = (
      var.uptime_checker.memory >= 128 && var.uptime_checker.memory % 64 == 0 && var.uptime_checker.cpu >= 0.05
      && var.uptime_checker.memory / 1024 >= var.uptime_checker.cpu
      && var.uptime_checker.memory / 1024 <= 4 * var.uptime_checker.cpu
    )
    error_message = "Memory is a multiple of 64 MB, at least 128; per vCPU (at least 0.05) there are 1 to 4 GB of it."
  }

  validation {
    condition     = var.uptime_checker.timeout >= 5 && var.uptime_checker.timeout <= 86400
    error_message = "A run gets 5 to 86400 seconds; less than the time between two runs, which do not overlap."
  }

  # This variable shows in every plan and pipeline log.
  validation {
    condition     = alltrue([for name, value in var.uptime_checker.environment : !can(regex("(TOKEN|SECRET|KEY|PASSWORD|AUTHORIZATION|HEADERS)$", upper(name)))])
    error_message = "uptime_checker.environment holds a secret, which every plan would show: give it by uptime_secrets (TF_VAR_uptime_secrets)."
  }
}

variable "uptime_secrets" {
  description = "Secrets that the uptime checker's file names as $NAME. They become variables of the function and stand in Terraform's state."
  type        = map(string)
  default     = {}
  sensitive   = true

  validation {
    condition     = alltrue([for name in keys(var.uptime_secrets) : can(regex("^[A-Za-z][A-Za-z0-9_]*$", name)) && !can(regex("^(FC_|ALIBABA_CLOUD_)", name))])
    error_message = "The name of a variable has letters, digits and underscores, and does not begin with FC_ or ALIBABA_CLOUD_."
  }
}

variable "metric_writer" {
  description = "The metric writer: messages of its topic, results of SLA tests, become metrics. Its size, and more variables for it (METRIC_UNITS, CLOUDMONITOR_GROUP …)."
  type = object({
    enabled     = optional(bool, false)
    name        = optional(string, "tocsin-metric-writer")
    cpu         = optional(number, 0.1)
    memory      = optional(number, 128)
    timeout     = optional(number, 30)
    environment = optional(map(string), {})
  })
  default = {}

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,29}$", var.metric_writer.name))
    error_message = "A name has 2 to 30 small letters, digits and hyphens, and starts with a letter."
  }

  validation {
    condition = (
      var.metric_writer.memory >= 128 && var.metric_writer.memory % 64 == 0 && var.metric_writer.cpu >= 0.05
      && var.metric_writer.memory / 1024 >= var.metric_writer.cpu
      && var.metric_writer.memory / 1024 <= 4 * var.metric_writer.cpu
    )
    error_message = "Memory is a multiple of 64 MB, at least 128; per vCPU (at least 0.05) there are 1 to 4 GB of it."
  }

  validation {
    condition     = var.metric_writer.timeout >= 5 && var.metric_writer.timeout <= 86400
    error_message = "An invocation gets 5 to 86400 seconds."
  }
}

# --- Thresholds: CloudMonitor calls a URL ----------------------------------------------------------------------------

variable "callback" {
  description = "The HTTP trigger that threshold alarms call. auth: who looks at the token that they carry, callback_token: token, the function itself; jwt, Function Compute before it, with the public key jwks as well (./callback-token.sh makes both, in callback.auto.tfvars.json, which goes before terraform.tfvars: choose auth there). function: requests signed with an access key, which CloudMonitor cannot do."
  type = object({
    enabled = optional(bool, false)
    auth    = optional(string, "token")
    jwks    = optional(string)
  })
  default = {}

  validation {
    condition     = contains(["token", "jwt", "function"], var.callback.auth)
    error_message = "Requests are authenticated by token, jwt or function; there is no open callback."
  }

  validation {
    condition     = !var.callback.enabled || var.callback.auth != "jwt" || length(try(jsondecode(var.callback.jwks).keys, [])) > 0
    error_message = "auth = \"jwt\" needs jwks, a JSON Web Key Set: run ./callback-token.sh."
  }

  validation {
    condition     = length(regexall("\"(d|k)\"\\s*:", coalesce(var.callback.jwks, " "))) == 0
    error_message = "The key set holds a secret key; only the public one belongs here."
  }
}

variable "callback_token" {
  description = "The token that CloudMonitor's requests carry; with auth = \"jwt\" one that is signed with the secret half of callback.jwks. It becomes NOTIFY_TOKEN of the function."
  type        = string
  default     = null
  sensitive   = true

  validation {
    condition     = var.callback_token == null || can(regex("^[A-Za-z0-9._-]{32,}$", var.callback_token))
    error_message = "The token has 32 letters, digits, dots, hyphens and underscores or more: ./callback-token.sh makes one, or openssl rand -hex 32."
  }
}

variable "alarms" {
  description = "Threshold alarms, by name, that call the callback: a metric of a namespace (project), the resources it is of, and a threshold for each level. silence: seconds until a lasting alarm is told again."
  type = map(object({
    project    = optional(string, "acs_ecs_dashboard")
    metric     = string
    resources  = list(map(string))
    statistics = optional(string, "Average")
    comparison = optional(string, ">=")
    critical   = optional(number)
    warn       = optional(number)
    info       = optional(number)
    times      = optional(number, 2)
    period     = optional(number, 60)
    silence    = optional(number, 3600)
  }))
  default = {}

  validation {
    condition     = alltrue([for alarm in values(var.alarms) : alarm.critical != null || alarm.warn != null || alarm.info != null])
    error_message = "An alarm has a threshold: critical, warn or info."
  }

  validation {
    condition     = alltrue([for alarm in values(var.alarms) : contains([">", ">=", "<", "<=", "!=", "=="], alarm.comparison)])
    error_message = "The comparison is one of > >= < <= != ==."
  }

  validation {
    condition     = alltrue([for alarm in values(var.alarms) : alarm.silence >= 300 && alarm.silence <= 86400])
    error_message = "CloudMonitor is silent for 300 to 86400 seconds."
  }

  validation {
    condition     = alltrue([for alarm in values(var.alarms) : length(alarm.resources) > 0])
    error_message = "An alarm is of at least one resource, like [{ instanceId = \"i-…\" }]."
  }
}

# --- A machine to raise alarms with ----------------------------------------------------------------------------------

variable "stress" {
  description = "An ECS instance with stress-ng and iperf3, in a network of its own. Nothing may reach it but allowed_cidrs (SSH, iperf3), and nobody logs in without ssh_public_key. cpu_alarm: percent of CPU that raise an alarm, where the callback is enabled."
  type = object({
    enabled            = optional(bool, false)
    zone               = optional(string)
    instance_type      = optional(string, "ecs.g6.large")
    os_type            = optional(string, "ubuntu_24_04_x64")
    disk_size          = optional(number, 20)
    bandwidth          = optional(number, 10)
    vpc_cidr_block     = optional(string, "192.168.0.0/16")
    vswitch_cidr_block = optional(string, "192.168.0.0/24")
    allowed_cidrs      = optional(set(string), [])
    ssh_key_name       = optional(string, "speed-test")
    ssh_public_key     = optional(string)
    ssh_key_file       = optional(string, "~/.ssh/id_ed25519")
    cpu_alarm          = optional(number, 80)
  })
  default = {}

  validation {
    condition     = alltrue([for cidr in concat([var.stress.vpc_cidr_block, var.stress.vswitch_cidr_block], tolist(var.stress.allowed_cidrs)) : can(cidrnetmask(cidr))])
    error_message = "Networks are given in CIDR form, like 203.0.113.7/32."
  }

  validation {
    condition     = !contains(var.stress.allowed_cidrs, "0.0.0.0/0")
    error_message = "The instance is not for everybody: allow your own addresses, like 203.0.113.7/32."
  }

  validation {
    condition     = var.stress.ssh_public_key == null || can(regex("^(ssh|ecdsa)-", var.stress.ssh_public_key))
    error_message = "ssh_public_key is the line of a .pub file, like ssh-ed25519 AAAA… you."
  }

  validation {
    condition     = var.stress.bandwidth >= 1 && var.stress.bandwidth <= 100
    error_message = "The bandwidth is 1 to 100 Mbit/s; without any, the instance could not install stress-ng."
  }

  validation {
    condition     = var.stress.cpu_alarm > 0 && var.stress.cpu_alarm <= 100
    error_message = "cpu_alarm is a percentage."
  }
}
