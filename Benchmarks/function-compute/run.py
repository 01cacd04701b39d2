#!/usr/bin/env python3
"""From the start of the notifier on Function Compute to the first connection it takes, and its memory then.

The peer is the smallest HTTP server of Python's standard library, in the same run, in turn.
"""

import argparse
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import time

PEER = "import http.server, sys; http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(command: list[str], environment: dict[str, str], port: int) -> tuple[float, float]:
    """Milliseconds until the port takes a connection, and MB resident then."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                elapsed = (time.perf_counter() - begin) * 1_000
                pages = int(pathlib.Path(f"/proc/{process.pid}/statm").read_text().split()[1])
                return elapsed, pages * os.sysconf("SC_PAGE_SIZE") / 1e6
            except ConnectionRefusedError:
                time.sleep(0.0002)
        sys.exit(f"{command[0]} ended with {process.returncode}")
    finally:
        process.kill()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=pathlib.Path, required=True)
    parser.add_argument("--runs", type=int, default=30)
    options = parser.parse_args()
    figures: dict[str, list[tuple[float, float]]] = {"notifier": [], "python3": []}
    for _ in range(options.runs):
        port = free_port()
        settings = {"FC_SERVER_PORT": str(port), "OUTPUT_KIND": "slack", "OUTPUT_URL": "https://hooks.invalid/x"}
        figures["notifier"].append(start([str(options.binaries / "notifier-fc")], settings, port))
        port = free_port()
        figures["python3"].append(start([sys.executable, "-c", PEER, str(port)], dict(os.environ), port))
    peer = statistics.median(time for time, _ in figures["python3"])
    print(f"{'':<10}{'ready ms (median)':>20}{'maximum':>10}{'ratio':>8}{'MB':>8}")
    for name, values in figures.items():
        times, memory = [time for time, _ in values], statistics.median(size for _, size in values)
        median = statistics.median(times)
        print(f"{name:<10}{median:>20.2f}{max(times):>10.2f}{median / peer:>8.2f}{memory:>8.1f}")


main()
