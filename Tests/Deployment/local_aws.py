"""A local AWS: moto in this process, whose Lambda runs the real binaries as Terraform deployed them."""

import functools
import hashlib
import io
import json
import logging
import os
import pathlib
import re
import subprocess
import tempfile
import types
import zipfile

import boto3
import jmespath
import moto.awslambda.models
import moto.cloudfront.models
import moto.s3.models
import moto.sqs.models
from moto.core.authorization import ActionAuthenticatorMixin
from moto.iam.access_control import PermissionResult
from moto.server import ThreadedMotoServer

import function_url  # noqa: F401, moto finds what is in it
import lambda_alias  # noqa: F401, moto finds what is in it
from terraform import REGION


class LocalAWS:
    """AWS in memory, on a free port of 127.0.0.1."""

    def __init__(self, tocsin: pathlib.Path):
        self.tocsin = tocsin
        self.folder = tempfile.TemporaryDirectory()
        #: What the functions wrote to their logs, by their names.
        self.logs: dict[str, list[str]] = {}
        #: What was called, by the access key that called it: a function's is its name.
        self.calls: dict[str, set[str]] = {}
        # moto asks this method about every request.
        ActionAuthenticatorMixin._authenticate_and_authorize_action = lambda request, *_: self._note(request)
        # moto hands events of topics, queues and callers to this method, which would start a container.
        moto.awslambda.models.LambdaFunction._invoke_lambda = lambda function, event=None: self._run(function, event)
        # moto does not know the conditions of bucket policies: it would refuse everybody instead of those without TLS.
        moto.s3.models.FakeBucket.get_permission = lambda *_: PermissionResult.NEUTRAL
        # AWS gives a redrive policy back as it was set; moto puts spaces in, which provider 3.39 takes for a change.
        moto.sqs.models.json = types.SimpleNamespace(
            loads=json.loads, dumps=functools.partial(json.dumps, separators=(",", ":"))
        )
        # moto does not tell CloudFormation the number of a version that it has published.
        version = moto.awslambda.models.LambdaVersion
        version.has_cfn_attr = classmethod(lambda cls, attribute: attribute == "Version")
        version.get_cfn_attribute = lambda self, _: str(self.version)
        version.physical_resource_id = property(lambda self: str(self.version))
        # moto adds to a distribution with a cache policy forwarded values, and to CloudFront's own certificate an empty ARN.
        unknown = property(lambda self: None, lambda self, value: None)
        moto.cloudfront.models.DefaultCacheBehaviour.forwarded_values = unknown
        for name in ("iam_certificate_id", "acm_certificate_arn", "ssl_support_method"):
            setattr(moto.cloudfront.models.ViewerCertificate, name, unknown)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self.server.start()
        self.url = "http://{}:{}".format(*self.server.get_host_and_port())

    def stop(self) -> None:
        self.server.stop()
        self.folder.cleanup()

    def client(self, service: str, region: str = REGION):
        return boto3.client(
            service, endpoint_url=self.url, region_name=region, aws_access_key_id="test", aws_secret_access_key="test"
        )

    def _note(self, request) -> None:
        if key := re.search("Credential=([^/]+)", request.headers.get("Authorization", "")):
            action = request.data.get("Action") if request.service_name == "s3" else request._get_action()
            self.calls.setdefault(key[1], set()).add(f"{request.service_name.removeprefix('aws')}:{action}")

    def _run(self, function, event) -> tuple[str, bool, str]:
        """Runs the bootstrap of the function's zip once, with the variables that Terraform set: (answer, failed, log)."""
        name = function.function_name
        program = pathlib.Path(self.folder.name, hashlib.sha256(function.code_bytes).hexdigest())
        if not program.exists():
            program.write_bytes(zipfile.ZipFile(io.BytesIO(function.code_bytes)).read("bootstrap"))
            program.chmod(0o755)
        variables = {
            **function.environment_vars, "AWS_LAMBDA_FUNCTION_NAME": name, "AWS_REGION": REGION,
            # moto fails on compressed requests.
            "AWS_DISABLE_REQUEST_COMPRESSION": "true",
        }
        done = subprocess.run(
            [self.tocsin, "invoke", name, "--binary", program, "--event", "-", "--timeout", f"{function.timeout}s"]
            + [part for pair in variables.items() for part in ("--env", "=".join(pair))],
            input=json.dumps(event).encode(), capture_output=True, timeout=120,
            env={
                "PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": name,
                "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true",
            },
        )
        self.logs.setdefault(name, []).append(done.stderr.decode())
        return done.stdout.decode(), done.returncode != 0, done.stderr.decode()

    def leftovers(self) -> list[str]:
        """Names of everything that is still there."""
        lists = {
            "ssm": [("describe_parameters", "Parameters[?starts_with(Name, '/game/')].Name")],
            "lambda": [("list_functions", "Functions[].FunctionName"),
                       ("list_event_source_mappings", "EventSourceMappings[].UUID")],
            "iam": [("list_roles", "Roles[].RoleName"), ("list_policies", "Policies[].PolicyName")],
            "sns": [("list_topics", "Topics[].TopicArn"), ("list_subscriptions", "Subscriptions[].SubscriptionArn")],
            "sqs": [("list_queues", "QueueUrls[]")],
            "s3": [("list_buckets", "Buckets[].Name")],
            "cloudfront": [("list_distributions", "DistributionList.Items[].ARN")],
            "dynamodb": [("list_tables", "TableNames[]")],
            "logs": [("describe_log_groups", "logGroups[].logGroupName")],
            "events": [("list_rules", "Rules[].Name")],
            "cloudwatch": [("describe_alarms", "MetricAlarms[].AlarmName"),
                           ("list_dashboards", "DashboardEntries[].DashboardName")],
            "cloudformation": [("list_stacks", "StackSummaries[?StackStatus!='DELETE_COMPLETE'].StackName")],
        }
        ecs = self.client("ecs")  # its list holds deleted clusters too
        clusters = ecs.describe_clusters(clusters=ecs.list_clusters()["clusterArns"])["clusters"]
        return [f"ecs: {cluster['clusterName']}" for cluster in clusters if cluster["status"] == "ACTIVE"] + [
            f"{service}: {name}"
            for service, calls in lists.items()
            for call, path in calls
            for name in jmespath.search(path, getattr(self.client(service), call)()) or []
        ]


def operations(folder: pathlib.Path) -> set[str]:
    """The AWS operations that the Swift sources of a folder call by name."""
    call = re.compile(r"\b(?:(?:call|send|answer|pages|change)\(\s*(?:\.\w+,\s*)?|operation: )\"([A-Z]\w+)\"")
    return {name for path in folder.rglob("*.swift") for name in call.findall(path.read_text())}
