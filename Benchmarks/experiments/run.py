"""Measures `tocsin chaos run` against Chaos Toolkit's `chaos run`, both started for each experiment.

    run.py --binaries FOLDER [--repeat 15] [--activities 10000]

Three tables: an experiment of two processes from start to end, on this machine's disk and on one in memory (a run is on
the disk before it begins, and stays there until it has ended); the engine's own time per activity; and the memory that
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


def document(count):
    """An experiment of so many processes that do nothing."""
    return {
        "title": "A benchmark", "description": "Processes that do nothing",
        "method": [
            {"type": "action", "name": f"activity {number}", "provider": {"type": "process", "path": "/bin/true"}}
            for number in range(count)
        ],
    }


def measured(command, folder):
    """(seconds, seconds of the processor, peak of memory in MB) of a command that has to succeed."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{command} ended with {os.waitstatus_to_exitcode(status)}: {errors.decode()[-2000:]}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


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
        prepare(folder, arguments.activities)
        start_to_end("on this disk", tocsin, chaos, folder, arguments.repeat)
        with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
            memory_disk = pathlib.Path(name)
            prepare(memory_disk, arguments.activities)
            start_to_end("in memory", tocsin, chaos, memory_disk, arguments.repeat)
            per_activity(tocsin, memory_disk)
        memory(tocsin, folder, arguments.activities)


def prepare(folder, activities):
    for count in (0, 2, 100, 1_000, activities):
        (folder / f"{count}.json").write_text(json.dumps(document(count)))


def start_to_end(place, tocsin, chaos, folder, repeat):
    runs = {"chaos": [], "tocsin": []}
    for _ in range(repeat):  # by turns, so that both see the same machine
        runs["chaos"].append(measured(chaos + ["2.json"], folder))
        runs["tocsin"].append(measured(tocsin + ["2.json"], folder))
    print(f"{'Two processes, ' + place:26}    median ms   fastest ms   processor ms")
    for name, values in runs.items():
        times, processor = [value[0] for value in values], [value[1] for value in values]
        print(f"{name:26} {statistics.median(times) * 1e3:12.1f} {min(times) * 1e3:12.1f} "
              f"{statistics.median(processor) * 1e3:14.1f}")
    ratios = [statistics.median(value[part] for value in runs["chaos"])
              / statistics.median(value[part] for value in runs["tocsin"]) for part in (0, 1)]
    print(f"tocsin is {ratios[0]:.1f} times faster, and takes {ratios[1]:.1f} times less of the processor\n")


def per_activity(tocsin, folder):
    """What the engine takes for an activity: its steps, the journal and the log, without the process and the disk."""
    rounds = []
    for _ in range(3):
        empty = measured(tocsin + ["0.json"], folder)[0]
        rounds.append({
            "activity of a dry run": measured(tocsin + ["--dry", "activities", "1000.json"], folder)[0] - empty,
            "action": measured(tocsin + ["1000.json"], folder)[0] - empty, "process alone": timed(spawn),
        })
    times = {name: min(values[name] for values in rounds) for name in rounds[0]}
    print("Each of 1,000, in memory   us")
    for name, seconds in times.items():
        print(f"{name:22} {seconds * 1e3:6.0f}")
    print(f"the engine alone: {(times['action'] - times['process alone']) * 1e3:.0f} us\n")


def memory(tocsin, folder, activities):
    print("Peak of memory                 MB   journal MB")
    for count in (2, 100, 1_000, activities):
        _, _, peak = measured(tocsin + [f"{count}.json"], folder)
        print(f"{count:6,} activities {peak:15.1f} {(folder / 'journal.json').stat().st_size / 1e6:12.2f}")


def timed(work):
    start = time.perf_counter()
    for _ in range(1_000):
        work()
    return time.perf_counter() - start


def spawn():
    os.waitpid(os.posix_spawn("/bin/true", ["/bin/true"], {}), 0)


if __name__ == "__main__":
    main()
