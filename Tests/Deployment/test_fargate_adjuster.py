"""The Fargate adjuster of terraform/aws, applied for real: against moto, with and without durable executions."""

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
ECS = f"arn:aws:ecs:{ARN}"
NAME = "ship-fargate-adjuster"
DURABLE = "ship-fargate-durable"
STATE = f"ship-fargate-state-{ACCOUNT}-{REGION}"
TASK_ROLE = f"arn:aws:iam::{ACCOUNT}:role/web-task"
CONFIG = f"""fargate:
  web: {{service_name: web, cluster: shop, settings: {{replicas: {{max: 4}}}}}}
  api: {{service_name: {ECS}:service/back/api, settings: {{replicas: {{max: 4}}}}}}
  jobs: {{service_name: jobs, cluster: {ECS}:cluster/back, settings: {{replicas: {{max: 4}}}}}}
  mail: {{service_name: mail, settings: {{replicas: {{max: 4}}}}}}
"""

# The calls of servo-fargate's README, with what each may be about. iam:PassRole is a right, and no call.
REQUIRED = {
    "ecs:DescribeServices": f"{ECS}:service/shop/web", "ecs:UpdateService": f"{ECS}:service/back/jobs",
    "ecs:DescribeTaskDefinition": "*", "ecs:RegisterTaskDefinition": "*", "elasticloadbalancing:DescribeTargetHealth": "*",
    "iam:PassRole": TASK_ROLE,
}
CAPABILITIES = {
    "deployments": {
        "ecs:DescribeServiceDeployments": f"{ECS}:service-deployment/shop/web/d", "ecs:ListServiceDeployments": f"{ECS}:service/shop/web",
    },
    "rollback": {"ecs:StopServiceDeployment": f"{ECS}:service-deployment/default/mail/d"},
    "tasks": {"ecs:ListTasks": "*", "ecs:DescribeTasks": f"{ECS}:task/back/0123"},
    "scaling": {
        "application-autoscaling:DescribeScalableTargets": "*",
        "application-autoscaling:RegisterScalableTarget": f"arn:aws:application-autoscaling:{ARN}:scalable-target/x",
    },
    "tags": {"ecs:TagResource": f"{ECS}:task-definition/web:7"},
    "deregister": {"ecs:DeregisterTaskDefinition": "*"},
    "express": {"ecs:UpdateExpressGatewayService": f"{ECS}:service/shop/web", "ecs:DescribeExpressGatewayService": f"{ECS}:service/shop/web"},
}


def own(name: str) -> dict[str, list[str]]:
    """What the function needs for itself, besides ECS: its state, its configuration, its log, its messages."""
    log = f"arn:aws:logs:{ARN}:log-group:/aws/lambda/{name}:log-stream:x"
    return {
        "s3:GetObject": [f"arn:aws:s3:::{STATE}/state/runs/1", f"arn:aws:s3:::ship-configuration-{ACCOUNT}-{REGION}/ship/fargate.yaml"],
        "s3:PutObject": [f"arn:aws:s3:::{STATE}/state/runs/1"], "s3:DeleteObject": [f"arn:aws:s3:::{STATE}/state/runs/1"],
        "s3:ListBucket": [f"arn:aws:s3:::{STATE}"], "sns:Publish": [f"arn:aws:sns:{ARN}:ship-alarms"],
        "logs:CreateLogStream": [log], "logs:PutLogEvents": [log],
        "sqs:SendMessage": [f"arn:aws:sqs:{ARN}:{name}-dead-letters"],
        # Runs outlive a change of `durable`, which gives the function its other name.
        "lambda:GetDurableExecution": [f"arn:aws:lambda:{ARN}:function:{other}:1/durable-execution/n/r" for other in (NAME, DURABLE)],
    }


@pytest.fixture(scope="module")
def terraform(plugins, aws, tmp_path_factory) -> AWSTerraform:
    return AWSTerraform(SOURCE, tmp_path_factory.mktemp("fargate"), local_provider(aws.url), f"-plugin-dir={plugins}")


@pytest.fixture(scope="module")
def values(terraform, zips, tmp_path_factory) -> dict:
    """The variable file. Nothing is run here, so a zip of another function will do where there is none yet."""
    folder = tmp_path_factory.mktemp("zips")
    zip = zips / "fargate-adjuster.zip"
    shutil.copy(zip if zip.exists() else zips / "notifier.zip", folder / "fargate-adjuster.zip")
    (terraform.folder / "config.yaml").write_text(CONFIG)
    return {"name": "ship", "zips": str(folder), "runtime": "provided.al2", "dashboard": True, "fargate_adjuster": {
        "enabled": True, "config_file": "config.yaml", "task_roles": [TASK_ROLE], "destroy_state": True,
    }}


@pytest.fixture(scope="module")
def deployed(terraform, values) -> dict:
    terraform.run("apply", "-auto-approve", "-input=false", terraform.variables(values))
    return terraform.outputs()


def changed(values: dict, **settings) -> dict:
    return values | {"fargate_adjuster": values["fargate_adjuster"] | settings}


def planned_statements(terraform, values: dict) -> list[dict]:
    """The statements of the role that a plan would make."""
    terraform.planned(values, "-state=empty")
    changes = json.loads(terraform.run("show", "-json", "plan"))["resource_changes"]
    address = "module.tocsin.module.fargate_adjuster[0].data.aws_iam_policy_document.this"
    [after] = [change["change"]["after"] for change in changes if change["address"] == address]
    return after["statement"]


# --- What the sources call -------------------------------------------------------------------------------------------


def test_permissions_are_those_of_the_operations_that_the_sources_call():
    granted = {action.split(":")[1] for part in (REQUIRED, *CAPABILITIES.values()) for action in part}
    # Of the function itself, by statements of its own, and the command line's.
    others = {"Publish", "GetDurableExecution", "GetECSServiceRecommendations", "GetCallerIdentity"}
    folder = ROOT / "Sources/Functions/FargateAdjuster"
    assert operations(folder) - granted - others == set(), "called, but not allowed"
    # TagResource is no call of its own: ECS asks for it when a revision is registered with tags.
    texts = "".join(path.read_text() for path in folder.rglob("*.swift"))
    assert [name for name in granted - {"PassRole", "TagResource"} if f'"{name}"' not in texts] == [], "allowed, but not called"


def test_actions_exist():
    """Where IAM calls an action like the operation, botocore knows it."""
    models = {"elasticloadbalancing": ("elbv2",), "application-autoscaling": ("application-autoscaling",), "ecs": ("ecs",)}
    loader = botocore.loaders.Loader()
    for part in (REQUIRED, *CAPABILITIES.values()):
        for action in part.keys() - {"iam:PassRole"}:
            service, operation = action.split(":")
            known = {name for model in models[service] for name in loader.load_service_model(model, "service-2")["operations"]}
            assert operation in known, action


# --- Deployed --------------------------------------------------------------------------------------------------------


def test_second_plan_is_empty(deployed, terraform, values):
    assert "No changes" in terraform.run("plan", "-detailed-exitcode", terraform.variables(values))


def test_role_has_the_five_permissions_and_no_more(deployed, aws):
    granted = [(action, s) for s in statements(aws, NAME) for action in listed(s["Action"])]
    about_itself = own(NAME)
    assert {action for action, _ in granted} == set(REQUIRED) | set(about_itself)
    for action, statement in granted:
        for resource in about_itself.get(action, [REQUIRED.get(action)]):
            patterns = [p for other, s in granted if other == action for p in listed(s["Resource"])]
            assert any(fnmatch.fnmatchcase(resource, pattern) for pattern in patterns), (action, resource)
    by_sid = {s["Sid"]: s for _, s in granted if "Sid" in s}
    services = [f"{ECS}:service/{name}" for name in ("back/api", "back/jobs", "default/mail", "shop/web")]
    assert sorted(listed(by_sid["Services"]["Resource"])) == services
    assert by_sid["TaskRoles"]["Condition"] == {"StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com"]}}
    assert listed(by_sid["TaskRoles"]["Resource"]) == [TASK_ROLE]


def test_variables_of_the_function(deployed, aws):
    function = aws.client("lambda").get_function_configuration(FunctionName=NAME)
    assert function["Environment"]["Variables"] == {
        "FARGATE_CONFIG": f"s3://ship-configuration-{ACCOUNT}-{REGION}/ship/fargate.yaml", "FARGATE_DURABLE": "state",
        "FARGATE_STATE": f"s3://{STATE}/state", "FARGATE_RESULT_TOPIC_ARN": f"arn:aws:sns:{ARN}:ship-alarms",
    }
    assert deployed["fargate_state"] == f"s3://{STATE}/state"
    stored = aws.client("s3").get_object(Bucket=f"ship-configuration-{ACCOUNT}-{REGION}", Key="ship/fargate.yaml")
    assert stored["Body"].read().decode() == CONFIG


def test_who_notices(deployed, aws):
    found = aws.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{NAME}-")["MetricAlarms"]
    alarms = {alarm["AlarmName"].removeprefix(f"{NAME}-"): alarm for alarm in found}
    assert set(alarms) == {"errors", "throttles", "partial-failures", "dead-letters", "not-running", "still-broken"}
    assert all(alarm["AlarmActions"] == [f"arn:aws:sns:{ARN}:ship-alarms"] for alarm in found)
    [filter] = aws.client("logs").describe_metric_filters(logGroupName=f"/aws/lambda/{NAME}")["metricFilters"]
    assert filter["filterPattern"] == '"still broken:"'
    [metric] = filter["metricTransformations"]
    broken = alarms["still-broken"]
    assert (metric["metricNamespace"], metric["metricName"]) == (broken["Namespace"], broken["MetricName"])
    # What the filter looks for is what the function writes.
    source = (ROOT / "Sources/Functions/FargateAdjuster/Function/FargateAdjuster+Runs.swift").read_text()
    assert '.critical("still broken: ' in source
    config = aws.client("lambda").get_function_event_invoke_config(FunctionName=NAME)
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (2, 3600)


def event(kind: str, detail: dict, resource: str) -> dict:
    return {"version": "0", "id": "e", "source": "aws.ecs", "detail-type": kind, "account": ACCOUNT, "region": REGION,
            "time": "2026-11-28T12:00:00Z", "resources": [resource], "detail": detail}


def deployment(service: str) -> dict:
    return event("ECS Deployment State Change", {"eventName": "SERVICE_DEPLOYMENT_COMPLETED"}, f"{ECS}:service/{service}")


def action(service: str) -> dict:
    return event("ECS Service Action", {"eventName": "SERVICE_STEADY_STATE"}, f"{ECS}:service/{service}")


def task(cluster: str, group: str, status: str) -> dict:
    return event("ECS Task State Change", {"clusterArn": f"{ECS}:cluster/{cluster}", "group": group, "lastStatus": status}, f"{ECS}:task/{cluster}/1")


@pytest.mark.parametrize("sent, rule", [
    (deployment("shop/web"), "deployments"), (deployment("default/mail"), "deployments"),
    # The function says that there is no run of it.
    (deployment("shop/other"), "deployments"),
    (deployment("elsewhere/web"), None), (deployment("shop2/web"), None),
    (action("back/api"), "services"), (action("elsewhere/api"), None),
    (task("shop", "service:web", "RUNNING"), "tasks"), (task("back", "service:jobs", "STOPPED"), "tasks"),
    (task("shop", "service:web", "PENDING"), None), (task("shop", "service:web", "DEPROVISIONING"), None),
    (task("shop", "service:other", "STOPPED"), None), (task("shop", "family:web", "STOPPED"), None),
    (task("elsewhere", "service:web", "STOPPED"), None),
    (event("ECS Container Instance State Change", {}, f"{ECS}:service/shop/web"), None),
])
def test_rules_match_events_of_the_clusters(deployed, aws, sent, rule):
    rules = {r["Name"].removeprefix(f"{NAME}-"): r for r in aws.client("events").list_rules(NamePrefix=NAME)["Rules"]}
    assert set(rules) == {"schedule", "deployments", "services", "tasks"}
    matching = [name for name, r in rules.items() if "EventPattern" in r and EventPattern.load(r["EventPattern"]).matches_event(sent)]
    assert matching == ([rule] if rule else [])


def test_timer(deployed, aws):
    [rule] = aws.client("events").list_rules(NamePrefix=f"{NAME}-schedule")["Rules"]
    assert rule["ScheduleExpression"] == "rate(1 minute)"
    [target] = aws.client("events").list_targets_by_rule(Rule=rule["Name"])["Targets"]
    assert json.loads(target["Input"]) == {"recover": None}


# --- Choices, and what is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_capabilities_add_what_they_say(terraform, values, capability):
    wanted = CAPABILITIES[capability]
    added = {}
    for statement in planned_statements(terraform, changed(values, capabilities=[capability])):
        for action in statement["actions"]:
            if action in wanted:
                added.setdefault(action, []).extend(statement["resources"])
            else:
                assert action in set(REQUIRED) | set(own(NAME))
    assert set(added) == set(wanted)
    for action, resource in wanted.items():
        assert any(fnmatch.fnmatchcase(resource, pattern) for pattern in added[action]), action
        assert resource == "*" or "*" not in added[action], f"{action} can be narrower"


def test_tasks_are_listed_in_the_clusters_only(terraform, values):
    lists = [s for s in planned_statements(terraform, changed(values, capabilities=["tasks"])) if s["actions"] == ["ecs:ListTasks"]]
    conditions = [c for s in lists for c in s["condition"]]
    assert all(len(s["condition"]) == 1 for s in lists)
    assert sorted(c["values"][0] for c in conditions) == [f"{ECS}:cluster/{name}" for name in ("back", "default", "shop")]
    assert {c["variable"] for c in conditions} == {"ecs:cluster"}


def test_services_replace_those_of_the_file(terraform, values):
    found = planned_statements(terraform, changed(values, services=["shop/web-*"], config_file=None))
    [services] = [s for s in found if s["sid"] == "Services"]
    assert services["resources"] == [f"{ECS}:service/shop/web-*"]
    planned = terraform.planned(changed(values, services=["shop/web-*"], config_file=None), "-state=empty")
    assert [address for address in planned if "fargate.yaml" in address] == []
    rule = planned['module.tocsin.module.fargate_adjuster[0].aws_cloudwatch_event_rule.this["tasks"]']
    assert json.loads(rule["event_pattern"])["detail"]["group"] == [{"prefix": "service:"}]


def test_a_hundred_services_fit_into_rules_and_role(terraform, values):
    names = [f"shop/service-with-a-long-name-{index}" for index in range(100)]
    planned = terraform.planned(changed(values, services=names), "-state=empty")
    patterns = [r["event_pattern"] for address, r in planned.items() if ".aws_cloudwatch_event_rule." in address and r["event_pattern"]]
    assert len(patterns) == 3
    assert max(len(pattern) for pattern in patterns) <= 2_048
    policy = planned["module.tocsin.module.fargate_adjuster[0].aws_iam_role_policy.this"].get("policy")
    # Where the role's ARNs are known only after the apply: what the statements become, without Terraform's own members.
    statements = [
        {"Sid": s["sid"], "Effect": "Allow", "Action": s["actions"], "Resource": s["resources"],
         "Condition": [{c["test"]: {c["variable"]: c["values"]}} for c in s["condition"]]}
        for s in planned_statements(terraform, changed(values, services=names))
    ]
    text = policy or json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
    assert len(text) < 10_240


def test_durable(terraform, values):
    planned = terraform.planned(changed(values, durable=True), "-state=empty")
    [stack] = [r for address, r in planned.items() if ".aws_cloudformation_stack.durable" in address]
    assert stack["name"] == DURABLE
    by_sid = {s["sid"]: s for s in planned_statements(terraform, changed(values, durable=True))}
    arn = f"arn:aws:lambda:{ARN}:function:{DURABLE}:*"
    assert by_sid["Durable"]["resources"] == by_sid["Wake"]["resources"] == [arn]
    assert set(by_sid["Durable"]["actions"]) == {
        "lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"}
    assert sorted(by_sid["Executions"]["resources"]) == [f"arn:aws:lambda:{ARN}:function:{name}:*" for name in (NAME, DURABLE)]
    assert by_sid["Wake"]["actions"] == ["lambda:SendDurableExecutionCallbackSuccess"]
    [rule] = [r for address, r in planned.items() if 'aws_cloudwatch_event_rule.this["schedule"]' in address]
    assert rule["schedule_expression"] == "rate(5 minutes)"


@pytest.mark.parametrize("settings, message", [
    ({"config_file": "absent.yaml"}, "fargate_adjuster.config_file is not there"),
    ({"config_file": None}, "fargate_adjuster needs config_file, or services"),
    ({"services": ["web"]}, "fargate_adjuster.services are cluster/service"),
    ({"services": ["*/web"]}, "name their clusters in full"),
    ({"task_roles": ["web-task"]}, "fargate_adjuster.task_roles are ARNs of roles"),
    ({"capabilities": ["everything"]}, "fargate_adjuster.capabilities are some of"),
    ({"events": ["everything"]}, "fargate_adjuster.events are some of"),
    ({"timeout": 59}, "fargate_adjuster.timeout is at least 60 seconds"),
    ({"schedul": "rate(1 day)"}, "fargate_adjuster.schedul"),
    ({"environment": {"CHAT": "https://hooks.slack.com/services/T0/B0/secret"}}, "A secret in plain text: fargate_adjuster.environment.CHAT"),
])
def test_wrong_settings_are_refused(terraform, values, settings, message):
    assert message in terraform.refusal(changed(values, **settings), "-state=empty")


@pytest.mark.parametrize("roles, count", [([], 1), ([TASK_ROLE], 0)])
def test_plan_warns_when_no_role_can_be_passed(terraform, values, roles, count):
    found = terraform.warnings(changed(values, task_roles=roles), "-state=empty")
    assert len([warning for warning in found if "fargate_adjuster.task_roles is empty" in warning]) == count


def test_destroy_leaves_nothing(deployed, terraform, values, aws):
    terraform.run("destroy", "-auto-approve", "-input=false", terraform.variables(values))
    assert [name for name in aws.leftovers() if "ship" in name] == []
