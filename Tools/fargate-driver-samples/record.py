"""Records what servo-fargate's own driver answers, as samples for the tests of `adjust`.

    record.py --original FOLDER --output Tests/FargateAdjusterTests/Samples/driver.json

The folder has `adjust` of servo-fargate and `adjust.py` of opsani/servo; they are not committed. Needs boto3 and PyYAML
in the Python that runs it. ECS is the scripted server of the tests. Two things of the original are changed: it does not
sleep, and it drops `registeredAt`, which ECS refuses since 2020, so that its adjustments succeed at all.
"""
import argparse
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

DRIVER = """
import importlib.machinery, importlib.util, sys, time
folder = sys.argv.pop(1)
sys.argv[0] = folder + "/adjust"
sys.path.insert(0, folder)
loader = importlib.machinery.SourceFileLoader("driver", sys.argv[0])
driver = importlib.util.module_from_spec(importlib.util.spec_from_loader("driver", loader))
loader.exec_module(driver)
time.sleep = lambda seconds: None
described = driver.FargateDriver.get_ecs_task_def
def registrable(self, name):
    task = described(self, name)
    for key in ("registeredAt", "registeredBy"): task.pop(key, None)
    return task
driver.FargateDriver.get_ecs_task_def = registrable
driver.FargateDriver(cli_desc=driver.DESC, supports_cancel=driver.HAS_CANCEL, version=driver.VERSION).run()
"""

ARGUMENTS = [
    [], ["--version"], ["--version", "app"], ["--info"], ["--info", "app"], ["app", "--info"], ["--ver"], ["--i"],
    ["--v", "--info"], ["--query"], ["--describe"], ["--quer"], ["--foo", "app"], ["a", "b"], ["a", "b", "--info"],
    ["--info=x"], ["--inf=x"], ["--desc", "app", "x"], ["-x", "app"], ["-hx"], ["-i"], ["--"], ["-", "--foo"],
    ["--", "a", "b"], ["a", "--", "b"], ["--", "--foo", "b"], ["--foo=1", "--version"], ["a", "--foo", "b", "-x"],
    ["--version", "--info=1"], ["a", "-1"], ["a", "-1.5"], ["a", "-1x"], ["a", "-a b"], ["a", "--a b"], ["a", ""],
    ["--version", "--foo"], ["--=1"], ["a", "--q=", "--info"],
]

# Inputs that it can do nothing with.
INPUTS = ["", " ", "\n \n  ", "{", "[1,", "nonsense", "{}", "[]", "null", "0"]

ENUMS = {"cpu": {"type": "enum", "values": ["0.25", "0.5", "1"]}, "mem": {"values": ["0.5", "1", "2"], "pinned": False},
         "replicas": {"max": 5}}
RANGES = {"cpu": {"min": 0.25, "max": 2}, "mem": {"min": 0.5, "max": 8, "step": 0.5}, "replicas": {"min": 1, "max": 5}}
VARIABLES = {"GOGC": {"type": "range", "min": 50, "max": 300, "step": 10, "default": 100},
             "TEST": {"type": "enum", "unit": "none", "values": ["A", "B", "ü"], "default": "A"}}
SERVICE = {"name": "web", "desiredCount": 2, "task": {
    "cpu": "256", "memory": "512", "containerDefinitions": [{
        "name": "web", "image": "web:1", "essential": True, "environment": [{"name": "KEEP", "value": "1"}]}]}}


def component(settings, **more):
    return {"fargate": {"web": {"service_name": "web", "settings": settings, **more}}}


def wanted(**settings):
    return {"application": {"components": {"web": {"settings": {
        name: {"value": value} for name, value in settings.items()}}}}}


def run(name, configuration, variables=None, **more):
    return {"name": name, "configuration": configuration, "variables": variables or {}, "services": [SERVICE], **more}


RANGED = {"OPTUNE_ECS_USE_RANGES": "true"}
RUNS = [
    run("describe enums", component(ENUMS), arguments=["--query", "app"]),
    run("describe ranges", component(RANGES), RANGED, arguments=["--describe", "app"]),
    run("describe variables", component({}, environment=VARIABLES), arguments=["--query", "app"]),
    run("describe nothing", component({}), arguments=["--query", "app"]),
    run("describe two components", {"fargate": {"b": {"service_name": "web", "settings": ENUMS},
                                                "a": {"service_name": "api", "settings": {"replicas": {"max": 4}}}}},
        arguments=["--query", "app"], services=[SERVICE, {**SERVICE, "name": "api"}]),
    run("describe a variable without value",
        component({}, environment={"X": {"type": "enum", "values": ["1"]}}), arguments=["--query", "app"]),
    run("describe a service that is not there", component(ENUMS), arguments=["--query", "app"], services=[]),
    run("adjust enums", component(ENUMS), arguments=["app"], input=wanted(cpu="0.5", mem="1", replicas=3)),
    run("adjust ranges", component(RANGES), RANGED, arguments=["app"], input=wanted(cpu=0.5, mem=2.0)),
    run("adjust variables", component({}, environment=VARIABLES), arguments=["app"], input=wanted(GOGC=90, TEST="ü")),
    run("adjust with unknown settings", component(ENUMS, environment=VARIABLES), arguments=["app"],
        input=wanted(cpu="0.5", mem="1", b=1, a=2)),
    run("adjust a service that is not there", component(ENUMS), arguments=["app"], input=wanted(replicas=3),
        services=[]),
]


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


class Driver:
    def __init__(self, original, folder, server):
        self.command = [sys.executable, "-c", DRIVER, str(original)]
        self.folder, self.server = folder, server

    def run(self, arguments, text="", configuration=None, variables=None):
        (self.folder / "config.yaml").write_text(json.dumps(configuration or component(ENUMS)))
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "example", "AWS_DEFAULT_REGION": "eu-central-1", "COLUMNS": "200",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.server.port}", **(variables or {}),
        }
        done = subprocess.run(
            self.command + arguments, cwd=self.folder, env=environment, input=text, capture_output=True, text=True)
        # A traceback has line numbers and paths; which error it is, is told on standard output.
        errors = "" if "Traceback" in done.stderr else done.stderr
        return {"status": done.returncode, "output": done.stdout, "errors": errors}

    def sample(self, run):
        self.server.script({"reset": True, "services": run["services"]})
        text = json.dumps(run["input"]) if "input" in run else ""
        answer = self.run(run["arguments"], text, run["configuration"], run["variables"])
        state = self.server.script({"state": True})[0]
        return {**run, "input": text, **answer, "after": self.after(state)}

    @staticmethod
    def after(state):
        """What the service is on: the number of tasks, and what the revision says that can be adjusted."""
        for service in state["services"]:
            task = next(task for task in state["taskDefinitions"]
                        if task["taskDefinitionArn"] == service["taskDefinition"])
            return {"desiredCount": service["desiredCount"], "cpu": task["cpu"], "memory": task["memory"],
                    "environment": task["containerDefinitions"][0].get("environment", [])}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--original", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    options = parser.parse_args()
    server = Server()
    with tempfile.TemporaryDirectory() as name:
        driver = Driver(options.original.resolve(), pathlib.Path(name), server)
        samples = {
            "arguments": [{"arguments": some, **driver.run(some)} for some in ARGUMENTS],
            "inputs": [{"input": text, **driver.run(["app"], text)} for text in INPUTS],
            "runs": [driver.sample(run) for run in RUNS],
        }
    server.process.kill()
    options.output.write_text(json.dumps(samples, indent=1) + "\n")


if __name__ == "__main__":
    main()
