"""Measures `tocsin chaos run` against Chaos Toolkit's `chaos run`, both started for each experiment.

    run.py --binaries FOLDER [--repeat 15] [--activities 10000]

Three tables: an experiment of two processes from start to end, the engine's own time per activity, and the memory that
long experiments take. Chaos Toolkit is measured without its plug-ins, which would cost it another second of imports.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

# The program `chaos` as its package installs it.
CHAOS = """
import importlib.metadata as metadata, sys
found = metadata.entry_points
def without_plugins(**arguments):
    if arguments: return () if arguments.get("group", "").startswith("chaostoolkit") else found(**arguments)
    return {}
metadata.entry_points = without_plugins
from chaostoolkit.cli import cli
cli()
"""


def document(activities):
    """An experiment of so many processes that do nothing."""
    return {
        "title": "A benchmark", "description": "Processes that do nothing",
        "method": [
            {"type": "action", "name": f"activity {number}", "provider": {"type": "process", "path": "/bin/true"}}
            for number in range(activities)
        ],
    }


def measured(command, folder):
    """(seconds, peak of memory in MB) of a command that has to succeed."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{command} ended with {os.waitstatus_to_exitcode(status)}: {errors.decode()[-2000:]}")
    return seconds, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries", type=pathlib.Path, required=True)
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--activities", type=int, default=10_000)
    arguments = parser.parse_args()
    tocsin = [str((arguments.binaries / "tocsin").resolve()), "chaos", "run"]
    chaos = [sys.executable, "-c", CHAOS, "--no-version-check", "run"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for count in (0, 2, 100, arguments.activities):
            (folder / f"{count}.json").write_text(json.dumps(document(count)))
        start_to_end(tocsin, chaos, folder, arguments.repeat)
        per_activity(tocsin, folder, arguments.activities)
        memory(tocsin, folder, arguments.activities)


def start_to_end(tocsin, chaos, folder, repeat):
    times = {"chaos": [], "tocsin": [], "the two processes alone": []}
    for _ in range(repeat):  # by turns, so that both see the same machine
        times["chaos"].append(measured(chaos + ["2.json"], folder)[0])
        times["tocsin"].append(measured(tocsin + ["2.json"], folder)[0])
        start = time.perf_counter()
        for _ in range(2):
            spawn()
        times["the two processes alone"].append(time.perf_counter() - start)
    print("Two processes, start to end      median ms    fastest ms")
    for name, values in times.items():
        print(f"{name:30} {statistics.median(values) * 1e3:11.1f} {min(values) * 1e3:13.1f}")
    ratio = statistics.median(times["chaos"]) / statistics.median(times["tocsin"])
    print(f"tocsin is {ratio:.1f} times faster\n")


def per_activity(tocsin, folder, activities):
    """A dry run starts nothing: what it takes per activity is the engine's (steps, journal, log).

    A real run is compared with the same processes started by posix_spawn alone.
    """
    empty = min(measured(tocsin + ["0.json"], folder)[0] for _ in range(5))
    dry = measured(tocsin + ["--dry", "activities", f"{activities}.json"], folder)[0]
    real = measured(tocsin + [f"{activities}.json"], folder)[0]
    start = time.perf_counter()
    for _ in range(activities):
        spawn()
    alone = time.perf_counter() - start
    print(f"{activities:,} activities             seconds    us per activity")
    for name, seconds in (("dry run", dry - empty), ("real run", real - empty), ("processes alone", alone)):
        print(f"{name:30} {seconds:9.2f} {seconds / activities * 1e6:14.0f}")
    print(f"engine per activity: {(real - empty - alone) / activities * 1e6:.0f} us\n")


def memory(tocsin, folder, activities):
    print("Peak of memory                        MB   journal MB")
    for count in (2, 100, activities):
        _, peak = measured(tocsin + [f"{count}.json"], folder)
        print(f"{count:6,} activities {peak:22.1f} {(folder / 'journal.json').stat().st_size / 1e6:12.2f}")


def spawn():
    os.waitpid(os.posix_spawn("/bin/true", ["/bin/true"], {}), 0)


if __name__ == "__main__":
    main()
