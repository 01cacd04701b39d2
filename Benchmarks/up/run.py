#!/usr/bin/env python3
"""What `tocsin up` costs: the share of one core that each of its processes takes, with 50 and with 500 checks.

    run.py --tocsin dist/bin/tocsin [--gatus PROGRAM] [--checks 50 500] [--seconds 60]

Every endpoint is checked each ten seconds; the URLs are those of ../uptime-checker/server.c on 127.0.0.1. The shares are
those of CPU time to the time that passed, after the first half minute, in which alarms are made. Other programs on the
machine can only raise them. Gatus, built by you, does the same checks from the same file.
"""
import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def configuration(file, url, count, gatus_port=None):
    """The URLs in Gatus's format."""
    file.write_text(
        (f"web: {{address: 127.0.0.1, port: {gatus_port}}}\nconcurrency: 0\nstorage: {{type: memory}}\n"
         if gatus_port else "") + "endpoints:\n" + "".join(
            f'  - name: e{number:03}\n    group: bench\n    url: "{url}{number}"\n    interval: 10s\n'
            f'    conditions: ["[STATUS] == 200"]\n' for number in range(count)))
    return file


class Process:
    """One process of a tree, as it was when it was last seen."""

    def __init__(self, number, fields, name):
        self.parent = int(fields[1])
        self.ticks = int(fields[11]) + int(fields[12])
        self.memory = int(fields[21]) * PAGE
        self.name = name


def tree(root):
    """The processes below and with this one, by their numbers."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            text = open(f"/proc/{entry}/stat").read()
            arguments = open(f"/proc/{entry}/cmdline").read().split("\0")
            environment = open(f"/proc/{entry}/environ").read()
        except OSError:
            continue
        name = pathlib.Path(arguments[0]).name if arguments[0] else text.partition("(")[2].partition(")")[0]
        if name.startswith("python"):
            name = "moto"
        if function := re.search(r"AWS_LAMBDA_FUNCTION_NAME=([^\0]+)", environment):
            name = function.group(1)
        found[int(entry)] = Process(int(entry), text.rpartition(")")[2].split(), name)
    kept, grew = {root}, True
    while grew:
        more = {number for number, process in found.items() if process.parent in kept} - kept
        kept |= more
        grew = bool(more)
    return {number: found[number] for number in kept if number in found}


def measure(arguments, warm_up, seconds, environment):
    """Shares of a core, megabytes at the start and at the end by the processes' names, and what the program wrote."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(arguments, stdout=output, stderr=output, start_new_session=True, env=environment)
        try:
            time.sleep(warm_up)
            before, start = tree(process.pid), time.monotonic()
            time.sleep(seconds)
            after, passed = tree(process.pid), time.monotonic() - start
            if process.poll() is not None:
                output.seek(0)
                sys.exit(f"{arguments[0]} ended: {output.read()[-2000:]}")
        finally:
            try:
                os.kill(process.pid, signal.SIGINT)
                process.wait(30)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        output.seek(0)
        text = output.read()
    shares, memory = {}, {}
    for number, seen in after.items():
        earlier = before.get(number)
        shares[seen.name] = shares.get(seen.name, 0) + (seen.ticks - (earlier.ticks if earlier else 0)) / TICK / passed
        start, end = memory.get(seen.name, (0, 0))
        memory[seen.name] = (start + (earlier.memory / 1e6 if earlier else 0), end + seen.memory / 1e6)
    return shares, memory, text


def show(title, shares, memory):
    print(f"\n{title:34}{'cores':>8}{'MB first':>10}{'MB last':>9}")
    for name in sorted(shares, key=shares.get, reverse=True):
        print(f"  {name:32}{shares[name]:>8.3f}{memory[name][0]:>10.0f}{memory[name][1]:>9.0f}")
    first, last = (sum(megabytes[index] for megabytes in memory.values()) for index in (0, 1))
    print(f"  {'all':32}{sum(shares.values()):>8.3f}{first:>10.0f}{last:>9.0f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=pathlib.Path, help="as build.sh gives it; not used with --tocsin")
    parser.add_argument("--tocsin", type=pathlib.Path)
    parser.add_argument("--gatus", type=pathlib.Path)
    parser.add_argument("--checks", type=int, nargs="+", default=[50, 500])
    parser.add_argument("--warm-up", type=float, default=40)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--output", action="store_true", help="show the last lines that `tocsin up` wrote")
    options = parser.parse_args()
    tocsin = options.tocsin or options.binaries / "tocsin"
    totals = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        server_program = HERE.parent / "uptime-checker" / "server.c"
        subprocess.run(["cc", "-O2", "-Wall", "-o", folder / "server", server_program], check=True)
        server = subprocess.Popen([folder / "server", "5"], stdout=subprocess.PIPE, text=True)
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/"
        try:
            for count in options.checks:
                file = configuration(folder / "checks.yaml", url, count)
                arguments = [str(tocsin.resolve()), "up", "--endpoints", str(file)]
                shares, memory, text = measure(arguments, options.warm_up, options.seconds, dict(os.environ))
                show(f"tocsin up, {count} checks", shares, memory)
                if options.output:
                    print(text[-3000:])
                totals[count] = sum(shares.values())
                if options.gatus:
                    port = 20_000 + os.getpid() % 10_000
                    file = configuration(folder / "gatus.yaml", url, count, port)
                    shares, memory, _ = measure([str(options.gatus.resolve())], options.warm_up, options.seconds,
                                                dict(os.environ, GATUS_CONFIG_PATH=str(file)))
                    show(f"Gatus, {count} checks", shares, memory)
                    print(f"  tocsin up to Gatus: {totals[count] / sum(shares.values()):.2f}")
        finally:
            server.kill()
            server.wait()
    print("\nasked for: 500 checks below half a core in all")


if __name__ == "__main__":
    main()
