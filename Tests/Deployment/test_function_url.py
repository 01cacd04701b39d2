"""The function URL of the uptime checker, applied for real: results of external endpoints are pushed to its binary."""

import json

import pytest

from terraform import ACCOUNT, REGION, AWSTerraform, local_provider, resources
from test_aws import SOURCE

PARAMETER = "/tocsin/push/endpoints"
# The example of Gatus's documentation, as it is there.
FILE = """
external-endpoints:
  - name: ext-ep-test
    group: core
    token: "potato"
    heartbeat:
      interval: 30m  # Automatically create a failure if no update is received within 30 minutes
    alerts:
      - type: discord
        description: "healthcheck failed"
        send-on-resolved: true
"""


@pytest.fixture(scope="module")
def terraform(plugins, aws, tmp_path_factory) -> AWSTerraform:
    return AWSTerraform(SOURCE, tmp_path_factory.mktemp("push"), local_provider(aws.url), f"-plugin-dir={plugins}")


@pytest.fixture(scope="module")
def values(zips, aws) -> dict:
    aws.client("ssm").put_parameter(Name=PARAMETER, Value=FILE, Type="SecureString")
    return {"name": "push", "zips": str(zips), "runtime": "provided.al2", "uptime_checker": {
        "enabled": True, "config_parameter": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{PARAMETER}", "function_url": True,
    }}


@pytest.fixture(scope="module")
def deployed(terraform, values) -> dict:
    terraform.run("apply", "-auto-approve", "-input=false", terraform.variables(values))
    return terraform.outputs()


def test_it_is_off_unless_asked_for(terraform, values):
    off = values | {"uptime_checker": values["uptime_checker"] | {"function_url": False}}
    assert [address for address in terraform.planned(off, "-state=empty") if "url" in address] == []


def test_second_plan_is_empty(deployed, terraform, values):
    assert terraform.plan(values) == {}


def test_it_is_open_and_its_address_is_an_output(deployed, aws):
    config = aws.client("lambda").get_function_url_config(FunctionName="push-uptime-checker")
    assert config["AuthType"] == "NONE"
    assert deployed["uptime_checker_url"] == config["FunctionUrl"] + "/"


def test_everybody_may_call_it_by_the_url_alone(deployed, terraform):
    """Not by Invoke, and no other function."""
    state = resources(json.loads(terraform.run("show", "-json"))["values"]["root_module"])
    stacks = {address: stack for address, stack in state.items() if address.endswith("_stack.url[0]")}
    [stack] = stacks.values()
    template = json.loads(stack["template_body"])["Resources"]
    [arn] = [function["arn"] for address, function in state.items() if address.endswith("aws_lambda_function.this[0]")]
    permissions = {name: part["Properties"] for name, part in template.items() if part["Type"] == "AWS::Lambda::Permission"}
    assert permissions == {
        "CallUrl": {"FunctionName": arn, "Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE"},
        "CallFunction": {"FunctionName": arn, "Action": "lambda:InvokeFunction", "Principal": "*", "InvokedViaFunctionUrl": True},
    }


def push(aws, query: str, token: str = "potato", key: str = "core_ext-ep-test") -> tuple[int, str]:
    """What Lambda hands over of a request to the URL, and the answer."""
    path = f"/api/v1/endpoints/{key}/external"
    event = {
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": {"authorization": f"Bearer {token}"}, "isBase64Encoded": False,
        "requestContext": {"http": {"method": "POST", "path": path}},
    }
    answer = aws.client("lambda").invoke(FunctionName="push-uptime-checker", Payload=json.dumps(event))
    reply = json.loads(answer["Payload"].read())
    return reply["statusCode"], reply["body"]


def test_results_are_pushed_with_the_rights_that_it_has(deployed, aws):
    aws.calls.pop("push-uptime-checker", None)
    assert push(aws, "success=true", token="x") == (401, "invalid token\n")
    assert push(aws, "success=true", key="core_x")[0] == 404
    assert push(aws, "success=false&error=healthcheck+failed") == (200, "")
    assert push(aws, "success=true") == (200, "")
    [item] = aws.client("dynamodb").scan(TableName="push-uptime-state")["Items"]
    assert item["endpoint"]["S"] == "core_ext-ep-test"
    state = json.loads(item["entry"]["S"])
    assert state["state"] == "up" and state["heard"] > state["since"] - 1
    # Those of the schedule, and no more.
    assert aws.calls["push-uptime-checker"] <= {
        "ssm:GetParameter", "dynamodb:Query", "dynamodb:PutItem", "sns:PublishBatch", "cloudwatch:PutMetricData"}


@pytest.mark.parametrize("token, refused", [("potato", True), ("$BACKUP_TOKEN", False)])
def test_a_token_in_the_uploaded_file_is_refused(terraform, values, token, refused):
    """It would stand in the state and in the bucket; a parameter is the place for it."""
    (terraform.folder / "external.yaml").write_text(f"external-endpoints:\n  - {{name: a, token: {token}}}\n")
    given = values | {"uptime_checker": {"enabled": True, "config_file": "external.yaml"}}
    if refused:
        assert "token of external-endpoints" in terraform.refusal(given, "-state=empty")
    else:
        terraform.planned(given, "-state=empty")


def test_destroy_leaves_nothing(deployed, terraform, values, aws):
    terraform.run("destroy", "-auto-approve", "-input=false", terraform.variables(values))
    assert [name for name in aws.leftovers() if "push-" in name] == []
