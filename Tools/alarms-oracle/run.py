"""Runs two other alarm provisioners on moto and records the alarms that they make, for Tocsin's tests.

    run.py --original FOLDER --auto-alarms FOLDER [--check] [CASE...]

FOLDER of the original is the one with alarms.py of j-sokol/CloudwatchMonitoring, that of auto-alarms the one with
cw_auto_alarms.py of aws-samples/amazon-cloudwatch-auto-alarms; without one of the two, its cases are left out. Nothing
of either is kept: a case is our own `case.json` (and `config.yaml`) in Tests/AlarmProvisionerTests/Compatibility/
Samples, and beside it `alarms.json` is what DescribeAlarms says after the run. With --check the recorded files are
compared and not written; the exit status is 1 when one differs.

`case.json` has `environment` (variables of the program), `setup` (calls that make the resources: `service`,
`operation`, `input`, and in `save` names for values of the output), `platformDetails` (by image, since moto's images
have none), and for auto-alarms `events`, or `defaults` for a scan with a table of default alarms of our own. `{name}`
stands for a saved value, in the recorded names, too, because moto invents the ids of instances.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "Tests/AlarmProvisionerTests/Compatibility/Samples"
REGION, ACCOUNT = "eu-central-1", "123456789012"
SETTINGS = [
    "AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions",
    "MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit", "EvaluationPeriods",
    "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData", "Metrics", "ThresholdMetricId",
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--original", type=pathlib.Path)
    parser.add_argument("--auto-alarms", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("cases", nargs="*")
    arguments = parser.parse_args()
    if arguments.child:
        return child(arguments)
    failed = 0
    for kind, program in [("original", arguments.original), ("auto-alarms", arguments.auto_alarms)]:
        for folder in sorted((SAMPLES / kind).iterdir()) if program else []:
            if not arguments.cases or folder.name in arguments.cases:
                failed += not record(kind, program.resolve(), folder, arguments.check)
    return 1 if failed else 0


def record(kind, program, folder, checks):
    """Runs a case in a process of its own: both programs keep state in modules."""
    command = [sys.executable, __file__, "--child", kind, "--" + kind, str(program), str(folder)]
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    name = f"{kind}/{folder.name}"
    if result.returncode != 0:
        print(f"{name}: the program failed\n{result.stderr[-4_000:]}")
        return False
    text = result.stdout[result.stdout.index("\n=====\n") + 7:]
    file = folder / "alarms.json"
    is_same = file.exists() and file.read_text() == text
    print(f"{name}: {len(json.loads(text))} alarms{'' if is_same else ', changed'}")
    if not checks:
        file.write_text(text)
    return is_same or not checks


def child(arguments):
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    os.environ.update(
        AWS_ENDPOINT_URL=f"http://{host}:{port}", AWS_REGION=REGION, AWS_DEFAULT_REGION=REGION,
        AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY="test")
    folder = pathlib.Path(arguments.cases[0])
    case = json.loads((folder / "case.json").read_text())
    saved = set_up(case.get("setup", []))
    os.environ.update(case.get("environment", {}))
    if arguments.child == "original":
        run_original(arguments.original, folder)
    else:
        run_auto_alarms(arguments.auto_alarms, case, saved)
    text = json.dumps(alarms(), indent=2, ensure_ascii=False)
    for name, value in saved.items():
        text = text.replace(value, "{" + name + "}")
    # Sorted by the names that are recorded: invented ids have no order.
    recorded = sorted(json.loads(text), key=lambda alarm: alarm["AlarmName"])
    print("\n=====\n" + json.dumps(recorded, indent=2, ensure_ascii=False))
    sys.stdout.flush()
    os._exit(0)


def set_up(calls):
    import boto3
    from botocore import xform_name

    saved = {}
    for call in calls:
        client = boto3.client(call["service"])
        output = getattr(client, xform_name(call["operation"]))(**filled(call["input"], saved))
        for name, path in call.get("save", {}).items():
            value = output
            for step in path.split("."):
                value = value[int(step)] if step.isdigit() else value[step]
            saved[name] = value
    return saved


def filled(value, saved):
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda match: saved.get(match[1], match[0]), value)
    if isinstance(value, list):
        return [filled(element, saved) for element in value]
    if isinstance(value, dict):
        return {key: filled(element, saved) for key, element in value.items()}
    return value


def run_original(program, folder):
    import yaml

    # PyYAML 6 demands the loader that older versions took.
    load = yaml.load
    yaml.load = lambda stream, Loader=yaml.FullLoader: load(stream, Loader)
    os.environ["CONFIG_FILE"] = str(folder / "config.yaml")
    sys.path.insert(0, str(program))
    import alarms as original

    original.lambda_handler({}, None)


def run_auto_alarms(program, case, saved):
    import boto3

    details = case.get("platformDetails", {})

    def add_details(parsed, **_):
        for image in parsed.get("Images", []):
            image["PlatformDetails"] = details.get(image["ImageId"], "")

    boto3.setup_default_session()
    boto3.DEFAULT_SESSION.events.register("after-call.ec2.DescribeImages", add_details)
    os.environ.setdefault("LOCAL_ACCOUNT_ID", ACCOUNT)
    os.environ.setdefault("TARGET_REGIONS", REGION)
    # Without it the program fails, whether there are organizational units or not.
    os.environ.setdefault("TARGET_ORG_UNITS", "")
    sys.path.insert(0, str(program))
    if "defaults" in case:
        import actions

        actions.scan_and_process_alarm_tags(
            "Create_Auto_Alarms", case["defaults"],
            {"CWAgent": ["InstanceId", "ImageId", "InstanceType"], "AWS/EC2": ["InstanceId"]}, None, "CWAgent",
            "true", "-", "AutoAlarm", REGION)
    import cw_auto_alarms

    for event in filled(case.get("events", []), saved):
        try:
            cw_auto_alarms.lambda_handler({"account": ACCOUNT, "region": REGION, **event}, None)
        except Exception as error:
            if not case.get("mayFail"):
                raise
            print(f"failed: {error!r}", file=sys.stderr)


def alarms():
    import boto3

    pages = boto3.client("cloudwatch").get_paginator("describe_alarms").paginate()
    found = [alarm for page in pages for alarm in page["MetricAlarms"]]
    result = []
    for alarm in found:
        settings = {name: alarm[name] for name in SETTINGS if alarm.get(name) not in (None, [])}
        if "Dimensions" in settings:
            settings["Dimensions"].sort(key=lambda dimension: dimension["Name"])
        for query in settings.get("Metrics", []):
            if "MetricStat" in query:
                query["MetricStat"]["Metric"]["Dimensions"].sort(key=lambda dimension: dimension["Name"])
        result.append(settings)
    return result


sys.exit(main())
