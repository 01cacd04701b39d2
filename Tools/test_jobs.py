"""Runs the whole test suite as jobs, some side by side: the Swift tests by module, and those of Tests/Deployment and
Tests/Browser.

Usage: test_jobs.py    (after `swift build --build-tests`; the tests of terraform/ take what is built in dist/)

A job is a process of its own, in which one test runs after the other: no test sees what another does to its process, and
one that starts programs does not starve one that waits for an answer. As many jobs run as there are processors. A line
tells of each that has ended, with what it skipped; what it printed is in .build/tests/, and its end is shown when it
failed. One that failed runs once more: it may have been the load. What passed only then is named at the end, to be
mended. The status is 1 when one failed twice.
"""
import contextlib
import os
import pathlib
import queue
import re
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
LOGS = ROOT / ".build/tests"
# What takes more than a minute begins first, so that nothing long is left at the end. A suite in a module in this list
# is a job of its own.
LONG = [
    "Deployment", "FargateAdjusterTests", "ChaosActivitiesTests.MotoTests", "AWSTests", "TocsinTests", "SSMDocuments",
    "IntegrationTests", "LocalCloudTests", "ChaosActivitiesTests.MotoTests/ChaosawsTests", "ExperimentsTests",
    "Browser", "ChaosActivitiesTests.ClusterTests", "AlarmProvisionerTests",
]


def swift_jobs():
    """A job for each module, and each long suite, without the long suites in it: its name and its command."""
    listing = ["swift", "test", "list", "--skip-build"]
    tests = subprocess.run(listing, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    tests = [line for line in tests.stdout.splitlines() if "." in line]
    names = {test.partition(".")[0] for test in tests} | {name for name in LONG if "Tests" in name}
    for name in sorted(names):
        if not any(re.match(test_pattern(name), test) for test in tests):
            sys.exit(f"test_jobs.py: LONG has {name}, of which there are no tests")
        inner = [other for other in names if re.match(test_pattern(name), other)]
        yield name, [
            sys.executable, "Tools/watched_tests.py", "600", ".build/debug/tocsinPackageTests.xctest",
            "--testing-library", "swift-testing", "--no-parallel", "--filter", test_pattern(name),
            *(argument for other in inner for argument in ("--skip", test_pattern(other)))]


def test_pattern(name):
    """A pattern for the tests of a module or suite."""
    return f"^{re.escape(name)}[./]"


def python_jobs():
    """The tests of the SSM documents, and all others of Tests/Deployment in one: the last of these looks at what all
    deployments called. Those of pages and feeds have a Python of their own; without it they run here, and are skipped.
    """
    pytest = [
        "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "-o", "faulthandler_timeout=900", "-o",
        "faulthandler_exit_on_timeout=true"]
    documents = "Tests/Deployment/test_ssm_documents.py"
    browser = ROOT / ".build/browser/bin/python"
    yield "SSMDocuments", [sys.executable, *pytest, documents]
    yield "Deployment", [sys.executable, *pytest, "Tests/Deployment", f"--ignore={documents}"]
    yield "Browser", [str(browser) if browser.exists() else sys.executable, *pytest, "Tests/Browser"]


def run(name, command, log_name):
    """Runs a job, tells of its end, and says whether it passed."""
    begin, log = time.monotonic(), LOGS / f"{log_name.replace('/', '.')}.log"
    with open(log, "w") as output:
        job = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, process_group=0)
        running[name] = job
        status = job.wait()
        del running[name]
    lines = [re.sub(r"\033\[[0-9;]*m", "", line) for line in log.read_text(errors="replace").splitlines() if line.strip()]
    results = [line for line in lines if re.search(r"Test run with|\d+ (passed|failed|skipped)", line)] or ["no result"]
    skipped = [line for line in lines if line.startswith(("➜", "SKIPPED"))]
    summary = f"{'ok' if status == 0 else 'FAILED':6} {time.monotonic() - begin:4.0f} s  {name}: {results[-1]}"
    print_line("\n               ".join([summary, *skipped]))
    if status != 0:
        print_line("\n".join([f"\n{log.relative_to(ROOT)} ends with:", *lines[-60:], ""]))
    return status == 0


def print_line(text):
    print(f"\r\033[K{text}" if sys.stdout.isatty() else text, flush=True)


def main():
    LOGS.mkdir(parents=True, exist_ok=True)
    jobs = dict([*swift_jobs(), *python_jobs()])
    waiting, passed, passed_at_last = queue.SimpleQueue(), set(), set()
    for name in sorted(jobs, key=lambda name: LONG.index(name) if name in LONG else len(LONG)):
        waiting.put(name)

    def work():
        try:
            while True:
                name = waiting.get_nowait()
                if run(name, jobs[name], name):
                    passed.add(name)
                elif run(name, jobs[name], f"{name}.again"):
                    passed_at_last.add(name)
        except queue.Empty:
            pass

    workers = [threading.Thread(target=work, daemon=True) for _ in range(os.cpu_count() or 1)]
    for worker in workers:
        worker.start()
    begin = time.monotonic()
    while any(worker.is_alive() for worker in workers):
        time.sleep(1)
        if sys.stdout.isatty():
            spent = int(time.monotonic() - begin)
            print(f"\r\033[K    {spent // 60}:{spent % 60:02} {', '.join(running)}"[:80], end="", flush=True)
    # A job that could not even run has not passed.
    failed = sorted(set(jobs) - passed - passed_at_last)
    print_line(f"Failed: {', '.join(failed)}" if failed else f"All {len(jobs)} jobs passed.")
    for name in sorted(passed_at_last):
        print_line(f"Passed only at the second attempt, the first is in .build/tests/{name.replace('/', '.')}.log: {name}")
    return 1 if failed else 0


def end(number, _):
    """Ends the jobs, and what they have started, with this program."""
    for job in list(running.values()):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(job.pid, number)
    os._exit(128 + number)


running = {}  # the jobs under way, by name
for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(signal_number, end)
sys.exit(main())
