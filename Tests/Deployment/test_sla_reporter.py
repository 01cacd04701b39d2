"""The SLA reporter of terraform/aws, applied for real: against moto, which its binary then reads and writes."""

import datetime
import fnmatch
import json
import re
import shutil

import botocore.loaders
import pytest

from conftest import ROOT
from local_aws import operations
from terraform import ACCOUNT, REGION, AWSTerraform, local_provider
from test_aws import SOURCE, listed, statements

ARN = f"{REGION}:{ACCOUNT}"
NAME = "tell-sla-reporter"
BUCKET = f"tell-sla-report-{ACCOUNT}-{REGION}"
CONFIG = "title: Shop\nservices:\n  - {name: bookshop, displayName: Book shop}\n"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/0d1f3cf4"

# What the function calls, and on what; its policy has to allow this and nothing else.
CALLS = {
    "cloudwatch:GetMetricData": ["*"], "cloudwatch:ListMetrics": ["*"],
    "s3:GetObject": [
        f"arn:aws:s3:::{BUCKET}/report/index.html", f"arn:aws:s3:::{BUCKET}/incidents/incident-1",
        f"arn:aws:s3:::tell-configuration-{ACCOUNT}-{REGION}/tell/report.yaml"],
    "s3:PutObject": [f"arn:aws:s3:::{BUCKET}/report/index.html"],
    "s3:DeleteObject": [f"arn:aws:s3:::{BUCKET}/report/services/shop.html"],
    "s3:ListBucket": [f"arn:aws:s3:::{BUCKET}"],
}
OWN = {
    "logs:CreateLogStream": [f"arn:aws:logs:{ARN}:log-group:/aws/lambda/{NAME}:log-stream:x"],
    "logs:PutLogEvents": [f"arn:aws:logs:{ARN}:log-group:/aws/lambda/{NAME}:log-stream:x"],
    "sqs:SendMessage": [f"arn:aws:sqs:{ARN}:{NAME}-dead-letters"],
    "sqs:ReceiveMessage": [f"arn:aws:sqs:{ARN}:{NAME}-results"], "sqs:DeleteMessage": [f"arn:aws:sqs:{ARN}:{NAME}-results"],
    "sqs:GetQueueAttributes": [f"arn:aws:sqs:{ARN}:{NAME}-results"],
}


@pytest.fixture(scope="module")
def terraform(plugins, aws, tmp_path_factory) -> AWSTerraform:
    return AWSTerraform(SOURCE, tmp_path_factory.mktemp("report"), local_provider(aws.url), f"-plugin-dir={plugins}")


@pytest.fixture(scope="module")
def values(terraform, zips, tmp_path_factory) -> dict:
    """The variable file. For what does not run the function, the zip of another one will do where there is none yet."""
    folder = tmp_path_factory.mktemp("zips")
    zip = zips / "sla-reporter.zip"
    shutil.copy(zip if zip.exists() else zips / "notifier.zip", folder / "sla-reporter.zip")
    (terraform.folder / "report.yaml").write_text(CONFIG)
    return {"name": "tell", "zips": str(folder), "runtime": "provided.al2", "dashboard": True, "sla_reporter": {
        "enabled": True, "config_file": "report.yaml", "on_results": True, "public": True, "destroy_report": True,
    }}


@pytest.fixture(scope="module")
def deployed(terraform, values) -> dict:
    terraform.run("apply", "-auto-approve", "-input=false", terraform.variables(values))
    return terraform.outputs()


def changed(values: dict, **settings) -> dict:
    return values | {"sla_reporter": values["sla_reporter"] | settings}


# --- What the sources call -------------------------------------------------------------------------------------------


def test_permissions_are_those_of_the_operations_that_the_sources_call():
    """HeadObject is allowed by s3:GetObject; incidents and the report's state are read by the store of Cloud/StateStore."""
    called = operations(ROOT / "Sources/Functions/SLAReport")
    assert {"GetMetricData", "ListMetrics"} <= called
    allowed = {action.split(":")[1] for action in CALLS} | {"HeadObject"}
    # Of the command line.
    assert called - allowed - {"GetCallerIdentity"} == set(), "called, but not allowed"


def test_actions_exist():
    """Where IAM calls an action like the operation, botocore knows it."""
    loader = botocore.loaders.Loader()
    for action in CALLS.keys() - {"s3:ListBucket"}:
        service, operation = action.split(":")
        assert operation in loader.load_service_model(service, "service-2")["operations"], action


# --- Deployed --------------------------------------------------------------------------------------------------------


def test_second_plan_is_empty(deployed, terraform, values):
    assert "No changes" in terraform.run("plan", "-detailed-exitcode", terraform.variables(values))


def test_role_allows_what_is_called_and_no_more(deployed, aws):
    granted = [(action, s) for s in statements(aws, NAME) for action in listed(s["Action"])]
    expected = CALLS | OWN
    assert {action for action, _ in granted} == set(expected)
    for action, resources in expected.items():
        patterns = [pattern for other, s in granted if other == action for pattern in listed(s["Resource"])]
        assert [r for r in resources if not any(fnmatch.fnmatchcase(r, p) for p in patterns)] == [], action
        assert ("*" in patterns) == (resources == ["*"]), f"{action} can be narrower"
        # Neither another folder of the bucket nor what people told is written.
        others = [f"arn:aws:s3:::{BUCKET}/other/x", f"arn:aws:s3:::{BUCKET}/index.html"]
        if action in ("s3:PutObject", "s3:DeleteObject"):
            others.append(f"arn:aws:s3:::{BUCKET}/incidents/incident-1")
        if action.startswith("s3:"):
            assert [r for r in others if any(fnmatch.fnmatchcase(r, p) for p in patterns)] == [], action


def test_variables_of_the_function(deployed, aws):
    function = aws.client("lambda").get_function_configuration(FunctionName=NAME)
    assert function["Environment"]["Variables"] == {
        "METRIC_NAMESPACE": "SLA-Monitor", "CLOUDWATCH_NAMESPACE": "Monitoring/Uptime",
        "REPORT_OUTPUT": f"s3://{BUCKET}/report", "REPORT_INCIDENTS": f"s3://{BUCKET}/incidents",
        "REPORT_INTERVAL": "15m",
        "REPORT_CONFIG": f"s3://tell-configuration-{ACCOUNT}-{REGION}/tell/report.yaml",
        "REPORT_BASE_URL": deployed["sla_report_url"],
    }
    page = (ROOT / "docs/sla-reporter.md").read_text()
    assert [name for name in function["Environment"]["Variables"] if f"`{name}`" not in page] == []
    assert (function["Timeout"], function["MemorySize"]) == (120, 256)
    assert deployed["sla_report_bucket"] == BUCKET
    assert deployed["sla_report_incidents"] == f"s3://{BUCKET}/incidents"


def test_bucket_is_shut_to_all_but_the_distribution(deployed, aws):
    s3 = aws.client("s3")
    assert set(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values()) == {True}
    [rule] = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    tls, reader = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": ["false"]}})
    [distribution] = aws.client("cloudfront").list_distributions()["DistributionList"]["Items"]
    assert reader == {
        "Sid": "Distribution0", "Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/report/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": [distribution["ARN"]]}},
    }
    assert s3.get_bucket_versioning(Bucket=BUCKET).get("Status") != "Enabled"


def test_files_that_are_not_written_any_more_expire_and_incidents_stay(deployed, aws):
    rules = aws.client("s3").get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    expiring = [(rule["Filter"]["Prefix"], rule["Expiration"]["Days"]) for rule in rules if "Expiration" in rule]
    assert expiring == [("report/", 30)]
    # As the function's page says: a file that has not changed is written again once a day.
    source = (ROOT / "Sources/Functions/SLAReport/Output/ReportFileStore.swift").read_text()
    assert "refreshAge = Duration.seconds(86_400)" in source


def test_distribution_serves_the_folder_over_tls(deployed, aws):
    [item] = aws.client("cloudfront").list_distributions()["DistributionList"]["Items"]
    assert deployed["sla_report_url"] == f"https://{item['DomainName']}"
    config = aws.client("cloudfront").get_distribution_config(Id=item["Id"])["DistributionConfig"]
    [origin] = config["Origins"]["Items"]
    assert (origin["OriginPath"], config["DefaultRootObject"]) == ("/report", "index.html")
    assert origin["DomainName"].startswith(f"{BUCKET}.s3.")
    behaviour = config["DefaultCacheBehavior"]
    assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
    assert set(behaviour["AllowedMethods"]["Items"]) == {"GET", "HEAD"}


def test_schedule_and_results_start_it(deployed, aws):
    [rule] = aws.client("events").list_rules(NamePrefix=NAME)["Rules"]
    assert (rule["Name"], rule["ScheduleExpression"]) == (f"{NAME}-schedule", "rate(15 minutes)")
    mappings = [mapping for mapping in aws.client("lambda").list_event_source_mappings()["EventSourceMappings"]
                if mapping["FunctionArn"].endswith(f":{NAME}")]
    assert [(m["BatchSize"], m["MaximumBatchingWindowInSeconds"], m["ScalingConfig"]) for m in mappings] == [
        (1000, 60, {"MaximumConcurrency": 2})]
    assert mappings[0]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    found = {(s["TopicArn"].split(":")[-1], s["Endpoint"].split(":")[-1])
             for s in aws.client("sns").list_subscriptions()["Subscriptions"]}
    assert ("tell-results", f"{NAME}-results") in found


def test_who_notices_that_it_is_dead(deployed, aws):
    found = aws.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{NAME}-")["MetricAlarms"]
    alarms = {alarm["AlarmName"].removeprefix(f"{NAME}-"): alarm for alarm in found}
    assert set(alarms) == {
        "errors", "throttles", "partial-failures", "dead-letters", "not-running", "results-age", "results-dead-letters"}
    assert all(alarm["AlarmActions"] == [f"arn:aws:sns:{ARN}:tell-alarms"] for alarm in found)
    assert (alarms["not-running"]["Period"], alarms["not-running"]["EvaluationPeriods"]) == (900, 3)
    assert NAME in aws.client("cloudwatch").get_dashboard(DashboardName="tell")["DashboardBody"]


def test_report_is_made_of_metrics(deployed, aws, zips):
    """By the binary and the variables that were deployed; only what the role allows is called."""
    if not (zips / "sla-reporter.zip").exists():
        pytest.skip("not built: dist/lambda/sla-reporter.zip; run ./build.sh")
    now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
    # A service that no other test has results of: all share one local AWS.
    dimensions = [{"Name": "Region", "Value": REGION}, {"Name": "Service", "Value": "bookshop"}]
    aws.client("cloudwatch").put_metric_data(Namespace="SLA-Monitor", MetricData=[
        {"MetricName": name, "Dimensions": dimensions, "Value": value, "Timestamp": now - datetime.timedelta(minutes=minutes)}
        for minutes in range(5, 15)
        for name, value in [("integration-sla-attempts", 1), ("integration-sla-success", minutes != 9), ("sla-test-duration-secs", 2)]])
    answer = aws.client("lambda").invoke(FunctionName=NAME, Payload=b"{}")
    assert "FunctionError" not in answer, aws.logs.get(NAME)
    s3 = aws.client("s3")
    summary = json.load(s3.get_object(Bucket=BUCKET, Key="report/dev/bookshop/summary.json")["Body"])
    assert summary["rangeSummaries"][0]["summary"] | {"numAttempts": 10, "numSuccesses": 9, "numFailures": 1} == summary["rangeSummaries"][0]["summary"]
    assert s3.head_object(Bucket=BUCKET, Key="report/index.html")["ContentType"] == "text/html; charset=utf-8"
    called = aws.calls[NAME] - {"sqs:ReceiveMessage", "sqs:DeleteMessage"}
    allowed = set(CALLS) | {"s3:HeadObject", "s3:ListObjectsV2", "s3:ListObjects"}
    assert called - allowed == set(), "called, but not allowed"


def test_costs_are_those_of_what_is_asked_for():
    """Four statistics in three periods; and the table of the guide."""
    source = (ROOT / "Sources/Functions/SLAReport/Reading/MetricQueries.swift").read_text()
    statistics = len(re.findall(r"\(\.\w+, metrics\.\w+\)", source))
    spans = (ROOT / "Sources/Functions/SLAReport/Reading/HistoryResolution.swift").read_text().count("            Span(range:")
    guide = (ROOT / "docs/deploy-aws.md").read_text()
    rows = re.findall(r"^\| `rate\((\d+) (minutes?|hours?)\)` \| ([\d.]+) \| ([\d.]+) \|$", guide, re.MULTILINE)
    assert len(rows) == 3
    for count, unit, ten, sixty in rows:
        runs = 30 * 24 * 60 / (int(count) * (60 if unit.startswith("hour") else 1))
        for services, cost in [(10, ten), (60, sixty)]:
            assert float(cost) == pytest.approx(statistics * spans * services * runs / 100_000, abs=0.005)


# --- Choices, and what is refused ------------------------------------------------------------------------------------


def test_without_public_nobody_else_reads_and_nothing_waits_for_results(terraform, values):
    planned = terraform.planned(changed(values, public=False, on_results=False), "-state=empty")
    assert [address for address in planned if "cloudfront" in address or "queue" in address and "dead_letters" not in address] == []
    assert not any("aws_sns_topic.results" in address for address in planned)
    changes = json.loads(terraform.run("show", "-json", "plan"))["resource_changes"]
    [policy] = [c["change"]["after"] for c in changes if c["address"] == "module.tocsin.module.sla_report[0].data.aws_iam_policy_document.this"]
    assert [statement["sid"] for statement in policy["statement"]] == ["OnlyTLS"]
    function = planned["module.tocsin.module.sla_reporter[0].aws_lambda_function.this[0]"]
    assert "REPORT_BASE_URL" not in function["environment"][0].get("variables", {})


def test_names_of_yours_have_their_certificate(terraform, values):
    aliases = ["status.example.com"]
    planned = terraform.planned(changed(values, aliases=aliases, certificate_arn=CERTIFICATE), "-state=empty")
    distribution = planned["module.tocsin.module.sla_website[0].aws_cloudfront_distribution.this"]
    assert distribution["aliases"] == aliases
    [certificate] = distribution["viewer_certificate"]
    assert (certificate["acm_certificate_arn"], certificate["minimum_protocol_version"]) == (CERTIFICATE, "TLSv1.2_2021")


# Each row is one plan, which names all that is wrong.
@pytest.mark.parametrize("wrong", [
    [
        ("config_file", "absent.yaml", "sla_reporter.config_file is not there"),
        ("folder", "/report", "sla_reporter.folder has letters"),
        ("report_days", 1, "sla_reporter.report_days is 0, or at least 2"),
        ("price_class", "all", "sla_reporter.price_class is"),
        ("certificate_arn", CERTIFICATE.replace("us-east-1", REGION), "certificate of ACM in us-east-1"),
        ("url", "https://status.example.com/", "without a slash at its end"),
        ("aliases", ["https://status.example.com"], "names like status.example.com"),
    ],
    [("folder", "incidents/x", "and is not incidents"), ("report_days", -3, "sla_reporter.report_days is 0")],
    [
        ("publik", True, "sla_reporter.publik"),
        ("environment", {"HOOK": "https://hooks.slack.com/services/T0/B0/secret"}, "A secret in plain text: sla_reporter.environment.HOOK"),
    ],
    [("aliases", ["status.example.com"], "sla_reporter.aliases need certificate_arn")],
])
def test_wrong_settings_are_refused(terraform, values, wrong):
    refusal = terraform.refusal(changed(values, **{name: value for name, value, _ in wrong}), "-state=empty")
    assert [message for _, _, message in wrong if message not in refusal] == []


def test_destroy_leaves_nothing(deployed, terraform, values, aws):
    terraform.run("destroy", "-auto-approve", "-input=false", terraform.variables(values))
    assert [name for name in aws.leftovers() if "tell" in name or "cloudfront" in name] == []
