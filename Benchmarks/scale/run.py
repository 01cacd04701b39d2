#!/usr/bin/env python3
"""Shards of one file of many endpoints: what docs/scale.md reckons with.

    run.py --binaries FOLDER [--endpoints 20000] [--shards 4] [--down 200]

The shards are processes of the real uptime-checker under a Runtime API server, one after the other. The URLs are those of
Benchmarks/uptime-checker/server.c, which answers after 100 ms; the state and the topic are in moto; CloudWatch is a
stand-in. All on 127.0.0.1, and every call is counted. Peers in the same run: one function for the whole file, and one
whose file has the endpoints of a single shard only.
"""
import argparse
import collections
import importlib.util
import io
import json
import multiprocessing
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
SPEC = importlib.util.spec_from_file_location("uptime_checker_benchmark", HERE.parent / "uptime-checker/run.py")
checker = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(checker)

PAUSE = 100  # ms
TABLE, TOPIC = "states", "changes"


# --- AWS -------------------------------------------------------------------------------------------------------------


def moto(connection):
    """moto that counts the calls of functions by their names; GET /calls has the counts, and begins anew."""
    import boto3
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    import logging
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    backend = DomainDispatcherApplication(create_backend_app)
    calls = collections.Counter()

    def application(environment, start):
        if environment["PATH_INFO"] == "/calls":
            text = json.dumps(calls).encode()
            calls.clear()
            start("200 OK", [("Content-Type", "application/json")])
            return [text]
        body = environment["wsgi.input"].read(int(environment.get("CONTENT_LENGTH") or 0))
        environment["wsgi.input"] = io.BytesIO(body)
        name = environment.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        name = name or urllib.parse.parse_qs(body.decode(errors="replace")).get("Action", ["GetObject"])[0]
        calls[name] += 1
        return backend(environment, start)

    server = make_server("127.0.0.1", 0, application, threaded=True)
    import threading
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"

    def client(service):
        return boto3.client(service, endpoint_url=url, region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b")

    client("dynamodb").create_table(
        TableName=TABLE, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("checker", "endpoint")],
        KeySchema=[{"AttributeName": "checker", "KeyType": "HASH"}, {"AttributeName": "endpoint", "KeyType": "RANGE"}])
    topic = client("sns").create_topic(Name=TOPIC)["TopicArn"]
    connection.send((url, topic))
    connection.recv()


def calls(url):
    """The counts since the last time."""
    return collections.Counter(json.load(urllib.request.urlopen(url + "/calls")))


class Stub:
    """CloudWatch's stand-in: counts requests and values."""

    def __init__(self):
        self.server, self.address = checker.listener()
        self.values, self.requests = multiprocessing.Value("q", 0), multiprocessing.Value("q", 0)
        self.process = multiprocessing.Process(target=self._serve, daemon=True)
        self.process.start()

    def _serve(self):
        import gzip
        import threading

        def serve(connection):
            while request := connection.request():
                _, headers, body = request
                if headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                with self.values.get_lock():
                    self.values.value += body.count(b'"MetricName"')
                    self.requests.value += 1
                connection.answer(200, {"Content-Type": "application/x-amz-json-1.0"}, b"{}")
        while True:
            threading.Thread(target=serve, args=(checker.Connection(self.server.accept()[0]),), daemon=True).start()

    def take(self):
        """Requests and values since the last time."""
        counts = self.requests.value, self.values.value
        self.requests.value = self.values.value = 0
        return counts


# --- Functions -------------------------------------------------------------------------------------------------------


class Function(checker.Function):
    """The function's process with variables of its own; what its start costs is in start_seconds, of processor."""

    def __init__(self, program, variables):
        self.server, address = checker.listener()
        self.server.settimeout(120)
        self.process = subprocess.Popen([program], stdout=subprocess.DEVNULL, preexec_fn=checker.few_descriptors, env={
            "AWS_LAMBDA_RUNTIME_API": address, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "benchmark",
            "AWS_SECRET_ACCESS_KEY": "benchmark", "_HANDLER": "handler", "AWS_DISABLE_REQUEST_COMPRESSION": "true",
            "AWS_LAMBDA_FUNCTION_NAME": "uptime-checker", "AWS_LAMBDA_LOG_LEVEL": "WARN", **variables,
        })
        self.connection = checker.Connection(self.server.accept()[0])
        self.connection.socket.settimeout(180)
        self.next()
        self.start_seconds = self.processor_seconds()

    def invoke(self):
        """One run: its answer, wall and processor seconds."""
        processor, start = self.processor_seconds(), time.monotonic()
        self.connection.answer(200, {
            "Lambda-Runtime-Aws-Request-Id": "request", "Content-Type": "application/json",
            "Lambda-Runtime-Deadline-Ms": int((time.time() + 120) * 1000),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:123456789012:function:uptime-checker",
        }, b'{"endpoints":[]}')
        line, _, body = self.connection.request() or sys.exit("the function has ended")
        wall, used = time.monotonic() - start, self.processor_seconds() - processor
        self.connection.answer(202, {}, b'{"status":"OK"}\n')
        self.next()
        answer = json.loads(body)
        if not line.split()[1].endswith("/response") or answer.get("failures"):
            sys.exit(f"{line}: {answer.get('failures') or body[:2000]!r}")
        return answer, wall, used

    def peak(self):
        return checker.peak_megabytes(self.process.pid)


def write_file(path, url, numbers):
    path.write_text("endpoints:\n" + "".join(
        f'  - name: e{number}\n    group: g{number // 100}\n    url: "{url}{number}"\n    conditions: ["[STATUS] == 200"]\n'
        for number in numbers))
    return str(path)


def measure(program, variables, rounds=3):
    """A function's first run, and the best of those after: (checked, wall, CPU, CPU of the start, peak of memory)."""
    function = Function(program, variables)
    try:
        answer, *_ = function.invoke()
        if answer["up"] != answer["checked"]:
            sys.exit(f"not all are up: {json.dumps(answer)[:500]}")
        warm = [function.invoke() for _ in range(rounds)]
        return (answer["checked"], min(wall for _, wall, _ in warm), min(used for *_, used in warm),
                function.start_seconds, function.peak())
    finally:
        function.stop()


def shard_of(key, count):
    """docs/scale.md's formula, once more."""
    mask = (1 << 64) - 1
    value = 0xCBF29CE484222325
    for byte in key.encode():
        value = ((value ^ byte) * 0x100000001B3) & mask
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & mask
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & mask
    value ^= value >> 31
    bucket = position = 0
    while position < count:
        bucket = position
        value = (value * 2862933555777941757 + 1) & mask
        position = int((bucket + 1) * (float(1 << 31) / float((value >> 33) + 1)))
    return bucket + 1


# --- Tables ----------------------------------------------------------------------------------------------------------


def all_up(options, program, shared, stub, aws, folder, url):
    """Rows of runs in which all is up; returns CPU seconds per check and calls of the first row for the extrapolation."""
    count, shards = options.endpoints, options.shards
    whole = write_file(folder / "whole.yaml", url, range(count))
    size = (folder / "whole.yaml").stat().st_size
    print(f"{count:,} endpoints in a file of {size / 1e6:.1f} MB, {shards} shards; checks answer after {PAUSE} ms")
    print(f"{'':34}{'checks':>8}{'wall s':>8}{'CPU s':>8}{'checks/s/core':>15}{'start CPU s':>13}{'peak MB':>9}"
          f"{'CloudWatch calls':>18}{'values':>9}{'other calls':>13}")

    def row(label, variables):
        stub.take(), calls(aws)
        checked, wall, used, start, peak = measure(program, shared | variables)
        requests, values = (number / 4 for number in stub.take())
        other = sum(calls(aws).values()) / 4
        print(f"{label:34}{checked:>8}{wall:>8.2f}{used:>8.2f}{checked / used:>15,.0f}{start:>13.2f}{peak:>9.1f}"
              f"{requests:>18.1f}{values:>9.0f}{other:>13.1f}")
        return checked, wall, used, start, peak

    rows = [row(f"shard {number}/{shards}", {"UPTIME_CONFIG": whole, "UPTIME_SHARD": f"{number}/{shards}"})
            for number in range(1, shards + 1)]
    sizes = [checked for checked, *_ in rows]
    if sum(sizes) != count:
        sys.exit(f"the shards check {sum(sizes)} of {count} endpoints")
    row(f"shard 1/{shards}, metrics: groups", {"UPTIME_CONFIG": whole, "UPTIME_SHARD": f"1/{shards}", "UPTIME_METRICS": "groups"})
    own = write_file(folder / "own.yaml", url, [n for n in range(count) if shard_of(f"g{n // 100}_e{n}", shards) == 1])
    alone = row("peer: a file of shard 1 only", {"UPTIME_CONFIG": own})
    if alone[0] != sizes[0]:
        sys.exit("the formula here and the function's are not the same")
    one = row("peer: one function for all", {"UPTIME_CONFIG": whole}) if count <= 50_000 else None
    first = rows[0]
    mean = count / shards
    print(f"evenness: smallest {min(sizes) / mean:.3f} and largest {max(sizes) / mean:.3f} of the mean")
    print(f"a shard of the file to a file of its own: CPU of a run {first[2] / alone[2]:.2f}, CPU of the start "
          f"{first[3] / alone[3]:.2f}, memory {first[4] / alone[4]:.2f}")
    if one:
        cpu = sum(used for _, _, used, *_ in rows)
        print(f"all shards to one function for all: CPU of a run {cpu / one[2]:.2f}, longest run {max(r[1] for r in rows) / one[1]:.2f}, "
              f"memory of the largest {max(r[4] for r in rows) / one[4]:.2f}")
    per_check = statistics.median(used / checked for checked, _, used, *_ in rows)
    print(f"a million checks a minute: {per_check * 1e6 / 60:.1f} cores of this machine, "
          f"start of a shard {first[3] * 1e6 / count:.1f} CPU s for each million endpoints in its file")


def outage(options, program, shared, aws, folder, url):
    """Calls for endpoints that go down and come up, with all shards at work."""
    count, shards = options.down, options.shards
    file = folder / "outage.yaml"
    print(f"\n{count} endpoints go down, stay down, and come up; {shards} shards")
    print(f"{'':16}{'PutItem':>9}{'DeleteItem':>12}{'Query':>7}{'PublishBatch':>14}{'calls per endpoint':>20}{'wall s':>8}")
    closed, address = checker.listener()
    closed.close()
    for label, place in [("all up", url), ("goes down", f"http://{address}/"), ("stays down", f"http://{address}/"),
                         ("comes up", url), ("all up", url)]:
        write_file(file, place, range(count))
        calls(aws)
        walls = []
        for number in range(1, shards + 1):
            function = Function(program, shared | {"UPTIME_CONFIG": str(file), "UPTIME_SHARD": f"{number}/{shards}"})
            walls.append(function.invoke()[1])
            function.stop()
        found = calls(aws)
        print(f"{label:16}{found['PutItem']:>9}{found['DeleteItem']:>12}{found['Query']:>7}{found['PublishBatch']:>14}"
              f"{sum(found.values()) / count:>20.2f}{max(walls):>8.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=pathlib.Path, required=True)
    parser.add_argument("--endpoints", type=int, default=20_000)
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--down", type=int, default=200, help="endpoints of the outage; 0 to leave it out")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 16_384), most))
    program = (options.binaries / "uptime-checker").resolve()
    stub = Stub()
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=moto, args=(theirs,), daemon=True)
    process.start()
    aws, topic = ours.recv()
    shared = {
        "AWS_ENDPOINT_URL": aws, "AWS_ENDPOINT_URL_CLOUDWATCH": "http://" + stub.address,
        "UPTIME_TOPIC_ARN": topic, "UPTIME_STATE": f"dynamodb://{TABLE}/web",
    }
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run(["cc", "-O2", "-Wall", "-o", folder / "server", HERE.parent / "uptime-checker/server.c"], check=True)
        server = subprocess.Popen([folder / "server", str(PAUSE)], stdout=subprocess.PIPE, text=True)
        try:
            url = f"http://127.0.0.1:{int(server.stdout.readline())}/"
            all_up(options, program, shared, stub, aws, folder, url)
            if options.down:
                outage(options, program, shared, aws, folder, url)
        finally:
            server.kill()
            server.wait()
            process.terminate()
            stub.process.terminate()


if __name__ == "__main__":
    main()
