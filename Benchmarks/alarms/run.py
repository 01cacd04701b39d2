"""Measures `tocsin alarms plan` for 5,000 resources with 8 alarms each against boto3, which only lists the same.

    run.py --binaries FOLDER [--resources 5000] [--repeat 3]

A server on this machine answers as Lambda, CloudWatch and the tagging API do, with pages that were made before. The
first plan finds no alarms; for the second, all of them exist as the rules want them. boto3 reads the same pages in both
cases, one after the other, and throws them away; seconds of the processor are compared, which the machine's load hardly
changes. Needs boto3 in the Python that runs it.
"""
import argparse
import http.server
import json
import os
import pathlib
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

ACCOUNT, REGION, CREATED = "123456789012", "eu-central-1", 1_750_000_000
METRICS = {
    "errors": "Errors", "throttles": "Throttles", "concurrency": "ConcurrentExecutions", "calls": "Invocations",
    "dead-letters": "DeadLetterErrors", "late": "AsyncEventAge", "dropped": "AsyncEventsDropped",
}

BOTO3 = """
import boto3
def read(service, operation, **arguments):
    for page in boto3.client(service).get_paginator(operation).paginate(**arguments): pass
tags = "resourcegroupstaggingapi"
read("lambda", "list_functions", PaginationConfig={"PageSize": 50})
read(tags, "get_resources", ResourceTypeFilters=["lambda:function"], ResourcesPerPage=100)
read(tags, "get_resources", ResourceTypeFilters=["cloudwatch:alarm"], ResourcesPerPage=100)
read("cloudwatch", "describe_alarms", PaginationConfig={"PageSize": 100})
"""


def rules():
    """Eight rules: seven with a number, one with a formula over a fact of the function."""
    def rule(name, metric, threshold, stat="Sum"):
        return {"name": name, "for": "lambda:function", "metric": metric, "stat": stat, "threshold": threshold,
                "period": "5m", "datapoints": "3 of 5", "missing": "notBreaching"}

    return {
        "topics": {"default": [f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"]}, "copy-tags": ["team"], "catalogue": False,
        "rules": [rule(name, metric, "> 10") for name, metric in METRICS.items()]
        + [rule("slow", "Duration", "> 0.9 * timeout_ms", "p99")],
    }


def name_of(number):
    return f"checkout-service-handler-{number:05}"


def function(number):
    name = name_of(number)
    return {
        "FunctionName": name, "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
        "Runtime": "provided.al2023", "Role": f"arn:aws:iam::{ACCOUNT}:role/service/{name}", "Handler": "bootstrap",
        "CodeSize": 4_194_304, "Description": "Takes orders and asks the warehouse for what they need", "Timeout": 30,
        "MemorySize": 256, "LastModified": "2025-06-15T12:00:00.000+0000", "CodeSha256": "z" * 43 + "=",
        "Version": "$LATEST", "TracingConfig": {"Mode": "Active"}, "RevisionId": f"{number:08}-0000-0000-000000000000",
        "Environment": {"Variables": {"STAGE": "production", "TABLE": name + "-orders", "LOG_LEVEL": "info"}},
        "PackageType": "Zip", "Architectures": ["arm64"], "EphemeralStorage": {"Size": 512},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/" + name},
    }


def tagged(arn, tags):
    return {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


class Alarms:
    """The alarms of all functions, by those that `tocsin alarms apply` made for the first of them."""

    def __init__(self, puts):
        self.templates = [(json.dumps(self.described(put)), json.dumps(put["Tags"])) for put in puts]

    @staticmethod
    def described(put):
        """What DescribeAlarms tells of an alarm, with the long reason of its state."""
        value = 0.3137254901960784
        data = {"version": "1.0", "queryDate": "2025-06-15T12:00:00.000+0000", "period": 300, "threshold": 10.0,
                "recentDatapoints": [value] * 5, "statistic": "Sum", "startDate": "2025-06-15T11:35:00.000+0000",
                "evaluatedDatapoints": [{"timestamp": "2025-06-15T11:55:00.000+0000", "value": value}] * 5}
        alarm = {key: item for key, item in put.items() if key != "Tags"}
        return alarm | {
            "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{put['AlarmName']}",
            "InsufficientDataActions": [], "StateValue": "OK", "StateReasonData": json.dumps(data),
            "StateReason": f"Threshold Crossed: 3 datapoints {[value] * 3} were not greater than the threshold (10.0).",
            "StateUpdatedTimestamp": CREATED, "StateTransitionedTimestamp": CREATED,
            "AlarmConfigurationUpdatedTimestamp": CREATED,
        }

    def of(self, count):
        for number in range(count):
            for alarm, tags in self.templates:
                here = [json.loads(text.replace(name_of(0), name_of(number))) for text in (alarm, tags)]
                yield here[0], {"ResourceARN": here[0]["AlarmArn"], "Tags": here[1]}


class Lists:
    """The pages of every list, in JSON and in CBOR, which boto3 speaks with CloudWatch and the tagging API."""

    def __init__(self, count, alarms=None):
        functions = [function(number) for number in range(count)]
        tags = [tagged(item["FunctionArn"], {"team": "shop", "stage": "production"})
                for item in functions]
        made = list(alarms.of(count)) if alarms else []
        self.pages = {
            "functions": self.cut(functions, 50, "Functions", "NextMarker"),
            "function tags": self.cut(tags, 100, "ResourceTagMappingList", "PaginationToken"),
            "alarm tags": self.cut([item[1] for item in made], 100, "ResourceTagMappingList", "PaginationToken"),
            "alarms": self.cut([item[0] for item in made], 100, "MetricAlarms", "NextToken"),
            "mute rules": self.cut([], 100, "AlarmMuteRuleSummaries", "NextToken"),
        }

    @staticmethod
    def cut(items, size, member, token):
        pages = []
        for start in range(0, max(1, len(items)), size):
            page = {member: items[start:start + size]}
            if start + size < len(items):
                page[token] = f"page-{len(pages) + 1:06}"
            pages.append((json.dumps(page, separators=(",", ":")).encode(), cbor(page)))
        return pages


def cbor(value, key=""):
    def head(major, number):
        for code, form, limit in ((24, ">B", 1 << 8), (25, ">H", 1 << 16), (26, ">I", 1 << 32)):
            if number < 24:
                return bytes([major << 5 | number])
            if number < limit:
                return bytes([major << 5 | code]) + struct.pack(form, number)
        raise ValueError(number)

    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if isinstance(value, int):
        return (b"\xc1" if key.endswith("Timestamp") else b"") + head(0, value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(cbor(item) for item in value)
    return head(5, len(value)) + b"".join(cbor(name) + cbor(item, name) for name, item in value.items())


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    lists = None
    writes = []  # of the calls that change something, operation and input
    unknown = set()

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def do_GET(self):
        self.answer(b"")

    def answer(self, body):
        operation = self.headers.get("X-Amz-Target", self.path).rsplit(".", 1)[-1].rsplit("/", 1)[-1]
        if self.path.startswith("/2015-03-31/functions"):
            return self.page("functions", self.path.encode())
        if operation == "account-settings":
            return self.send(200, b'{"AccountLimit": {"ConcurrentExecutions": 1000}}')
        if operation == "concurrency":
            return self.send(200, b"{}")
        if b"Action=GetCallerIdentity" in body:
            return self.send(200, f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
                <GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT}:user/bench</Arn><UserId>AIDA</UserId>
                <Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>""".encode())
        if operation == "GetResources":
            return self.page("alarm tags" if b"cloudwatch:alarm" in body else "function tags", body)
        if operation == "DescribeAlarms":
            return self.page("alarms", body)
        if operation == "ListAlarmMuteRules":
            return self.page("mute rules", body)
        if operation == "PutMetricAlarm":
            Handler.writes.append(json.loads(body))
            return self.send(200, b"{}")
        Handler.unknown.add(operation)
        self.send(400, json.dumps({"__type": "UnknownOperationException", "message": operation}).encode())

    def page(self, name, text):
        token = re.search(rb"page-(\d{6})", text)
        content = Handler.lists.pages[name][int(token[1]) if token else 0]
        is_cbor = self.headers.get("Smithy-Protocol") == "rpc-v2-cbor"
        self.send(200, content[is_cbor], is_cbor)

    def send(self, status, body, is_cbor=False):
        head = f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\nx-amzn-RequestId: 0\r\n"
        head += "Smithy-Protocol: rpc-v2-cbor\r\nContent-Type: application/cbor\r\n\r\n" if is_cbor \
            else "Content-Type: application/x-amz-json-1.1\r\n\r\n"
        self.wfile.write(head.encode() + body)

    def log_message(self, *_):
        pass


def high_water(process):
    """The most memory that a process has had so far, in MB; 0 when it has ended."""
    try:
        status = pathlib.Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0


class Run:
    """One process, and what it took."""

    def __init__(self, command, folder, environment, allowed=(0,)):
        with open(folder / "out", "w+b") as out, open(folder / "err", "w+b") as errors:
            start = time.perf_counter()
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=errors)
            # Not `ru_maxrss`, which a process takes over from the one that started it, here the server.
            self.peak, ended = 0, 0
            while not ended:
                self.peak = max(self.peak, high_water(process.pid))
                time.sleep(0.01)
                ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            self.seconds = time.perf_counter() - start
            self.processor = usage.ru_utime + usage.ru_stime
            out.seek(0)
            errors.seek(0)
            self.output = out.read()
            if os.waitstatus_to_exitcode(status) not in allowed:
                sys.exit(f"{command} ended with {os.waitstatus_to_exitcode(status)}: {errors.read().decode()[-2000:]}"
                         f"{self.output.decode()[-2000:]}, not served: {Handler.unknown}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", type=pathlib.Path, required=True)
    parser.add_argument("--resources", type=int, default=5_000)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "rules.json").write_text(json.dumps(rules()))
        environment = {
            "PATH": os.environ["PATH"], "HOME": name, "LC_ALL": "C.UTF-8", "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_address[1]}",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path[1:])),
        }
        measure(arguments, folder, environment)


def measure(arguments, folder, environment):
    tocsin = [str((arguments.binaries / "tocsin").resolve()), "alarms"]
    options = ["--rules", "rules.json", "--no-auto-tags"]
    Handler.lists = Lists(1)
    Run(tocsin + ["apply", "--yes"] + options, folder, environment)
    alarms = Alarms(Handler.writes)
    print(f"{arguments.resources:,} functions, 8 rules        calls   processor s   wall s   peak MB")
    for title, made in (("first plan", None), ("no change", alarms)):
        Handler.lists, Handler.writes = Lists(arguments.resources, made), []
        runs = {"text": [], "JSON": [], "boto3": []}
        for _ in range(arguments.repeat):  # by turns, so that all see the same machine
            runs["text"].append(Run(tocsin + ["plan"] + options, folder, environment))
            runs["JSON"].append(Run(tocsin + ["plan", "--json"] + options, folder, environment))
            runs["boto3"].append(Run([sys.executable, "-c", BOTO3], folder, environment))
        summary = json.loads(runs["JSON"][0].output)["summary"]
        expected = {"create": 8 * arguments.resources if made is None else 0, "update": 0, "delete": 0,
                    "unchanged": 8 * arguments.resources if made else 0, "resources": arguments.resources}
        wrong = {key: summary[key] for key, value in expected.items() if summary[key] != value}
        if wrong or Handler.writes:
            sys.exit(f"{title}: {wrong}, {len(Handler.writes)} writes, {runs['text'][0].output.decode()[:2000]}")
        for name, some in runs.items():
            calls = "" if name == "boto3" else f"{summary['readCalls']:,}"
            print(f"{title + ', ' + name:31} {calls:>5} {median(some, 'processor'):13.2f} {median(some, 'seconds'):8.2f} "
                  f"{max(run.peak for run in some):9.1f}")
        ratio = median(runs["boto3"], "processor") / median(runs["text"], "processor")
        print(f"boto3's listing alone takes {ratio:.1f} times as much of the processor as the plan")
    if Handler.unknown:
        print(f"not served: {', '.join(sorted(Handler.unknown))}")


def median(runs, name):
    return statistics.median(getattr(run, name) for run in runs)


if __name__ == "__main__":
    main()
