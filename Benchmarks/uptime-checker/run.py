#!/usr/bin/env python3
"""Many URLs that answer after 100 ms: the uptime checker beside blackbox_exporter and threads in Python.

    run.py --binaries FOLDER [--rounds 5] [--only-bodies]

A Runtime API server and a CloudWatch stand-in run here, the URLs are those of server.c, all on 127.0.0.1. Debian's
blackbox_exporter is fetched into .build/blackbox; where it cannot be had, its row is left out. The table shows the best
round of each (other programs can only slow a round down) with the peak of memory of all rounds. Its last row has URLs
that answer with 1 MiB, which a condition needs.
"""
import argparse
import asyncio
import glob
import gzip
import http.client
import json
import multiprocessing
import os
import pathlib
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

PAUSE = 100  # ms
DESCRIPTORS = 1024  # as in Lambda
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TICK = os.sysconf("SC_CLK_TCK")


class Connection:
    """Reads HTTP/1.1 requests from a socket and answers them."""

    def __init__(self, peer):
        self.socket = peer
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def request(self):
        """Request line, headers and body; None when the peer has closed."""
        while b"\r\n\r\n" not in self.buffer:
            if not self.fill():
                return None
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        line, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (text.partition(":") for text in lines)}
        length = int(headers.get("content-length", 0))
        while len(self.buffer) < length:
            if not self.fill():
                return None
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return line, headers, body

    def fill(self):
        piece = self.socket.recv(1 << 20)
        self.buffer += piece
        return bool(piece)

    def answer(self, status, headers, body):
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.socket.sendall(f"HTTP/1.1 {status} -\r\nContent-Length: {len(body)}\r\n{fields}\r\n".encode() + body)


def listener():
    server = socket.create_server(("127.0.0.1", 0))
    return server, "127.0.0.1:%d" % server.getsockname()[1]


def cloudwatch(server, data):
    """Takes every PutMetricData and counts."""
    def serve(connection):
        while request := connection.request():
            _, headers, body = request
            if headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            with data.get_lock():
                data.value += body.count(b'"MetricName"')
            connection.answer(200, {"Content-Type": "application/x-amz-json-1.0"}, b"{}")
    while True:
        threading.Thread(target=serve, args=(Connection(server.accept()[0]),), daemon=True).start()


class Function:
    """The function's process under a Runtime API server."""

    def __init__(self, program, endpoint, file):
        self.server, address = listener()
        self.server.settimeout(30)
        self.start = time.monotonic()
        self.process = subprocess.Popen([program], stdout=subprocess.DEVNULL, preexec_fn=few_descriptors, env={
            "AWS_LAMBDA_RUNTIME_API": address, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "benchmark",
            "AWS_SECRET_ACCESS_KEY": "benchmark", "AWS_ENDPOINT_URL": "http://" + endpoint, "_HANDLER": "handler",
            "AWS_LAMBDA_FUNCTION_NAME": "uptime-checker", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
            "AWS_LAMBDA_LOG_LEVEL": "WARN", "UPTIME_CONFIG": file,
        })
        self.connection = Connection(self.server.accept()[0])
        self.connection.socket.settimeout(120)
        self.next()

    def next(self):
        line, _, body = self.connection.request() or sys.exit("the function has ended")
        if "/invocation/next" not in line:
            sys.exit(f"expected /next, got {line}: {body[:500]!r}")

    def invoke(self, count):
        """One run; all URLs must be up. Returns wall and CPU seconds."""
        processor, start = self.processor_seconds(), time.monotonic()
        self.connection.answer(200, {
            "Lambda-Runtime-Aws-Request-Id": "request", "Content-Type": "application/json",
            "Lambda-Runtime-Deadline-Ms": int((time.time() + 60) * 1000),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:123456789012:function:uptime-checker",
        }, b'{"endpoints":[]}')
        line, _, body = self.connection.request() or sys.exit("the function has ended")
        wall = time.monotonic() - start
        self.connection.answer(202, {}, b'{"status":"OK"}\n')
        self.next()
        if not line.split()[1].endswith("/response") or json.loads(body).get("up") != count:
            sys.exit(f"{line}: {body[:2000]!r}")
        return wall, self.processor_seconds() - processor

    def processor_seconds(self):
        """Of the one thread, in nanoseconds' resolution."""
        return int(open(f"/proc/{self.process.pid}/schedstat").read().split()[0]) / 1e9

    def stop(self):
        self.process.kill()
        self.process.wait()


def few_descriptors():
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))


def peak_megabytes(process):
    return int(open(f"/proc/{process}/status").read().partition("VmHWM:")[2].split()[0]) / 1024


def bodies(server):
    """Answers every request with 1 MiB of JSON, to as many clients at once as come."""
    body = b'["' + b"x" * ((1 << 20) - 4) + b'"]'

    def serve(connection):
        try:
            while connection.request():
                connection.answer(200, {"Content-Type": "application/json"}, body)
        except OSError:
            pass
        connection.socket.close()
    threading.stack_size(128 << 10)
    while True:
        threading.Thread(target=serve, args=(Connection(server.accept()[0]),), daemon=True).start()


def configuration(folder, url, count, condition):
    """The URLs in Gatus's format."""
    file = folder / f"{count}.yaml"
    file.write_text("endpoints:\n" + "".join(
        f'  - name: e{number}\n    group: bench\n    url: "{url}{number}"\n    conditions:\n      - "{condition}"\n'
        + ("    client: {timeout: 50s}\n" if "BODY" in condition else "")
        for number in range(count)))
    return str(file)


def checker(program, endpoint, url, folder, count, rounds, condition="[STATUS] == 200"):
    function = Function(program, endpoint, configuration(folder, url, count, condition))
    try:
        cold = function.invoke(count)
        warm = [function.invoke(count) for _ in range(rounds)]
        return min(wall for wall, _ in [cold] + warm), min(cpu for _, cpu in warm), peak_megabytes(function.process.pid)
    finally:
        function.stop()


def first_check(program, endpoint, url, folder, server_port):
    """From the start of the process to the first check at the server, in ms, with 100 endpoints."""
    file = configuration(folder, url, 100, "[STATUS] == 200")
    times = []
    for _ in range(21):
        asked_first(server_port)
        function = Function(program, endpoint, file)
        function.invoke(100)
        function.stop()
        times.append(asked_first(server_port)[0] / 1000 - function.start * 1000)
    return statistics.median(times)


def asked_first(port):
    client = http.client.HTTPConnection("127.0.0.1", port)
    client.request("GET", "/first")
    moment, count = client.getresponse().read().split()
    client.close()
    return float(moment), int(count)


def python_probe(url, count, rounds):
    results = []
    for _ in range(rounds):
        start = time.monotonic()
        process = subprocess.Popen([sys.executable, HERE / "probe.py", url, str(count)], stdout=subprocess.PIPE)
        up = int(process.stdout.read())
        _, _, usage = os.wait4(process.pid, 0)
        if up != count:
            sys.exit(f"Python reached {up} of {count}")
        results.append((time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))
    return min(row[0] for row in results), min(row[1] for row in results), max(row[2] for row in results)


def blackbox_program():
    """Debian's blackbox_exporter, unpacked under .build; None and a word of why where it cannot be had."""
    folder = ROOT / ".build" / "blackbox"
    program = folder / "usr" / "bin" / "prometheus-blackbox-exporter"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run(["apt-get", "download", "prometheus-blackbox-exporter"], cwd=folder, check=True,
                           capture_output=True)
            subprocess.run(["dpkg-deb", "-x", glob.glob(str(folder / "*.deb"))[0], folder], check=True)
        except (OSError, subprocess.CalledProcessError, IndexError) as error:
            print(f"blackbox_exporter left out, it cannot be had here: {error}")
            return None
    return program


async def ask_all(port, url, count):
    """Asks the exporter for all URLs at once, as Prometheus would do one by one; counts the successes."""
    gate = asyncio.Semaphore(900)

    async def ask(number):
        async with gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET /probe?module=http_2xx&target={url}{number} HTTP/1.0\r\n\r\n".encode())
            body = await reader.read()
            writer.close()
            return b"\nprobe_success 1" in body
    return sum(await asyncio.gather(*(ask(number) for number in range(count))))


def blackbox(program, url, count, rounds, folder):
    file = folder / "blackbox.yml"
    file.write_text("modules:\n  http_2xx:\n    prober: http\n    http:\n      preferred_ip_protocol: ip4\n")
    port = listener()[0].getsockname()[1]
    process = subprocess.Popen([program, f"--config.file={file}", f"--web.listen-address=127.0.0.1:{port}"],
                               stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.05)
        results = []
        for _ in range(rounds):
            before, start = ticks(process.pid), time.monotonic()
            up = asyncio.run(ask_all(port, url, count))
            results.append((time.monotonic() - start, (ticks(process.pid) - before) / TICK))
            if up != count:
                sys.exit(f"blackbox_exporter reached {up} of {count}")
        return min(row[0] for row in results), min(row[1] for row in results), peak_megabytes(process.pid)
    finally:
        process.terminate()
        process.wait()


def ticks(process):
    fields = open(f"/proc/{process}/stat").read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only-bodies", action="store_true", help="only the row with bodies of 1 MiB")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 16_384), most))
    program = (options.binaries / "uptime-checker").resolve()
    metrics, endpoint = listener()
    data = multiprocessing.Value("q", 0)
    counter = multiprocessing.Process(target=cloudwatch, args=(metrics, data), daemon=True)
    counter.start()
    large, large_address = listener()
    large.listen(1024)
    sender = multiprocessing.Process(target=bodies, args=(large,), daemon=True)
    sender.start()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run(["cc", "-O2", "-Wall", "-o", folder / "server", HERE / "server.c"], check=True)
        server = subprocess.Popen([folder / "server", str(PAUSE)], stdout=subprocess.PIPE, text=True)
        port = int(server.stdout.readline())
        url = f"http://127.0.0.1:{port}/"
        try:
            with_bodies = checker(program, endpoint, f"http://{large_address}/", folder, 1_000, 2, "len([BODY]) == 1")
            print(f"1,000 URLs with bodies of 1 MiB that a condition needs: {with_bodies[0]:.3f} s wall, "
                  f"{with_bodies[1]:.3f} s CPU, peak {with_bodies[2]:.1f} MB; asked for: within 128 MB")
            if options.only_bodies:
                return
            rows = [("uptime-checker", 1_000, checker(program, endpoint, url, folder, 1_000, options.rounds))]
            if exporter := blackbox_program():
                rows.append(("blackbox_exporter", 1_000, blackbox(exporter, url, 1_000, options.rounds, folder)))
            rows.append(("Python, threads", 1_000, python_probe(url, 1_000, options.rounds)))
            rows.append(("uptime-checker", 10_000, checker(program, endpoint, url, folder, 10_000, 2)))
            cold = first_check(program, endpoint, url, folder, port)
        finally:
            server.kill()
            server.wait()
            counter.terminate()
            sender.terminate()
    print(f"{'':20}{'URLs':>7}{'wall s':>9}{'CPU s':>9}{'CPU ms/URL':>12}{'peak MB':>9}{'wall':>7}{'CPU':>7}{'memory':>8}")
    ours = rows[0][2]
    for label, count, (wall, cpu, memory) in rows:
        ratios = "".join(f"{theirs / own:>{width}.2f}" for theirs, own, width in zip((wall, cpu, memory), ours, (7, 7, 8)))
        print(f"{label:20}{count:>7}{wall:>9.3f}{cpu:>9.3f}{cpu * 1000 / count:>12.3f}{memory:>9.1f}"
              + (ratios if count == 1_000 else ""))
    print(f"cold start to the first check sent, 100 endpoints, median of 21: {cold:.1f} ms")
    print(f"CloudWatch got {data.value} values")
    print("asked for: 1,000 URLs below 0.40 s wall, 0.25 s CPU and 45 MB; 10,000 within 128 MB; first check below 15 ms")


if __name__ == "__main__":
    main()
