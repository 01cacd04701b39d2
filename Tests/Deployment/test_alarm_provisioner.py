"""The alarm provisioner of terraform/aws, applied for real: against moto."""

import fnmatch
import json
import re
import shutil

import botocore.loaders
import pytest
from moto.events.models import EventPattern

from conftest import ROOT
from local_aws import operations
from terraform import ACCOUNT, REGION, AWSTerraform, local_provider
from test_aws import SOURCE, listed, statements

ARN = f"{REGION}:{ACCOUNT}"
NAME = "watch-alarm-provisioner"
CALLS = json.loads((SOURCE / "modules/tocsin/alarm-provisioner.json").read_text())
ROLE = "arn:aws:iam::210987654321:role/alarms"
CRITICAL = f"arn:aws:sns:{ARN}:critical"
RULES = "rules: []\n"

# What every provisioner may do, whatever it looks at.
OWN = {
    "dynamodb:GetItem": f"arn:aws:dynamodb:{ARN}:table/{NAME}", "dynamodb:PutItem": f"arn:aws:dynamodb:{ARN}:table/{NAME}",
    "sns:Publish": f"arn:aws:sns:{ARN}:watch-alarms", "sts:AssumeRole": ROLE,
    "s3:GetObject": f"arn:aws:s3:::watch-configuration-{ACCOUNT}-{REGION}/watch/alarms/web.yaml",
    "ssm:GetParameter": f"arn:aws:ssm:{ARN}:parameter/alarms/id",
    "logs:CreateLogStream": f"arn:aws:logs:{ARN}:log-group:/aws/lambda/{NAME}:log-stream:x",
    "logs:PutLogEvents": f"arn:aws:logs:{ARN}:log-group:/aws/lambda/{NAME}:log-stream:x",
    "sqs:SendMessage": f"arn:aws:sqs:{ARN}:{NAME}-dead-letters",
}


@pytest.fixture(scope="module")
def terraform(plugins, aws, tmp_path_factory) -> AWSTerraform:
    return AWSTerraform(SOURCE, tmp_path_factory.mktemp("alarms"), local_provider(aws.url), f"-plugin-dir={plugins}")


@pytest.fixture(scope="module")
def values(terraform, zips, tmp_path_factory) -> dict:
    """The variable file. Nothing is run here, so a zip of another function will do where there is none yet."""
    folder = tmp_path_factory.mktemp("zips")
    zip = zips / "alarm-provisioner.zip"
    shutil.copy(zip if zip.exists() else zips / "notifier.zip", folder / "alarm-provisioner.zip")
    shutil.copy(zips / "notifier.zip", folder / "notifier.zip")
    (terraform.folder / "web.yaml").write_text(RULES)
    (terraform.folder / "slo.yaml").write_text("version: prometheus/v1\nservice: shop\nslos: []\n")
    return {"name": "watch", "zips": str(folder), "runtime": "provided.al2", "alarm_provisioner": {
        "enabled": True, "rules_files": {"web": "web.yaml", "slo": "slo.yaml"}, "catalogue": True,
        "regions": [REGION, "us-east-1"], "roles": [ROLE], "external_id": "ssm:/alarms/id", "topics": {"critical": CRITICAL},
    }}


@pytest.fixture(scope="module")
def deployed(terraform, values) -> dict:
    terraform.run("apply", "-auto-approve", "-input=false", terraform.variables(values))
    return terraform.outputs()


def changed(values: dict, **settings) -> dict:
    return values | {"alarm_provisioner": values["alarm_provisioner"] | settings}


# --- The lists of calls ----------------------------------------------------------------------------------------------


def test_permissions_are_those_of_the_operations_that_the_sources_call():
    """What is discovered and written, by the names of the operations; IAM has other names for a few."""
    names = {"apigateway:GET": ["GetRestApis", "GetApis", "GetStages"], "s3:ListAllMyBuckets": ["ListBuckets"]}
    granted = {*CALLS["read"], *CALLS["write"], *CALLS["delete"], *(c for calls in CALLS["kinds"].values() for c in calls)}
    allowed = {name for action in granted for name in names.get(action, [action.split(":")[1]])}
    called = operations(ROOT / "Sources/Functions/AlarmProvisioner")
    # Of the function itself, by statements of its own.
    own = {"GetCallerIdentity", "Publish"}
    assert called - allowed - own == set(), "called, but not allowed"


def test_reads_only_read():
    reads = {*CALLS["read"], *(call for calls in CALLS["kinds"].values() for call in calls)}
    assert [call for call in reads if not re.match(r"[a-z0-9-]+:(Describe|Get|List|GET$)", call)] == []


def test_kinds_are_those_of_the_sources():
    source = (ROOT / "Sources/Functions/AlarmProvisioner/Resources/ResourceKind.swift").read_text()
    assert set(CALLS["kinds"]) == set(re.findall(r'case \w+ = "([^"]+)"', source))


def test_actions_exist():
    """Where IAM calls an action like the operation, botocore knows it."""
    models = {"elasticloadbalancing": "elbv2", "tag": "resourcegroupstaggingapi", "elasticfilesystem": "efs", "states": "stepfunctions"}
    loader = botocore.loaders.Loader()
    actions = {*CALLS["read"], *CALLS["write"], *CALLS["delete"], *(c for calls in CALLS["kinds"].values() for c in calls)}
    for action in actions - {"apigateway:GET", "s3:ListAllMyBuckets"}:
        service, operation = action.split(":")
        assert operation in loader.load_service_model(models.get(service, service), "service-2")["operations"], action


# --- Deployed --------------------------------------------------------------------------------------------------------


def test_second_plan_is_empty(deployed, terraform, values):
    assert "No changes" in terraform.run("plan", "-detailed-exitcode", terraform.variables(values))


def test_role_allows_what_is_called_and_no_more(deployed, aws):
    granted = [(action, s) for s in statements(aws, NAME) for action in listed(s["Action"])]
    reads = {*CALLS["read"], *(call for calls in CALLS["kinds"].values() for call in calls)}
    assert {action for action, _ in granted} == reads | {*CALLS["write"], *CALLS["delete"]} | set(OWN)
    for action, statement in granted:
        if statement["Sid"] in ("Discover", "Write", "Delete"):
            continue
        assert any(fnmatch.fnmatchcase(OWN[action], pattern) for pattern in listed(statement["Resource"])), action
    by_sid = {s["Sid"]: s for _, s in granted if "Sid" in s}
    assert all(re.match(r"[a-z0-9-]+:(Describe|Get|List|GET$)", action) for action in listed(by_sid["Discover"]["Action"]))


def test_only_alarms_are_written_and_only_its_own_are_deleted(deployed, aws):
    by_sid = {s["Sid"]: s for s in statements(aws, NAME) if "Sid" in s}
    alarms = {f"arn:aws:cloudwatch:{region}:{ACCOUNT}:{kind}:*" for region in (REGION, "us-east-1") for kind in ("alarm", "alarm-mute-rule")}
    assert set(listed(by_sid["Write"]["Resource"])) == set(listed(by_sid["Delete"]["Resource"])) == alarms
    assert all(action.startswith("cloudwatch:") for action in [*listed(by_sid["Write"]["Action"]), *listed(by_sid["Delete"]["Action"])])
    assert by_sid["Delete"]["Condition"] == {"StringEquals": {"aws:ResourceTag/tocsin:owner": ["tocsin"]}}
    assert not any("Delete" in action for action in listed(by_sid["Write"]["Action"]))


def test_policies_fit_a_role(deployed, aws):
    """10,240 characters, white space not counted, for all inline policies of a role."""
    assert sum(len(json.dumps(s, separators=(",", ":"))) for s in statements(aws, NAME)) < 9_000


def test_variables_of_the_function(deployed, aws):
    function = aws.client("lambda").get_function_configuration(FunctionName=NAME)
    bucket = f"s3://watch-configuration-{ACCOUNT}-{REGION}/watch/alarms"
    assert function["Environment"]["Variables"] == {
        "ALARM_OWNER": "tocsin", "ALARM_ACTION": "apply", "ALARM_STATE": f"dynamodb:{NAME}",
        "ALARM_RESULT_TOPIC_ARN": f"arn:aws:sns:{ARN}:watch-alarms", "TOPIC_ARN": f"arn:aws:sns:{ARN}:watch-alarms",
        "ALARM_RULES": f"{bucket}/slo.yaml,{bucket}/web.yaml", "ALARM_CATALOGUE": "true",
        "ALARM_REGIONS": f"{REGION},us-east-1", "ALARM_ROLES": ROLE, "ALARM_EXTERNAL_ID": "ssm:/alarms/id",
        "ALARM_TOPICS": f"critical={CRITICAL}",
    }
    stored = aws.client("s3").get_object(Bucket=f"watch-configuration-{ACCOUNT}-{REGION}", Key="watch/alarms/web.yaml")
    assert stored["Body"].read().decode() == RULES


def test_who_notices_that_it_is_dead(deployed, aws):
    found = aws.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{NAME}-")["MetricAlarms"]
    alarms = {alarm["AlarmName"].removeprefix(f"{NAME}-"): alarm for alarm in found}
    assert set(alarms) == {"errors", "throttles", "partial-failures", "dead-letters", "not-running"}
    assert all(alarm["AlarmActions"] == [f"arn:aws:sns:{ARN}:watch-alarms"] for alarm in found)
    assert (alarms["not-running"]["Period"], alarms["not-running"]["EvaluationPeriods"]) == (900, 3)
    config = aws.client("lambda").get_function_event_invoke_config(FunctionName=NAME)
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (1, 3600)
    assert config["DestinationConfig"]["OnFailure"]["Destination"] == f"arn:aws:sqs:{ARN}:{NAME}-dead-letters"


def event(source: str, kind: str, detail: dict) -> dict:
    return {"version": "0", "id": "e", "source": source, "detail-type": kind, "account": ACCOUNT, "region": REGION,
            "time": "2026-11-28T12:00:00Z", "resources": [], "detail": detail}


CALL = "AWS API Call via CloudTrail"


@pytest.mark.parametrize("sent, rule", [
    (event("aws.ec2", "EC2 Instance State-change Notification", {"instance-id": "i-1", "state": "running"}), "instances"),
    (event("aws.ec2", "EC2 Instance State-change Notification", {"instance-id": "i-1", "state": "terminated"}), "instances"),
    (event("aws.ec2", "EC2 Instance State-change Notification", {"instance-id": "i-1", "state": "stopped"}), None),
    (event("aws.tag", "Tag Change on Resource", {"service": "lambda", "resource-type": "function"}), "tags"),
    (event("aws.tag", "Tag Change on Resource", {"service": "iam", "resource-type": "role"}), None),
    (event("aws.lambda", CALL, {"eventSource": "lambda.amazonaws.com", "eventName": "CreateFunction20150331"}), "calls-compute"),
    (event("aws.rds", CALL, {"eventSource": "rds.amazonaws.com", "eventName": "DeleteDBInstance"}), "calls-data"),
    (event("aws.sqs", CALL, {"eventSource": "sqs.amazonaws.com", "eventName": "DeleteQueue"}), "calls-other"),
    (event("aws.sqs", CALL, {"eventSource": "sqs.amazonaws.com", "eventName": "SendMessage"}), None),
    (event("aws.monitoring", CALL, {"eventSource": "monitoring.amazonaws.com", "eventName": "PutMetricAlarm"}), None),
])
def test_rules_match_what_the_function_understands(deployed, aws, sent, rule):
    rules = {r["Name"].removeprefix(f"{NAME}-"): r for r in aws.client("events").list_rules(NamePrefix=NAME)["Rules"]}
    assert rules["schedule"]["ScheduleExpression"] == "rate(15 minutes)"
    matching = [name for name, r in rules.items() if "EventPattern" in r and EventPattern.load(r["EventPattern"]).matches_event(sent)]
    assert matching == ([rule] if rule else [])


def test_patterns_fit_a_rule(deployed, aws):
    patterns = [r.get("EventPattern", "") for r in aws.client("events").list_rules(NamePrefix=NAME)["Rules"]]
    assert max(len(pattern) for pattern in patterns) <= 2_048


# --- Choices, and what is refused ------------------------------------------------------------------------------------


def test_fewer_kinds_and_events_mean_fewer_permissions_and_rules(terraform, values):
    planned = terraform.planned(changed(values, kinds=["sqs"], events=["tags"], roles=[], external_id=None), "-state=empty")
    rules = [address for address in planned if ".aws_cloudwatch_event_rule." in address]
    assert sorted(re.search(r'\["(.+)"\]', address)[1] for address in rules) == ["schedule", "tags"]
    changes = json.loads(terraform.run("show", "-json", "plan"))["resource_changes"]
    address = "module.tocsin.module.alarm_provisioner[0].data.aws_iam_policy_document.this"
    [after] = [change["change"]["after"] for change in changes if change["address"] == address]
    by_sid = {s["sid"]: s for s in after["statement"] if s["sid"]}
    assert set(by_sid["Discover"]["actions"]) == {*CALLS["read"], *CALLS["kinds"]["sqs"]}
    assert "Roles" not in by_sid and "ExternalId" not in by_sid


def test_the_notifier_gets_no_alarms_that_lead_to_itself(terraform, values):
    notifier = {"enabled": True, "environment": {"OUTPUT_KIND": "slack", "OUTPUT_URL": "ssm:/x"}}
    def tags(part):
        planned = terraform.planned(values | {"notifier": notifier} | part, "-state=empty")
        return planned["module.tocsin.module.notifier[0].aws_lambda_function.this[0]"]["tags"]
    assert tags({})["tocsin:alarms"] == "off"
    assert "tocsin:alarms" not in tags({"alarm_provisioner": {}})


@pytest.mark.parametrize("settings, message", [
    ({"rules_files": {"web": "absent.yaml"}}, "alarm_provisioner.rules_files is there"),
    ({"rules_files": {"Web": "web.yaml"}}, "lower-case letters, digits and hyphens"),
    ({"owner": "a b"}, "alarm_provisioner.owner has"),
    ({"action": "destroy"}, "alarm_provisioner.action is apply or plan"),
    ({"events": ["everything"]}, "some of instances, tags, calls"),
    ({"roles": ["arn:aws:iam::1:role/x"]}, "alarm_provisioner.roles are ARNs of roles"),
    ({"topics": {"": "alarms"}}, "alarm_provisioner.topics are ARNs of topics"),
    ({"schedul": "rate(1 day)"}, "alarm_provisioner.schedul"),
    ({"environment": {"CHAT": "https://hooks.slack.com/services/T0/B0/secret"}}, "A secret in plain text: alarm_provisioner.environment.CHAT"),
])
def test_wrong_settings_are_refused(terraform, values, settings, message):
    assert message in terraform.refusal(changed(values, **settings), "-state=empty")


def test_plan_warns_of_kinds_that_do_not_exist(terraform, values):
    found = terraform.warnings(changed(values, kinds=["sqs", "lambda"]), "-state=empty")
    assert len([warning for warning in found if "alarm_provisioner.kinds has lambda" in warning]) == 1


def test_destroy_leaves_nothing(deployed, terraform, values, aws):
    terraform.run("destroy", "-auto-approve", "-input=false", terraform.variables(values))
    assert [name for name in aws.leftovers() if "watch" in name] == []
