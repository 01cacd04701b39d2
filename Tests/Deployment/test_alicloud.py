"""terraform/alicloud, applied by Terraform: with a provider that creates nothing but knows the arguments of today's.

The real provider can be had from HashiCorp's registry only; alicloud_provider.py takes its place. What is deployed
then runs: the binary of the zip, with the variables that Terraform would give it.
"""

import base64
import contextlib
import json
import pathlib
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile

import hcl2
import pytest

from conftest import ROOT, wheel
from terraform import Terraform, resources

SOURCE = ROOT / "terraform/alicloud"
SAMPLES = ROOT / "Tests/NotifierTests/Samples"
WEBHOOK = "https://hooks.example.com/services/T/B/secret"

# What Pulumi calls otherwise; the names are those of the provider's own documentation.
RENAMED = {
    "alicloud_ecs_key_pair": "ecs/ecs_key_pair",
    "alicloud_event_bridge_service_linked_role": "eventbridge/service_linked_role",
    "alicloud_fcv3_async_invoke_config": "fc/v3_async_invoke_config",
    "alicloud_fcv3_concurrency_config": "fc/v3_concurrency_config",
    "alicloud_fcv3_function": "fc/v3_function",
    "alicloud_fcv3_function.custom_runtime_config.command": "commands",
    "alicloud_fcv3_trigger": "fc/v3_trigger",
    "alicloud_images": "ecs/get_images",
    "alicloud_instance": "ecs/instance",
    "alicloud_security_group": "ecs/security_group",
    "alicloud_security_group_rule": "ecs/security_group_rule",
    "alicloud_vpc": "vpc/network",
    "alicloud_vswitch": "vpc/switch",
}

STRESS = {"enabled": True, "allowed_cidrs": ["203.0.113.7/32"], "ssh_public_key": "ssh-ed25519 AAAA me"}
ALARMS = {"disk": {
    "metric": "diskusage_utilization", "resources": [{"instanceId": "i-1", "device": "/dev/vda1"}],
    "warn": 80, "critical": 95,
}}
ALWAYS = {
    "alicloud_fcv3_async_invoke_config.this", "alicloud_fcv3_function.this", "alicloud_log_project.this",
    "alicloud_log_store.this", "alicloud_log_store_index.this", "alicloud_message_service_queue.dead_letters",
    "alicloud_oss_bucket.code", "alicloud_oss_bucket_acl.code", "alicloud_oss_bucket_object.code",
    "alicloud_oss_bucket_public_access_block.code", "alicloud_ram_policy.this", "alicloud_ram_role.this",
    "alicloud_ram_role_policy_attachment.this",
}
MACHINE = {
    "alicloud_instance.stress", "alicloud_security_group.stress", "alicloud_vpc.stress", "alicloud_vswitch.stress",
}
CALLBACK = {"alicloud_fcv3_trigger.callback"}
ALARM = {"alicloud_cms_alarm_contact_group.nobody", "alicloud_cms_alarm.this"}
MONITORING = {
    "alicloud_fcv3_async_invoke_config.monitoring", "alicloud_fcv3_function.monitoring", "alicloud_log_store.monitoring",
    "alicloud_log_store_index.monitoring", "alicloud_message_service_queue.monitoring",
    "alicloud_oss_bucket_object.monitoring", "alicloud_ram_policy.monitoring", "alicloud_ram_role.monitoring",
    "alicloud_ram_role_policy_attachment.monitoring",
}
CHECKER = {
    "alicloud_fcv3_concurrency_config.checker", "alicloud_fcv3_trigger.timer", "alicloud_oss_bucket.checks",
    "alicloud_oss_bucket_acl.checks", "alicloud_oss_bucket_object.checks",
    "alicloud_oss_bucket_public_access_block.checks",
}
WRITER = {
    "alicloud_fcv3_trigger.results", "alicloud_message_service_topic.results", "alicloud_ram_policy.results",
    "alicloud_ram_role.results", "alicloud_ram_role_policy_attachment.results",
}
ON = {"enabled": True}


class Root(Terraform):
    """The root, a zip, and the provider that takes the real one's place."""

    def __init__(self, folder: pathlib.Path, environment: dict[str, str]):
        self.environment = environment
        super().__init__(SOURCE, folder, {})
        for own in self.folder.glob("*.tfvars*"):
            own.unlink()
        (self.folder / "zips").mkdir()
        for name in ("notifier", "uptime-checker", "metric-writer"):
            (self.folder / f"zips/{name}.zip").write_bytes(b"a zip")
        (self.folder / "uptime.yaml").write_text(
            "endpoints: [{name: api, url: https://shop.example.com, conditions: ['[STATUS] == 200']}]\n")

    def variables(self, values: dict) -> str:
        return super().variables({"zips": "zips", "slack_webhook_url": WEBHOOK, **values})


@pytest.fixture(scope="session")
def provider():
    """The stand-in for the provider, with the schemas of what the root uses."""
    if shutil.which("terraform") is None:
        pytest.skip("terraform is not installed")
    pytest.importorskip("grpc", reason="grpcio is not installed: run ./build.sh setup")
    from alicloud_provider import Provider, Schemas

    schemas = Schemas(wheel("pulumi_alicloud"), "pulumi_alicloud", RENAMED)
    text = "".join(path.read_text() for path in SOURCE.glob("*.tf"))
    serving = Provider(
        "aliyun/alicloud",
        {type_: schemas.resource(type_) for type_ in set(re.findall(r'^resource "(\w+)"', text, re.MULTILINE))},
        {type_: schemas.data_source(type_) for type_ in set(re.findall(r'^data "(\w+)"', text, re.MULTILINE))},
    )
    yield serving
    serving.close()


@pytest.fixture
def root(provider, tmp_path) -> Root:
    return Root(tmp_path, provider.environment)


@pytest.fixture(scope="module")
def terraform(provider, tmp_path_factory) -> Root:
    return Root(tmp_path_factory.mktemp("alicloud"), provider.environment)


@pytest.fixture(scope="module")
def deployed(provider, tmp_path_factory):
    """The root with everything in it, applied; what was created, by address."""
    full = Root(tmp_path_factory.mktemp("everything"), provider.environment)
    subprocess.run([full.folder / "callback-token.sh", "30"], check=True, capture_output=True)
    values = {
        "eventbridge": {"service_linked_role": True},
        "alarms": ALARMS, "stress": STRESS, "uptime_checker": ON, "metric_writer": ON,
    }
    full.run("apply", "-auto-approve", "-input=false", full.variables(values))
    assert full.plan(values) == {}, "a second plan has changes"
    yield resources(json.loads(full.run("show", "-json"))["values"]["root_module"])
    full.run("destroy", "-auto-approve", "-input=false", full.variables(values))
    assert json.loads((full.folder / "terraform.tfstate").read_text())["resources"] == []


# --- Its form --------------------------------------------------------------------------------------------------------


def test_format(terraform):
    terraform.run("fmt", "-check", "-diff", "-recursive", str(SOURCE))


def test_todays_provider_knows_every_argument():
    from bindings import Bindings

    bindings = Bindings(wheel("pulumi_alicloud"), "pulumi_alicloud", RENAMED)
    assert bindings.faults(SOURCE, "alicloud") == []
    assert bindings.used == set(RENAMED), "renamed, but not used"


def test_valid_and_nothing_is_deprecated(terraform):
    assert json.loads(terraform.run("validate", "-json"))["diagnostics"] == []


@pytest.mark.parametrize("file, old, new, message", [
    ("notifier.tf", "memory_size ", "memory ", 'An argument named "memory" is not expected here'),
    ("notifier.tf", "log_config {", "logging {", 'Blocks of type "logging" are not expected here'),
    ("notifier.tf", "  handler ", "  #handler ", 'The argument "handler" is required'),
    ("notifier.tf", "    port    = 9000", "    port    = [9000]", "Inappropriate value for attribute"),
    ("events.tf", '  trigger_type  = "eventbridge"', "", 'The argument "trigger_type" is required'),
    ("callback.tf", "http_trigger[0].url_internet", "http_trigger[0].url", "Unsupported attribute"),
    ("stress.tf", "owners        =", "owner         =", 'An argument named "owner" is not expected here'),
    ("stress.tf", "security_group_name =", "name                =", "deprecated"),
])
def test_the_provider_that_takes_its_place_sees_faults(root, file, old, new, message):
    text = (root.folder / file).read_text()
    assert old in text
    (root.folder / file).write_text(text.replace(old, new, 1))
    done = json.loads(root.run("validate", "-json", fails=message != "deprecated"))
    assert any(message.lower() in (d["summary"] + d.get("detail", "")).lower() for d in done["diagnostics"])


def _variables() -> dict[str, dict]:
    read = hcl2.loads((SOURCE / "variables.tf").read_text())
    return {name.strip('"'): body for block in read["variable"] for name, body in block.items()}


def test_every_variable_and_output_is_explained():
    variables = _variables()
    for name, body in variables.items():
        assert {"description", "type", "validation"} <= body.keys(), name
        for rule in body["validation"]:
            assert {"condition", "error_message"} <= rule.keys(), name
    for block in hcl2.loads((SOURCE / "outputs.tf").read_text())["output"]:
        assert all("description" in body for body in block.values())
    secrets = {name for name in variables if re.search("url|token|secret|rules", name)}
    assert secrets == {name for name, body in variables.items() if body.get("sensitive")}


# --- Its parts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values, parts", [
    ({}, {"alicloud_fcv3_trigger.eventbridge"}),
    ({"eventbridge": {"enabled": False}}, set()),
    ({"eventbridge": {"enabled": False, "service_linked_role": True}}, set()),
    ({"eventbridge": {"enabled": False}, "callback": {"enabled": True, "auth": "function"}}, CALLBACK),
    ({"eventbridge": {"enabled": False}, "stress": {"enabled": True}}, MACHINE),
    ({"eventbridge": {"enabled": False}, "stress": {"enabled": True, "ssh_public_key": "ssh-ed25519 AAAA me"}},
     MACHINE | {"alicloud_ecs_key_pair.stress"}),
    ({"eventbridge": {"enabled": False}, "uptime_checker": ON}, MONITORING | CHECKER),
    ({"eventbridge": {"enabled": False}, "metric_writer": ON}, MONITORING | WRITER),
])
def test_each_switch_alone(terraform, values, parts):
    assert {re.sub(r"\[.*", "", address) for address in terraform.planned(values)} == ALWAYS | parts


def test_switches_that_need_the_token(root):
    subprocess.run([root.folder / "callback-token.sh"], check=True, capture_output=True)
    off = {"eventbridge": {"enabled": False}}
    for values, parts in [
        ({}, CALLBACK),
        ({"alarms": ALARMS}, CALLBACK | ALARM),
        ({"stress": {"enabled": True}}, CALLBACK | ALARM | MACHINE),
    ]:
        assert {re.sub(r"\[.*", "", address) for address in root.planned(off | values)} == ALWAYS | parts


@pytest.mark.parametrize("values, message", [
    ({"slack_webhook_url": None}, "Nothing says where messages go"),
    ({"slack_webhook_url": "ssm:/webhook"}, "references to secrets need AWS"),
    ({"slack_format": "html"}, "blocks, form, text or tree"),
    ({"output": {"kind": "webhook", "options": {"url": "https://x"}}}, "set them in output_secrets"),
    ({"output_secrets": {"password": "x"}}, "url, token, secret, key, authorization and slack-signing-secret"),
    ({"rules": "outputs: {a: {kind: slack}}\n" + "#" * 3500}, "must not exceed 3500 characters"),
    ({"rules": "outputs: ["}, "The rules are YAML or JSON"),
    ({"zips": "nowhere"}, "run ./build.sh first"),
    ({"name": "9"}, "starts with a letter"),
    ({"region": "Singapore"}, "A region is like"),
    ({"notifier": {"memory": 100}}, "a multiple of 64 MB"),
    ({"notifier": {"cpu": 1, "memory": 512}}, "1 to 4 GB"),
    ({"notifier": {"environment": {"SLACK_WEBHOOK_URL": WEBHOOK}}}, "set slack_webhook_url, output_secrets or rules"),
    ({"notifier": {"environment": {"NOTIFY_CONFIG_TEXT": "outputs: {}"}}}, "set slack_webhook_url, output_secrets or rules"),
    ({"notifier": {"environment": {"CHAT": "https://oapi.dingtalk.com/robot/send?access_token=x"}}}, "set slack_webhook_url,"),
    ({"notifier": {"runtime": "custom-container"}}, "The function is a binary"),
    ({"eventbridge": {"pattern": "ecs"}}, "a JSON object"),
    ({"event_rule": {"enabled": True}}, "event_rule is gone"),
    ({"callback": {"enabled": True}}, "run ./callback-token.sh"),
    ({"callback": {"enabled": True, "auth": "anonymous"}}, "there is no open callback"),
    ({"callback": {"enabled": True, "auth": "jwt"}}, "needs jwks, a JSON Web Key Set: run ./callback-token.sh"),
    ({"callback": {"jwks": '{"keys":[{"kty":"RSA","d": "x"}]}'}}, "only the public one"),
    ({"alarms": ALARMS}, "run ./callback-token.sh"),
    ({"alarms": {"disk": {"metric": "m", "resources": [{"instanceId": "i-1"}]}}}, "critical, warn or info"),
    ({"alarms": {"disk": {"metric": "m", "resources": [], "warn": 1}}}, "at least one resource"),
    ({"uptime_checker": {"enabled": True, "file": "nowhere.yaml"}}, "uptime_checker.file is not there"),
    ({"uptime_checker": {"every": "10s"}}, "once a minute at most"),
    ({"uptime_checker": {"name": "9"}}, "starts with a letter"),
    ({"uptime_checker": {"memory": 100}}, "a multiple of 64 MB"),
    ({"uptime_checker": {"timeout": 1}}, "5 to 86400 seconds"),
    ({"uptime_checker": {"environment": {"API_TOKEN": "x"}}}, "give it by uptime_secrets"),
    ({"uptime_secrets": {"FC_KEY": "x"}}, "does not begin with FC_"),
    ({"metric_writer": {"name": "9"}}, "starts with a letter"),
    ({"metric_writer": {"cpu": 1}}, "1 to 4 GB"),
    ({"metric_writer": {"timeout": 1}}, "5 to 86400 seconds"),
    ({"stress": {"allowed_cidrs": ["0.0.0.0/0"]}}, "not for everybody"),
    ({"stress": {"allowed_cidrs": ["home"]}}, "in CIDR form"),
    ({"stress": {"ssh_public_key": "-----BEGIN"}}, "the line of a .pub file"),
])
def test_what_cannot_be_is_refused(terraform, values, message):
    assert message in terraform.refusal(values)


@pytest.mark.parametrize("architecture, refused", [("arm64", True), ("x86_64", False)])
def test_zip_for_another_processor_is_refused(root, architecture, refused):
    manifest = {"artefacts": {"notifier.zip": {"architecture": architecture}}}
    (root.folder / "zips/manifest.json").write_text(json.dumps(manifest))
    if refused:
        assert "was built for another processor than x86_64" in root.refusal({})
    else:
        assert root.plan({})


# --- What was created ------------------------------------------------------------------------------------------------


def test_function_is_started_as_its_zip_and_server_need(deployed):
    function = deployed["alicloud_fcv3_function.this"]
    [runtime] = function["custom_runtime_config"]
    assert runtime["command"] == ["/code/bootstrap"]
    assert 'files = {"bootstrap": binary,' in (ROOT / "Tools/package.py").read_text()
    settings = (ROOT / "Sources/Hosts/FunctionCompute/FunctionCompute.swift").read_text()
    assert runtime["port"] == int(re.search(r"var port = ([\d_]+)", settings)[1])
    [code] = function["code"]
    uploaded = deployed["alicloud_oss_bucket_object.code"]
    assert (code["oss_bucket_name"], code["oss_object_name"]) == (uploaded["bucket"], uploaded["key"])
    assert (SOURCE / _variables()["zips"]["default"].strip('"')).resolve() == ROOT / "dist/fc"
    assert "fc/notifier" in (ROOT / "build.sh").read_text()


@pytest.mark.parametrize("values", [
    {},
    {"output": {"kind": "dingtalk", "options": {"mentions": "all"}}, "output_secrets": {"url": WEBHOOK, "secret": "S"}},
    {"rules": "outputs: {}", "notifier": {"environment": {"NOTIFY_DIGEST": "3", "LOG_LEVEL": "debug"}}},
])
def test_variables_are_those_that_the_function_reads(terraform, values):
    sources = "".join(path.read_text() for module in ("Notifier", "FunctionCompute")
                      for path in ROOT.glob(f"Sources/*/{module}/**/*.swift"))
    read = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', sources))
    given = terraform.planned(values)["alicloud_fcv3_function.this"]["environment_variables"]
    assert {name for name in given if name not in read and not name.startswith("OUTPUT_")} == set()
    assert given["SLACK_WEBHOOK_URL"] == WEBHOOK and given["NOTIFY_GRAPHS"] == "false"
    settings = (ROOT / "Sources/Functions/Notifier/Outputs/OutputDefinition.swift").read_text()
    secret_keys = re.search(r"secretKeys: Set<String> = (\[.+\])", settings)[1]
    assert (SOURCE / "variables.tf").read_text().count(secret_keys) == 2, "the secrets of an output"


def test_callbacks_are_queued_once_by_the_function_itself(terraform, deployed):
    endpoint = "https://account-id.ap-southeast-1.fc.aliyuncs.com"
    assert deployed["alicloud_fcv3_function.this"]["environment_variables"]["CALLBACK_QUEUE"] == endpoint
    assert deployed["alicloud_fcv3_async_invoke_config.this"]["async_task"] is True
    without = terraform.planned({})
    assert "CALLBACK_QUEUE" not in without["alicloud_fcv3_function.this"]["environment_variables"]
    assert without["alicloud_fcv3_async_invoke_config.this"]["async_task"] is False


def test_role_may_write_its_log_and_its_dead_letters_and_queue_its_callbacks(deployed):
    [trust] = json.loads(deployed["alicloud_ram_role.this"]["assume_role_policy_document"])["Statement"]
    assert trust["Principal"] == {"Service": ["fc.aliyuncs.com"]}
    statements = json.loads(deployed["alicloud_ram_policy.this"]["policy_document"])["Statement"]
    allowed = {action: statement["Resource"] for statement in statements for action in statement["Action"]}
    [log] = deployed["alicloud_fcv3_function.this"]["log_config"]
    queue = deployed["alicloud_message_service_queue.dead_letters"]["queue_name"]
    account = "ap-southeast-1:account-id"
    assert allowed == {
        "log:PostLogStoreLogs": [f"acs:log:{account}:project/{log['project']}/logstore/{log['logstore']}"],
        "mns:SendMessage": [f"acs:mns:{account}:/queues/{queue}/messages"],
        "fc:InvokeFunction": [
            f"acs:fc:{account}:functions/tocsin-notifier", f"acs:fc:{account}:functions/tocsin-notifier/*"],
    }
    [destination] = deployed["alicloud_fcv3_async_invoke_config.this"]["destination_config"]
    assert [destination["on_failure"][0]["destination"]] == allowed["mns:SendMessage"]


def allowed(deployed, key: str) -> dict[str, list[str]]:
    """What the role of a function that writes metrics may do, by action."""
    statements = json.loads(deployed[f'alicloud_ram_policy.monitoring["{key}"]']["policy_document"])["Statement"]
    assert {statement["Effect"] for statement in statements} == {"Allow"}
    return {action: statement["Resource"] for statement in statements for action in statement["Action"]}


def test_checker_runs_by_a_timer_one_run_at_a_time(deployed):
    trigger = deployed['alicloud_fcv3_trigger.timer["this"]']
    assert (trigger["trigger_type"], trigger["function_name"]) == ("timer", "tocsin-uptime-checker")
    assert json.loads(trigger["trigger_config"]) == {"cronExpression": "@every 1m", "enable": True, "payload": "{}"}
    assert deployed['alicloud_fcv3_concurrency_config.checker["this"]']["reserved_concurrency"] == 1
    asynchronous = deployed['alicloud_fcv3_async_invoke_config.monitoring["uptime-checker"]']
    assert (asynchronous["max_async_retry_attempts"], asynchronous["max_async_event_age_in_seconds"]) == (0, 60)


def test_checker_reads_its_file_and_keeps_its_state_in_its_bucket(deployed):
    function = deployed['alicloud_fcv3_function.monitoring["uptime-checker"]']
    [mount] = function["oss_mount_config"][0]["mount_points"]
    bucket = deployed['alicloud_oss_bucket.checks["this"]']["bucket"]
    assert (mount["bucket_name"], mount["read_only"], bucket) == (bucket, False, "tocsin-uptime-checker-account-id")
    variables = function["environment_variables"]
    file = deployed['alicloud_oss_bucket_object.checks["this"]']
    assert (variables["UPTIME_CONFIG"], file["bucket"]) == (f"{mount['mount_dir']}/{file['key']}", bucket)
    assert "shop.example.com" in file["content"]
    assert variables["UPTIME_STATE"].startswith(f"file://{mount['mount_dir']}/")
    may = allowed(deployed, "uptime-checker")
    # Not its own configuration.
    assert may["oss:PutObject"] == [f"acs:oss:*:account-id:{bucket}/state*"]
    assert may["oss:GetObject"] == [f"acs:oss:*:account-id:{bucket}/*"]
    assert may["oss:ListObjects"] == [f"acs:oss:*:account-id:{bucket}"]


def test_checker_may_invoke_the_notifier_and_write_metrics(deployed):
    notifier = deployed["alicloud_fcv3_function.this"]["function_name"]
    may = allowed(deployed, "uptime-checker")
    target = deployed['alicloud_fcv3_function.monitoring["uptime-checker"]']["environment_variables"]["UPTIME_NOTIFIER"]
    assert target == f"https://account-id.ap-southeast-1.fc.aliyuncs.com/{notifier}"
    functions = f"acs:fc:ap-southeast-1:account-id:functions/{notifier}"
    assert may["fc:InvokeFunction"] == [functions, f"{functions}/*"]
    assert may["cms:PutCustomMetric"] == ["*"]
    assert deployed["alicloud_fcv3_async_invoke_config.this"]["async_task"] is True


def test_a_change_that_is_told_twice_is_one_task(terraform):
    assert terraform.planned({"uptime_checker": ON})["alicloud_fcv3_async_invoke_config.this"]["async_task"] is True


@pytest.mark.parametrize("key", ["uptime-checker", "metric-writer"])
def test_metrics_functions_have_their_own_log_and_dead_letters(deployed, key):
    name = f"tocsin-{key}"
    [log] = deployed[f'alicloud_fcv3_function.monitoring["{key}"]']["log_config"]
    queue = deployed[f'alicloud_message_service_queue.monitoring["{key}"]']["queue_name"]
    account = "ap-southeast-1:account-id"
    may = allowed(deployed, key)
    assert may["log:PostLogStoreLogs"] == [f"acs:log:{account}:project/{log['project']}/logstore/{key}"]
    assert log["logstore"] == key and queue == f"{name}-dead-letters"
    assert may["mns:SendMessage"] == [f"acs:mns:{account}:/queues/{queue}/messages"]
    asynchronous = deployed[f'alicloud_fcv3_async_invoke_config.monitoring["{key}"]']
    [destination] = asynchronous["destination_config"]
    assert (asynchronous["function_name"], [destination["on_failure"][0]["destination"]]) == (name, may["mns:SendMessage"])
    assert re.fullmatch(key + "-[0-9a-f]{16}.zip", deployed[f'alicloud_oss_bucket_object.monitoring["{key}"]']["key"])


def test_writer_is_called_by_its_topic(deployed):
    trigger = deployed['alicloud_fcv3_trigger.results["this"]']
    topic = deployed['alicloud_message_service_topic.results["this"]']["topic_name"]
    assert (trigger["trigger_type"], trigger["function_name"]) == ("mns_topic", "tocsin-metric-writer")
    assert trigger["source_arn"] == f"acs:mns:ap-southeast-1:account-id:/topics/{topic}"
    assert json.loads(trigger["trigger_config"])["notifyContentFormat"] == "JSON"
    assert trigger["invocation_role"] == deployed['alicloud_ram_role.results["this"]']["arn"]
    [trust] = json.loads(deployed['alicloud_ram_role.results["this"]']["assume_role_policy_document"])["Statement"]
    assert trust["Principal"] == {"Service": ["mns.aliyuncs.com"]}
    [statement] = json.loads(deployed['alicloud_ram_policy.results["this"]']["policy_document"])["Statement"]
    functions = "acs:fc:ap-southeast-1:account-id:functions/tocsin-metric-writer"
    assert (statement["Action"], statement["Resource"]) == (["fc:InvokeFunction"], [functions, f"{functions}/*"])


def test_variables_of_the_metrics_functions_are_those_that_they_read(terraform):
    modules = ("UptimeChecker", "MetricWriter", "AlibabaMonitoring", "CloudWatchMetrics")
    sources = "".join(path.read_text() for name in modules for path in ROOT.glob(f"Sources/*/{name}/**/*.swift"))
    read = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', sources))
    planned = terraform.planned({
        "uptime_checker": ON | {"environment": {"CLOUDMONITOR_GROUP": "7"}}, "uptime_secrets": {"PROBE_PASSWORD": "p"},
        "metric_writer": ON | {"environment": {"METRIC_UNITS": "correct"}},
    })
    given = {
        key: planned[f'alicloud_fcv3_function.monitoring["{key}"]']["environment_variables"]
        for key in ("uptime-checker", "metric-writer")
    }
    assert given["uptime-checker"].pop("PROBE_PASSWORD") == "p"
    assert given["metric-writer"] == {"METRIC_UNITS": "correct"}
    assert set(given["uptime-checker"]) - read == set()


def test_a_missing_zip_is_told(root):
    (root.folder / "zips/uptime-checker.zip").unlink()
    assert "uptime-checker.zip is not there: run ./build.sh first" in root.refusal({"uptime_checker": ON})
    assert root.planned({"metric_writer": ON})


def test_system_events_call_the_function(deployed):
    trigger = deployed["alicloud_fcv3_trigger.eventbridge[0]"]
    configuration = json.loads(trigger["trigger_config"])
    assert (trigger["trigger_type"], trigger["function_name"]) == ("eventbridge", "tocsin-notifier")
    assert configuration["eventSourceConfig"] == {"eventSourceType": "Default"}
    assert json.loads(configuration["eventRuleFilterPattern"])["source"] == ["acs.ecs"]


def test_system_events_are_asynchronous_by_todays_meaning(deployed, terraform):
    """In the API of 2023-03-30 false is asynchronous; should an account know it otherwise, it is a switch."""
    configuration = json.loads(deployed["alicloud_fcv3_trigger.eventbridge[0]"]["trigger_config"])
    assert configuration["asyncInvocationType"] is False
    planned = terraform.planned({"eventbridge": {"async_invocation_type": True}})
    assert json.loads(planned["alicloud_fcv3_trigger.eventbridge[0]"]["trigger_config"])["asyncInvocationType"] is True


def test_callback_without_a_token_reaches_nobody(root):
    """The trigger lets in whoever calls it only where the function asks for the token."""
    for callback in ({"enabled": True}, {"enabled": True, "auth": "anonymous"}):
        assert root.refusal({"callback": callback})
    subprocess.run([root.folder / "callback-token.sh"], check=True, capture_output=True)
    own = json.loads((root.folder / "callback.auto.tfvars.json").read_text())
    for auth, kind in [("token", "anonymous"), ("jwt", "jwt")]:
        planned = root.planned({"callback": own["callback"] | {"auth": auth}})
        trigger = json.loads(planned["alicloud_fcv3_trigger.callback[0]"]["trigger_config"])
        assert trigger["authType"] == kind
        assert planned["alicloud_fcv3_function.this"]["environment_variables"]["NOTIFY_TOKEN"] == own["callback_token"]


def test_another_token_leaves_who_looks_at_it(root):
    own = root.folder / "callback.auto.tfvars.json"
    own.unlink(missing_ok=True)
    before = None
    for chosen in ("token", "jwt", "token"):
        if own.exists():
            values = json.loads(own.read_text())
            own.write_text(json.dumps(values | {"callback": values["callback"] | {"auth": chosen}}))
        subprocess.run([root.folder / "callback-token.sh"], check=True, capture_output=True)
        made = json.loads(own.read_text())
        assert made["callback"]["auth"] == chosen
        assert made["callback_token"] != before
        before = made["callback_token"]


def test_a_short_token_is_for_the_function_alone(root):
    """Function Compute takes JSON Web Tokens only."""
    subprocess.run([root.folder / "callback-token.sh"], check=True, capture_output=True)
    own = root.folder / "callback.auto.tfvars.json"
    values = json.loads(own.read_text())
    own.write_text(json.dumps(values | {"callback_token": "0123456789abcdef" * 4}))
    planned = root.planned({})
    assert planned["alicloud_fcv3_function.this"]["environment_variables"]["NOTIFY_TOKEN"] == "0123456789abcdef" * 4
    assert "is a JSON Web Token" in root.refusal({"callback": values["callback"] | {"auth": "jwt"}})
    own.write_text(json.dumps(values | {"callback_token": "short"}))
    assert "The token has 32" in root.refusal({})


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_token_is_looked_for_where_the_documentation_says(root):
    """In the form of POST requests and in the query of GET requests; by a key that has signed it."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
    from cryptography.hazmat.primitives.hashes import SHA256

    subprocess.run([root.folder / "callback-token.sh"], check=True, capture_output=True)
    own = json.loads((root.folder / "callback.auto.tfvars.json").read_text())
    planned = root.planned({"callback": own["callback"] | {"auth": "jwt"}})
    trigger = json.loads(planned["alicloud_fcv3_trigger.callback[0]"]["trigger_config"])
    authentication = json.loads(trigger["authConfig"])
    assert authentication["tokenLookup"] == "form:token,query:token"
    [key] = authentication["jwks"]["keys"]
    assert key.keys() == {"kty", "use", "alg", "n", "e"}, "the public half only"
    signed, _, signature = own["callback_token"].rpartition(".")
    public = RSAPublicNumbers(*(int.from_bytes(decoded(key[part]), "big") for part in "en")).public_key()
    public.verify(decoded(signature), signed.encode(), PKCS1v15(), SHA256())
    assert json.loads(decoded(signed.split(".")[0])) == {"alg": key["alg"], "typ": "JWT"}


def test_alarms_call_the_url_with_a_token_that_the_function_knows(deployed):
    trigger = deployed["alicloud_fcv3_trigger.callback[0]"]
    configuration = json.loads(trigger["trigger_config"])
    assert (configuration["authType"], configuration["methods"]) == ("anonymous", ["POST"])
    known = deployed["alicloud_fcv3_function.this"]["environment_variables"]["NOTIFY_TOKEN"]
    for name in ("disk", "stress-cpu"):
        alarm = deployed[f'alicloud_cms_alarm.this["{name}"]']
        url, _, query = alarm["webhook"].partition("?")
        assert url == trigger["http_trigger"][0]["url_internet"] + "/"
        assert urllib.parse.parse_qs(query)["token"] == [known]
        claims = json.loads(decoded(known.split(".")[1]))
        assert 29 * 86_400 < claims["exp"] - time.time() <= 30 * 86_400
        nobody = deployed["alicloud_cms_alarm_contact_group.nobody[0]"]
        assert (alarm["contact_groups"], nobody["contacts"]) == ([nobody["alarm_contact_group_name"]], None)
    disk = deployed['alicloud_cms_alarm.this["disk"]']
    assert [disk[f"escalations_{level}"][0]["threshold"] for level in ("critical", "warn")] == ["95", "80"]
    assert disk["escalations_info"] == [] and json.loads(disk["metric_dimensions"]) == ALARMS["disk"]["resources"]


def test_stress_machine_is_shut_and_can_be_made_again(deployed, terraform):
    rules = [rule for address, rule in deployed.items() if address.startswith("alicloud_security_group_rule.")]
    assert {(rule["type"], rule["port_range"], rule["cidr_ip"]) for rule in rules} == {
        ("ingress", "22/22", "203.0.113.7/32"), ("ingress", "5201/5201", "203.0.113.7/32"),
    }
    machine = deployed['alicloud_instance.stress["this"]']
    assert machine["system_disk_encrypted"] and machine["http_tokens"] == "required" and machine["password"] is None
    assert machine["user_data"].startswith("#cloud-config\n")
    assert "packages: [stress-ng, iperf3]" in machine["user_data"]

    planned = terraform.planned({"stress": STRESS | {"allowed_cidrs": []}})
    assert not [address for address in planned if address.startswith("alicloud_security_group_rule.")]
    pair = planned['alicloud_ecs_key_pair.stress["this"]']
    assert pair["key_name_prefix"] == "speed-test-" and pair.get("key_pair_name") is None and pair["key_file"] is None


def test_snippets_of_the_guide(root):
    guide = (ROOT / "docs/deploy-alibaba-cloud.md").read_text()
    snippets = re.findall(r"```\n(\w+ = \{\n.+?)```", guide, re.DOTALL)
    (root.folder / "guide.auto.tfvars").write_text("".join(snippets))
    subprocess.run([root.folder / "callback-token.sh"], check=True, capture_output=True)
    assert {'alicloud_cms_alarm.this["disk"]', 'alicloud_instance.stress["this"]'} <= root.planned({}).keys()


def test_outputs_of_the_original(terraform):
    terraform.run("plan", "-input=false", "-out=plan", terraform.variables({"stress": STRESS}))
    changes = json.loads(terraform.run("show", "-json", "plan"))["output_changes"]
    assert changes["username"]["after"] == "root" and changes["ssh_key_file"]["after"] == "~/.ssh/id_ed25519"
    assert changes["public_ip"]["after_unknown"] is True


# --- What was deployed, run ------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def bootstrap(tmp_path_factory) -> pathlib.Path:
    """The binary of the zip."""
    archive = ROOT / "dist/fc/notifier.zip"
    if not archive.exists():
        pytest.skip("not built: dist/fc/notifier.zip; run ./build.sh")
    with zipfile.ZipFile(archive) as opened:
        program = pathlib.Path(opened.extract("bootstrap", tmp_path_factory.mktemp("code")))
    program.chmod(0o755)
    return program


@contextlib.contextmanager
def running(bootstrap: pathlib.Path, variables: dict[str, str]):
    """The function, started as Function Compute starts it; the URL of its server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = variables | {"FC_CUSTOM_LISTEN_PORT": str(port)}
    process = subprocess.Popen([bootstrap], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            if "listening" in line:
                break
        else:
            pytest.fail("the function ended before it listened")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=30)


def call(url: str, control: str, body: bytes) -> int:
    """A request as Function Compute sends it: an event, or the form of CloudMonitor's callback."""
    kind = "application/octet-stream" if control == "/invoke" else "application/x-www-form-urlencoded"
    headers = {"x-fc-request-id": "1", "x-fc-control-path": control, "Content-Type": kind}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
        return answer.status


def test_function_refuses_a_callback_without_the_token(root, bootstrap, web):
    """What stands before it, the trigger, lets everybody in."""
    subprocess.run([root.folder / "callback-token.sh"], check=True, capture_output=True)
    token = json.loads((root.folder / "callback.auto.tfvars.json").read_text())["callback_token"]
    planned = root.planned({"slack_webhook_url": f"{web.url}/hook", "slack_format": "text"})
    variables = planned["alicloud_fcv3_function.this"]["environment_variables"]
    variables.pop("CALLBACK_QUEUE", None)  # there is no Function Compute that could queue it
    body = base64.b64decode(json.loads((SAMPLES / "cloudmonitor-alarm.json").read_text())["body"])
    web.posted.clear()
    with running(bootstrap, variables) as url:
        for path in ("/", "/?token=a.b.c"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                call(url + path, "/http-invoke", body)
            assert (refused.value.code, web.posted) == (401, [])
        assert call(f"{url}/?token={token}", "/http-invoke", body) == 200
    assert len(web.posted) == 1


@pytest.mark.parametrize("kind", ["slack", "output", "rules"])
def test_one_event_through_each_path(terraform, bootstrap, web, kind):
    chat = f"{web.url}/hook"
    values = {
        "slack": {"slack_webhook_url": chat, "slack_format": "text"},
        "output": {"slack_webhook_url": None, "output": {"kind": "mattermost"}, "output_secrets": {"url": chat}},
        "rules": {"slack_webhook_url": None, "rules": f"outputs: {{chat: {{kind: slack, url: '{chat}'}}}}"},
    }[kind]
    variables = terraform.planned(values)["alicloud_fcv3_function.this"]["environment_variables"]
    form = json.loads((SAMPLES / "cloudmonitor-alarm.json").read_text())
    paths = [
        ("/invoke", "/invoke", (SAMPLES / "cloudmonitor-event.json").read_bytes(), "topping"),
        ("/invoke", "/invoke", (SAMPLES / "cloudevent-ecs.json").read_bytes(), "reemptible"),
        ("/?token=a.b.c", "/http-invoke", base64.b64decode(form["body"]), "ALERT"),
    ]
    with running(bootstrap, variables) as url:
        for path, control, body, expected in paths:
            web.posted.clear()
            assert call(url + path, control, body) == 200
            [posted] = web.posted
            assert expected in posted and "a.b.c" not in posted
