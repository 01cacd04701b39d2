"""The real sla-reporter makes reports of many services from a stand-in for CloudWatch and S3: processor time and memory.

    run.py --binaries FOLDER [--services 1000] [--days 90] [--files site,feeds]

The stand-in answers in a process of its own, with a result for each minute and an outage of ten minutes every 45 days. It keeps
no objects, so that each report writes all files. Memory is the process's peak, all of the static
binary included. There is no peer that reads CloudWatch, so the figures are shares of what a function of 256 MB has.
"""
import argparse
import json
import multiprocessing
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from function_process import Connection, FunctionProcess, listener  # noqa: E402

MEMORY, PROCESSOR = 256, 10


class Done:
    """Equals every answer that says that all was read and written, and keeps the last one."""

    def __ne__(self, body):
        self.answer = json.loads(body)
        return self.answer.get("state") != "done"


def stand_in(server, services, counts):
    series = {}
    while True:
        connection = Connection(server)
        threading.Thread(target=serve, args=(connection, services, counts, series), daemon=True).start()


def serve(connection, services, counts, series):
    while request := connection.request():
        line, headers, body = request
        target = headers.get("x-amz-target", "").partition(".")[2]
        if target == "ListMetrics":
            first = int(json.loads(body).get("NextToken", 0))
            page = {"Metrics": [{"Dimensions": [{"Name": "Region", "Value": "eu-central-1"},
                                                {"Name": "Service", "Value": f"service-{number}"}]}
                                for number in range(first, min(services, first + 500))]}
            if first + 500 < services:
                page["NextToken"] = str(first + 500)
            reply(connection, json.dumps(page).encode())
        elif target == "GetMetricData":
            data = metric_data(json.loads(body), series)
            with counts.get_lock():
                counts[0] += 1
                counts[1] += len(data)
            reply(connection, data)
        elif line.startswith("PUT"):
            with counts.get_lock():
                counts[2] += 1
                counts[3] += len(body)
            connection.answer(200, {"ETag": '"1"'}, b"")
        else:
            connection.answer(404, {}, b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>")


def reply(connection, body):
    connection.answer(200, {"Content-Type": "application/x-amz-json-1.0"}, body)


def metric_data(request, series):
    results, points = [], 0
    for query in request["MetricDataQueries"]:
        stat = query["MetricStat"]
        key = (request["StartTime"], request["EndTime"], stat["Period"], stat["Metric"]["MetricName"])
        if key not in series:
            series[key] = values(*key)
        results.append(b'{"Id":"%s","Label":"x","StatusCode":"Complete",%s}' % (query["Id"].encode(), series[key][1]))
        points += series[key][0]
    if len(results) > 500 or points > 100_800:
        sys.exit(f"{len(results)} queries with {points} points in one call")
    return b'{"Messages":[],"MetricDataResults":[' + b",".join(results) + b"]}"


def values(start, end, period, metric):
    """One result a minute; ten bad ones every 45 days."""
    times = list(range(int(start), int(end), period))
    minutes = period // 60
    if metric == "integration-sla-success":
        numbers = [float(minutes - sum((time // 60 + minute) % 64_800 < 10 for minute in range(minutes)))
                   for time in times]
    elif metric == "integration-sla-attempts":
        numbers = [float(minutes)] * len(times)
    else:
        numbers = [round(0.2 + time % 7 / 10, 3) for time in times]
    text = '"Timestamps":%s,"Values":%s' % (json.dumps(times, separators=(",", ":")), json.dumps(numbers))
    return len(times), text.encode()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--services", type=int, action="append")
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--files", default="site,feeds")
    parser.add_argument("--seconds", type=float, help="accepted, as by the other benchmarks")
    options = parser.parse_args()
    print(f"{'services':>8} {'report':>7} {'CPU s':>6} {'of 10 s':>8} {'peak MB':>8} {'of 256':>7} {'calls':>6} "
          f"{'MB read':>8} {'points':>9} {'files':>6} {'MB':>6}")
    for services in options.services or [100, 1000]:
        measure(services, options)


def measure(services, options):
    server, address = listener()
    counts = multiprocessing.Array("q", 4)
    process = multiprocessing.Process(target=stand_in, args=(server, services, counts), daemon=True)
    process.start()
    done = Done()
    function = FunctionProcess(f"{options.binaries}/sla-reporter", {
        "AWS_ENDPOINT_URL": f"http://{address}", "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "test", "REPORTS_S3_BUCKET_NAME": "reports", "REPORT_SOURCES": "tests",
        "REPORT_DAYS": str(options.days), "REPORT_FILES": options.files, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    }, done)
    # Processor time is what counts; on a busy machine the rest takes long.
    function.limit = 900
    function.connection.socket.settimeout(900)
    for report in ["first", "second"]:
        before, start = list(counts), function.processor_seconds()
        function.invoke(b'{"source":"aws.events"}')
        processor = function.processor_seconds() - start
        peak = peak_megabytes(function.process.pid)
        calls, read, files, written = (now - then for now, then in zip(counts, before))
        print(f"{services:>8} {report:>7} {processor:>6.2f} {processor / PROCESSOR:>8.0%} {peak:>8.0f} "
              f"{peak / MEMORY:>7.0%} {calls:>6} {read / 1e6:>8.1f} {done.answer['points']:>9} {files:>6} "
              f"{written / 1e6:>6.1f}", flush=True)
    function.stop()
    process.kill()


def peak_megabytes(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    sys.exit("no VmHWM")


if __name__ == "__main__":
    main()
