"""Forks Chaos Toolkit again and again, since importing it takes a second and more.

Reads a line of JSON for each run from standard input: {arguments, folder, environment, scratch}. The run's process id
is then in the file `scratch`/pid, its standard input comes from `scratch`/stdin, what it prints goes to
`scratch`/output, and `scratch`/status has its exit code (negative: the signal) when it has ended.
"""
import gc
import json
import os
import signal
import sys

import chaoslib
import jsonpath2.path
from chaostoolkit.cli import cli


def main():
    # ANTLR, with which jsonpath2 parses, writes about its version; standard output is the report's.
    os.dup2(2, 1)
    # What is loaded at the first use: codecs for guessing a charset, the tables of the JSON path grammar.
    chaoslib.decode_bytes("žluťoučký kůň".encode())
    jsonpath2.path.Path.parse_str('$.a[0]["b"][?(@.c = 1)]')
    # A child's collector would otherwise write to, and so copy, all of the memory it shares with this process.
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return watch(json.loads(line))


def watch(run):
    """Starts one run, and writes down how it ends."""
    pid = os.fork()
    if pid == 0:
        return become(run)
    write(run["scratch"], "pid", pid)
    _, status = os.waitpid(pid, 0)
    write(run["scratch"], "status", os.waitstatus_to_exitcode(status))
    os._exit(0)


def become(run):
    """Makes this process what the command `chaos` would be."""
    os.setsid()
    os.chdir(run["folder"])
    os.environ.clear()
    os.environ.update(run["environment"])
    os.dup2(os.open(f"{run['scratch']}/stdin", os.O_RDONLY), 0)
    os.dup2(os.open(f"{run['scratch']}/output", os.O_WRONLY | os.O_CREAT), 1)
    os.dup2(1, 2)
    sys.argv = ["chaos"] + run["arguments"]
    cli(prog_name="chaos")


def write(folder, name, value):
    with open(f"{folder}/{name}.new", "w") as file:
        file.write(str(value))
    os.rename(f"{folder}/{name}.new", f"{folder}/{name}")


if __name__ == "__main__":
    main()
