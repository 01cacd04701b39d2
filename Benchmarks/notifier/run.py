"""Measures the notifier with CloudWatch alarms for a webhook: formatting alone, then all time outside the HTTP call.

    run.py --binaries FOLDER [--alarms 3000]

A Runtime API server and the webhook run on 127.0.0.1, each in its own process. The webhook counts the messages; a lost
or duplicate one fails the run.
"""
import argparse
import json
import multiprocessing
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from function_process import Connection, FunctionProcess, listener  # noqa: E402


def webhook(server, count, received, answered):
    """Counts the messages, and records when the last one was received and when its response was sent."""
    while True:
        connection = Connection(server)
        while connection.request():
            received.value = time.monotonic()
            count.value += 1
            answered.value = time.monotonic()
            connection.answer(200, {"Content-Type": "text/html"}, b"ok")


def event(number):
    """An SNS event with one alarm."""
    alarm = {
        "AlarmName": f"cpu-high-{number}", "AlarmDescription": "CPU of the web servers", "AWSAccountId": "123456789012",
        "AlarmConfigurationUpdatedTimestamp": "2026-11-21T03:42:00.123+0000", "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed: 1 out of the last 1 datapoints [91.5 (21/11/26 03:41:00)] was greater than "
                          "the threshold (90.0) (minimum 1 datapoint for OK -> ALARM transition).",
        "StateChangeTime": "2026-11-21T03:42:00.123+0000", "Region": "EU (Frankfurt)",
        "AlarmArn": f"arn:aws:cloudwatch:eu-central-1:123456789012:alarm:cpu-high-{number}", "OldStateValue": "OK",
        "OKActions": [], "AlarmActions": ["arn:aws:sns:eu-central-1:123456789012:alarms"], "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "CPUUtilization", "Namespace": "AWS/EC2", "StatisticType": "Statistic",
            "Statistic": "AVERAGE", "Unit": None, "Period": 60, "EvaluationPeriods": 1, "DatapointsToAlarm": 1,
            "Dimensions": [{"value": "i-0123456789abcdef0", "name": "InstanceId"}], "Threshold": 90.0,
            "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "missing",
            "EvaluateLowSampleCountPercentile": "",
        },
    }
    return json.dumps({"Records": [{
        "EventSource": "aws:sns", "EventVersion": "1.0",
        "EventSubscriptionArn": "arn:aws:sns:eu-central-1:123456789012:alarms:c9135db0",
        "Sns": {
            "Type": "Notification", "MessageId": f"message-{number}", "Subject": "ALARM",
            "TopicArn": "arn:aws:sns:eu-central-1:123456789012:alarms", "Message": json.dumps(alarm),
            "Timestamp": "2026-11-21T03:42:00.123Z", "MessageAttributes": {},
        },
    }]}).encode()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", type=pathlib.Path, required=True)
    parser.add_argument("--alarms", type=int, default=3_000)
    arguments = parser.parse_args()
    subprocess.run([arguments.binaries / "notifier-benchmark"], input=event(0), check=True)

    server, endpoint = listener()
    count = multiprocessing.Value("q", 0)
    received, answered = multiprocessing.Value("d", 0), multiprocessing.Value("d", 0)
    chat = multiprocessing.Process(target=webhook, args=(server, count, received, answered), daemon=True)
    chat.start()
    function = FunctionProcess(
        arguments.binaries / "notifier", {"SLACK_WEBHOOK_URL": f"http://{endpoint}/hook"},
        expected=b'{"records":1,"notifications":1,"sent":1,"duplicates":0,"dropped":0,"failed":0}')
    try:
        around, processor = [], function.processor_seconds()
        for number in range(arguments.alarms):
            start, end = function.invoke(event(number))
            around.append((received.value - start + end - answered.value) * 1e6)
        processor = (function.processor_seconds() - processor) * 1e6 / arguments.alarms
        memory = function.resident_kilobytes() / 1024
    finally:
        function.stop()
        chat.terminate()
    around.sort()
    print("one alarm an invocation        max µs     p50 µs     p99 µs   CPU µs  memory MB")
    print(f"{arguments.alarms:>8} around the call  {around[-1]:>12.0f} {statistics.median(around):>10.0f} "
          f"{around[len(around) * 99 // 100]:>10.0f} {processor:>8.0f} {memory:>10.1f}")
    if count.value != arguments.alarms:
        sys.exit(f"the webhook got {count.value} of {arguments.alarms} messages")


if __name__ == "__main__":
    main()
