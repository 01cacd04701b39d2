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


def document(count, kind="action"):
    """An experiment of so many processes that do nothing."""
    return {
        "title": "A benchmark", "description": "Processes that do nothing",
        "method": [
            {"type": kind, "name": f"activity {number}", "provider": {"type": "process", "path": "/bin/true"}}
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
        for count in (0, 2, 100, 1_000, arguments.activities):
            (folder / f"{count}.json").write_text(json.dumps(document(count)))
        (folder / "probes.json").write_text(json.dumps(document(1_000, "probe")))
        start_to_end("on this disk", tocsin, chaos, folder, arguments.repeat)
        if pathlib.Path("/dev/shm").is_dir():
            with tempfile.TemporaryDirectory(dir="/dev/shm") as memory_disk:
                pathlib.Path(memory_disk, "2.json").write_text(json.dumps(document(2)))
                start_to_end("in memory", tocsin, chaos, pathlib.Path(memory_disk), arguments.repeat)
        per_activity(tocsin, folder)
        memory(tocsin, folder, arguments.activities)


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
    """What the engine takes for an activity: its steps, the journal and the log, without the process itself.

    A dry run starts nothing. An action is written to the disk before it is done, which takes an fdatasync.
    """
    rounds = []
    file = open(folder / "file", "ab", buffering=0)
    for _ in range(3):
        empty = measured(tocsin + ["0.json"], folder)[0]
        rounds.append({
            "activity of a dry run": measured(tocsin + ["--dry", "activities", "1000.json"], folder)[0] - empty,
            "probe": measured(tocsin + ["probes.json"], folder)[0] - empty,
            "action": measured(tocsin + ["1000.json"], folder)[0] - empty,
            "process alone": timed(spawn), "fdatasync alone": timed(lambda: synchronize(file)),
        })
    times = {name: min(values[name] for values in rounds) for name in rounds[0]}
    print("Each of 1,000              us")
    for name, seconds in times.items():
        print(f"{name:22} {seconds * 1e3:6.0f}")
    probe = times["probe"] - times["process alone"]
    action = times["action"] - times["process alone"] - times["fdatasync alone"]
    print(f"the engine alone: {probe * 1e3:.0f} us for a probe, {action * 1e3:.0f} us for an action\n")


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


def synchronize(file):
    file.write(bytes(200))
    os.fdatasync(file.fileno())


def spawn():
    os.waitpid(os.posix_spawn("/bin/true", ["/bin/true"], {}), 0)


if __name__ == "__main__":
    main()
