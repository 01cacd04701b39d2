"""Records what servo-fargate's own driver sends to ECS, as samples for the tests of plans.

    record_changes.py --original FOLDER --output Tests/FargateAdjusterTests/Samples/original-changes.json

The folder has `adjust` of servo-fargate and `adjust.py` of opsani/servo; they are not committed. Needs boto3 and PyYAML
in the Python that runs it. In place of ECS there is an object that notes what it is called with.
"""
import argparse
import contextlib
import importlib.machinery
import importlib.util
import io
import json
import sys

INPUTS = [
    '{"cpu": {"value": 0.25}, "mem": {"value": 0.5}, "replicas": {"value": 1}, "GOGC": {"value": 90}, '
    '"MODE": {"value": "B"}}',
    '{"cpu": {"value": "1"}, "mem": {"value": "2"}}',
    '{"cpu": {"value": 1.0}, "mem": {"value": 8.0}}',
    '{"GOGC": {"value": 90.0}}', '{"GOGC": {"value": "90"}}', '{"GOGC": {"value": 90.5}}',
    '{"MODE": {"value": true}}', '{"MODE": {"value": ""}}',
    '{"NEW": {"value": "n"}}', '{"NEW": {"value": 1e16}}', '{"NEW": {"value": 1e-5}}',
    '{"replicas": {"value": 5}}', '{"replicas": {"value": 0}}',
    '{"cpu": {"value": 2}, "mem": {"value": "4.0"}, "unknown": {"value": 1}}',
]


class ECS:
    def describe_services(self, cluster, services):
        return {"services": [{
            "launchType": "FARGATE", "taskDefinition": "web:1", "desiredCount": 2, "loadBalancers": [],
            "deployments": [{"id": "1", "createdAt": 1, "runningCount": 1, "desiredCount": 1, "pendingCount": 0}]}]}

    def describe_task_definition(self, taskDefinition):
        return {"taskDefinition": {
            "family": "web", "cpu": "512", "memory": "1024", "status": "ACTIVE", "taskDefinitionArn": "arn",
            "revision": 1, "compatibilities": [], "containerDefinitions": [{
                "name": "app",
                "environment": [{"name": "GOGC", "value": "100"}, {"name": "MODE", "value": "a"}]}]}}

    def register_task_definition(self, **task):
        self.registered = task
        return {"taskDefinition": {"taskDefinitionArn": "arn:2"}}

    def update_service(self, **update):
        self.update = update
        return {"service": {"serviceName": "web"}}


def record(module, text):
    driver = module.FargateDriver.__new__(module.FargateDriver)
    driver.config = {"fargate": {"web": {"service_name": "web", "environment": {"GOGC": {}, "MODE": {}, "NEW": {}}}}}
    driver.ecs, driver.progress, driver.timer, driver.progress_interval = ECS(), 0, None, None
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        driver.adjust({"application": {"components": {"web": {"settings": json.loads(text)}}}})
    lines = [json.loads(line) for line in printed.getvalue().splitlines()]
    task = driver.ecs.registered
    return {
        "input": text, "cpu": task["cpu"], "memory": task["memory"],
        "environment": task["containerDefinitions"][0]["environment"],
        "desiredCount": driver.ecs.update["desiredCount"],
        "warnings": [line["message"] for line in lines if line.get("class") == "warning"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--original", required=True)
    parser.add_argument("--output", required=True)
    options = parser.parse_args()
    sys.path.insert(0, options.original)
    loader = importlib.machinery.SourceFileLoader("driver", options.original + "/adjust")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("driver", loader))
    loader.exec_module(module)
    module.time.sleep = lambda seconds: None
    with open(options.output, "w") as output:
        output.write("[\n" + ",\n".join("  " + json.dumps(record(module, text)) for text in INPUTS) + "\n]\n")


if __name__ == "__main__":
    main()
