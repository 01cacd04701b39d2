"""uptime_checker.shards of terraform/aws: planned, and applied against moto with functions that run as they were deployed."""

import json

import pytest

from terraform import AWSTerraform, local_provider
from test_aws import ARN, SOURCE, invoke

EVENT = {"endpoints": []}
NAMES = [f"e{number}" for number in range(12)]
# With these a plan knows all variables of the functions.
KNOWN = {"config_file": None, "config_parameter": f"arn:aws:ssm:{ARN}:parameter/endpoints"}
EXISTING = {"existing": {"alarms_topic": {"arn": f"arn:aws:sns:{ARN}:alarms"}}}


@pytest.fixture(scope="module")
def terraform(plugins, aws, tmp_path_factory) -> AWSTerraform:
    return AWSTerraform(SOURCE, tmp_path_factory.mktemp("shards"), local_provider(aws.url), f"-plugin-dir={plugins}")


@pytest.fixture(scope="module")
def values(terraform, zips):
    """The variable file, by the settings of the uptime checker."""
    (terraform.folder / "uptime.yaml").write_text("endpoints: []\n")

    def with_checker(**checker) -> dict:
        return {
            "name": "shards", "zips": str(zips), "runtime": "provided.al2",
            "uptime_checker": {"enabled": True, "config_file": "uptime.yaml", **checker},
        }

    return with_checker


def parts(planned: dict, suffix: str, *keys: str) -> list:
    """What the shards' resources of a kind have, in the order of the shards."""
    found = {}
    for address, value in planned.items():
        before, _, after = address.partition("module.uptime_checker[")
        if after and after.partition("].")[2] == suffix:
            found[int(after.partition("]")[0])] = value if not keys else tuple(value[key] for key in keys)
    return [found[number] for number in sorted(found)]


def test_each_shard_is_a_function_with_alarms_of_its_own(terraform, values):
    planned = terraform.planned(values(shards=3, **KNOWN) | EXISTING, "-state=empty")
    names = ["shards-uptime-checker", "shards-uptime-checker-2", "shards-uptime-checker-3"]
    functions = parts(planned, "aws_lambda_function.this[0]")
    assert [function["function_name"] for function in functions] == names
    variables = [function["environment"][0]["variables"] for function in functions]
    assert [v["UPTIME_SHARD"] for v in variables] == ["1/3", "2/3", "3/3"]
    assert {v["UPTIME_STATE"] for v in variables} == {"dynamodb://shards-uptime-state/shards-uptime-checker"}
    assert [name for name, in parts(planned, "aws_cloudwatch_metric_alarm.not_running[0]", "alarm_name")] == [f"{name}-not-running" for name in names]
    for kind in ("Errors", "Throttles", "PartialFailures"):
        assert len(parts(planned, f'aws_cloudwatch_metric_alarm.this["{kind}"]')) == 3
    assert len(parts(planned, "aws_sqs_queue.dead_letters")) == 3
    assert [table for table in planned if "aws_dynamodb_table" in table] == ["module.tocsin.aws_dynamodb_table.uptime[0]"]


def test_one_shard_is_what_there_was_before(terraform, values):
    planned = [terraform.planned(values(**shards, **KNOWN) | EXISTING, "-state=empty") for shards in ({}, {"shards": 1})]
    assert planned[0].keys() == planned[1].keys()
    [function] = parts(planned[0], "aws_lambda_function.this[0]")
    variables = function["environment"][0]["variables"]
    assert "UPTIME_SHARD" not in variables and variables["UPTIME_STATE"] == "dynamodb://shards-uptime-state"


@pytest.mark.parametrize("schedule, shards, expected, gap", [
    ("rate(1 minute)", 2, ["rate(1 minute)"] * 2, 60),
    ("rate(5 minutes)", 1, ["rate(5 minutes)"], 300),
    ("rate(5 minutes)", 2, ["cron(0/5 * * * ? *)", "cron(2/5 * * * ? *)"], 300),
    ("rate(2 minutes)", 3, ["cron(0/2 * * * ? *)", "cron(0/2 * * * ? *)", "cron(1/2 * * * ? *)"], 120),
    ("rate(7 minutes)", 2, ["rate(7 minutes)"] * 2, 420),  # no part of an hour
    ("rate(1 hour)", 4, ["cron(0 0/1 * * ? *)", "cron(15 0/1 * * ? *)", "cron(30 0/1 * * ? *)", "cron(45 0/1 * * ? *)"], 3600),
    ("rate(90 minutes)", 2, ["rate(90 minutes)"] * 2, 5400),
    ("rate(120 minutes)", 2, ["cron(0 0/2 * * ? *)", "cron(0 1/2 * * ? *)"], 7200),
    ("rate(1 day)", 2, ["cron(0 0 * * ? *)", "cron(0 12 * * ? *)"], 86400),
    ("rate(2 days)", 2, ["rate(2 days)"] * 2, 86400),
])
def test_shards_start_one_after_the_other(terraform, values, schedule, shards, expected, gap):
    planned = terraform.planned(values(schedule=schedule, shards=shards), "-state=empty")
    rules = parts(planned, 'aws_cloudwatch_event_rule.this["schedule"]', "schedule_expression")
    assert [expression for expression, in rules] == expected
    alarms = parts(planned, "aws_cloudwatch_metric_alarm.not_running[0]", "period")
    assert alarms == [(gap,)] * shards, "somebody notices each shard that does not run"


@pytest.mark.parametrize("wrong, message", [
    ({"shards": 0}, "is a whole number from 1 to 100"), ({"shards": 101}, "is a whole number from 1 to 100"),
    ({"shards": 1.5}, "is a whole number from 1 to 100"),
    ({"environment": {"UPTIME_SHARD": "1/2"}}, "UPTIME_SHARD is uptime_checker.shards here"),
])
def test_what_is_refused(terraform, values, wrong, message):
    assert message in terraform.refusal(values(**wrong), "-state=empty")


def test_the_dashboard_has_all_alarms(terraform, values):
    """CloudWatch takes at most 100 alarms of a widget."""
    planned = terraform.planned(values(shards=30) | {"dashboard": True, "existing": None}, "-state=empty")
    assert len(parts(planned, "aws_cloudwatch_metric_alarm.dead_letters")) == 30
    assert "module.tocsin.aws_cloudwatch_dashboard.this[0]" in planned


def test_a_change_of_the_number_keeps_the_state(terraform, values, aws, web):
    """An endpoint that goes down with one shard and comes up with another is told twice in all: down, and up."""
    sqs, sns = aws.client("sqs"), aws.client("sns")
    queue = sqs.create_queue(QueueName="shards-heard")["QueueUrl"]

    def deploy(shards: int, state: str) -> list[str]:
        """Applies, runs all shards, and returns what was told."""
        (terraform.folder / "uptime.yaml").write_text("endpoints:\n" + "".join(
            f"  - {{name: {name}, group: g, url: '{web.url}/{state}', conditions: ['[STATUS] == 200']}}\n" for name in NAMES))
        variables = terraform.variables(values(shards=shards))
        terraform.run("apply", "-auto-approve", "-input=false", variables)
        topic = terraform.outputs()["alarms_topic_arn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{ARN}:shards-heard")
        functions = terraform.outputs()["functions"]
        assert len(functions) == shards
        answers = [invoke(aws, name, EVENT) for name in functions]
        assert sum(answer["checked"] for answer in answers) == len(NAMES)
        told = []
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                change = json.loads(json.loads(message["Body"])["Message"])
                told.append((change["endpoint"]["name"], change["state"]))
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return sorted(told)

    try:
        assert deploy(1, "broken") == sorted((name, "down") for name in NAMES)
        assert deploy(3, "broken") == []
        assert deploy(2, "fine") == sorted((name, "up") for name in NAMES)
        assert deploy(3, "fine") == []
    finally:
        terraform.run("destroy", "-auto-approve", "-input=false", terraform.variables(values(shards=3)))
        sqs.delete_queue(QueueUrl=queue)
