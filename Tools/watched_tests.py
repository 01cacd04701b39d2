"""Runs Swift tests, and ends them when none begins or ends for a while: a test that hangs is then named.

Usage: watched_tests.py SECONDS COMMAND…    (`swift test`, or a test program of it)

Its output and exit status are those of the command, and what failed is told once more at the end, where it is seen.
After a hang the status is 1, and what was under way is told: the tests and the processes.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time


def events_in(path):
    """What Swift Testing has written of a run so far: an event after the other."""
    if not os.path.exists(path):
        return
    with open(path) as events:
        for line in events:
            try:
                record = json.loads(line)
            except ValueError:
                continue  # the last line may be half written
            if record["kind"] == "event":
                yield record["payload"]


def under_way(path):
    """The names of the tests that have begun and not ended."""
    open_tests = {}
    for event in events_in(path):
        match event["kind"]:
            case "testStarted": open_tests[event["testID"]] = event["instant"]["since1970"]
            case "testEnded": open_tests.pop(event["testID"], None)
    return [f"{name}, for {time.time() - begin:.0f} s" for name, begin in open_tests.items()]


def failures(path):
    """The tests that failed, each with its place and what was found."""
    for event in events_in(path):
        if event["kind"] == "issueRecorded" and not event["issue"].get("isKnown"):
            texts = [message["text"] for message in event["messages"]]
            yield "\n  ".join([event.get("testID", "outside of a test"), *texts])


def main(limit, command):
    with tempfile.TemporaryDirectory() as folder:
        events = os.path.join(folder, "events.json")
        # A group of its own, so that what the tests have started ends with them.
        tests = subprocess.Popen([*command, "--event-stream-output-path", events], process_group=0)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _: os.killpg(tests.pid, number))
        size, since = -1, time.monotonic()
        while tests.poll() is None:
            time.sleep(1)
            # There are no events while the tests are compiled.
            now = os.path.getsize(events) if os.path.exists(events) else -1
            if now != size or now <= 0:
                size, since = now, time.monotonic()
            elif time.monotonic() - since > limit:
                print(f"\nNo test has begun or ended for {limit} seconds. Under way:", file=sys.stderr)
                print("\n".join(under_way(events)), file=sys.stderr)
                # All but the kernel's.
                subprocess.run(
                    ["ps", "--ppid", "2", "-p", "2", "--deselect", "-o", "pid,ppid,stat,etime,args", "--forest"],
                    stdout=sys.stderr)
                os.killpg(tests.pid, signal.SIGKILL)
                tests.wait()
                return 1
        failed = list(failures(events))
        if failed:
            print("\nWhat failed:", *failed, sep="\n", file=sys.stderr)
        # A shell's way to tell of a signal.
        return tests.returncode if tests.returncode >= 0 else 128 - tests.returncode


sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
