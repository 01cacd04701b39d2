"""terraform/aws, applied for real: against moto, with the zips of ./build.sh, whose binaries run as they were deployed."""

import fnmatch
import json
import re
import time

import pytest
from moto.events.models import EventPattern

from conftest import ROOT, wheel
from terraform import ACCOUNT, REGION, Terraform, local_provider

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
        "s3:GetObject": f"arn:aws:s3:::test-configuration-{ACCOUNT}-{REGION}/uptime.yaml",
        "sns:Publish": f"arn:aws:sns:{ARN}:test-alarms",
    },
    "notifier": {
        "cloudwatch:GetMetricWidgetImage": "*",
        "dynamodb:GetItem": f"arn:aws:dynamodb:{ARN}:table/test-notifier",
        "dynamodb:PutItem": f"arn:aws:dynamodb:{ARN}:table/test-notifier",
        "dynamodb:DeleteItem": f"arn:aws:dynamodb:{ARN}:table/test-notifier",
        "s3:GetObject": f"arn:aws:s3:::test-configuration-{ACCOUNT}-{REGION}/notifier.yaml",
        "ssm:GetParameter": f"arn:aws:ssm:{ARN}:parameter{WEBHOOK}",
        "secretsmanager:GetSecretValue": f"arn:aws:secretsmanager:{ARN}:secret:chat-AbCdEf",
        "kms:Decrypt": f"arn:aws:kms:{ARN}:key/0d1f3cf4-0000-0000-0000-000000000000",
        "sns:Publish": f"arn:aws:sns:{ARN}:chat",
    },
}
REFERENCES = ["ssm:GetParameter", "secretsmanager:GetSecretValue", "kms:Decrypt", "sns:Publish"]
EVENTS = ["autoscaling", "codepipeline", "ec2", "ecs-tasks"]


@pytest.fixture(scope="module")
def terraform(plugins, aws, tmp_path_factory) -> Terraform:
    return Terraform(SOURCE, tmp_path_factory.mktemp("aws"), local_provider(aws.url), f"-plugin-dir={plugins}")


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
        "metric_writer": {"enabled": True},
        "uptime_checker": {"enabled": True, "config_file": "uptime.yaml"},
        "notifier": {
            "enabled": True, "rules_file": "notifier.yaml", "events": EVENTS,
            "event_patterns": {"deploys": json.dumps({"source": ["com.example.deploys"]})},
            "secrets": [CALLS["notifier"][name] for name in REFERENCES],
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


def test_todays_provider_knows_every_argument():
    """Pulumi's bindings are made from the schema of provider 6.x; renamed is what Pulumi calls otherwise."""
    from bindings import Bindings

    bindings = Bindings(wheel("pulumi_aws"), "pulumi_aws", {
        "aws_caller_identity": "get_caller_identity",
        "aws_cloudwatch_metric_alarm.alarm_name": "name",
        "aws_lambda_function.filename": "code",
        "aws_lambda_function.function_name": "name",
        "aws_lambda_permission.function_name": "function",
        "aws_sns_topic_subscription.topic_arn": "topic",
    })
    assert bindings.faults(SOURCE, "aws") == []
    assert bindings.used == set(bindings.renamed), "renamed, but not used"


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
    changed = {address: what for address, what in plan.items() if address.endswith("aws_lambda_function.this")}
    assert "module.notifier[0].aws_lambda_function.this" in changed
    assert set(plan.values()) == {"updated in-place"}


def test_queue_keeps_what_failed(deployed, aws):
    [mapping] = aws.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert mapping["EventSourceArn"].endswith(":test-metric-writer-results")
    assert mapping["FunctionArn"].endswith(":test-metric-writer")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
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
    alarms = aws.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"test-{name}-")["MetricAlarms"]
    assert {f"test-{name}-errors", f"test-{name}-throttles", f"test-{name}-dead-letters"} <= {a["AlarmName"] for a in alarms}
    for alarm in alarms:
        assert alarm["AlarmActions"] == alarm["OKActions"] == [deployed["alarms_topic_arn"]]


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


@pytest.mark.parametrize("name", CALLS)
def test_what_ran_called_nothing_else(deployed, aws, name):
    """What the binaries called in the tests before."""
    called = {call.replace("PublishBatch", "Publish") for call in aws.calls[f"test-{name}"]}
    assert called and called <= set(CALLS[name])


# --- The end, and the parts alone ------------------------------------------------------------------------------------


def test_destroy_leaves_nothing(deployed, terraform, values, aws):
    terraform.run("destroy", "-auto-approve", "-input=false", terraform.variables(values))
    assert aws.leftovers() == []


def test_guide_names_what_the_deployer_needs(aws):
    """The policy in the guide, against the calls that terraform made in the tests before."""
    guide = (ROOT / "docs/deploy-aws.md").read_text()
    policy = json.loads(re.search(r"```json\n(.+?)```", guide, re.DOTALL)[1])
    patterns = [pattern for statement in policy["Statement"] for pattern in listed(statement["Action"])]
    called = aws.calls.get("deployer", set())
    if not called:
        pytest.skip("no test before this one has deployed")
    assert [call for call in sorted(called) if not any(fnmatch.fnmatchcase(call, p) for p in patterns)] == []


@pytest.mark.parametrize("part, has, lacks", [
    ("none", [], ["."]),
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
    shared = {name: values[name] for name in ("name", "zips", "runtime", "dashboard")}
    created = "\n".join(terraform.plan(shared | {part: values[part]} if part != "none" else shared, "-state=empty"))
    assert [name for name in has if name not in created] == []
    assert [name for name in lacks if name in created] == []


def test_example_file(terraform, zips):
    """The example is complete: every part, with the files that lie beside it."""
    plan = terraform.plan({"zips": str(zips), "runtime": "provided.al2"}, "-var-file=example.tfvars", "-state=empty")
    assert {"module.metric_writer[0].aws_lambda_function.this", "module.uptime_checker[0].aws_lambda_function.this",
            "module.notifier[0].aws_lambda_function.this", "aws_iam_role.sla_runner[0]"} <= set(plan)


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
    assert "module.notifier[0].aws_lambda_function.this" in plan
    assert not any("configuration" in address or "aws_ecs" in address for address in plan)


def test_key_encrypts_what_tests_print(terraform, values):
    """sla-runner names the key to S3. A plan does not show it: the container's variables hold ARNs that it cannot know."""
    shared = {name: values[name] for name in ("name", "zips", "runtime", "sla_runner")}
    plan = terraform.plan(shared | {"kms_key_arn": CALLS["notifier"]["kms:Decrypt"]}, "-state=empty")
    assert "aws_ecs_task_definition.sla_runner[0]" in plan
    assert any(re.search(r"SLARUNNER_S3ENCRYPTION\s*= var.kms_key_arn", path.read_text()) for path in SOURCE.rglob("*.tf"))


@pytest.mark.parametrize("wrong, message", [
    ({"name": "T"}, "lower-case letters"),
    ({"uptime_checker": {"enabled": True}}, "either config_file or config_parameter"),
    ({"notifier": {"enabled": True, "environment": {"SLACK_WEBHOOK_URL": "https://hooks.example.com/x"}}}, "by reference"),
])
def test_wrong_variables_are_refused(terraform, values, wrong, message):
    shared = {name: values[name] for name in ("zips", "runtime")}
    text = terraform.run("plan", "-input=false", "-state=empty", terraform.variables(shared | wrong), fails=True)
    assert message in " ".join(re.sub("[│╷╵]", "", text).split())
