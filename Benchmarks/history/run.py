#!/usr/bin/env python3
"""The history of `tocsin up`: what reading it for a page and writing a second of results take.

    run.py --binaries FOLDER [--services 100] [--days 90]

A history is filled with as many points as checks each ten seconds leave. All is time of the processor, beside that of
SQLite alone, which reads the same points with Python's module, row by row.
"""
import argparse
import pathlib
import resource
import sqlite3
import subprocess
import tempfile
import time


def sqlite_milliseconds(file):
    """Reading all rows of the three tables of points, the best of three."""
    times = []
    for _ in range(3):
        start = time.process_time()
        connection = sqlite3.connect(file)
        for table in ("result", "minute", "hour"):
            for _ in connection.execute(f"SELECT * FROM {table} ORDER BY time, service"):
                pass
        connection.close()
        times.append((time.process_time() - start) * 1000)
    return min(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=pathlib.Path, required=True)
    parser.add_argument("--services", type=int, default=100)
    parser.add_argument("--days", type=int, default=90)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        program = (options.binaries / "history-benchmark").resolve()
        output = subprocess.run([program, folder, str(options.services), str(options.days)], check=True, text=True,
                                stdout=subprocess.PIPE).stdout
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        found = dict(line.split() for line in output.splitlines() if not line.startswith("note"))
        file = pathlib.Path(folder) / "history.sqlite"
        alone = sqlite_milliseconds(file)
        size = sum(path.stat().st_size for path in pathlib.Path(folder).glob("history.sqlite*")) / 1e6
    rows = [
        (f"all services for a page ({int(found['page-points']):,} points)", "page"),
        (f"all services in full ({int(found['full-points']):,} points)", "full"),
        ("one service in full", "one"),
        (f"a second of results recorded ({options.services // 10})", "record"),
        ("the same recorded and written", "write"),
        ("opened beside another process: a copy in memory", "open-second"),
    ]
    print(f"{options.services} services, {options.days} days, file of {size:.1f} MB; peak {memory:.0f} MB")
    print(f"{'':48}{'CPU ms':>10}{'to SQLite alone':>17}")
    for title, key in rows:
        milliseconds = float(found[key])
        print(f"{title:48}{milliseconds:>10.3f}{milliseconds / alone:>17.4f}")
    print(f"{'SQLite alone, all rows (Python)':48}{alone:>10.3f}{1:>17.4f}")
    print("asked for: a page in tens of milliseconds")


if __name__ == "__main__":
    main()
