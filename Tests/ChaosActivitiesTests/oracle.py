"""chaosaws on moto, for the tests of the native activities.

Reads one JSON request a line and answers each with one line: `prepare` sets up a state of AWS, the same each time,
`chaosaws` calls a function of chaosaws, `state` tells what a test compares, the others tell what Python does.
"""
import importlib
import inspect
import io
import json
import os
import sys
import time
import traceback
import zipfile
from datetime import datetime, timedelta, timezone
from unittest import mock

REGION = "eu-central-1"
os.environ.update(
    AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY="test", AWS_REGION=REGION,
    AWS_EC2_METADATA_DISABLED="true", MOTO_EC2_LOAD_DEFAULT_AMIS="false", TZ="UTC")
os.environ.pop("AWS_DEFAULT_REGION", None)
os.environ.pop("AWS_PROFILE", None)
time.tzset()

import boto3  # noqa: E402
import requests  # noqa: E402
from chaostoolkit import encoder  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

answers, sys.stdout = sys.stdout, sys.stderr
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
URL = "http://%s:%s" % server.get_host_and_port()
os.environ["AWS_ENDPOINT_URL"] = URL

setup_session = boto3.Session()
clients = {}
calls = []


def aws(service):
    if service not in clients:
        clients[service] = setup_session.client(service, region_name=REGION)
    return clients[service]


def record(model, **_):
    calls.append([model.service_model.service_name, model.name])


boto3.setup_default_session()
boto3.DEFAULT_SESSION.events.register("before-call", record)


def instances(count, tags):
    tags = [{"Key": key, "Value": value} for key, value in tags.items()]
    answer = aws("ec2").run_instances(
        ImageId="ami-12c6146b", MinCount=count, MaxCount=count, InstanceType="t3.micro",
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}])
    return [instance["InstanceId"] for instance in answer["Instances"]]


def setup_instances():
    web = instances(3, {"app": "web"})
    db = instances(1, {"app": "db"})
    gone = instances(1, {"app": "gone"})
    aws("ec2").stop_instances(InstanceIds=db)
    aws("ec2").terminate_instances(InstanceIds=gone)
    return {"web0": web[0], "web1": web[1], "web2": web[2], "db": db[0], "gone": gone[0]}


def setup_groups():
    scaling = aws("autoscaling")
    scaling.create_launch_configuration(
        LaunchConfigurationName="config", ImageId="ami-12c6146b", InstanceType="t3.micro")
    names = {}
    for name, count, team in (("web", 3, "a"), ("api", 2, "b")):
        scaling.create_auto_scaling_group(
            AutoScalingGroupName=name, LaunchConfigurationName="config", MinSize=0, MaxSize=5, DesiredCapacity=count,
            AvailabilityZones=[REGION + "a"],
            Tags=[{"Key": "team", "Value": team, "PropagateAtLaunch": True},
                  {"Key": "stage", "Value": "test", "PropagateAtLaunch": False}])
        group = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]
        for index, instance in enumerate(group["Instances"]):
            names[f"{name}{index}"] = instance["InstanceId"]
    scaling.suspend_processes(AutoScalingGroupName="api", ScalingProcesses=["AZRebalance"])
    return names


def setup_cluster():
    requests.post(URL + "/moto-api/state-manager/set-transition", json={
        "model_name": "ecs::task", "transition": {"progression": "manual", "times": 1000}})
    ecs = aws("ecs")
    ecs.create_cluster(clusterName="shop")
    ecs.create_cluster(clusterName="empty")
    ecs.register_task_definition(
        family="front", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
        containerDefinitions=[{"name": "front", "image": "front", "memory": 128}])
    subnet = aws("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    group = aws("ec2").describe_security_groups()["SecurityGroups"][0]["GroupId"]
    network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}}
    ecs.create_service(
        cluster="shop", serviceName="front", taskDefinition="front", desiredCount=3, launchType="FARGATE",
        networkConfiguration=network, tags=[{"key": "team", "value": "shop"}])
    tasks = ecs.run_task(
        cluster="shop", taskDefinition="front", count=4, launchType="FARGATE", networkConfiguration=network,
        tags=[{"key": "team", "value": "shop"}])["tasks"]
    return {f"task{index}": task["taskArn"].rsplit("/", 1)[1] for index, task in enumerate(tasks)}


def setup_metrics():
    watch = aws("cloudwatch")
    for name in ("quiet", "loud"):
        watch.put_metric_alarm(
            AlarmName=name, Namespace="Shop", MetricName="Errors", ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1, Period=60, Statistic="Sum", Threshold=1)
    watch.set_alarm_state(AlarmName="loud", StateValue="ALARM", StateReason="test")
    now = datetime.now(timezone.utc)
    dimensions = [{"Name": "Service", "Value": "front"}]
    watch.put_metric_data(Namespace="Shop", MetricData=[
        {"MetricName": "Errors", "Dimensions": dimensions, "Value": value, "Unit": "Count",
         "Timestamp": now - timedelta(seconds=age)}
        for age, value in ((200, 1.5), (140, 2.25), (80, 3.125))])
    return {}


def setup_functions():
    role = aws("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as file:
        file.writestr("main.py", "def handler(event, context): return event")
    for name in ("free", "limited"):
        aws("lambda").create_function(
            FunctionName=name, Runtime="python3.11", Role=role, Handler="main.handler",
            Code={"ZipFile": code.getvalue()}, Tags={"team": "shop"})
    aws("lambda").put_function_concurrency(FunctionName="limited", ReservedConcurrentExecutions=5)
    return {}


def prepare(request):
    requests.post(URL + "/moto-api/reset")
    requests.post(URL + "/moto-api/config", json={"lambda": {"use_docker": False}})
    requests.post(URL + "/moto-api/seed?a=42")
    return {"names": globals()["setup_" + request["setup"]]()}


class Chooser:
    """Chooses what the native activity has chosen."""

    def __init__(self, ids):
        self.ids = ids

    def wants(self, item):
        if isinstance(item, dict):
            item = item["InstanceId"]
        return item.rsplit("/", 1)[-1] in self.ids

    def choice(self, items):
        return self.sample(items, 1)[0]

    def sample(self, items, count):
        chosen = [item for item in items if self.wants(item)]
        assert len(chosen) == count, f"{len(chosen)} of {items} were chosen, not {count}: {self.ids}"
        return chosen


def chaosaws(request):
    calls.clear()
    function = getattr(importlib.import_module(request["module"]), request["function"])
    chooser = Chooser(request["choices"])
    try:
        with mock.patch("random.choice", chooser.choice), mock.patch("random.sample", chooser.sample):
            output = function(**request["arguments"], configuration=request["configuration"])
        return {"output": output, "calls": calls}
    except Exception as error:
        return {"error": traceback.format_exception_only(type(error), error)[0].strip(), "calls": calls}


def state(_):
    found = {"instances": {}, "groups": {}, "services": {}, "tasks": [], "functions": {}}
    for reservation in aws("ec2").describe_instances()["Reservations"]:
        for instance in reservation["Instances"]:
            found["instances"][instance["InstanceId"]] = instance["State"]["Name"]
    for group in aws("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]:
        found["groups"][group["AutoScalingGroupName"]] = {
            "desired": group["DesiredCapacity"], "instances": len(group["Instances"]),
            "suspended": sorted(process["ProcessName"] for process in group["SuspendedProcesses"])}
    for cluster in aws("ecs").list_clusters()["clusterArns"]:
        services = aws("ecs").list_services(cluster=cluster)["serviceArns"]
        if services:
            for service in aws("ecs").describe_services(cluster=cluster, services=services)["services"]:
                found["services"][service["serviceName"]] = service["desiredCount"]
        tasks = aws("ecs").list_tasks(cluster=cluster)["taskArns"]
        if tasks:
            for task in aws("ecs").describe_tasks(cluster=cluster, tasks=tasks)["tasks"]:
                found["tasks"].append([task["taskArn"], task["desiredStatus"]])
    for function in aws("lambda").list_functions()["Functions"]:
        name = function["FunctionName"]
        found["functions"][name] = aws("lambda").get_function_concurrency(FunctionName=name).get(
            "ReservedConcurrentExecutions")
    return found


def signatures(request):
    """The parameters of functions and their defaults; `"required"` for those without one."""
    found = {}
    for name in request["names"]:
        module, function = name.rsplit(".", 1)
        parameters = inspect.signature(getattr(importlib.import_module(module), function)).parameters.values()
        found[name] = [
            [parameter.name, "required" if parameter.default is parameter.empty else [parameter.default]]
            for parameter in parameters if parameter.name not in ("configuration", "secrets")]
    return found


def rounded(request):
    return [round(number, 2) for number in request["numbers"]]


def paths(request):
    """What the functions of os.path say of each path, or the exception that they raise."""
    found = []
    for path in request["paths"]:
        for test in (os.path.exists, os.path.isfile, os.path.isdir):
            try:
                found.append(test(path))
            except Exception as error:
                found.append(traceback.format_exception_only(type(error), error)[0].strip())
    return found


def call(request):
    """A call of boto3, by which tests change the state between two steps."""
    answer = getattr(aws(request["service"]), request["operation"])(**request["arguments"])
    answer.pop("ResponseMetadata", None)
    return answer


print(json.dumps({"url": URL}), file=answers, flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = globals()[asked["command"]](asked)
    except Exception:
        answer = {"failure": traceback.format_exc()}
    print(json.dumps(answer, default=encoder), file=answers, flush=True)
server.stop()
