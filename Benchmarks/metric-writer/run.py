"""Results of SLA tests through the real metric-writer into a CloudWatch stand-in: cost per record, and a soak.

    run.py --binaries FOLDER [--seconds 60 | --minutes 10]

A Runtime API server and the stand-in run here, on 127.0.0.1, each in a process of its own. Every datum is counted where
it arrives: a lost or doubled one fails the run, as does memory that grows.
"""
import argparse
import gzip
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import time

SERVICES = 50
PAGE = os.sysconf("SC_PAGE_SIZE")
TICK = os.sysconf("SC_CLK_TCK")


class Connection:
    """Reads HTTP/1.1 requests from a socket and answers them."""

    def __init__(self, listener):
        self.socket, _ = listener.accept()
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def request(self):
        """Request line, headers and body; None when the peer has closed."""
        while b"\r\n\r\n" not in self.buffer:
            piece = self.socket.recv(1 << 20)
            if not piece:
                return None
            self.buffer += piece
        head, _, rest = self.buffer.partition(b"\r\n\r\n")
        line, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (text.partition(":") for text in lines)}
        pieces, missing = [rest], int(headers.get("content-length", 0)) - len(rest)
        while missing > 0:
            pieces.append(self.socket.recv(1 << 20))
            if not pieces[-1]:
                return None
            missing -= len(pieces[-1])
        data = b"".join(pieces)
        length = int(headers.get("content-length", 0))
        self.buffer = data[length:]
        return line, headers, data[:length]

    def answer(self, status, headers, body):
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\n{fields}\r\n"
        self.socket.sendall(head.encode() + body)


def listener():
    server = socket.create_server(("127.0.0.1", 0))
    return server, "127.0.0.1:%d" % server.getsockname()[1]


def cloudwatch(server, requests, data):
    """Takes every PutMetricData and counts."""
    while True:
        connection = Connection(server)
        while request := connection.request():
            _, headers, body = request
            size = len(body)
            if headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            count = body.count(b'"MetricName"')
            if count > 1000 or size > 1_000_000:
                connection.answer(413, {}, b"")
                continue
            requests.value += 1
            data.value += count
            connection.answer(200, {"Content-Type": "application/x-amz-json-1.0"}, b"{}")


class Function:
    """The function's process under a Runtime API server."""

    def __init__(self, program, endpoint):
        self.server, address = listener()
        self.server.settimeout(30)
        self.process = subprocess.Popen([program], stdout=subprocess.DEVNULL, env={
            "AWS_LAMBDA_RUNTIME_API": address, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "benchmark",
            "AWS_SECRET_ACCESS_KEY": "benchmark", "AWS_ENDPOINT_URL": "http://" + endpoint, "_HANDLER": "handler",
            "AWS_LAMBDA_FUNCTION_NAME": "metric-writer", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_LOG_LEVEL": "WARN",
        })
        self.count = 0
        self.connection = Connection(self.server)
        self.connection.socket.settimeout(120)
        self.next()

    def next(self):
        line, _, _ = self.connection.request() or sys.exit("the function has ended")
        if "/invocation/next" not in line:
            sys.exit("expected /next, got " + line)

    def invoke(self, event):
        self.count += 1
        self.connection.answer(200, {
            "Lambda-Runtime-Aws-Request-Id": f"request-{self.count}",
            "Lambda-Runtime-Deadline-Ms": int((time.time() + 60) * 1000),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:123456789012:function:metric-writer",
            "Content-Type": "application/json",
        }, event)
        line, _, body = self.connection.request() or sys.exit("the function has ended")
        self.connection.answer(202, {}, b'{"status":"OK"}\n')
        self.next()
        if not line.split()[1].endswith("/response") or body != b'{"batchItemFailures":[]}':
            sys.exit(f"{line}: {body[:500]!r}")

    def processor_seconds(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def resident_kilobytes(self):
        return int(open(f"/proc/{self.process.pid}/statm").read().split()[1]) * PAGE // 1024

    def stop(self):
        self.process.kill()
        self.process.wait()


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
    function = Function(os.path.join(arguments.binaries, "metric-writer"), endpoint)
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
