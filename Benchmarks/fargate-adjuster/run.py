"""Measures `adjust` against a Python driver: the start of `--info`, and the processor's time of a whole adjustment.

    run.py --binaries FOLDER [--repeat 20] [--services 100]

A servo asks for `--info` before each call. The original's driver is not committed: its peer is a Python program that imports
the same modules and prints the same line, without reading a configuration. Adjustments run on the scripted ECS of the
tests, where each look is a step of the deployment; one service is looked at every 50 ms, many at once as often as the
adjuster itself decides, which takes minutes. Needs boto3 and PyYAML in the Python that runs it.
"""
import argparse
import collections
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

PEER = """
import sys, os, time, math, subprocess
import yaml
import boto3
from threading import Timer
import argparse, json
parser = argparse.ArgumentParser(description="EC2 Fargate adjust driver for Opsani Optune")
for name in ("--version", "--info", "--query"): parser.add_argument(name, default=False, action="store_true")
parser.add_argument("--describe", dest="query", default=False, action="store_true")
parser.add_argument("app_id", nargs="?")
if parser.parse_args().info: print(json.dumps({"version": "0.0.1", "has_cancel": False}))
"""

# What the driver imports and asks at least for one adjustment: four reads and two writes, without waiting.
ADJUSTMENT = """
import sys, json, yaml, boto3
configuration = yaml.safe_load(open("config.yaml"))
ecs, elb = boto3.client("ecs"), boto3.client("elbv2")
for name, component in configuration["fargate"].items():
    found = dict(cluster="default", services=[component["service_name"]])
    service = ecs.describe_services(**found)["services"][0]
    task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    fields = ("family", "executionRoleArn", "networkMode", "containerDefinitions", "requiresCompatibilities")
    made = ecs.register_task_definition(cpu="512", memory="1024", **{key: task[key] for key in fields})
    ecs.update_service(cluster="default", service=service["serviceName"], desiredCount=service["desiredCount"],
                       taskDefinition=made["taskDefinition"]["taskDefinitionArn"])
    for _ in range(3): ecs.describe_services(**found)
"""


class Server:
    """The scripted server of the tests."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "Tests/Support/ecs_server.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port, self.control = (int(word) for word in self.process.stdout.readline().split())

    def script(self, script):
        with socket.create_connection(("127.0.0.1", self.control)) as connection:
            connection.sendall(json.dumps(script).encode() + b"\n")
            return json.loads(connection.makefile().readline())

    def begin(self, names):
        self.script({"reset": True, "services": [
            {"name": name, "desiredCount": 2, "task": {"cpu": "256", "memory": "512"}} for name in names]})


def run(command, folder, environment, text=b""):
    """(seconds, seconds of the processor) of a command that has to succeed."""
    (folder / "input").write_bytes(text)
    with open(folder / "input", "rb") as source, open(folder / "output", "w+b") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdin=source, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        output.seek(0)
        if status != 0:
            sys.exit(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}: {output.read().decode()[-2000:]}")
    return seconds, usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", type=pathlib.Path, required=True)
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--services", type=int, default=100)
    arguments = parser.parse_args()
    adjust = str((arguments.binaries / "adjust").resolve())
    server = Server()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        environment = {
            "PATH": os.environ["PATH"], "HOME": name, "LC_ALL": "C.UTF-8", "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.port}", "ADJUST_INTERVAL": "50ms",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path[1:])),
        }
        start(adjust, folder, environment, arguments.repeat)
        one_service(adjust, server, folder, environment, arguments.repeat)
        many_services(adjust, server, folder, environment, arguments.services)
    server.process.kill()


def start(adjust, folder, environment, repeat):
    runs = {"adjust": [], "Python": []}
    for _ in range(repeat):  # by turns, so that both see the same machine
        runs["Python"].append(run([sys.executable, "-c", PEER, "--info", "app"], folder, environment))
        runs["adjust"].append(run([adjust, "--info", "app"], folder, environment))
    table("--info", runs)


def one_service(adjust, server, folder, environment, repeat):
    text = prepare(folder, ["web"])
    runs = {"adjust --describe": [], "adjust": [], "Python": []}
    for _ in range(repeat):
        server.begin(["web"])
        runs["Python"].append(run([sys.executable, "-c", ADJUSTMENT], folder, environment))
        server.begin(["web"])
        runs["adjust --describe"].append(run([adjust, "--describe", "app"], folder, environment))
        runs["adjust"].append(run([adjust, "app"], folder, environment, text))
    table("one adjustment", runs)


def many_services(adjust, server, folder, environment, count):
    names = [f"web-{number}" for number in range(count)]
    text = prepare(folder, names)
    server.begin(names)
    seconds, processor = run([adjust, "app"], folder, environment | {"ADJUST_INTERVAL": "5"}, text)
    calls = collections.Counter(call["operation"] for call in server.script({}))
    print(f"{count} services at once: {seconds:.1f} s, {processor * 1e3 / count:.1f} ms of the processor for each")
    for operation, number in calls.most_common():
        print(f"  {operation:28} {number:6,} calls, {number / count:5.1f} for each service, {number / seconds:5.1f} a second")


def prepare(folder, names):
    """Writes the configuration.
    Returns the input of an adjustment of all."""
    component = {"settings": {"cpu": {"values": ["0.25", "0.5"]}, "mem": {"values": ["0.5", "1"]}}}
    configuration = {"fargate": {name: {"service_name": name, **component} for name in names}}
    (folder / "config.yaml").write_text(json.dumps(configuration))
    wanted = {"settings": {"cpu": {"value": "0.5"}, "mem": {"value": "1"}}}
    return json.dumps({"application": {"components": {name: wanted for name in names}}}).encode()


def table(title, runs):
    print(f"{title:20} median ms   fastest ms   processor ms")
    for name, values in runs.items():
        times, processor = [value[0] for value in values], [value[1] for value in values]
        print(f"{name:18} {statistics.median(times) * 1e3:11.1f} {min(times) * 1e3:12.1f} "
              f"{statistics.median(processor) * 1e3:14.1f}")
    ratio = [statistics.median(value[part] for value in runs["Python"])
             / statistics.median(value[part] for value in runs["adjust"]) for part in (0, 1)]
    print(f"adjust takes {ratio[1]:.1f} times less of the processor" + (
        f", and is {ratio[0]:.1f} times faster\n" if title == "--info" else "\n"))


if __name__ == "__main__":
    main()
