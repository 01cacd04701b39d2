"""The chaos executor of terraform/aws, applied for real: against moto, with and without durable executions."""

import fnmatch
import json
import pathlib
import re
import shutil
import subprocess

import botocore.loaders
import pytest

from conftest import ROOT
from terraform import ACCOUNT, REGION, AWSTerraform, local_provider
from test_aws import SOURCE, listed, statements

ARN = f"{REGION}:{ACCOUNT}"
CATALOGUE = json.loads((SOURCE / "modules/tocsin/activities.json").read_text())
GUARD = "activities:\n  allow: [chaosaws.*]\ntargets:\n  maximum: 1\n"
EXPERIMENT = "title: a\ndescription: b\nmethod: []\n"
SECRET = f"arn:aws:ssm:{ARN}:parameter/shop/token"
ROLE = "arn:aws:iam::210987654321:role/chaos"

# What every executor may do, whatever its experiments are.
BUCKETS = {name: f"game-{name}-{ACCOUNT}-{REGION}" for name in ("journals", "chaos-state", "configuration")}
OWN = {
    "s3:PutObject": [f"arn:aws:s3:::{BUCKETS['journals']}/journals/a", f"arn:aws:s3:::{BUCKETS['chaos-state']}/state/a"],
    "s3:GetObject": [f"arn:aws:s3:::{BUCKETS['chaos-state']}/state/a",
                     f"arn:aws:s3:::{BUCKETS['configuration']}/game/experiments/zone.yaml",
                     f"arn:aws:s3:::{BUCKETS['configuration']}/game/experiments/by-call.yaml",
                     f"arn:aws:s3:::{BUCKETS['configuration']}/game/guard.yaml"],
    "s3:DeleteObject": [f"arn:aws:s3:::{BUCKETS['chaos-state']}/state/a"],
    "s3:ListBucket": [f"arn:aws:s3:::{BUCKETS['chaos-state']}"],
    "ssm:GetParameter": [f"arn:aws:ssm:{ARN}:parameter/game/chaos/lever", SECRET],
    "sns:Publish": [f"arn:aws:sns:{ARN}:game-alarms"],
    "sts:AssumeRole": [ROLE],
    "cloudwatch:DescribeAlarms": ["*"], "cloudwatch:PutMetricData": ["*"],
}


def own(name: str) -> dict[str, list[str]]:
    log = f"arn:aws:logs:{ARN}:log-group:/aws/lambda/{name}:log-stream:x"
    return OWN | {
        "logs:CreateLogStream": [log], "logs:PutLogEvents": [log],
        "sqs:SendMessage": [f"arn:aws:sqs:{ARN}:{name}-dead-letters"],
    }


@pytest.fixture(scope="module")
def terraform(plugins, aws, tmp_path_factory) -> AWSTerraform:
    return AWSTerraform(SOURCE, tmp_path_factory.mktemp("chaos"), local_provider(aws.url), f"-plugin-dir={plugins}")


@pytest.fixture(scope="module")
def values(terraform, zips, tmp_path_factory) -> dict:
    """The variable file. Nothing is run here, so a zip of another function will do where there is none yet."""
    folder = tmp_path_factory.mktemp("zips")
    zip = zips / "chaos-executor.zip"
    shutil.copy(zip if zip.exists() else zips / "notifier.zip", folder / "chaos-executor.zip")
    (terraform.folder / "guard.yaml").write_text(GUARD)
    (terraform.folder / "zone.yaml").write_text(EXPERIMENT)
    return {"name": "game", "zips": str(folder), "runtime": "provided.al2", "dashboard": True, "chaos_executor": {
        "enabled": True, "guard_file": "guard.yaml", "destroy_state": True, "destroy_journals": True,
        "allowed_activities": ["chaosaws.ec2.actions.stop_instances", "chaosaws.cloudwatch.probes.*"],
        "target_tags": {"chaos": "allowed"}, "roles": [ROLE], "secrets": [SECRET],
        "experiments": {
            "zone": {"file": "zone.yaml", "schedule": "cron(0 10 ? * TUE *)", "configuration": {"zone": "eu-central-1a"}},
            "by-call": {"file": "zone.yaml"},
        },
    }}


@pytest.fixture(scope="module")
def deployed(terraform, values) -> dict:
    terraform.run("apply", "-auto-approve", "-input=false", terraform.variables(values))
    return terraform.outputs()


def changed(values: dict, **settings) -> dict:
    return values | {"chaos_executor": values["chaos_executor"] | settings}


# --- The catalogue of activities -------------------------------------------------------------------------------------


def test_every_change_has_its_resources():
    """That the calls are those of the activities, the tests of the activities say."""
    calls = {call for listing in CATALOGUE["activities"].values() for call in listing}
    assert set(CATALOGUE["resources"]) < calls
    for call, resources in CATALOGUE["resources"].items():
        assert not re.match(r"[\w-]+:(Describe|Get|List)", call), call
        assert resources["tagged"] + resources["untagged"], call


# --- Deployed --------------------------------------------------------------------------------------------------------


def test_second_plan_is_empty_wherever_an_operator_put_the_lever(deployed, terraform, values, aws):
    ssm = aws.client("ssm")
    assert ssm.get_parameter(Name="/game/chaos/lever")["Parameter"]["Value"] == "run"
    ssm.put_parameter(Name="/game/chaos/lever", Value="stop", Overwrite=True)
    assert "No changes" in terraform.run("plan", "-detailed-exitcode", terraform.variables(values))


def test_role_allows_what_the_activities_call_and_no_more(deployed, aws):
    granted = [(action, s) for s in statements(aws, "game-chaos-executor") for action in listed(s["Action"])]
    calls = {call for name, listing in CATALOGUE["activities"].items() for call in listing
             if name == "chaosaws.ec2.actions.stop_instances" or name.startswith("chaosaws.cloudwatch.probes.")}
    itself = {"lambda:InvokeFunction": [f"arn:aws:lambda:{ARN}:function:game-chaos-executor"]}
    expected = own("game-chaos-executor") | itself
    assert {action for action, _ in granted} == calls | set(expected)
    for action, statement in granted:
        if statement["Sid"].startswith("Activities"):
            continue
        if action == "cloudwatch:PutMetricData":
            assert statement["Condition"] == {"StringEquals": {"cloudwatch:namespace": ["Tocsin/Experiments"]}}
        for pattern in listed(statement["Resource"]):
            assert any(fnmatch.fnmatchcase(resource, pattern) for resource in expected[action]), (action, pattern)
    for action, resources in expected.items():
        patterns = [p for granting, s in granted if granting == action for p in listed(s["Resource"])]
        assert all(any(fnmatch.fnmatchcase(r, p) for p in patterns) for r in resources), action


def test_changes_are_limited_to_resources_with_the_tags(deployed, aws):
    found = {s["Sid"]: s for s in statements(aws, "game-chaos-executor") if s["Sid"].startswith("Activities")}
    read = found.pop("ActivitiesRead")
    assert all(re.match(r"\w+:(Describe|Get|List)", action) for action in listed(read["Action"]))
    by_resource = {tuple(listed(s["Resource"])): s for s in found.values()}
    instances = by_resource.pop((f"arn:aws:ec2:{ARN}:instance/*",))
    assert set(instances["Action"]) == {"ec2:StartInstances", "ec2:StopInstances", "ec2:TerminateInstances"}
    assert instances["Condition"] == {"StringEquals": {"aws:ResourceTag/chaos": ["allowed"]}}
    [requests] = by_resource.values()
    assert listed(requests["Action"]) == ["ec2:CancelSpotInstanceRequests"]
    assert "Condition" not in requests


def test_policy_of_many_activities_fits_a_role(terraform, values):
    """10,240 characters, white space not counted, for all inline policies of a role."""
    many = ["chaosaws.ec2.*", "chaosaws.asg.*", "chaosaws.ecs.*", "chaosaws.ssm.*", "chaosaws.cloudwatch.probes.*"]
    everything = changed(values, allowed_activities=many, regions=[REGION, "us-east-1"])
    terraform.run("plan", "-input=false", "-out=plan", "-state=empty", terraform.variables(everything))
    changes = json.loads(terraform.run("show", "-json", "plan"))["resource_changes"]
    address = "module.tocsin.module.chaos_executor[0].data.aws_iam_policy_document.this"
    [after] = [change["change"]["after"] for change in changes if change["address"] == address]
    grants = [s for s in after["statement"] if s["sid"].startswith("Activities")]
    calls = {call for name, listing in CATALOGUE["activities"].items() for call in listing
             if any(fnmatch.fnmatchcase(name, pattern) for pattern in many)}
    assert {a for s in grants for a in s["actions"]} == calls
    text = json.dumps([{"Sid": s["sid"], "Action": s["actions"], "Resource": s["resources"], "Effect": "Allow",
                        "Condition": s["condition"]} for s in grants], separators=(",", ":"))
    assert len(text) < 7_000, "little is left for the function's own statements"
    [command] = [s for s in grants if "ssm:SendCommand" in s["actions"] and "document" in s["resources"][0]]
    assert command["resources"] == [f"arn:aws:ssm:{region}:*:document/*" for region in (REGION, "us-east-1")]


def test_variables_of_the_function(deployed, aws):
    function = aws.client("lambda").get_function_configuration(FunctionName="game-chaos-executor")
    assert (function["Timeout"], function["MemorySize"]) == (900, 256)
    assert function["Environment"]["Variables"] == {
        "EXPERIMENT_JOURNALS": f"s3://{BUCKETS['journals']}/journals",
        "EXPERIMENT_STATE": f"s3://{BUCKETS['chaos-state']}/state",
        "EXPERIMENT_GUARD": f"s3://{BUCKETS['configuration']}/game/guard.yaml",
        "EXPERIMENT_LEVER": "ssm:/game/chaos/lever", "EXPERIMENT_DURABLE": "state",
        "EXPERIMENT_NOTIFY_TOPIC": f"arn:aws:sns:{ARN}:game-alarms", "EXPERIMENT_METRICS": "Tocsin/Experiments",
    }
    assert deployed["chaos_lever"] == "/game/chaos/lever" and deployed["journals_bucket"] == BUCKETS["journals"]


def test_a_failed_run_is_not_begun_anew(deployed, aws):
    config = aws.client("lambda").get_function_event_invoke_config(FunctionName="game-chaos-executor")
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (0, 900)
    assert config["DestinationConfig"]["OnFailure"]["Destination"] == f"arn:aws:sqs:{ARN}:game-chaos-executor-dead-letters"


def test_schedules_send_what_the_function_takes(deployed, aws):
    events = aws.client("events")
    rules = {r["Name"]: r["ScheduleExpression"] for r in events.list_rules()["Rules"] if r["Name"].startswith("game-")}
    assert rules == {"game-chaos-executor-schedule": "rate(5 minutes)", "game-chaos-executor-zone": "cron(0 10 ? * TUE *)"}
    targets = {name: events.list_targets_by_rule(Rule=name)["Targets"] for name in rules}
    assert {target["Arn"] for [target] in targets.values()} == {f"arn:aws:lambda:{ARN}:function:game-chaos-executor"}
    inputs = {name: json.loads(target["Input"]) for name, [target] in targets.items()}
    assert inputs["game-chaos-executor-schedule"] == {"sweep": True}
    event = inputs["game-chaos-executor-zone"]
    assert event["configuration"] == {"zone": "eu-central-1a"}
    stored = aws.client("s3").get_object(Bucket=event["bucket_name"], Key=event["experiment_source"])
    assert stored["Body"].read().decode() == EXPERIMENT


def test_alarms(deployed, aws):
    found = aws.client("cloudwatch").describe_alarms(AlarmNamePrefix="game-chaos-executor-")["MetricAlarms"]
    alarms = {alarm["AlarmName"].removeprefix("game-chaos-executor-"): alarm for alarm in found}
    assert set(alarms) == {"errors", "throttles", "partial-failures", "dead-letters", "not-running", "deviated",
                           "failed", "still-broken"}
    assert all(alarm["AlarmActions"] == [f"arn:aws:sns:{ARN}:game-alarms"] for alarm in found)
    broken = alarms["still-broken"]
    assert (broken["Namespace"], broken["MetricName"]) == ("Tocsin/Experiments", "still_broken")
    assert broken["Dimensions"] == []
    assert (broken["Statistic"], broken["ComparisonOperator"], broken["Threshold"]) == ("Maximum", "GreaterThanOrEqualToThreshold", 1)
    # Three sweeps have tried.
    assert (broken["Period"], broken["EvaluationPeriods"], broken["TreatMissingData"]) == (300, 3, "notBreaching")
    # Sweeps that do not run are noticed.
    assert (alarms["not-running"]["Period"], alarms["not-running"]["EvaluationPeriods"]) == (300, 3)


def test_state_never_expires_and_journals_do(deployed, aws):
    s3 = aws.client("s3")
    days = {}
    for name in ("journals", "chaos-state"):
        assert set(s3.get_public_access_block(Bucket=BUCKETS[name])["PublicAccessBlockConfiguration"].values()) == {True}
        assert s3.get_bucket_versioning(Bucket=BUCKETS[name])["Status"] == "Enabled"
        [rule] = s3.get_bucket_lifecycle_configuration(Bucket=BUCKETS[name])["Rules"]
        days[name] = rule.get("Expiration", {}).get("Days")
    assert days == {"journals": 400, "chaos-state": None}


def test_dashboard_shows_the_experiments(deployed, aws):
    body = aws.client("cloudwatch").get_dashboard(DashboardName="game")["DashboardBody"]
    widgets = json.loads(body)["widgets"]
    searches = " ".join(str(metric) for widget in widgets for metric in widget["properties"].get("metrics", []))
    assert all(f'MetricName="{name}"' in searches for name in ("runs", "deviated", "failed", "still_broken"))
    assert "game-chaos-executor" in body


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings, message", [
    ({"allowed_activities": ["chaosaws.ec2.actions.stop_instance", "chaosaws.ec2.stop"]}, "No activity is called chaosaws.ec2.stop:"),
    ({"allowed_activities": ["*"]}, "chaos_executor.allowed_activities need a policy of"),
    ({"guard_file": "zone.yaml"}, "chaos_executor.guard_file is not there"),
    ({"experiments": {"zone": {"file": "guard.yaml"}}}, "has a method"),
    ({"experiments": {"zone": {"file": "zone.yaml", "scheduled": "rate(1 day)"}}}, "chaos_executor.experiments.zone.scheduled"),
    ({"durable": True, "durable_timeout": 0}, "A durable execution may take"),
    ({"environment": {"CHAT": "https://hooks.slack.com/services/T0/B0/secret"}}, "A secret in plain text: chaos_executor.environment.CHAT"),
])
def test_wrong_settings_are_refused(terraform, values, settings, message):
    assert message in terraform.refusal(changed(values, **settings), "-state=empty")


def test_plan_warns_without_a_guard(terraform, values):
    found = terraform.warnings(changed(values, guard_file=None), "-state=empty")
    assert len([warning for warning in found if "every experiment may hit all" in warning]) == 1


# --- Durable executions, and the end ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def durable(deployed, terraform, values) -> dict:
    """The durable function in place of the other one, whose name it cannot have: both are there for a moment."""
    durable = changed(values, durable=True, durable_timeout=7200, environment={"LOG_LEVEL": "debug"})
    terraform.run("apply", "-auto-approve", "-input=false", terraform.variables(durable))
    return durable


def test_durable_function_is_called_by_its_alias(durable, aws):
    client, alias = aws.client("lambda"), f"arn:aws:lambda:{ARN}:function:game-chaos-durable:live"
    names = {f["FunctionName"] for f in client.list_functions()["Functions"] if f["FunctionName"].startswith("game-")}
    assert names == {"game-chaos-durable"}
    function = client.get_function_configuration(FunctionName="game-chaos-durable")
    assert function["Environment"]["Variables"]["EXPERIMENT_DURABLE"] == "lambda"
    for rule in ("schedule", "zone"):
        [target] = aws.client("events").list_targets_by_rule(Rule=f"game-chaos-durable-{rule}")["Targets"]
        assert target["Arn"] == alias
    granted = {action: listed(s["Resource"]) for s in statements(aws, "game-chaos-durable") for action in listed(s["Action"])}
    for action in ("lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"):
        assert granted[action] == [f"arn:aws:lambda:{ARN}:function:game-chaos-durable:*"]
    assert "lambda:InvokeFunction" not in granted


def test_template_of_the_durable_function(durable, aws, tmp_path):
    template = aws.client("cloudformation").get_template(StackName="game-chaos-durable")["TemplateBody"]
    template = template if isinstance(template, dict) else json.loads(template)
    properties = template["Resources"]["Function"]["Properties"]
    assert properties["DurableConfig"] == {"ExecutionTimeout": 7200, "RetentionPeriodInDays": 14}
    [version] = [r for r in template["Resources"].values() if r["Type"] == "AWS::Lambda::Version"]
    assert version["DeletionPolicy"] == "Retain", "executions stay on the version that they began with"
    code = aws.client("s3").head_object(Bucket=BUCKETS["chaos-state"], Key=properties["Code"]["S3Key"])
    assert code["ContentLength"] > 1_000_000
    properties["Runtime"] = "provided.al2023"  # the linter knows when a runtime ends
    (tmp_path / "template.json").write_text(json.dumps(template))
    linter = [ROOT / ".build/venv/bin/cfn-lint", tmp_path / "template.json", "--regions", REGION]
    assert subprocess.run(linter, capture_output=True, text=True).stdout == ""


def test_new_code_is_a_new_version_of_the_durable_function(durable, terraform, tmp_path):
    zip = (pathlib.Path(durable["zips"]) / "chaos-executor.zip").read_bytes()
    (tmp_path / "chaos-executor.zip").write_bytes(zip + b"\0")
    module = "module.tocsin.module.chaos_executor[0]"
    plan = terraform.plan({**durable, "zips": str(tmp_path)})
    # The alias follows, once the number of the version is known.
    assert plan.pop(f"{module}.aws_cloudformation_stack.durable[0]") == "updated in-place"
    assert plan.pop(f"{module}.aws_s3_bucket_object.code[0]").startswith("replaced")
    assert set(plan.values()) <= {"updated in-place"}


def test_destroy_leaves_nothing(durable, terraform, aws):
    terraform.run("destroy", "-auto-approve", "-input=false", terraform.variables(durable))
    assert [name for name in aws.leftovers() if "game" in name] == []
