"""Results of SLA tests through the real metric-writer into a CloudWatch stand-in: cost per record, and a soak.

    run.py --binaries FOLDER [--seconds 60 | --minutes 10]

A Runtime API server and the stand-in run on 127.0.0.1, each in a process of its own. The stand-in counts the metric
values: a lost or doubled one fails the run, as does growing memory.
"""
import argparse
import gzip
import json
import multiprocessing
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from function_process import Connection, FunctionProcess, listener  # noqa: E402

SERVICES = 50


def cloudwatch(server, requests, data):
    """Accepts every PutMetricData and counts the values. The function has several connections."""
    while True:
        threading.Thread(target=serve, args=(Connection(server), requests, data), daemon=True).start()


def serve(connection, requests, data):
    while request := connection.request():
        _, headers, body = request
        size = len(body)
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        count = body.count(b'"MetricName"')
        if count > 1000 or size > 1_000_000:
            connection.answer(413, {}, b"")
            continue
        with requests.get_lock():
            requests.value += 1
        with data.get_lock():
            data.value += count
        connection.answer(200, {"Content-Type": "application/x-amz-json-1.0"}, b"{}")


def event(first, count):
    """An SQS event of SNS notifications, each a result with one group: 7 data."""
    def record(number):
        message = json.dumps({
            "timestamp": int(time.time()), "succeeded": number % 10 != 0, "service": f"service-{number % SERVICES}",
            "testExecutionSecs": number % 60, "testExecutionSeconds": number % 60 + 0.5, "groups": ["web"],
            "tagID": None, "slaTarget": 99.9, "interval": 30})
        body = json.dumps({"Type": "Notification", "MessageId": f"message-{number}", "Message": message,
                           "TopicArn": "arn:aws:sns:eu-central-1:123456789012:results"})
        return {"messageId": f"record-{number}", "body": body, "eventSource": "aws:sqs", "awsRegion": "eu-central-1"}
    return json.dumps({"Records": [record(number) for number in range(first, first + count)]}).encode()


def measure(function, batch, batches, first):
    events = [event(first + index * batch, batch) for index in range(batches)]
    start, processor = time.monotonic(), function.processor_seconds()
    for one in events:
        function.invoke(one)
    wall, processor = time.monotonic() - start, function.processor_seconds() - processor
    records = batch * batches
    print(f"{records:>8} in batches of {batch:<6} {wall * 1e6 / records:>10.1f} {processor * 1e6 / records:>12.1f} "
          f"{function.resident_kilobytes() / 1024:>12.1f}")
    return first + records


def soak(function, seconds, first):
    """Batches of ten for the time given. Returns the next number and the memory samples in KB."""
    start, samples, following = time.monotonic(), [], 0.0
    while (passed := time.monotonic() - start) < seconds:
        function.invoke(event(first, 10))
        first += 10
        if passed >= following:
            samples.append(function.resident_kilobytes())
            following += seconds / 60
    return first, samples


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--minutes", type=float)
    arguments = parser.parse_args()
    seconds = arguments.minutes * 60 if arguments.minutes else arguments.seconds

    server, endpoint = listener()
    requests, data = multiprocessing.Value("q", 0), multiprocessing.Value("q", 0)
    counter = multiprocessing.Process(target=cloudwatch, args=(server, requests, data), daemon=True)
    counter.start()
    function = FunctionProcess(pathlib.Path(arguments.binaries) / "metric-writer", {
        "AWS_ACCESS_KEY_ID": "benchmark", "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_ENDPOINT_URL": "http://" + endpoint,
    }, expected=b'{"batchItemFailures":[]}')
    try:
        print("results, 7 metric values each      µs/record  CPU µs/record  memory MB")
        count = measure(function, 10, 1_000, 0)
        count = measure(function, 1_000, 10, count)
        count = measure(function, 10_000, 1, count)
        before = count
        count, samples = soak(function, seconds, count)
    finally:
        function.stop()
        counter.terminate()
    third = max(1, len(samples) // 3)
    early, late = max(samples[:third]), max(samples[-third:])
    print(f"soak of {seconds:g} s: {count - before} results, memory {early / 1024:.1f} MB in the first third, "
          f"{late / 1024:.1f} MB in the last")
    print(f"CloudWatch got {data.value} values in {requests.value} requests")
    if data.value != count * 7:
        sys.exit(f"expected {count * 7} values")
    if late > early * 1.02 + 256:
        sys.exit("memory grows")


if __name__ == "__main__":
    main()
