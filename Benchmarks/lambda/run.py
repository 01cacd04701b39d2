#!/usr/bin/env python3
"""Measures the Lambda runtime against floor.c, a bare blocking socket loop.

Floor and echo take turns, so that both run under the same load of the machine.
The table shows the best round of each, since other programs can only slow a round down, and the median start.
"""
import argparse
import pathlib
import statistics
import subprocess
import tempfile

SIZES = {1 << 10: 20_000, 128 << 10: 5_000}  # bytes: invocations per round
STARTS = 20
HEADINGS = ("event", "", "inv/s", "p50 us", "p99 us", "start ms", "peak MB", "ratio")
TARGETS = "at least 0.80 at 1 KB and 0.70 at 128 KB, start below 0.8 ms, peak below 10 MB"


def measure(server, program, invocations, size):
    """One run: invocations per second, p50 and p99 in us, start to first /next in us, peak memory in kB."""
    out = subprocess.run([server, str(invocations), str(size), program], check=True, capture_output=True, text=True)
    return [float(figure) for figure in out.stdout.split()]


def compile_c(folder, name):
    source = pathlib.Path(__file__).with_name(name + ".c")
    subprocess.run(["cc", "-O2", "-Wall", "-o", folder / name, source], check=True)
    return folder / name


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=pathlib.Path, required=True, help="the folder of the release build of echo")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    rounds = options.rounds
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        server = compile_c(folder, "server")
        programs = {"floor": compile_c(folder, "floor"), "echo": (options.binaries / "echo").resolve()}
        starts = {name: [] for name in programs}
        for _ in range(STARTS):
            for name, program in programs.items():
                starts[name].append(measure(server, program, 1, 1024)[3])
        print("{:>8} {:6} {:>8} {:>8} {:>8} {:>9} {:>8} {:>6}".format(*HEADINGS))
        for size, invocations in SIZES.items():
            results = {name: [] for name in programs}
            for _ in range(rounds):
                for name, program in programs.items():
                    results[name].append(measure(server, program, invocations, size))
            best = {name: max(row[0] for row in rows) for name, rows in results.items()}
            for name, rows in results.items():
                print("{:>5} KB {:6} {:8.0f} {:8.1f} {:8.1f} {:9.2f} {:8.1f} {:6.2f}".format(
                    size >> 10, name, best[name], min(row[1] for row in rows), min(row[2] for row in rows),
                    statistics.median(starts[name]) / 1000, max(row[4] for row in rows) / 1000,
                    best[name] / best["floor"]))
        print("asked for:", TARGETS)


if __name__ == "__main__":
    main()
