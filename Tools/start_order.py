#!/usr/bin/env python3
"""Writes Tools/start-order.txt: the functions of the binaries that run until a Lambda function asks for its first event.

The linker lays them side by side (--symbol-ordering-file), so that a start touches fewer pages. A name that is no
longer there is ignored, so that a stale file costs time and never a build. Needs valgrind, and binaries with symbols:

    ./build.sh order
"""
import argparse
import os
import pathlib
import re
import socket
import subprocess
import tempfile

ORDER = pathlib.Path(__file__).with_name("start-order.txt")
# What a function needs for its start; the credentials are never used.
ENVIRONMENT = {
    "AWS_LAMBDA_FUNCTION_NAME": "order", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_LOG_FORMAT": "JSON",
    "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "none",
    "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T/B/x", "TZ": ":UTC",
}
REGISTERED = b"HTTP/1.1 200 OK\r\nLambda-Extension-Identifier: 1\r\nContent-Length: 2\r\n\r\n{}"


def answer_until_next(listener: socket.socket):
    """Plays the Runtime API until a connection asks for an event; returns the open connections."""
    connections = []
    while True:
        connection, _ = listener.accept()
        connections.append(connection)
        while request := connection.recv(1 << 16):
            if b"/runtime/invocation/next " in request:
                return connections
            if b"/extension/register " not in request:
                break  # it waits for its next event, or has ended
            connection.sendall(REGISTERED)


def trace(binary: pathlib.Path, folder: pathlib.Path) -> set[str]:
    """The linker's names of the functions that one start runs."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(120)
    profile = folder / binary.name
    environment = ENVIRONMENT | {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{listener.getsockname()[1]}", "PATH": os.environ["PATH"]}
    process = subprocess.Popen(
        ["valgrind", "--quiet", "--tool=callgrind", "--demangle=no", f"--callgrind-out-file={profile}", binary],
        env=environment, stdout=subprocess.DEVNULL)
    try:
        connections = answer_until_next(listener)
        # The profile as it is now: what the end of the process runs does not belong to its start.
        subprocess.run(["callgrind_control", "--dump", str(process.pid)], check=True, capture_output=True)
    finally:
        process.kill()
        process.wait()
    text = profile.with_name(profile.name + ".1").read_text(errors="replace")
    names = re.findall(r"^c?fn=\(\d+\) (\S+)$", text, re.MULTILINE)
    for connection in connections:
        connection.close()
    # Callgrind numbers the turns of a recursion.
    return {re.sub(r"'\d+$", "", name) for name in names}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    names = set()
    with tempfile.TemporaryDirectory() as folder:
        for binary in options.binaries:
            found = trace(binary.resolve(), pathlib.Path(folder))
            if len(found) < 100:
                parser.error(f"{binary} has no symbols")
            print(f"{binary.name}: {len(found)} functions, {len(found - names)} new")
            names |= found
    ORDER.write_text("\n".join(sorted(names)) + "\n")


if __name__ == "__main__":
    main()
