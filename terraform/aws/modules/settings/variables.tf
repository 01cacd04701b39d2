# The switches of modules/tocsin, with types, defaults and checks.
#
# A type drops keys that it does not know, so a mistyped one would be ignored. Each switch therefore comes twice: typed,
# and as it was given.
#
# The same in each function's switch that has it:
#   enabled               whether it is made
#   environment           more of the function's variables, see its page in docs/
#   statements            what the function may do beyond what it needs, by the statement's id
#   memory                in MB
#   timeout               in seconds, of an invocation
#   reserved_concurrency  so many invocations at once, and no more; -1 reserves none
#   canary                how a new version takes over, such as Linear10PercentEvery3Minutes, see docs/deploy-aws.md; null for at
#                         once
#   vpc                   subnets and security groups, see docs/deploy-aws.md; null for no VPC
#   longest_gap           minutes between two runs of the schedule, at most, for an alarm when it does not run; needed for
#                         cron(…), known of rate(…)

variable "given" {
  description = "The switches as they were given, by their names."
  type        = any
}

variable "metric_writer" {
  description = "Results of SLA tests → metrics. namespace: of the metrics. output: cloudwatch, emf for lines in the log, or otlp. results_within: minutes in which at least one result comes; an alarm tells of longer silence. maximum_concurrency, batch_size, batch_window: of the queue, see modules/queue/variables.tf. environment: see docs/metric-writer.md."
  type = object({
    enabled             = optional(bool, false)
    namespace           = optional(string, "SLA-Monitor")
    output              = optional(string, "cloudwatch")
    results_within      = optional(number)
    environment         = optional(map(string), {})
    statements          = optional(map(object({ actions = list(string), resources = list(string), conditions = optional(map(string), {}) })), {})
    memory              = optional(number, 128)
    maximum_concurrency = optional(number)
    batch_size          = optional(number, 10)
    batch_window        = optional(number, 0)
    canary              = optional(string)
    vpc                 = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
  })
  default = {}

  validation {
    condition     = var.metric_writer.results_within == null || try(var.metric_writer.results_within >= 5 && var.metric_writer.results_within <= 1440, false)
    error_message = "metric_writer.results_within is 5 to 1440 minutes."
  }

  validation {
    condition     = contains(["cloudwatch", "emf", "otlp"], var.metric_writer.output)
    error_message = "metric_writer.output is cloudwatch, emf or otlp."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9_./#-][A-Za-z0-9_./#:-]{0,254}$", var.metric_writer.namespace)) && !startswith(var.metric_writer.namespace, "AWS/")
    error_message = "metric_writer.namespace is a namespace of CloudWatch, and none that begins with AWS/."
  }
}

variable "uptime_checker" {
  description = "Checks of endpoints, on a schedule. Exactly one of config_file, a file in Gatus's format that is uploaded, and config_parameter, the ARN of a parameter that holds one, for a file with secrets in it. schedule: how often they are checked. metrics: standard, full, compatible or groups, comma-separated. namespace: of the metrics. output: cloudwatch, emf for lines in the log, or otlp. shards: how many functions divide the file among them, see docs/scale.md. function_url: whether results of external endpoints can be pushed to the function, the first one of several, by an address that everybody may call, guarded by their tokens. environment: see docs/uptime-checker.md, and the $NAMEs in the file."
  type = object({
    enabled              = optional(bool, false)
    config_file          = optional(string)
    config_parameter     = optional(string)
    schedule             = optional(string, "rate(1 minute)")
    longest_gap          = optional(number)
    shards               = optional(number, 1)
    metrics              = optional(string, "standard")
    namespace            = optional(string, "Monitoring/Uptime")
    output               = optional(string, "cloudwatch")
    environment          = optional(map(string), {})
    statements           = optional(map(object({ actions = list(string), resources = list(string), conditions = optional(map(string), {}) })), {})
    function_url         = optional(bool, false)
    memory               = optional(number, 256)
    timeout              = optional(number, 55)
    reserved_concurrency = optional(number, -1)
    canary               = optional(string)
    vpc                  = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
  })
  default = {}

  validation {
    condition = (
      var.uptime_checker.config_file == null || can(yamldecode(file(var.uptime_checker.config_file)).endpoints)
      || can(yamldecode(file(var.uptime_checker.config_file)).suites)
      || can(yamldecode(file(var.uptime_checker.config_file))["external-endpoints"])
    )
    error_message = "uptime_checker.config_file is not there, is no YAML or has neither endpoints nor suites; its path is relative to this root."
  }

  validation {
    condition     = var.uptime_checker.config_parameter == null || can(regex("^arn:[a-z-]+:ssm:[^:]+:[0-9]{12}:parameter/", var.uptime_checker.config_parameter))
    error_message = "uptime_checker.config_parameter is the ARN of a parameter of Systems Manager."
  }

  validation {
    condition     = contains(["cloudwatch", "emf", "otlp"], var.uptime_checker.output)
    error_message = "uptime_checker.output is cloudwatch, emf or otlp."
  }

  validation {
    condition     = alltrue([for set in split(",", var.uptime_checker.metrics) : contains(["standard", "full", "compatible", "groups"], trimspace(set))])
    error_message = "uptime_checker.metrics are some of standard, full, compatible, groups, with commas between them."
  }

  validation {
    condition     = var.uptime_checker.shards >= 1 && var.uptime_checker.shards <= 100 && floor(var.uptime_checker.shards) == var.uptime_checker.shards
    error_message = "uptime_checker.shards is a whole number from 1 to 100."
  }
}

variable "notifier" {
  description = "Alarms and events → chat. rules_file: outputs and routes, a file that is uploaded; without one environment describes the one output. secrets: ARNs of the parameters, secrets and keys that these refer to, and of what outputs send by: topics (amazon-q, sns), identities of SES (email), buses (eventbridge). events: which of AWS's events to send, see notifier.tf; event_patterns: more of them, as JSON by a name. groups: a queue by which alarms wait for one another and are told again, which group-by and repeat in the rules need. failure_actions: topics that are told when the notifier itself fails; without one nobody is."
  type = object({
    enabled              = optional(bool, false)
    rules_file           = optional(string)
    environment          = optional(map(string), {})
    statements           = optional(map(object({ actions = list(string), resources = list(string), conditions = optional(map(string), {}) })), {})
    secrets              = optional(list(string), [])
    events               = optional(set(string), ["autoscaling", "backup", "codepipeline", "ebs", "ecs", "ecs-tasks", "guardduty", "health", "securityhub"])
    event_patterns       = optional(map(string), {})
    groups               = optional(bool, false)
    failure_actions      = optional(list(string), [])
    memory               = optional(number, 128)
    reserved_concurrency = optional(number, -1)
    canary               = optional(string)
    vpc                  = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
  })
  default = {}

  validation {
    condition     = var.notifier.rules_file == null || can(yamldecode(file(var.notifier.rules_file)).outputs)
    error_message = "notifier.rules_file is not there, is no YAML or has no outputs; its path is relative to this root."
  }

  validation {
    condition     = alltrue([for arn in var.notifier.secrets : can(regex("^arn:[a-z-]+:(ssm|secretsmanager|kms|sns|ses|events):", arn))])
    error_message = "notifier.secrets are ARNs of parameters, secrets, keys, topics, identities of SES and buses."
  }

  validation {
    condition = alltrue([for name in var.notifier.events : contains([
      "alarms", "autoscaling", "backup", "codebuild", "codepipeline", "ebs", "ec2", "ecs", "ecs-tasks", "guardduty",
      "health", "securityhub", "synthetics",
    ], name)])
    error_message = "notifier.events are some of alarms, autoscaling, backup, codebuild, codepipeline, ebs, ec2, ecs, ecs-tasks, guardduty, health, securityhub, synthetics."
  }
}

variable "chaos_executor" {
  description = "Chaos experiments in Chaos Toolkit's format. allowed_activities: what the role may do, by the names in docs/activities.md, * for any part. target_tags: tags that every resource must carry that is changed, as far as IAM can tell. regions: where, null for this one. roles: ARNs of roles in other accounts that experiments may assume. guard_file: further limits, a file that is uploaded. experiments: files that are uploaded, by name, each with a schedule (null: by call only) and values for its configuration. secrets: ARNs of the parameters, secrets and keys that experiments refer to. durable: Lambda's durable executions (true) or the function's own memory in S3 (false); see docs/chaos-executor.md. durable_timeout: seconds that a durable run may take; durable_retention_days: how long Lambda keeps what it remembers of one. documents: which documents of Systems Manager are made for faults on hosts and in containers, by the names in docs/ssm-documents.md, * for any part; also without an executor. sweep: how often what is left broken is tried again. namespace: of the metrics. journal_days: after how many days journals are deleted, 0 for never. destroy_journals, destroy_state: whether destroy may delete them."
  type = object({
    enabled                = optional(bool, false)
    allowed_activities     = optional(list(string), [])
    target_tags            = optional(map(string), {})
    regions                = optional(list(string))
    roles                  = optional(list(string), [])
    guard_file             = optional(string)
    experiments            = optional(map(object({ file = string, schedule = optional(string), configuration = optional(map(string), {}) })), {})
    secrets                = optional(list(string), [])
    durable                = optional(bool, false)
    durable_timeout        = optional(number, 86400)
    durable_retention_days = optional(number, 14)
    documents              = optional(list(string), [])
    sweep                  = optional(string, "rate(5 minutes)")
    namespace              = optional(string, "Tocsin/Experiments")
    environment            = optional(map(string), {})
    statements             = optional(map(object({ actions = list(string), resources = list(string), conditions = optional(map(string), {}) })), {})
    journal_days           = optional(number, 400)
    destroy_journals       = optional(bool, false)
    destroy_state          = optional(bool, false)
    memory                 = optional(number, 256)
    timeout                = optional(number, 900)
    reserved_concurrency   = optional(number, -1)
    vpc                    = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
  })
  default = {}

  validation {
    condition     = var.chaos_executor.guard_file == null || can(yamldecode(file(var.chaos_executor.guard_file)).activities)
    error_message = "chaos_executor.guard_file is not there, is no YAML or has no activities; its path is relative to this root."
  }

  validation {
    condition     = alltrue([for name, experiment in var.chaos_executor.experiments : can(yamldecode(file(experiment.file)).method)])
    error_message = "The file of each of chaos_executor.experiments is there, is YAML or JSON and has a method; paths are relative to this root."
  }

  validation {
    condition     = alltrue([for name in keys(var.chaos_executor.experiments) : can(regex("^[a-z0-9][a-z0-9-]{0,24}$", name)) && name != "schedule"])
    error_message = "The name of each of chaos_executor.experiments has 1 to 25 lower-case letters, digits and hyphens, and is not schedule."
  }

  validation {
    condition     = can(regex("^rate\\((1 minute|[0-9]+ minutes|1 hour)\\)$", var.chaos_executor.sweep))
    error_message = "chaos_executor.sweep is like rate(5 minutes)."
  }

  validation {
    condition     = alltrue([for role in var.chaos_executor.roles : can(regex("^arn:[a-z-]+:iam::([0-9]{12}|\\*):role/.", role))])
    error_message = "chaos_executor.roles are ARNs of roles."
  }

  validation {
    condition     = alltrue([for arn in var.chaos_executor.secrets : can(regex("^arn:[a-z-]+:(ssm|secretsmanager|kms):", arn))])
    error_message = "chaos_executor.secrets are ARNs of parameters, secrets and keys."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9_./#-][A-Za-z0-9_./#:-]{0,254}$", var.chaos_executor.namespace)) && !startswith(var.chaos_executor.namespace, "AWS/")
    error_message = "chaos_executor.namespace is a namespace of CloudWatch, and none that begins with AWS/."
  }
}

variable "alarm_provisioner" {
  description = "Alarms for resources. rules_files: files that are uploaded, by name, in any form of docs/alarm-provisioner.md; without one the catalogue of recommended alarms is in force. catalogue: whether it is, null for only without rules. owner: the value of the tag tocsin:owner of the alarms; two provisioners in one account need two. topics: who is told by which severity, \"\" for every other one; without one the alarms topic. regions: where alarms are made, null for this one. kinds: of resources that the role may read, null for all. roles: ARNs of roles in other accounts; external_id: what they ask for, or ssm:/name. action: apply, or plan to only tell in the log what would be changed. schedule: how often everything is looked at; events: what else starts it, some of instances, tags, calls (which needs a trail of CloudTrail)."
  type = object({
    enabled              = optional(bool, false)
    rules_files          = optional(map(string), {})
    catalogue            = optional(bool)
    owner                = optional(string, "tocsin")
    topics               = optional(map(string), {})
    regions              = optional(list(string))
    kinds                = optional(list(string))
    roles                = optional(list(string), [])
    external_id          = optional(string)
    action               = optional(string, "apply")
    schedule             = optional(string, "rate(15 minutes)")
    longest_gap          = optional(number)
    events               = optional(set(string), ["instances", "tags", "calls"])
    environment          = optional(map(string), {})
    statements           = optional(map(object({ actions = list(string), resources = list(string), conditions = optional(map(string), {}) })), {})
    memory               = optional(number, 256)
    timeout              = optional(number, 600)
    reserved_concurrency = optional(number, -1)
    vpc                  = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
  })
  default = {}

  validation {
    condition     = alltrue([for file in values(var.alarm_provisioner.rules_files) : can(file(file))])
    error_message = "Each of alarm_provisioner.rules_files is there; paths are relative to this root."
  }

  validation {
    condition     = alltrue([for name in keys(var.alarm_provisioner.rules_files) : can(regex("^[a-z0-9][a-z0-9-]{0,40}$", name))])
    error_message = "The name of each of alarm_provisioner.rules_files has lower-case letters, digits and hyphens."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{1,64}$", var.alarm_provisioner.owner))
    error_message = "alarm_provisioner.owner has 1 to 64 letters, digits, hyphens, underscores and dots."
  }

  validation {
    condition     = contains(["apply", "plan"], var.alarm_provisioner.action)
    error_message = "alarm_provisioner.action is apply or plan."
  }

  validation {
    condition     = alltrue([for name in var.alarm_provisioner.events : contains(["instances", "tags", "calls"], name)])
    error_message = "alarm_provisioner.events are some of instances, tags, calls."
  }

  validation {
    condition     = alltrue([for role in var.alarm_provisioner.roles : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/.", role))])
    error_message = "alarm_provisioner.roles are ARNs of roles."
  }

  validation {
    condition     = alltrue([for arn in values(var.alarm_provisioner.topics) : can(regex("^arn:[a-z-]+:sns:", arn))])
    error_message = "alarm_provisioner.topics are ARNs of topics by severity."
  }
}

variable "fargate_adjuster" {
  description = "Changes of Fargate services. config_file: components and their ranges, servo-fargate's config.yaml, which is uploaded; without one each request carries its own. services: cluster/service, the names of those that the role may change, * for any part; those of config_file when null. task_roles: ARNs of the roles of their tasks, which the role may pass on to ECS. capabilities: what the role may do beyond the five calls that an adjustment needs: deployments, rollback, tasks, scaling, tags, deregister, express; see docs/fargate-adjuster-function.md. events: which of ECS's events go on with a run, some of deployments, services, tasks; schedule: how often all open runs are gone on with, every minute when null, or every five when durable. durable: Lambda's durable executions (true) or the function's own memory in S3 (false). durable_timeout: seconds that a durable run may take; durable_retention_days: how long Lambda keeps what it remembers of one. destroy_state: whether destroy may delete runs and history. environment: see docs/fargate-adjuster-function.md."
  type = object({
    enabled                = optional(bool, false)
    config_file            = optional(string)
    services               = optional(list(string))
    task_roles             = optional(list(string), [])
    capabilities           = optional(set(string), [])
    events                 = optional(set(string), ["deployments", "services", "tasks"])
    schedule               = optional(string)
    longest_gap            = optional(number)
    durable                = optional(bool, false)
    durable_timeout        = optional(number, 14400)
    durable_retention_days = optional(number, 14)
    destroy_state          = optional(bool, false)
    environment            = optional(map(string), {})
    statements             = optional(map(object({ actions = list(string), resources = list(string), conditions = optional(map(string), {}) })), {})
    memory                 = optional(number, 128)
    timeout                = optional(number, 300)
    reserved_concurrency   = optional(number, -1)
    vpc                    = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
  })
  default = {}

  validation {
    condition     = var.fargate_adjuster.config_file == null || can(keys(yamldecode(file(var.fargate_adjuster.config_file)).fargate))
    error_message = "fargate_adjuster.config_file is not there, is no YAML or has no fargate; its path is relative to this root."
  }

  validation {
    condition     = alltrue([for service in coalesce(var.fargate_adjuster.services, []) : can(regex("^[A-Za-z0-9_*-]+/[A-Za-z0-9_*-]+$", service))])
    error_message = "fargate_adjuster.services are cluster/service, by their names."
  }

  # A pattern of EventBridge would not match a * in a cluster's name.
  validation {
    condition     = alltrue([for service in coalesce(var.fargate_adjuster.services, []) : !strcontains(split("/", service)[0], "*")])
    error_message = "fargate_adjuster.services name their clusters in full: the rules for ECS's events are made of them."
  }

  validation {
    condition     = alltrue([for role in var.fargate_adjuster.task_roles : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/.", role))])
    error_message = "fargate_adjuster.task_roles are ARNs of roles."
  }

  validation {
    condition     = alltrue([for name in var.fargate_adjuster.capabilities : contains(["deployments", "rollback", "tasks", "scaling", "tags", "deregister", "express"], name)])
    error_message = "fargate_adjuster.capabilities are some of deployments, rollback, tasks, scaling, tags, deregister, express."
  }

  validation {
    condition     = alltrue([for name in var.fargate_adjuster.events : contains(["deployments", "services", "tasks"], name)])
    error_message = "fargate_adjuster.events are some of deployments, services, tasks."
  }

  validation {
    condition     = var.fargate_adjuster.timeout >= 60
    error_message = "fargate_adjuster.timeout is at least 60 seconds: a single call of ECS may take so long."
  }
}

variable "sla_reporter" {
  description = "The SLA report: pages, JSON, badges and feeds, in a bucket of its own. config_file: names, groups, objectives and maintenance, a file that is uploaded; see docs/sla-reporter.md. schedule: how often the report is made; docs/deploy-aws.md says what each costs. on_results: whether results of SLA tests have it made too, those of a minute at once. folder: of the bucket, for the report; the folder incidents is for what tocsin incident writes. report_days: after how many days a file is deleted that is not written any more, 0 for never; the function writes each one at least once a day. public: whether CloudFront serves it to everybody; without it the bucket is for those whom IAM lets in. aliases: names of yours for it, which need certificate_arn, a certificate of ACM in us-east-1. price_class: where CloudFront keeps copies. url: where the report is read, for links in feeds; when null the first of aliases, or CloudFront's own name. destroy_report: whether destroy may delete it, incidents too. environment: see docs/sla-reporter.md."
  type = object({
    enabled              = optional(bool, false)
    config_file          = optional(string)
    schedule             = optional(string, "rate(15 minutes)")
    longest_gap          = optional(number)
    on_results           = optional(bool, false)
    folder               = optional(string, "report")
    public               = optional(bool, false)
    aliases              = optional(list(string), [])
    certificate_arn      = optional(string)
    price_class          = optional(string, "PriceClass_100")
    url                  = optional(string)
    report_days          = optional(number, 30)
    destroy_report       = optional(bool, false)
    environment          = optional(map(string), {})
    statements           = optional(map(object({ actions = list(string), resources = list(string), conditions = optional(map(string), {}) })), {})
    memory               = optional(number, 256)
    timeout              = optional(number, 120)
    reserved_concurrency = optional(number, -1)
    vpc                  = optional(object({ subnet_ids = list(string), security_group_ids = list(string) }))
  })
  default = {}

  validation {
    condition     = var.sla_reporter.config_file == null || can(keys(yamldecode(file(var.sla_reporter.config_file))))
    error_message = "sla_reporter.config_file is not there or is no YAML; its path is relative to this root."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$", var.sla_reporter.folder)) && try(split("/", var.sla_reporter.folder)[0] != "incidents", false)
    error_message = "sla_reporter.folder has letters, digits, hyphens and underscores, slashes only between them, and is not incidents."
  }

  validation {
    condition     = var.sla_reporter.report_days == 0 || var.sla_reporter.report_days >= 2
    error_message = "sla_reporter.report_days is 0, or at least 2: a file that does not change is written once a day."
  }

  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.sla_reporter.price_class)
    error_message = "sla_reporter.price_class is PriceClass_100, PriceClass_200 or PriceClass_All."
  }

  validation {
    condition     = alltrue([for name in var.sla_reporter.aliases : can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", name))])
    error_message = "sla_reporter.aliases are names like status.example.com."
  }

  validation {
    condition     = var.sla_reporter.certificate_arn == null || can(regex("^arn:[a-z-]+:acm:us-east-1:[0-9]{12}:certificate/", var.sla_reporter.certificate_arn))
    error_message = "sla_reporter.certificate_arn is a certificate of ACM in us-east-1, where CloudFront looks for it."
  }

  validation {
    condition     = var.sla_reporter.url == null || can(regex("^https://[^/\\s]+[^/\\s]*(/[^/\\s]+)*$", var.sla_reporter.url))
    error_message = "sla_reporter.url is like https://status.example.com, without a slash at its end."
  }
}

variable "sla_runner" {
  description = "What sla-runner needs: topic, bucket and role. log_days: after how many days what tests printed is deleted. destroy_logs: whether destroy may delete it. service: an example service on ECS Fargate that runs image, with sla-runner and the test in it, beside application_image; null for none."
  type = object({
    enabled      = optional(bool, false)
    log_days     = optional(number, 90)
    destroy_logs = optional(bool, false)
    service = optional(object({
      image              = string
      application_image  = string
      name               = string
      command            = string
      delay              = optional(number, 60)
      groups             = optional(list(string), [])
      subnet_ids         = list(string)
      security_group_ids = list(string)
      public_ip          = optional(bool, false)
      cpu                = optional(number, 256)
      memory             = optional(number, 512)
    }))
  })
  default = {}

  validation {
    condition     = var.sla_runner.log_days >= 1
    error_message = "sla_runner.log_days is a number of days."
  }

  validation {
    condition     = try(var.sla_runner.service.delay >= 0, true)
    error_message = "sla_runner.service.delay is a number of seconds."
  }
}

variable "existing" {
  description = "What is there already and is used instead of being made: the topic of alarms, the topic of results, the bucket of the configuration files (below the prefix <name>/), the bucket of what SLA tests print."
  type = object({
    alarms_topic         = optional(object({ arn = string }))
    results_topic        = optional(object({ arn = string }))
    configuration_bucket = optional(object({ name = string }))
    logs_bucket          = optional(object({ name = string }))
  })
  default = {}

  validation {
    condition     = alltrue([for topic in [var.existing.alarms_topic, var.existing.results_topic] : topic == null || can(regex("^arn:[a-z-]+:sns:[^:]+:[0-9]{12}:[^:.]+$", topic.arn))])
    error_message = "existing.alarms_topic and existing.results_topic are { arn = \"arn:aws:sns:…\" }, and not of a FIFO topic."
  }
}
