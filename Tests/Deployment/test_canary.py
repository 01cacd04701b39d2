"""The canary of terraform/aws: switched on, used and switched off, against moto.

moto knows aliases and no CodeDeploy, so nothing here shifts: the template is held against AWS's schemas by cfn-lint.
"""

import json
import pathlib
import re
import subprocess
import sys

import pytest
from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaBackend

from lambda_alias import creation_fails_once
from terraform import ACCOUNT, REGION, AWSTerraform, local_provider, resources
from test_aws import FAILURES, SOURCE, alarms_of, statements

# moto leaves out what it does not know.
pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse AWS::CodeDeploy")

ARN = f"{REGION}:{ACCOUNT}"
LAMBDA = f"arn:aws:lambda:{ARN}:function"
SHIFT = "Linear10PercentEvery3Minutes"
PARTS = {"metric_writer": "metric-writer", "uptime_checker": "uptime-checker", "notifier": "notifier"}
# The tests before use the same names, and destroy what they made.
NAME = "test"
CFN_LINT = pathlib.Path(sys.executable).with_name("cfn-lint")


@pytest.fixture(scope="module")
def terraform(plugins, aws, tmp_path_factory) -> AWSTerraform:
    return AWSTerraform(SOURCE, tmp_path_factory.mktemp("canary"), local_provider(aws.url), f"-plugin-dir={plugins}")


@pytest.fixture(scope="module")
def values(terraform, zips, web, tmp_path_factory):
    """The variable file, by the canary of all parts; zips of this module's own, so that they can change."""
    folder = tmp_path_factory.mktemp("zips")
    for name in PARTS.values():
        (folder / f"{name}.zip").write_bytes((zips / f"{name}.zip").read_bytes())
    (terraform.folder / "uptime.yaml").write_text(f"endpoints:\n  - {{name: site, url: '{web.url}/fine', conditions: ['[STATUS] == 200']}}\n")
    (terraform.folder / "notifier.yaml").write_text("outputs: {}\n")

    def with_canary(canary: str | None) -> dict:
        shared = {"enabled": True, "canary": canary}
        return {
            "name": NAME, "zips": str(folder), "runtime": "provided.al2", "metric_writer": shared,
            "uptime_checker": {**shared, "config_file": "uptime.yaml"},
            "notifier": {**shared, "rules_file": "notifier.yaml", "events": ["ec2"], "failure_actions": [FAILURES]},
        }

    return with_canary


def apply(terraform, values: dict) -> str:
    return terraform.run("apply", "-auto-approve", "-input=false", terraform.variables(values))


def callees(terraform, aws) -> dict[str, str]:
    """What each trigger calls: the end of the ARN. Of the queue by its stack, because moto turns an alias into its version."""
    events = aws.client("events")
    found = {rule["Name"]: target["Arn"] for rule in events.list_rules()["Rules"]
             for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]}
    found |= {subscription["TopicArn"].rpartition(":")[2]: subscription["Endpoint"]
              for subscription in aws.client("sns").list_subscriptions()["Subscriptions"] if subscription["Protocol"] == "lambda"}
    mappings = [json.loads(stack["template_body"])["Resources"]["Mapping"]["Properties"]
                for address, stack in made(terraform).items() if address.endswith("_stack.mapping")]
    found |= {mapping["EventSourceArn"].rpartition(":")[2]: mapping["FunctionName"] for mapping in mappings}
    return {name: arn.removeprefix(f"{LAMBDA}:") for name, arn in found.items()}


def expected_callees(qualifier: str) -> dict[str, str]:
    return {
        "test-uptime-checker-schedule": f"test-uptime-checker{qualifier}", "test-notifier-ec2": f"test-notifier{qualifier}",
        "test-alarms": f"test-notifier{qualifier}", "test-metric-writer-results": f"test-metric-writer{qualifier}",
    }


def permissions(aws, function: str, **qualifier: str) -> set[tuple]:
    policy = json.loads(aws.client("lambda").get_policy(FunctionName=function, **qualifier)["Policy"])
    return {(s["Principal"]["Service"], *sorted(v for c in s["Condition"].values() for v in c.values())) for s in policy["Statement"]}


def made(terraform) -> dict[str, dict]:
    """What is in the state, by its address."""
    return resources(json.loads(terraform.run("show", "-json"))["values"]["root_module"])


def templates(terraform) -> dict[str, dict]:
    """The templates of the canaries' stacks, by their names."""
    return {stack["name"]: json.loads(stack["template_body"])
            for address, stack in made(terraform).items() if address.endswith("_stack.canary[0]")}


# --- Switched on ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def without(terraform, values) -> str:
    return apply(terraform, values(None))


@pytest.fixture(scope="module")
def switched_on(without, terraform, values) -> str:
    """What the apply that switches it on prints."""
    return apply(terraform, values(SHIFT))


def test_without_a_canary_there_is_nothing_of_it(without, terraform, aws):
    assert not [address for address in made(terraform) if "canary" in address]
    assert callees(terraform, aws) == expected_callees("")
    assert aws.client("lambda").list_versions_by_function(FunctionName="test-notifier")["Versions"][-1]["Version"] == "$LATEST"


def test_triggers_call_the_alias(switched_on, terraform, aws):
    assert callees(terraform, aws) == expected_callees(":live")


def test_second_plan_is_empty(switched_on, terraform, values):
    assert "No changes" in terraform.run("plan", "-detailed-exitcode", terraform.variables(values(SHIFT)))


def test_the_former_subscription_stays_until_the_alias_has_one(switched_on):
    """Else a message in between would be lost."""
    steps = re.findall(r'(aws_sns_topic_subscription\.this\["alarms"\]).*: (Creation complete|Destroying)', switched_on)
    assert [step for _, step in steps] == ["Creation complete", "Destroying"]


@pytest.mark.parametrize("function, callers", [
    ("test-uptime-checker", {("events.amazonaws.com", f"arn:aws:events:{ARN}:rule/test-uptime-checker-schedule")}),
    ("test-notifier", {
        ("events.amazonaws.com", f"arn:aws:events:{ARN}:rule/test-notifier-ec2"), ("sns.amazonaws.com", f"arn:aws:sns:{ARN}:test-alarms"),
        ("lambda.alarms.cloudwatch.amazonaws.com", ACCOUNT, f"arn:aws:cloudwatch:{ARN}:alarm:*"),
    }),
])
def test_alias_may_be_invoked_by_whoever_may_invoke_the_function(switched_on, aws, function, callers):
    assert permissions(aws, function, Qualifier="live") == callers
    assert permissions(aws, function) == callers, "so that nothing is refused while the triggers change"


@pytest.mark.parametrize("function", PARTS.values())
def test_failures_by_the_alias_are_kept(switched_on, aws, function):
    config = aws.client("lambda").get_function_event_invoke_config(FunctionName=f"test-{function}", Qualifier="live")
    assert config["DestinationConfig"]["OnFailure"] == {"Destination": f"arn:aws:sqs:{ARN}:test-{function}-dead-letters"}
    plain = aws.client("lambda").get_function_event_invoke_config(FunctionName=f"test-{function}")
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (plain["MaximumRetryAttempts"], plain["MaximumEventAgeInSeconds"])


def test_events_reach_the_function_by_the_alias(switched_on, aws):
    before = len(aws.logs.get("test-uptime-checker", []))
    answer = aws.client("lambda").invoke(FunctionName="test-uptime-checker:live", Payload="{}")
    assert "FunctionError" not in answer, aws.logs
    assert len(aws.logs["test-uptime-checker"]) == before + 1


# --- The template ----------------------------------------------------------------------------------------------------


def test_template_is_right_by_the_schemas_of_aws(switched_on, terraform, tmp_path):
    found = templates(terraform)
    assert set(found) == {f"test-{name}-canary" for name in PARTS.values()}
    for name, template in found.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", **template}))
        done = subprocess.run([CFN_LINT, "--regions", REGION, "--", path], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_schemas_find_what_is_wrong(switched_on, terraform, tmp_path):
    """That the test before can fail: an event that CodeDeploy does not know."""
    template = next(iter(templates(terraform).values()))
    template["Resources"]["Group"]["Properties"]["AutoRollbackConfiguration"]["Events"] = ["DEPLOYMENT_STOP_ON_ALARMS"]
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(template))
    done = subprocess.run([CFN_LINT, "--regions", REGION, "--", path], capture_output=True, text=True)
    assert done.returncode != 0 and "DEPLOYMENT_STOP_ON_ALARMS" in done.stdout


@pytest.mark.parametrize("function", PARTS.values())
def test_alarms_of_the_function_bring_the_former_version_back(switched_on, terraform, aws, function):
    resources = templates(terraform)[f"test-{function}-canary"]["Resources"]
    group = resources["Group"]["Properties"]
    assert group["DeploymentConfigName"] == f"CodeDeployDefault.Lambda{SHIFT}"
    assert group["AutoRollbackConfiguration"]["Enabled"] and "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    assert group["AlarmConfiguration"]["Enabled"] is True
    asked = {alarm["Name"].removeprefix(f"test-{function}-") for alarm in group["AlarmConfiguration"]["Alarms"]}
    assert asked == {"errors", "throttles", "partial-failures"} <= set(alarms_of(aws, function))
    assert resources["Alias"]["UpdatePolicy"] == {"CodeDeployLambdaAliasUpdate": {
        "ApplicationName": {"Ref": "Application"}, "DeploymentGroupName": {"Ref": "Group"},
    }}


def test_codedeploy_may_move_this_alias_and_look_at_alarms(switched_on, aws):
    granted = {s["Sid"]: s for s in statements(aws, "test-notifier-canary")}
    assert set(granted["Alias"]["Resource"]) == {f"{LAMBDA}:test-notifier", f"{LAMBDA}:test-notifier:live"}
    assert set(granted["Alias"]["Action"]) == {"lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig"}
    assert granted["Alarms"]["Action"] == "cloudwatch:DescribeAlarms" and len(granted) == 2
    trust = aws.client("iam").get_role(RoleName="test-notifier-canary")["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"] == {"Service": "codedeploy.amazonaws.com"}


# --- A new version, and the end ---------------------------------------------------------------------------------------


def test_new_code_becomes_a_version_that_the_alias_gets(switched_on, terraform, values, aws):
    """And triggers are left alone: an ARN that is unknown in the plan would make the subscription anew."""
    zip = values(SHIFT)["zips"] + "/notifier.zip"
    with open(zip, "ab") as file:
        file.write(b"\0")
    assert {address.removeprefix("module.tocsin.module.notifier[0]."): what for address, what in terraform.plan(values(SHIFT)).items()} == {
        "aws_lambda_function.this[0]": "updated in-place", "aws_cloudformation_stack.canary[0]": "updated in-place",
    }
    apply(terraform, values(SHIFT))
    assert aws.client("lambda").get_alias(FunctionName="test-notifier", Name="live")["FunctionVersion"] == "2"
    assert aws.client("lambda").get_alias(FunctionName="test-uptime-checker", Name="live")["FunctionVersion"] == "1"


def test_repair_of_a_function_whose_alarm_is_on_gets_through(switched_on, terraform, values):
    """CodeDeploy stops at an alarm that is on already."""
    planned = terraform.planned(values("AllAtOnce"))
    [template] = [stack["template_body"] for stack in planned.values() if stack.get("name") == "test-notifier-canary" and "template_body" in stack]
    group = json.loads(template)["Resources"]["Group"]["Properties"]
    assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaAllAtOnce"
    assert group["AlarmConfiguration"]["Enabled"] is False


def test_switched_off_the_alias_goes_after_the_last_trigger_has_left_it(switched_on, terraform, values, aws):
    """The uptime checker's stays, for the test that destroys."""
    off = values(None) | {"uptime_checker": values(SHIFT)["uptime_checker"]}
    text = apply(terraform, off)
    assert {re.search(r"module\.(\w+)\[0\]", address)[1] for address in made(terraform) if "canary" in address} == {"uptime_checker"}
    assert callees(terraform, aws) == expected_callees("") | {"test-uptime-checker-schedule": "test-uptime-checker:live"}
    lines = text.splitlines()

    def last(words: str) -> int:
        return max(number for number, line in enumerate(lines) if re.search(words, line))

    def first(words: str) -> int:
        return min(number for number, line in enumerate(lines) if re.search(words, line))

    for part, trigger in [
        ("notifier", r"_event_target\.this\[\"ec2\"\]: Modifications"), ("notifier", r"_subscription\.this\[\"alarms\"\]: Creation"),
        ("metric_writer", r"_stack\.mapping: Modifications"),
    ]:
        gone = first(rf"\.{part}\[0\]\.aws_cloudformation_stack\.canary\[0\].*: Destroying")
        assert last(rf"\.{part}\[0\]\..*{trigger} complete") < gone, (part, trigger)


def test_destroy_leaves_nothing(switched_on, terraform, values, aws):
    terraform.run("destroy", "-auto-approve", "-input=false", terraform.variables(values(SHIFT)))
    assert aws.leftovers() == []


# --- What goes wrong at first -----------------------------------------------------------------------------------------

FIRST = "module.tocsin.module.uptime_checker[0].aws_lambda_function.this[0]"


@pytest.fixture(scope="module")
def first(plugins, aws, terraform, values, tmp_path_factory):
    """A root with the uptime checker alone, of which nothing is there yet, and its variables by those of the checker."""
    other = AWSTerraform(SOURCE, tmp_path_factory.mktemp("first"), local_provider(aws.url), f"-plugin-dir={plugins}")
    (other.folder / "uptime.yaml").write_text((terraform.folder / "uptime.yaml").read_text())
    whole = values(None)

    def part(**settings) -> dict:
        return {key: whole[key] for key in ("zips", "runtime")} | {"name": "first", "uptime_checker": whole["uptime_checker"] | settings}

    yield other, part
    other.run("destroy", "-auto-approve", "-input=false", other.variables(part()))
    assert aws.leftovers() == []


def test_function_that_was_made_and_then_failed_needs_untaint(first, aws, monkeypatch):
    """Also without a canary: what the stack depends on is made anew before the former one goes, and its name is taken."""
    monkeypatch.setenv("MOTO_LAMBDA_CONCURRENCY_QUOTA", "1000")
    terraform, part = first
    wrong = terraform.variables(part(reserved_concurrency=2000))
    assert "UnreservedConcurrentExecution" in terraform.run("apply", "-auto-approve", "-input=false", wrong, fails=True)
    right = terraform.variables(part(reserved_concurrency=5))
    assert "ResourceConflictException" in terraform.run("apply", "-auto-approve", "-input=false", right, fails=True)
    terraform.run("untaint", FIRST)
    apply(terraform, part(reserved_concurrency=5))
    assert aws.client("lambda").get_function_concurrency(FunctionName="first-uptime-checker")["ReservedConcurrentExecutions"] == 5
    assert "No changes" in terraform.run("plan", "-detailed-exitcode", right)


def test_canary_that_could_not_be_made_is_made_by_the_next_apply(first, aws):
    terraform, part = first
    with creation_fails_once("first-uptime-checker"):
        options = ["-auto-approve", "-input=false", terraform.variables(part(canary=SHIFT, reserved_concurrency=5))]
        assert "DELETE_COMPLETE" in terraform.run("apply", *options, fails=True)
    apply(terraform, part(canary=SHIFT, reserved_concurrency=5))
    assert aws.client("lambda").get_alias(FunctionName="first-uptime-checker", Name="live")["FunctionVersion"] == "1"
    assert callees(terraform, aws)["first-uptime-checker-schedule"] == "first-uptime-checker:live"


def test_version_that_was_not_published_is_published_by_hand(first, aws, monkeypatch):
    """Terraform has the hash of the new code in its state, and publishes only with a change."""
    terraform, part = first
    on = part(canary=SHIFT, reserved_concurrency=5)
    apply(terraform, on)
    with open(on["zips"] + "/uptime-checker.zip", "ab") as file:
        file.write(b"\0")

    def refuse(*_):
        raise InvalidParameterValueException("no version now")

    with monkeypatch.context() as patch:
        patch.setattr(LambdaBackend, "publish_version", refuse)
        assert "no version now" in terraform.run("apply", "-auto-approve", "-input=false", terraform.variables(on), fails=True)
    assert "No changes" in terraform.run("plan", "-detailed-exitcode", terraform.variables(on))
    assert aws.client("lambda").publish_version(FunctionName="first-uptime-checker")["Version"] == "2"
    apply(terraform, on)
    assert aws.client("lambda").get_alias(FunctionName="first-uptime-checker", Name="live")["FunctionVersion"] == "2"


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong, message", [
    ({"notifier": {"canary": "10 percent"}}, "canary is Canary10Percent5Minutes"),
    ({"chaos_executor": {"canary": SHIFT}}, "Unknown: chaos_executor.canary"),
    ({"fargate_adjuster": {"canary": SHIFT}}, "Unknown: fargate_adjuster.canary"),
    ({"alarm_provisioner": {"canary": SHIFT}}, "Unknown: alarm_provisioner.canary"),
])
def test_wrong_canaries_are_refused(terraform, values, wrong, message):
    given = values(None)
    for part, switch in wrong.items():
        given[part] = given.get(part, {}) | switch
    assert message in terraform.refusal(given, "-state=empty")
