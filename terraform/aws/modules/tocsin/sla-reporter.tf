# Metrics in CloudWatch → the SLA report: pages, JSON, badges and feeds, in a bucket; on a schedule.

module "sla_reporter" {
  source = "../function"
  count  = local.reporter.enabled ? 1 : 0

  name        = "${var.name}-sla-reporter"
  description = "Makes the SLA report of what is in CloudWatch"
  zip         = "${var.zips}/sla-reporter.zip"
  memory      = local.reporter.memory
  timeout     = local.reporter.timeout

  environment = merge(
    {
      METRIC_NAMESPACE     = local.metric_writer.namespace
      CLOUDWATCH_NAMESPACE = local.uptime_checker.namespace
      REPORT_OUTPUT        = "s3://${module.sla_report[0].name}/${local.reporter.folder}"
      REPORT_INCIDENTS     = local.reporter_incidents
    },
    var.stage == null ? {} : { AWS_ENV = var.stage },
    local.reporter_interval == null ? {} : { REPORT_INTERVAL = local.reporter_interval },
    { for url in slice(local.reporter_urls, 0, min(1, length(local.reporter_urls))) : "REPORT_BASE_URL" => url },
    { for bucket in local.logs_bucket : "SLARUNNER_S3BUCKETNAME" => bucket },
    { for file, object in local.objects : "REPORT_CONFIG" => object.url if file == "report.yaml" },
    local.reporter.environment,
  )

  statements = merge(
    local.extra_statements.sla_reporter,
    {
      Metrics = {
        actions = ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"]
        # These know no resources, and no condition narrows what is read.
        resources = ["*"]
      }
      Report = {
        actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        resources = ["${module.sla_report[0].arn}/${local.reporter.folder}/*"]
      }
      Incidents = { actions = ["s3:GetObject"], resources = ["${module.sla_report[0].arn}/incidents/*"] }
      # For incidents; and without it S3 refuses an object that is not there instead of saying so.
      ReportList = { actions = ["s3:ListBucket"], resources = [module.sla_report[0].arn] }
    },
    { for file, object in local.objects : "Configuration" => { actions = ["s3:GetObject"], resources = [object.arn] } if file == "report.yaml" },
  )

  triggers = {
    schedule      = local.reporter.schedule
    longest_gap   = local.reporter.longest_gap
    queued_topics = local.reporter.on_results ? { results = local.results[0] } : {}
    # All results of a minute make one report.
    queue = { batch_size = 1000, batch_window = 60, maximum_concurrency = 2 }
  }

  # The next scheduled run makes up for one that is lost.
  retries           = 1
  maximum_event_age = 600

  reserved_concurrency = local.reporter.reserved_concurrency
  vpc                  = local.reporter.vpc
  common               = local.common
}

locals {
  # People write them, with tocsin incident.
  reporter_incidents = one([for bucket in module.sla_report : "s3://${bucket.name}/incidents"])

  # So that an old page can say that it is old.
  reporter_rate = try(regex("^rate\\((\\d+) (minute|hour|day)s?\\)$", local.reporter.schedule), null)
  reporter_interval = (
    local.reporter.longest_gap != null ? "${local.reporter.longest_gap}m" :
    local.reporter_rate != null ? "${local.reporter_rate[0]}${substr(local.reporter_rate[1], 0, 1)}" : null
  )

  # The first one is for links in feeds.
  reporter_urls = concat(
    local.reporter.url == null ? [] : [local.reporter.url],
    [for name in concat(local.reporter.aliases, module.sla_website[*].domain_name) : "https://${name}"],
  )
}

# --- Where the report is ----------------------------------------------------------------------------------------------

# Files of services that are gone expire; the function writes all others anew at least once a day. Incidents stay.
module "sla_report" {
  source = "../bucket"
  count  = local.reporter.enabled ? 1 : 0

  name              = "${var.name}-sla-report-${local.account}-${local.region}"
  expiration_days   = local.reporter.report_days
  expiration_folder = local.reporter.folder
  force_destroy     = local.reporter.destroy_report
  readers           = [for website in module.sla_website : { distribution = website.arn, folder = local.reporter.folder }]
  kms_key_arn       = var.kms_key_arn
  tags              = var.tags
}

module "sla_website" {
  source = "../website"
  count  = local.reporter.enabled && local.reporter.public ? 1 : 0

  name               = "${var.name}-sla-report"
  bucket_domain_name = module.sla_report[0].domain_name
  folder             = local.reporter.folder
  aliases            = local.reporter.aliases
  certificate_arn    = local.reporter.certificate_arn
  price_class        = local.reporter.price_class
  tags               = var.tags
}
