#!/usr/bin/env python3
"""Measures the Lambda runtime against floor.c, a bare blocking socket loop.

All programs take turns, so that they run under the same load of the machine. The first table is of their start, until
they ask for the first event: with the program's file in the page cache, and with it evicted from there, as in a sandbox
that has not run the function before. The second is of invocations, the best round of each, since other programs can
only slow a round down.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile

SIZES = {1 << 10: 20_000, 128 << 10: 5_000}  # bytes: invocations per round
STARTS = 20
START_HEADINGS = ("start", "ms", "ratio", "evicted ms", "ratio", "page faults", "touched MB", "file MB")
START_TARGETS = "ratio at most 1.30, evicted at most 12"
HEADINGS = ("event", "", "inv/s", "p50 us", "p99 us", "peak MB", "ratio")
TARGETS = "at least 0.80 at 1 KB and 0.70 at 128 KB, peak below 10 MB"


def measure(server, program, invocations, size):
    """One run: invocations per second, p50 and p99 in us, start to first /next in us, peak memory in kB, page faults."""
    out = subprocess.run([server, str(invocations), str(size), program], check=True, capture_output=True, text=True)
    return [float(figure) for figure in out.stdout.split()]


def evict(program):
    """Takes a file's pages from the page cache."""
    descriptor = os.open(program, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def compile_c(folder, name):
    source = pathlib.Path(__file__).with_name(name + ".c")
    subprocess.run(["cc", "-O2", "-Wall", "-o", folder / name, source], check=True)
    return folder / name


def show_starts(server, programs):
    starts = {name: [] for name in programs}
    evicted = {name: [] for name in programs}
    for _ in range(STARTS):
        for name, program in programs.items():
            starts[name].append(measure(server, program, 0, 1024))
            evict(program)
            evicted[name].append(measure(server, program, 0, 1024))
    print("{:14} {:>6} {:>6} {:>11} {:>6} {:>12} {:>11} {:>8}".format(*START_HEADINGS))

    def median(rows, column):
        return statistics.median(row[column] for row in rows)

    for name, rows in starts.items():
        warm, cold = median(rows, 3), median(evicted[name], 3)
        print("{:14} {:6.2f} {:6.2f} {:11.2f} {:6.1f} {:12.0f} {:11.1f} {:8.1f}".format(
            name, warm / 1000, warm / median(starts["floor"], 3), cold / 1000, cold / median(evicted["floor"], 3),
            median(rows, 5), median(rows, 4) / 1000, programs[name].stat().st_size / 1e6))
    print("asked for:", START_TARGETS)


def show_invocations(server, programs, rounds):
    print("\n{:>8} {:6} {:>8} {:>8} {:>8} {:>8} {:>6}".format(*HEADINGS))
    for size, invocations in SIZES.items():
        results = {name: [] for name in programs}
        for _ in range(rounds):
            for name, program in programs.items():
                results[name].append(measure(server, program, invocations, size))
        best = {name: max(row[0] for row in rows) for name, rows in results.items()}
        for name, rows in results.items():
            print("{:>5} KB {:6} {:8.0f} {:8.1f} {:8.1f} {:8.1f} {:6.2f}".format(
                size >> 10, name, best[name], min(row[1] for row in rows), min(row[2] for row in rows),
                max(row[4] for row in rows) / 1000, best[name] / best["floor"]))
    print("asked for:", TARGETS)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=pathlib.Path, required=True, help="the folder of the release build of echo")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        server = compile_c(folder, "server")
        programs = {"floor": compile_c(folder, "floor"), "echo": (options.binaries / "echo").resolve()}
        show_starts(server, programs | {"metric-writer": (options.binaries / "metric-writer").resolve()})
        show_invocations(server, programs, options.rounds)


if __name__ == "__main__":
    main()
