"""terraform/aws, applied for real: against moto, with the zips of ./build.sh, whose binaries run as they were deployed."""

import fnmatch
import json
import pathlib
import re
import shutil
import textwrap
import time

import pytest
from moto.events.models import EventPattern

from conftest import ROOT, wheel
from terraform import ACCOUNT, REGION, AWSTerraform, local_provider

SOURCE = ROOT / "terraform/aws"
ARN = f"{REGION}:{ACCOUNT}"
WEBHOOK = "/tocsin/test/webhook"

# What each function calls, and on what; its policies have to allow this and nothing else. A test
# holds the names against the Swift sources.
CALLS = {
    "metric-writer": {
        "cloudwatch:PutMetricData": "*",
        "sqs:ReceiveMessage": f"arn:aws:sqs:{ARN}:test-metric-writer-results",
        "sqs:DeleteMessage": f"arn:aws:sqs:{ARN}:test-metric-writer-results",
        "sqs:GetQueueAttributes": f"arn:aws:sqs:{ARN}:test-metric-writer-results",
    },
    "uptime-checker": {
        "cloudwatch:PutMetricData": "*",
        "dynamodb:Query": f"arn:aws:dynamodb:{ARN}:table/test-uptime-state",
        "dynamodb:PutItem": f"arn:aws:dynamodb:{ARN}:table/test-uptime-state",
        "dynamodb:DeleteItem": f"arn:aws:dynamodb:{ARN}:table/test-uptime-state",
        "s3:GetObject": f"arn:aws:s3:::test-configuration-{ACCOUNT}-{REGION}/test/uptime.yaml",
        "sns:Publish": f"arn:aws:sns:{ARN}:test-alarms",
    },
    "notifier": {
        "cloudwatch:GetMetricWidgetImage": "*",
        "dynamodb:GetItem": f"arn:aws:dynamodb:{ARN}:table/test-notifier",
        "dynamodb:PutItem": f"arn:aws:dynamodb:{ARN}:table/test-notifier",
        "dynamodb:DeleteItem": f"arn:aws:dynamodb:{ARN}:table/test-notifier",
        "s3:GetObject": f"arn:aws:s3:::test-configuration-{ACCOUNT}-{REGION}/test/notifier.yaml",
        "ssm:GetParameter": f"arn:aws:ssm:{ARN}:parameter{WEBHOOK}",
        "secretsmanager:GetSecretValue": f"arn:aws:secretsmanager:{ARN}:secret:chat-AbCdEf",
        "kms:Decrypt": f"arn:aws:kms:{ARN}:key/0d1f3cf4-0000-0000-0000-000000000000",
        "sns:Publish": f"arn:aws:sns:{ARN}:chat",
        "ses:SendEmail": f"arn:aws:ses:{ARN}:identity/example.org",
        "events:PutEvents": f"arn:aws:events:{ARN}:event-bus/next",
    },
}
REFERENCES = [
    "ssm:GetParameter", "secretsmanager:GetSecretValue", "kms:Decrypt", "sns:Publish", "ses:SendEmail", "events:PutEvents",
]
FAILURES = f"arn:aws:sns:{ARN}:failures"  # where somebody hears that the notifier is dead
EVENTS = ["autoscaling", "codepipeline", "ec2", "ecs-tasks"]


@pytest.fixture(scope="module")
def terraform(plugins, aws, tmp_path_factory) -> AWSTerraform:
    return AWSTerraform(SOURCE, tmp_path_factory.mktemp("aws"), local_provider(aws.url), f"-plugin-dir={plugins}")


@pytest.fixture(scope="module")
def values(terraform, zips, aws, web) -> dict:
    """The variable file with everything in it."""
    (terraform.folder / "uptime.yaml").write_text(
        f"endpoints:\n  - {{name: site, url: '{web.url}/fine', conditions: ['[STATUS] == 200']}}\n"
        f"  - {{name: shop, group: web, url: '{web.url}/broken', conditions: ['[STATUS] == 200']}}\n"
    )
    (terraform.folder / "notifier.yaml").write_text(f"outputs:\n  chat: {{kind: slack, url: 'ssm:{WEBHOOK}'}}\n")
    aws.client("ssm").put_parameter(Name=WEBHOOK, Value=f"{web.url}/hook", Type="SecureString")
    ec2 = aws.client("ec2")
    return {
        "name": "test", "zips": str(zips), "runtime": "provided.al2", "dashboard": True, "tracing": True,
        "metric_writer": {"enabled": True, "maximum_concurrency": 2, "batch_size": 20, "batch_window": 1},
        "uptime_checker": {"enabled": True, "config_file": "uptime.yaml"},
        "notifier": {
            "enabled": True, "rules_file": "notifier.yaml", "events": EVENTS,
            "event_patterns": {"deploys": json.dumps({"source": ["com.example.deploys"]})},
            "secrets": [CALLS["notifier"][name] for name in REFERENCES],
            "failure_actions": [FAILURES],
        },
        "sla_runner": {"enabled": True, "service": {
            "image": "runner:1", "application_image": "shop:1", "name": "shop", "command": '["/test"]',
            "groups": ["web", "eu"], "security_group_ids": [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]],
            "subnet_ids": [ec2.describe_subnets()["Subnets"][0]["SubnetId"]],
        }},
    }


@pytest.fixture(scope="module")
def deployed(terraform, values) -> dict:
    """The whole root, applied; its outputs."""
    terraform.run("apply", "-auto-approve", "-input=false", terraform.variables(values))
    return terraform.outputs()


# --- Without a cloud -------------------------------------------------------------------------------------------------


def test_format(terraform):
    terraform.run("fmt", "-check", "-diff", "-recursive", str(SOURCE))


def test_valid(terraform):
    terraform.run("validate")


def test_todays_provider_knows_every_argument_and_none_is_deprecated():
    """Pulumi's bindings are made from the schema of provider 6.x; renamed is what Pulumi calls otherwise."""
    from bindings import Bindings

    bindings = Bindings(wheel("pulumi_aws"), "pulumi_aws", {
        "aws_caller_identity": "get_caller_identity",
        "aws_cloudwatch_metric_alarm.alarm_name": "name",
        "aws_lambda_function.filename": "code",
        "aws_lambda_function.function_name": "name",
        "aws_lambda_permission.function_name": "function",
        "aws_s3_object": "s3/bucket_objectv2",
        "aws_sns_topic_subscription.topic_arn": "topic",
    })
    assert bindings.faults(SOURCE, "aws") == []
    assert bindings.used == set(bindings.renamed), "renamed, but not used"


def test_versions_are_bounded():
    for path in [*SOURCE.rglob("versions.tf"), *(ROOT / "terraform/alicloud").glob("versions.tf")]:
        bounds = re.findall(r'version\s*= "([^"]+)"', path.read_text())
        assert len(bounds) == 2 and all(re.fullmatch(r">= [\d.]+, < [\d.]+", bound) for bound in bounds), path


def test_star_has_a_reason_beside_it():
    for path in SOURCE.rglob("*.tf"):
        lines = path.read_text().splitlines()
        for before, line in zip(lines, lines[1:]):
            if re.search(r'resources\s*=\s*\["\*"\]', line):
                assert before.strip().startswith("#"), f"{path.name}: {line.strip()} without a reason before it"


@pytest.mark.parametrize("function, folder", [("metric-writer", "MetricWriter"), ("uptime-checker", "UptimeChecker"),
                                              ("notifier", "Notifier")])
def test_calls_are_those_of_the_sources(function, folder):
    """What a function may do is what its sources call, and those that all functions share."""
    from local_aws import operations

    called = operations(ROOT / "Sources/Functions" / folder)
    # One permission for two operations.
    called = {"Publish" if name == "PublishBatch" else name for name in called}
    # The queue of groups, which the notifier deployed here does not have.
    called.discard("SendMessage")
    expected = {call.split(":")[1] for call in CALLS[function] if not call.startswith("sqs:")}
    assert called - expected == set()
    shared = operations(ROOT / "Sources/Cloud") | {"Query"}  # the table's store chooses between Query and Scan
    assert expected - called - shared == set()


# --- Deployed --------------------------------------------------------------------------------------------------------


def test_second_plan_is_empty(deployed, terraform, values):
    assert "No changes" in terraform.run("plan", "-detailed-exitcode", terraform.variables(values))


def test_new_code_changes_the_function_alone(deployed, terraform, values, tmp_path):
    for zip in ("metric-writer", "uptime-checker", "notifier"):
        content = (ROOT / f"dist/lambda/{zip}.zip").read_bytes()
        (tmp_path / f"{zip}.zip").write_bytes(content + (b"\0" if zip == "notifier" else b""))
    plan = terraform.plan({**values, "zips": str(tmp_path)})
    changed = {address: what for address, what in plan.items() if address.endswith("aws_lambda_function.this[0]")}
    assert "module.tocsin.module.notifier[0].aws_lambda_function.this[0]" in changed
    assert set(plan.values()) == {"updated in-place"}


def test_queue_keeps_what_failed(deployed, aws):
    [mapping] = aws.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert mapping["EventSourceArn"].endswith(":test-metric-writer-results")
    assert mapping["FunctionArn"].endswith(":test-metric-writer")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert (mapping["BatchSize"], mapping["MaximumBatchingWindowInSeconds"]) == (20, 1)
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 2}
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName="test-metric-writer-results")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert json.loads(attributes["RedrivePolicy"]) == {
        "deadLetterTargetArn": f"arn:aws:sqs:{ARN}:test-metric-writer-results-dead-letters", "maxReceiveCount": 5,
    }
    [statement] = json.loads(attributes["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": [f"arn:aws:sns:{ARN}:test-results"]}}


def test_subscriptions(deployed, aws):
    found = {(s["TopicArn"].split(":")[-1], s["Protocol"], s["Endpoint"].split(":")[-1])
             for s in aws.client("sns").list_subscriptions()["Subscriptions"]}
    assert found == {("test-results", "sqs", "test-metric-writer-results"), ("test-alarms", "lambda", "test-notifier")}


@pytest.mark.parametrize("topic, queue", [
    ("results", "metric-writer-results-dead-letters"), ("alarms", "notifier-dead-letters"),
])
def test_what_a_topic_cannot_hand_over_is_kept(deployed, aws, topic, queue):
    sns, sqs = aws.client("sns"), aws.client("sqs")
    [subscription] = sns.list_subscriptions_by_topic(TopicArn=f"arn:aws:sns:{ARN}:test-{topic}")["Subscriptions"]
    attributes = sns.get_subscription_attributes(SubscriptionArn=subscription["SubscriptionArn"])["Attributes"]
    assert json.loads(attributes["RedrivePolicy"]) == {"deadLetterTargetArn": f"arn:aws:sqs:{ARN}:test-{queue}"}
    url = sqs.get_queue_url(QueueName=f"test-{queue}")["QueueUrl"]
    policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    senders = {s["Principal"]["Service"]: listed(s["Condition"]["ArnEquals"]["aws:SourceArn"]) for s in json.loads(policy)["Statement"]}
    assert senders["sns.amazonaws.com"] == [f"arn:aws:sns:{ARN}:test-{topic}"]


def test_who_may_invoke(deployed, aws):
    def permissions(name):
        policy = json.loads(aws.client("lambda").get_policy(FunctionName=name)["Policy"])
        return {(s["Principal"]["Service"], *sorted(v for c in s["Condition"].values() for v in c.values()))
                for s in policy["Statement"]}

    assert permissions("test-uptime-checker") == {("events.amazonaws.com", f"arn:aws:events:{ARN}:rule/test-uptime-checker-schedule")}
    rules = {("events.amazonaws.com", f"arn:aws:events:{ARN}:rule/test-notifier-{name}") for name in [*EVENTS, "deploys"]}
    assert permissions("test-notifier") == rules | {
        ("sns.amazonaws.com", f"arn:aws:sns:{ARN}:test-alarms"),
        ("lambda.alarms.cloudwatch.amazonaws.com", ACCOUNT, f"arn:aws:cloudwatch:{ARN}:alarm:*"),
    }


def test_rules_lead_to_functions(deployed, aws):
    events = aws.client("events")
    rules = {rule["Name"]: rule for rule in events.list_rules()["Rules"]}
    assert set(rules) == {"test-uptime-checker-schedule", "test-notifier-deploys", *(f"test-notifier-{name}" for name in EVENTS)}
    assert rules["test-uptime-checker-schedule"]["ScheduleExpression"] == "rate(1 minute)"
    for name in rules:
        function = "test-uptime-checker" if "uptime" in name else "test-notifier"
        [target] = events.list_targets_by_rule(Rule=name)["Targets"]
        assert target["Arn"] == f"arn:aws:lambda:{ARN}:function:{function}"
        assert target["DeadLetterConfig"] == {"Arn": f"arn:aws:sqs:{ARN}:{function}-dead-letters"}


@pytest.mark.parametrize("name, timeout, memory", [("metric-writer", 10, 128), ("uptime-checker", 55, 256), ("notifier", 30, 128)])
def test_function(deployed, aws, name, timeout, memory):
    function = aws.client("lambda").get_function_configuration(FunctionName=f"test-{name}")
    assert (function["Timeout"], function["MemorySize"]) == (timeout, memory)
    failures = aws.client("lambda").get_function_event_invoke_config(FunctionName=f"test-{name}")
    assert failures["DestinationConfig"]["OnFailure"] == {"Destination": f"arn:aws:sqs:{ARN}:test-{name}-dead-letters"}
    [group] = aws.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/test-{name}")["logGroups"]
    assert group["retentionInDays"] == 30
    told = FAILURES if name == "notifier" else deployed["alarms_topic_arn"]
    for alarm in alarms_of(aws, name).values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [told]


# --- Who notices that something does not work ------------------------------------------------------------------------


def alarms_of(aws, function: str) -> dict[str, dict]:
    """The alarms of a function, by the end of their names."""
    found = aws.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"test-{function}-")["MetricAlarms"]
    return {alarm["AlarmName"].removeprefix(f"test-{function}-"): alarm for alarm in found}


@pytest.mark.parametrize("function, alarms", [
    ("metric-writer", {"results-age", "results-dead-letters"}), ("uptime-checker", {"not-running"}), ("notifier", set()),
])
def test_alarms_of_each_function(deployed, aws, function, alarms):
    found = alarms_of(aws, function)
    assert set(found) == alarms | {"errors", "throttles", "partial-failures", "dead-letters"}
    breaching = {name for name, alarm in found.items() if alarm["TreatMissingData"] == "breaching"}
    assert breaching == alarms & {"not-running"}, "missing data is good, except where runs are missing"


def goes_off_at(alarm: dict) -> tuple:
    dimensions = {pair["Name"]: pair["Value"] for pair in alarm["Dimensions"]}
    return alarm["Namespace"], alarm["MetricName"], dimensions, alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"]


def test_a_checker_that_is_not_invoked_any_more_raises_an_alarm(deployed, aws):
    alarm = alarms_of(aws, "uptime-checker")["not-running"]
    assert goes_off_at(alarm) == ("AWS/Lambda", "Invocations", {"FunctionName": "test-uptime-checker"}, "Sum", "LessThanThreshold", 1)
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (60, 10)


@pytest.mark.parametrize("function", CALLS)
def test_work_that_is_done_in_part_raises_an_alarm(deployed, aws, function):
    alarm = alarms_of(aws, function)["partial-failures"]
    expected = ("Tocsin", "PartialFailures", {"FunctionName": f"test-{function}"}, "Sum", "GreaterThanOrEqualToThreshold", 1)
    assert goes_off_at(alarm) == expected


def test_results_that_nobody_takes_raise_an_alarm(deployed, aws):
    """After the time in which all attempts would have been made, so that a failing function raises the other alarms only."""
    alarm = alarms_of(aws, "metric-writer")["results-age"]
    queue = {"QueueName": "test-metric-writer-results"}
    assert goes_off_at(alarm) == ("AWS/SQS", "ApproximateAgeOfOldestMessage", queue, "Maximum", "GreaterThanThreshold", 900)
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName="test-metric-writer-results")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    attempts = json.loads(attributes["RedrivePolicy"])["maxReceiveCount"]
    assert attempts * int(attributes["VisibilityTimeout"]) < alarm["Threshold"] < int(attributes["MessageRetentionPeriod"])


def test_runners_that_are_silent_raise_an_alarm_if_it_is_known_how_often_they_speak(terraform, values):
    def alarms(writer):
        shared = {name: values[name] for name in ("name", "zips", "runtime")}
        planned = terraform.planned(shared | {"metric_writer": {"enabled": True} | writer}, "-state=empty")
        return [alarm for address, alarm in planned.items() if address.endswith("no_results[0]")]

    assert alarms({}) == []
    [alarm] = alarms({"results_within": 22})
    assert (alarm["metric_name"], alarm["dimensions"]) == ("NumberOfMessagesPublished", {"TopicName": "test-results"})
    assert (alarm["period"], alarm["evaluation_periods"], alarm["treat_missing_data"]) == (300, 5, "breaching")
    assert (alarm["comparison_operator"], alarm["threshold"]) == ("LessThanThreshold", 1)


def test_plan_warns_when_nobody_hears_of_a_dead_notifier(terraform, values):
    def warnings(actions):
        notifier = {"enabled": True, "rules_file": "notifier.yaml", "failure_actions": actions}
        shared = {name: values[name] for name in ("name", "zips", "runtime")}
        return [w for w in terraform.warnings(shared | {"notifier": notifier}, "-state=empty") if "failure_actions" in w]

    [warning] = warnings([])
    assert "Nobody hears when the notifier itself fails" in warning
    assert warnings([FAILURES]) == []


def test_groups_bring_a_queue_that_invokes_the_notifier(terraform, values):
    def planned(groups):
        notifier = {"enabled": True, "rules_file": "notifier.yaml", "failure_actions": [FAILURES], "groups": groups}
        shared = {name: values[name] for name in ("name", "zips", "runtime")}
        return terraform.planned(shared | {"notifier": notifier}, "-state=empty")

    assert not [address for address in planned(False) if "wakes" in address]
    made = planned(True)
    queue = made["module.tocsin.aws_sqs_queue.notifier_wakes[0]"]
    assert queue["name"] == "test-notifier-wakes"
    assert queue["visibility_timeout_seconds"] >= 6 * 30
    mapping = made["module.tocsin.aws_lambda_event_source_mapping.notifier_wakes[0]"]
    assert mapping["batch_size"] == 10
    # The plan is in the words of provider 3.39, which does not know them.
    source = (SOURCE / "modules/tocsin/notifier-wakes.tf").read_text()
    assert 'function_response_types = ["ReportBatchItemFailures"]' in source
    assert "scaling_config { maximum_concurrency = 2 }" in source
    alarm = made["module.tocsin.aws_cloudwatch_metric_alarm.notifier_lost_wakes[0]"]
    # A name by which events about it are left out, and actions that do not lead back.
    assert (alarm["alarm_name"], alarm["alarm_actions"]) == ("test-notifier-wakes-dead-letters", [FAILURES])


@pytest.mark.parametrize("action", [f"arn:aws:sns:{ARN}:test-alarms", f"arn:aws:lambda:{ARN}:function:test-notifier"])
def test_failures_of_the_notifier_never_lead_back_to_it(terraform, values, action):
    notifier = {"enabled": True, "rules_file": "notifier.yaml", "failure_actions": [action]}
    shared = {name: values[name] for name in ("name", "zips", "runtime")}
    assert "lead back to the notifier" in terraform.refusal(shared | {"notifier": notifier}, "-state=empty")


def caller_root(folder: pathlib.Path) -> pathlib.Path:
    """The folder of another root, with terraform/aws below it in aws."""
    root = folder / "caller"
    shutil.copytree(SOURCE, root / "aws", ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    return root


def test_alarms_by_eventbridge_leave_out_the_notifiers_own(terraform, values):
    """A dead webhook's alarm, as an event, would have the notifier fail on it too."""
    shared = {name: values[name] for name in ("name", "zips", "runtime")}
    notifier = {"enabled": True, "rules_file": "notifier.yaml", "events": ["alarms"]}
    planned = terraform.planned(shared | {"notifier": notifier}, "-state=empty")
    rule = planned['module.tocsin.module.notifier[0].aws_cloudwatch_event_rule.this["alarms"]']
    pattern = EventPattern.load(rule["event_pattern"])
    for alarm, wanted in [("test-notifier-errors", False), ("test-notifier-dead-letters", False), ("disk", True),
                          ("test-uptime-checker-errors", True), ("other-test-notifier-errors", True)]:
        event = EVENT | {"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "detail": {"alarmName": alarm}}
        assert pattern.matches_event(event) is wanted, alarm


SCHEDULES = {
    # schedule, longest_gap: (period in seconds, periods) without a run that raise the alarm; None for no alarm
    ("rate(1 minute)", None): (60, 10),
    ("rate(2 minutes)", None): (120, 5),
    ("rate(5 minutes)", None): (300, 3),
    ("rate(1 hour)", None): (3600, 3),
    ("rate(1 day)", None): (86400, 3),
    ("rate(2 days)", None): (86400, 6),
    ("rate(6 days)", None): (86400, 7),
    ("rate(7 days)", None): None,
    ("cron(0 8 * * ? *)", 1440): (86400, 3),
    ("cron(0/10 8-18 ? * MON-FRI *)", 3721): (86400, 7),
    ("cron(0 8 * * ? *)", None): None,
}


def test_missing_runs_are_noticed_by_the_schedule(plugins, aws, zips, tmp_path):
    """CloudWatch takes periods of up to a day, a day in all, and seven for periods of an hour or longer."""
    root = caller_root(tmp_path)
    functions = {f"f{number}": {"schedule": schedule, "longest_gap": gap} for number, (schedule, gap) in enumerate(SCHEDULES)}
    (root / "main.tf.json").write_text(json.dumps({"module": {"function": {
        "source": "./aws/modules/function", "for_each": functions, "name": "${each.key}", "description": "x",
        "zip": str(zips / "metric-writer.zip"), "triggers": "${each.value}", "common": {"runtime": "provided.al2"},
    }}}))
    caller = AWSTerraform(root, tmp_path, local_provider(aws.url), f"-plugin-dir={plugins}")
    planned = caller.planned({})
    found = {
        address.split('"')[1]: (alarm["period"], alarm["evaluation_periods"])
        for address, alarm in planned.items() if ".not_running[0]" in address
    }
    assert found == {name: expected for name, expected in zip(functions, SCHEDULES.values()) if expected is not None}
    for period, periods in found.values():
        assert period <= 86_400 and period * periods <= (86_400 if period < 3600 else 604_800)
    warned = {re.search("No alarm notices when (f[0-9]+) ", warning)[1] for warning in caller.warnings({})}
    assert warned == functions.keys() - found.keys()


def statements(aws, role: str) -> list[dict]:
    """Every statement of a role's policies."""
    iam = aws.client("iam")
    documents = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
                 for name in iam.list_role_policies(RoleName=role)["PolicyNames"]]
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=policy["PolicyArn"])["Policy"]["DefaultVersionId"]
        documents.append(iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"])
    return [statement for document in documents for statement in document["Statement"]]


def listed(value) -> list:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("name", CALLS)
def test_policies_allow_what_the_code_calls_and_no_more(deployed, aws, name):
    calls = CALLS[name] | {
        "logs:CreateLogStream": f"arn:aws:logs:{ARN}:log-group:/aws/lambda/test-{name}:log-stream:x",
        "logs:PutLogEvents": f"arn:aws:logs:{ARN}:log-group:/aws/lambda/test-{name}:log-stream:x",
        "sqs:SendMessage": f"arn:aws:sqs:{ARN}:test-{name}-dead-letters",
        "xray:PutTraceSegments": "*", "xray:PutTelemetryRecords": "*",
    }
    granted = [(action, statement) for statement in statements(aws, f"test-{name}") for action in listed(statement["Action"])]
    assert {action for action, _ in granted} == set(calls)
    for action, statement in granted:
        assert any(fnmatch.fnmatchcase(calls[action], pattern) for pattern in listed(statement["Resource"])), action
        if "*" in listed(statement["Resource"]):
            assert calls[action] == "*", f"{action} is allowed on everything"
        if action == "cloudwatch:PutMetricData":
            namespace = {"metric-writer": "SLA-Monitor", "uptime-checker": "Monitoring/Uptime"}[name]
            assert statement["Condition"] == {"StringEquals": {"cloudwatch:namespace": [namespace]}}


def test_sla_runner(deployed, aws):
    granted = {action: listed(s["Resource"]) for s in statements(aws, "test-sla-runner") for action in listed(s["Action"])}
    logs = f"arn:aws:s3:::test-sla-logs-{ACCOUNT}-{REGION}/*"
    assert granted == {
        "sns:Publish": [deployed["results_topic_arn"]], "sns:GetTopicAttributes": [deployed["results_topic_arn"]],
        "s3:PutObject": [logs], "s3:AbortMultipartUpload": [logs],
    }
    task = aws.client("ecs").describe_task_definition(taskDefinition="test-sla-runner")["taskDefinition"]
    assert task["taskRoleArn"] == deployed["sla_runner_role_arn"]
    runner = next(c for c in task["containerDefinitions"] if c["name"] == "sla-runner")
    assert {pair["name"]: pair["value"] for pair in runner["environment"]} == {
        "SLARUNNER_COMMAND": '["/test"]', "SLARUNNER_DELAY": "60", "SLARUNNER_SERVICE": "shop",
        "SLARUNNER_GROUPS": "web,eu", "SLARUNNER_SNSTOPICARN": deployed["results_topic_arn"],
        "SLARUNNER_S3BUCKETNAME": deployed["sla_logs_bucket"], "AWS_REGION": REGION,
    }


@pytest.mark.parametrize("bucket, days", [("configuration", None), ("sla-logs", 90)])
def test_bucket_is_private_encrypted_and_expires(deployed, aws, bucket, days):
    s3, bucket = aws.client("s3"), f"test-{bucket}-{ACCOUNT}-{REGION}"
    assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    [rule] = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    [statement] = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": ["false"]}})
    [rule] = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rule.get("Expiration", {}).get("Days") == days


def test_dashboard_shows_everything(deployed, aws):
    body = aws.client("cloudwatch").get_dashboard(DashboardName="test")["DashboardBody"]
    assert all(name in body for name in deployed["functions"] + deployed["dead_letter_queues"])
    assert "integration-sla-success" in body and "response-time" in body
    # CloudWatch wants names with other characters than letters and digits in quotation marks.
    assert r"{\"SLA-Monitor\",Region,Service}" in body
    for widget in json.loads(body)["widgets"]:
        assert widget["x"] + widget["width"] <= 24 and widget["properties"]["region"] == REGION


# --- One event through each path, by the binaries and variables that were deployed ------------------------------------


def metrics(aws, namespace: str) -> dict[tuple, str]:
    """The metrics that there are, by name and dimensions."""
    found = aws.client("cloudwatch").list_metrics(Namespace=namespace)["Metrics"]
    return {(m["MetricName"], *sorted(d["Value"] for d in m["Dimensions"])) for m in found}


def test_result_becomes_metrics(deployed, aws):
    result = {"timestamp": int(time.time()), "succeeded": True, "service": "shop", "testExecutionSecs": 3, "groups": ["eu"]}
    aws.client("sns").publish(TopicArn=deployed["results_topic_arn"], Message=json.dumps(result))
    assert {("integration-sla-success", REGION, "shop"), ("integration-sla-success", "eu", REGION),
            ("sla-test-duration-secs", REGION, "shop")} <= metrics(aws, "SLA-Monitor"), aws.logs


def invoke(aws, name: str, event: dict) -> dict:
    answer = aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    assert "FunctionError" not in answer, aws.logs
    return json.loads(answer["Payload"].read())


def test_schedule_checks_and_tells_chat(deployed, aws, web):
    """Schedule → uptime-checker → metrics and state; change of state → alarms topic → notifier → chat, once."""
    web.posted.clear()
    event = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
    invoke(aws, "test-uptime-checker", event)
    assert {("success", REGION, "site"), ("success", REGION, "shop", "web")} <= metrics(aws, "Monitoring/Uptime")
    items = aws.client("dynamodb").scan(TableName="test-uptime-state")["Items"]
    assert [(item["checker"]["S"], item["endpoint"]["S"]) for item in items] == [("test-uptime-checker", "web_shop")]
    assert len(web.posted) == 1 and "shop" in web.posted[0], aws.logs
    invoke(aws, "test-uptime-checker", event)
    assert len(web.posted) == 1, "what is known is told again"


ALARM = {
    "source": "aws.cloudwatch", "alarmArn": f"arn:aws:cloudwatch:{ARN}:alarm:disk", "accountId": ACCOUNT, "region": REGION,
    "time": "2026-01-01T00:00:00.000+0000", "alarmData": {
        "alarmName": "disk", "state": {"value": "ALARM", "reason": "92 % > 85 %", "timestamp": "2026-01-01T00:00:00.000+0000"},
        "previousState": {"value": "OK"}, "configuration": {"metrics": []},
    },
}
EVENT = {"version": "0", "id": "1", "account": ACCOUNT, "region": REGION, "time": "2026-01-01T00:00:00Z", "resources": []}


@pytest.mark.parametrize("rule, event, word", [
    (None, ALARM, "disk"),
    ("autoscaling", {"source": "aws.autoscaling", "detail-type": "EC2 Instance Launch Unsuccessful",
                     "detail": {"AutoScalingGroupName": "web-group"}}, "web-group"),
    ("codepipeline", {"source": "aws.codepipeline", "detail-type": "CodePipeline Pipeline Execution State Change",
                      "detail": {"pipeline": "release", "state": "FAILED"}}, "release"),
    ("ec2", {"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification",
             "detail": {"instance-id": "i-0abc", "state": "stopped"}}, "i-0abc"),
    ("ecs-tasks", {"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": {
        "lastStatus": "STOPPED", "stopCode": "TaskFailedToStart", "group": "service:cart"}}, "cart"),
    ("deploys", {"source": "com.example.deploys", "detail-type": "Deploy", "detail": {"version": "v77"}}, "v77"),
])
def test_event_reaches_chat(deployed, aws, web, rule, event, word):
    """An alarm's own action, and each kind of event by its rule's pattern."""
    if rule is not None:
        event = EVENT | event | {"id": rule}
        pattern = aws.client("events").describe_rule(Name=f"test-notifier-{rule}")["EventPattern"]
        assert EventPattern.load(pattern).matches_event(event)
    web.posted.clear()
    invoke(aws, "test-notifier", event)
    assert len(web.posted) == 1 and word in web.posted[0], (web.posted, aws.logs)
    invoke(aws, "test-notifier", event)
    assert len(web.posted) == 1, "the same event is sent again"


@pytest.mark.parametrize("letter", [
    {"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": ALARM, "responsePayload": {}},
    {"Type": "Notification", "MessageId": "m-1", "TopicArn": f"arn:aws:sns:{ARN}:test-alarms", "Message": json.dumps(ALARM)},
    EVENT | {"id": "dead", "source": "com.example.deploys", "detail-type": "Deploy", "detail": {"name": "disk"}},
], ids=["lambda", "sns", "eventbridge"])
def test_dead_letters_are_sent_again_by_the_guide(deployed, aws, web, letter):
    """The filter of the guide is jq's `.requestPayload // .`."""
    assert "jq '.Messages[0].Body | fromjson | .requestPayload // .'" in (ROOT / "docs/deploy-aws.md").read_text()
    event = json.loads(json.dumps(letter.get("requestPayload", letter)).replace('disk', f"disk-{sorted(letter)[0]}"))
    web.posted.clear()
    invoke(aws, "test-notifier", event)
    assert len(web.posted) == 1 and "disk-" in web.posted[0], (web.posted, aws.logs)


@pytest.mark.parametrize("name", CALLS)
def test_what_ran_called_nothing_else(deployed, aws, name):
    """What the binaries called in the tests before."""
    called = {call.replace("PublishBatch", "Publish") for call in aws.calls[f"test-{name}"]}
    assert called and called <= set(CALLS[name])


def planned_statements(terraform, part: str) -> dict[str, dict]:
    """What the role of a part will be allowed, by the last plan."""
    changes = json.loads(terraform.run("show", "-json", "plan"))["resource_changes"]
    address = f"module.tocsin.module.{part}[0].data.aws_iam_policy_document.this"
    [after] = [change["change"]["after"] for change in changes if change["address"] == address]
    return {statement["sid"]: statement for statement in after["statement"]}


# --- Regions and environments -----------------------------------------------------------------------------------------


@pytest.fixture
def regional(plugins, aws, zips, tmp_path) -> AWSTerraform:
    """The root with the guide's backend, its state in a bucket of the local AWS, and the region of its variables."""
    root = tmp_path / "source"
    shutil.copytree(SOURCE, root, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    guide = (ROOT / "docs/deploy-aws.md").read_text()
    backend = re.search(r"( *)```hcl\n( *terraform \{\n.+?)```", guide, re.DOTALL)
    (root / "backend.tf").write_text(textwrap.dedent(backend[2]))
    (root / "local.s3.tfbackend").write_text(
        f'endpoints = {{ s3 = "{aws.url}" }}\naccess_key = "deployer"\nsecret_key = "test"\nuse_path_style = true\n'
        "skip_credentials_validation = true\nskip_requesting_account_id = true\nskip_metadata_api_check = true\n"
    )
    s3, bucket = aws.client("s3"), re.search('bucket += "(.+)"', backend[2])[1]
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    yield AWSTerraform(
        root, tmp_path, local_provider(aws.url, region=None), f"-plugin-dir={plugins}", "-backend-config=local.s3.tfbackend"
    )
    for stored in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=stored["Key"])
    s3.delete_bucket(Bucket=bucket)


def test_second_region_by_the_guide_leaves_the_first_alone(regional, aws, zips):
    """Two states and two names; the wrong file for a state is refused before anything is destroyed."""
    guide = (ROOT / "docs/deploy-aws.md").read_text()
    assert "workspace new us-east-1" in guide and 'name = "tocsin-us-east-1", region = "us-east-1"' in guide
    (regional.folder / "notifier.yaml").write_text("outputs: {}\n")
    shared = {"zips": str(zips), "runtime": "provided.al2", "notifier": {"enabled": True, "rules_file": "notifier.yaml", "events": []}}
    first = shared | {"name": "tocsin", "region": REGION}
    second = shared | {"name": "tocsin-us-east-1", "region": "us-east-1"}

    def functions(region: str) -> list[str]:
        return [f["FunctionName"] for f in aws.client("lambda", region).list_functions()["Functions"] if "tocsin" in f["FunctionName"]]

    before = aws.leftovers()
    regional.run("apply", "-auto-approve", "-input=false", regional.variables(first))
    for wrong in (second, first | {"region": "us-east-1"}, first | {"name": "other"}):
        message = regional.refusal(wrong, "-refresh=false")  # the provider looks for queues elsewhere for a minute
        assert "This state holds tocsin in eu-central-1 of account 123456789012" in message
        assert "terraform workspace new" in message
    regional.run("workspace", "new", "us-east-1")
    regional.run("apply", "-auto-approve", "-input=false", regional.variables(second))
    assert (functions(REGION), functions("us-east-1")) == (["tocsin-notifier"], ["tocsin-us-east-1-notifier"])
    assert "This state holds tocsin-us-east-1 in us-east-1" in regional.refusal(first, "-refresh=false")
    regional.run("destroy", "-auto-approve", "-input=false", regional.variables(second))
    regional.run("workspace", "select", "default")
    assert "No changes" in regional.run("plan", "-detailed-exitcode", regional.variables(first))
    regional.run("destroy", "-auto-approve", "-input=false", regional.variables(first))
    assert aws.leftovers() == before and functions("us-east-1") == []


def test_stages_do_not_mix_their_metrics(terraform, values):
    """The namespaces of both functions, and what they may write to; without a stage they are as ever."""
    shared = {name: values[name] for name in ("name", "zips", "runtime", "metric_writer", "uptime_checker")}
    # Known in the plan, and so all variables are.
    shared["existing"] = {"alarms_topic": {"arn": f"arn:aws:sns:{ARN}:alarms"}, "configuration_bucket": {"name": "files"}}

    def namespaces(stage: dict) -> dict:
        planned = terraform.planned(shared | stage, "-state=empty")
        found = {}
        for part, variable in [("metric_writer", "METRIC_NAMESPACE"), ("uptime_checker", "CLOUDWATCH_NAMESPACE")]:
            root = f"module.tocsin.module.{part}[0]"
            [environment] = planned[f"{root}.aws_lambda_function.this[0]"]["environment"]
            found[part] = environment["variables"][variable]
            [condition] = planned_statements(terraform, part)["Metrics"]["condition"]
            assert (condition["variable"], condition["values"]) == ("cloudwatch:namespace", [found[part]])
        return found

    assert namespaces({}) == {"metric_writer": "SLA-Monitor", "uptime_checker": "Monitoring/Uptime"}
    staging = namespaces({"stage": "staging"})
    assert staging == {"metric_writer": "SLA-Monitor/staging", "uptime_checker": "Monitoring/Uptime/staging"}


# --- Queues and rules -------------------------------------------------------------------------------------------------


def test_queue_bounds_the_concurrency_and_fills_batches(terraform, values):
    """In the mapping: with reserved concurrency, messages that wait would end in the dead letters."""
    def planned(writer: dict) -> dict:
        shared = {name: values[name] for name in ("name", "zips", "runtime")}
        return terraform.planned(shared | {"metric_writer": {"enabled": True} | writer}, "-state=empty")

    found = planned({"maximum_concurrency": 2, "batch_size": 200, "batch_window": 20})
    root = "module.tocsin.module.metric_writer[0]"
    assert found[f"{root}.aws_lambda_function.this[0]"]["reserved_concurrent_executions"] == -1
    # Six times the function's time, and the window, as Lambda's documentation asks for.
    assert found[f'{root}.module.queue["results"].aws_sqs_queue.this']["visibility_timeout_seconds"] == 80
    shared = {name: values[name] for name in ("name", "zips", "runtime")}
    for writer, message in [
        ({"maximum_concurrency": 1}, "2 to 1000"), ({"batch_size": 11}, "needs a batch_window"),
        ({"reserved_concurrency": 5}, "metric_writer takes batch_size, batch_window"),
    ]:
        assert message in terraform.refusal(shared | {"metric_writer": {"enabled": True} | writer}, "-state=empty")


@pytest.mark.parametrize("place, action, resource", [
    ("s3://company-rules/team/notifier.yaml", "s3:GetObject", "arn:aws:s3:::company-rules/team/notifier.yaml"),
    ("ssm:/tocsin/rules", "ssm:GetParameter", f"arn:aws:ssm:{ARN}:parameter/tocsin/rules"),
])
def test_rules_that_are_not_uploaded_here_are_readable(terraform, values, place, action, resource):
    shared = {name: values[name] for name in ("name", "zips", "runtime")}
    terraform.planned(shared | {"notifier": {"enabled": True, "environment": {"NOTIFY_CONFIG": place}}}, "-state=empty")
    statement = planned_statements(terraform, "notifier")["Rules"]
    assert (statement["actions"], statement["resources"]) == ([action], [resource])


# --- Secrets ---------------------------------------------------------------------------------------------------------

SLACK = "https://hooks.slack.com/services/T0/B0/secret"


@pytest.mark.parametrize("switch, given, file, place", [
    ("notifier", {"environment": {"OUTPUT_KIND": "slack", "OUTPUT_URL": f"ssm:{WEBHOOK}", "CHAT": SLACK}}, None,
     "notifier.environment.CHAT"),
    ("notifier", {"environment": {"OUTPUT_KIND": "slack-bot", "CHAT": "xoxb-1"}}, None, "notifier.environment.CHAT"),
    ("notifier", {"environment": {"NOTIFY_CONFIG": "s3://a/b", "NOTIFY_CONFIG_TEXT": "outputs: {ops: {kind: slack-bot, token: abc}}"}},
     None, "notifier.environment.NOTIFY_CONFIG_TEXT, output ops, token"),
    ("notifier", {"rules_file": "plain.yaml"}, f"outputs: {{ops: {{kind: slack, url: '{SLACK}'}}}}", "notifier.rules_file"),
    ("notifier", {"rules_file": "plain.yaml"}, "outputs: {ops: {kind: teams, url: 'https://x.example/hook'}}",
     "notifier.rules_file, output ops, url"),
    ("notifier", {"rules_file": "plain.yaml"}, "outputs: {ops: {kind: webhook, url: 'https://me:pass@x.example'}}",
     "notifier.rules_file"),
    ("uptime_checker", {"config_file": "plain.yaml"}, f"alerting: {{slack: {{webhook-url: '{SLACK}'}}}}\nendpoints: []",
     "uptime_checker.config_file"),
    ("uptime_checker", {"config_file": "uptime.yaml", "environment": {"PROXY": "http://me:pass@proxy.example:3128"}}, None,
     "uptime_checker.environment.PROXY"),
])
def test_secret_in_plain_text_is_refused_and_told_where_it_belongs(terraform, values, switch, given, file, place):
    if file is not None:
        (terraform.folder / "plain.yaml").write_text(file)
    shared = {name: values[name] for name in ("name", "zips", "runtime")}
    text = terraform.refusal(shared | {switch: {"enabled": True} | given}, "-state=empty")
    assert f"A secret in plain text: {place}" in text and "aws ssm put-parameter" in text
    assert not any(secret in text for secret in ("T0/B0", "xoxb", "pass@", "abc"))


@pytest.mark.parametrize("output", [
    f"{{kind: slack, url: 'ssm:{WEBHOOK}'}}", "{kind: slack-bot, token: 'secretsmanager:chat#token', channel: C1}",
    "{kind: pagerduty, key: 'env:PAGER'}", "{kind: webhook, url: 'http://intern.example/alerts'}", "{kind: amazon-q, topic: t}",
])
def test_references_and_plain_addresses_are_no_secrets(terraform, values, output):
    (terraform.folder / "fine.yaml").write_text(f"outputs: {{ops: {output}}}")
    shared = {name: values[name] for name in ("name", "zips", "runtime")}
    assert terraform.plan(shared | {"notifier": {"enabled": True, "rules_file": "fine.yaml"}}, "-state=empty")


# --- The module -------------------------------------------------------------------------------------------------------


def test_state_of_a_deployment_before_the_module_is_moved(deployed, terraform, values):
    """With the same resources in the root itself, as they were: nothing is made anew."""
    state = json.loads((terraform.folder / "terraform.tfstate").read_text())
    for resource in state["resources"]:
        module = resource.pop("module", "").removeprefix("module.tocsin").removeprefix(".")
        resource |= {"module": module} if module else {}
        for instance in resource["instances"]:
            instance["dependencies"] = [name.removeprefix("module.tocsin.") for name in instance.get("dependencies", [])]
    # What was not there, or under another name: objects of S3 were another type.
    new = {"terraform_data.place", 'aws_s3_bucket_object.configuration["notifier.yaml"]',
           'aws_s3_bucket_object.configuration["uptime.yaml"]'}
    state["resources"] = [r for r in state["resources"] if not any(a.startswith(f"{r['type']}.{r['name']}") for a in new)]
    (terraform.folder / "before.tfstate").write_text(json.dumps(state))
    text = terraform.run("plan", "-input=false", "-state=before.tfstate", terraform.variables(values))
    assert "3 to add, 0 to change, 0 to destroy" in text
    assert set(re.findall(r"^  # module\.tocsin\.(\S+) will be created", text, re.MULTILINE)) == new
    managed = [resource for resource in state["resources"] if resource["mode"] == "managed"]
    assert len(re.findall(r"^  # \S+ has moved to module\.tocsin\.", text, re.MULTILINE)) == sum(len(r["instances"]) for r in managed)


def test_module_is_called_by_another_root(plugins, aws, zips, tmp_path):
    """The root of the guide: for_each, a provider of another region, an existing topic and bucket, applied and destroyed."""
    guide = (ROOT / "docs/deploy-aws.md").read_text()
    text = next(snippet for snippet in re.findall(r"```hcl\n(.+?)```", guide, re.DOTALL) if "for_each" in snippet)
    text = re.sub(r'"git::.*//terraform/(aws/modules/tocsin)\?ref=\w+"', r'"./\1"', text)
    text = text.replace('"dist/lambda"', f'"{zips}"\n  runtime = "provided.al2"')
    root = caller_root(tmp_path)
    (root / "main.tf").write_text(text)
    (root / "uptime.yaml").write_text("endpoints: []\n")
    (root / "notifier.yaml").write_text("outputs: {}\n")
    provider = local_provider(aws.url, **{"global": "us-east-1"})
    caller = AWSTerraform(root, tmp_path, provider, f"-plugin-dir={plugins}")
    before = aws.leftovers()
    caller.run("apply", "-auto-approve", "-input=false")
    try:
        assert "No changes" in caller.run("plan", "-detailed-exitcode")
        lambdas = {region: aws.client("lambda", region) for region in (REGION, "us-east-1")}
        names = {region: {f["FunctionName"] for f in client.list_functions()["Functions"]} for region, client in lambdas.items()}
        assert {"shop-staging-uptime-checker", "shop-production-uptime-checker"} <= names[REGION]
        assert names["us-east-1"] == {"shop-global-notifier"}

        function = lambdas[REGION].get_function(FunctionName="shop-staging-uptime-checker")
        assert function["Tags"] == {"team": "shop", "stage": "staging"}
        variables = function["Configuration"]["Environment"]["Variables"]
        assert variables["UPTIME_TOPIC_ARN"] == f"arn:aws:sns:{ARN}:company-alarms"
        assert variables["UPTIME_CONFIG"] == "s3://company-configuration/shop-staging/uptime.yaml"
        aws.client("s3").head_object(Bucket="company-configuration", Key="shop-staging/uptime.yaml")
        topics = {topic["TopicArn"].rpartition(":")[2] for topic in aws.client("sns").list_topics()["Topics"]}
        assert "company-alarms" in topics and not any(name.startswith("shop-") for name in topics)

        role = "shop-staging-uptime-checker"
        boundary = aws.client("iam").get_role(RoleName=role)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
        assert boundary == f"arn:aws:iam::{ACCOUNT}:policy/boundary"
        found = {s["Sid"]: s for s in statements(aws, role)}
        assert found["ExtraInventory"]["Action"] == "dynamodb:GetItem"
        assert found["Configuration"]["Resource"] == "arn:aws:s3:::company-configuration/shop-staging/uptime.yaml"
    finally:
        caller.run("destroy", "-auto-approve", "-input=false")
    assert aws.leftovers() == before


@pytest.mark.parametrize("switch, unknown, message", [
    ("uptime_checker", {"config_flie": "uptime.yaml"}, "uptime_checker.config_flie; uptime_checker takes canary, config_file"),
    ("notifier", {"enabled": True, "rule_file": "notifier.yaml"}, "Unknown: notifier.rule_file; notifier takes"),
    ("notifier", {"vpc": {"subnet_ids": [], "security_group_ids": [], "subnets": []}}, "notifier.vpc.subnets;"),
    ("sla_runner", {"service": {
        "image": "a", "application_image": "b", "name": "c", "command": "d", "subnet_ids": [], "security_group_ids": [], "cpus": 2,
    }}, "sla_runner.service.cpus;"),
    ("existing", {"alarm_topic": {"arn": FAILURES}}, "existing.alarm_topic; existing takes alarms_topic"),
])
def test_key_that_a_switch_does_not_have_is_refused(terraform, values, switch, unknown, message):
    shared = {name: values[name] for name in ("name", "zips", "runtime")}
    assert message in terraform.refusal(shared | {switch: unknown}, "-state=empty")


# --- What the guide says ---------------------------------------------------------------------------------------------


def test_policy_of_a_key_lets_in_whoever_publishes(deployed, aws):
    """The services in the guide's key policy are those of the topics' and queues' policies."""
    guide = (ROOT / "docs/deploy-aws.md").read_text()
    policies = [json.loads(text) for text in re.findall(r"```json\n(.+?)```", guide, re.DOTALL)]
    [key] = [policy for policy in policies if '"kms:Decrypt"' in json.dumps(policy)]
    by_id = {statement["Sid"]: statement for statement in key["Statement"]}
    allowed = set(by_id["WhatWritesToTopicsAndQueues"]["Principal"]["Service"])
    assert by_id["WhatWritesToTopicsAndQueues"]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    topic = aws.client("sns").get_topic_attributes(TopicArn=deployed["alarms_topic_arn"])["Attributes"]["Policy"]
    sqs = aws.client("sqs")
    queues = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {}).get("Policy")
              for url in sqs.list_queues()["QueueUrls"]]
    writers = {service for policy in [topic, *queues] if policy for statement in json.loads(policy)["Statement"]
               for service in listed(statement["Principal"]["Service"])}
    assert allowed == writers


def test_costs_are_counted_of_what_is_made(deployed, aws):
    """The number of alarms, and of the metrics in each set of the checker."""
    guide = (ROOT / "docs/deploy-aws.md").read_text()
    alarms = [alarm for name in CALLS for alarm in alarms_of(aws, name)]
    assert f"| {len(alarms)} alarms × 0.10 | {len(alarms) / 10:.2f} |" in guide
    source = (ROOT / "Sources/Functions/UptimeChecker/Engine/CheckMetrics.swift").read_text()

    def named(start: str) -> int:
        return len(re.findall(r'(?:\(|phase\()"[a-z-]+", ', source.partition(f"private var {start}: ")[2].partition("\n    }\n")[0]))

    standard = named("standardMetrics")
    for name, count in [("compatible", 1), ("standard", standard), ("full", standard + named("detailedMetrics"))]:
        [row] = re.findall(rf"^\| `{name}` \| (\d+).* \| ([\d.]+) \|$", guide, re.MULTILINE)
        assert (int(row[0]), float(row[1])) == (count, pytest.approx(count * 50 * 0.3))
    together = re.search(r"\*\*together\*\* \| \*\*([\d.]+)\*\*", guide)[1]
    table = guide.partition("| | a month |")[2].partition("**together**")[0]
    assert float(together) == pytest.approx(sum(float(cost) for cost in re.findall(r"\| ([\d.]+) \|\n", table)))


def test_payloads_are_given_as_they_are():
    """Version 2 of the CLI takes --payload for Base64 otherwise."""
    for page in (ROOT / "docs").glob("*.md"):
        for command in re.findall(r"aws lambda invoke [^`]+?--payload", page.read_text().replace("\\\n", " ")):
            assert re.search(r"--cli-binary-format\s+raw-in-base64-out", command), f"{page.name}: {command}"


def test_every_setting_of_a_switch_is_described():
    """In its description, or where variables.tf begins: what all switches have."""
    text = (SOURCE / "modules/settings/variables.tf").read_text()
    common = set(re.findall(r"^#   (\w+) ", text, re.MULTILINE))
    blocks = re.findall(r'^variable "(\w+)" {\n  description = "([^\n]+)"\n  type = object\({\n(.+?)^  }\)', text,
                        re.MULTILINE | re.DOTALL)
    missing = {name: [key for key in re.findall(r"^    (\w+) +=", settings, re.MULTILINE)
                      if key not in common and not re.search(rf"\b{key}\b", description)]
               for name, description, settings in blocks if "enabled" in settings}
    assert len(missing) == 8
    assert missing == {name: [] for name in missing}


# --- The end, and the parts alone ------------------------------------------------------------------------------------


def test_destroy_leaves_nothing(deployed, terraform, values, aws):
    terraform.run("destroy", "-auto-approve", "-input=false", terraform.variables(values))
    assert aws.leftovers() == []


@pytest.mark.parametrize("part, has, lacks", [
    ("none", [], ["aws_"]),
    ("metric_writer", ["module.metric_writer[0]", "aws_sns_topic.results[0]", "aws_sns_topic.alarms[0]"],
     ["uptime", "notifier", "sla", "configuration"]),
    ("uptime_checker", ["module.uptime_checker[0]", "aws_dynamodb_table.uptime[0]", "module.configuration[0]"],
     ["metric_writer", "notifier", "sla", "results"]),
    ("notifier", ["module.notifier[0]", "aws_dynamodb_table.notifier[0]", "module.configuration[0]"],
     ["metric_writer", "uptime", "sla", "results"]),
    ("sla_runner", ["aws_iam_role.sla_runner[0]", "module.sla_logs[0]", "aws_ecs_service.sla_runner[0]"],
     ["metric_writer", "uptime", "notifier", "alarms"]),
])
def test_each_switch_alone(terraform, values, part, has, lacks):
    shared = {name: values[name] for name in ("name", "zips", "runtime", "dashboard")} | {"existing": None}  # null is none
    created = "\n".join(terraform.plan(shared | {part: values[part]} if part != "none" else shared, "-state=empty"))
    assert [name for name in has if name not in created] == []
    assert [name for name in lacks if name in created] == []


def test_example_file(terraform, zips):
    """The example is complete: every part, with the files that lie beside it."""
    plan = terraform.plan({"zips": str(zips), "runtime": "provided.al2"}, "-var-file=example.tfvars", "-state=empty")
    parts = ["module.metric_writer[0].aws_lambda_function.this[0]", "module.uptime_checker[0].aws_lambda_function.this[0]",
             "module.notifier[0].aws_lambda_function.this[0]", "aws_iam_role.sla_runner[0]"]
    assert {f"module.tocsin.{part}" for part in parts} <= set(plan)


def test_other_choices(terraform, values):
    """A key, a VPC, metrics by the log, the checker's configuration in a parameter, one output without a rules file."""
    shared = {name: values[name] for name in ("name", "zips", "runtime")}
    vpc = {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}
    plan = terraform.plan(shared | {
        "kms_key_arn": CALLS["notifier"]["kms:Decrypt"],
        "metric_writer": {"enabled": True, "output": "emf", "vpc": vpc},
        "uptime_checker": {"enabled": True, "config_parameter": f"arn:aws:ssm:{ARN}:parameter/endpoints", "output": "emf"},
        "notifier": {"enabled": True, "environment": {"OUTPUT_KIND": "slack", "OUTPUT_URL": f"ssm:{WEBHOOK}"}},
        "sla_runner": {"enabled": True},
    }, "-state=empty")
    assert "module.tocsin.module.notifier[0].aws_lambda_function.this[0]" in plan
    assert not any("configuration" in address or "aws_ecs" in address for address in plan)


def test_key_encrypts_what_tests_print(terraform, values):
    """sla-runner names the key to S3. With a topic and a bucket that exist, a plan knows all variables of its container."""
    shared = {name: values[name] for name in ("name", "zips", "runtime", "sla_runner")}
    existing = {"results_topic": {"arn": f"arn:aws:sns:{ARN}:results"}, "logs_bucket": {"name": "logs"}}
    key = CALLS["notifier"]["kms:Decrypt"]
    planned = terraform.planned(shared | {"kms_key_arn": key, "existing": existing}, "-state=empty")
    [task] = [task for address, task in planned.items() if address.endswith("aws_ecs_task_definition.sla_runner[0]")]
    [runner] = [part for part in json.loads(task["container_definitions"]) if part["name"] == "sla-runner"]
    assert {"name": "SLARUNNER_S3ENCRYPTION", "value": key} in runner["environment"]


@pytest.mark.parametrize("wrong, message", [
    ({"name": "T"}, "lower-case letters"),
    ({"uptime_checker": {"enabled": True}}, "either config_file or config_parameter"),
    ({"metric_writer": {"enabled": True, "environment": {"METRIC_NAMESPACE": "Other"}}}, "are metric_writer.namespace,"),
    ({"notifier": {"enabled": True, "environment": {"SLACK_WEBHOOK_URL": "https://hooks.example.com/x"}}}, "by reference"),
    ({"notifier": {"enabled": True, "environment": {"OUTPUT_KIND": "slack", "NOTIFY_TOKEN": "plain"}}}, "by reference"),
])
def test_wrong_variables_are_refused(terraform, values, wrong, message):
    shared = {name: values[name] for name in ("zips", "runtime")}
    text = terraform.run("plan", "-input=false", "-state=empty", terraform.variables(shared | wrong), fails=True)
    assert message in " ".join(re.sub("[│╷╵]", "", text).split())
