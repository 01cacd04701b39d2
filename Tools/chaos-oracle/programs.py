"""Runs a case with Chaos Toolkit or with another program, in a folder of its own with a home of its own."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from cases import replaced
from targets import RECORDER, ClosedPort, Server

HERE = pathlib.Path(__file__).resolve().parent
LIMIT = 30  # seconds for one case


class Reference:
    """Chaos Toolkit, by way of reference.py."""

    def __init__(self):
        self.lock = threading.Lock()
        self.process = None

    def start(self, arguments, folder, environment, scratch):
        # The default of --settings is fixed when Chaos Toolkit is imported.
        settings = ["--settings", environment["HOME"] + "/.chaostoolkit/settings.yaml"]
        run = {
            "arguments": ["--no-version-check"] + settings + arguments, "folder": str(folder),
            "environment": environment, "scratch": str(scratch),
        }
        with self.lock:
            if not self.process:
                self.process = subprocess.Popen(
                    [sys.executable, "-P", str(HERE / "reference.py")], stdin=subprocess.PIPE, text=True,
                    env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "MPLBACKEND": "Agg"})
            self.process.stdin.write(json.dumps(run) + "\n")
            self.process.stdin.flush()
        return Forked(scratch)

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()


class Forked:
    """A process of reference.py, with the part of Popen that `run` needs."""

    def __init__(self, scratch):
        self.scratch = scratch
        self.returncode = None

    @property
    def pid(self):
        return int((self.scratch / "pid").read_text())

    def poll(self):
        status = self.scratch / "status"
        if self.returncode is None and status.exists():
            self.returncode = int(status.read_text())
        return self.returncode


class Program:
    """Another program with Chaos Toolkit's command line: `tocsin chaos`."""

    def __init__(self, command):
        self.command = command

    def start(self, arguments, folder, environment, scratch):
        with open(scratch / "stdin", "rb") as standard_input, open(scratch / "output", "wb") as output:
            return subprocess.Popen(
                self.command + arguments, cwd=folder, env=environment, stdin=standard_input, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True)


def run(case, program, moto=None):
    """What came of it: {exit, journal, log, http, records, files, moto}; raw, see `normal.py`."""
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="oracle-")).resolve()
    server = closed = None
    try:
        server = Server(case.get("routes", {}))
        closed = ClosedPort()
        folder, home, tools = scratch / "case", scratch / "home", scratch / "tools"
        for path in (folder, home, tools):
            path.mkdir()
        texts = {
            "@server@": f"http://{server.address}", "@host@": server.address, "@port@": server.server_address[1],
            "@closed@": f"http://{closed.address}", "@folder@": str(folder), "@home@": str(home),
        }
        if case.get("moto"):
            texts["@moto@"] = moto.url
        case = replaced(case, texts)
        server.routes = {key: replaced(value, texts) for key, value in server.routes.items()}
        given = write_files(case, folder, home, tools)
        environment = {
            "PATH": f"{tools}:/usr/local/bin:/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8",
            "RECORD": str(scratch / "records"),
        }
        if case.get("moto"):
            environment.update(moto.environment)
            moto.prepare(case["moto"])
        environment.update({name: str(value) for name, value in case.get("environment", {}).items()})

        arguments = list(case.get("global", [])) + [case["command"]] + [str(o) for o in case.get("options", [])]
        location = case.get("location", case["file"])
        arguments += [location] if location is not None else []
        process = program.start(arguments, folder, environment, scratch)
        deadline = time.monotonic() + LIMIT
        pending = case.get("signal")
        while process.poll() is None:
            if pending and (folder / "started").exists():
                os.kill(process.pid, getattr(signal, pending))
                pending = None
            if time.monotonic() > deadline:
                os.killpg(process.pid, signal.SIGKILL)
                raise TimeoutError(f"it did not end within {LIMIT} s:\n" + read(scratch / "output")[-2000:])
            time.sleep(0.01)

        result = {
            "exit": process.returncode, "log": read(scratch / "output"), "http": server.seen, "files": {},
            "journal": None,
        }
        result["records"] = read(scratch / "records").splitlines()
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            if name == case["journal"]:
                try:
                    result["journal"] = json.loads(path.read_text())
                except ValueError:
                    result["files"][name] = "a journal that breaks off"
            elif path.is_file() and name not in given:
                result["files"][name] = "" if name.endswith(".log") else read(path)
        if case.get("moto_after"):
            result["moto"] = moto.calls(case["moto_after"])
        # Back to placeholders, so that a cached result is good for the next run's ports and folders.
        back = {server.address: "@host@", closed.address: "@closed@", str(folder): "@folder@", str(home): "@home@"}
        if case.get("moto"):
            back[moto.url.removeprefix("http://")] = "@moto@"
        text = json.dumps(result)
        for value, placeholder in back.items():
            text = text.replace(value, placeholder)
        # Instances are numbered as they appear, since their names are random.
        for number, name in enumerate(dict.fromkeys(re.findall(r"\bi-[0-9a-f]{17}\b", text)), 1):
            text = text.replace(name, f"<instance {number}>")
        return json.loads(text)
    finally:
        for part in (server, closed):
            if part:
                part.stop()
        shutil.rmtree(scratch, ignore_errors=True)


def write_files(case, folder, home, tools):
    """Writes the document and its surroundings; returns the names in the folder."""
    recorder = tools / "record"
    recorder.write_text(RECORDER)
    recorder.chmod(0o755)
    (folder.parent / "stdin").write_text(case.get("stdin", ""))
    files = dict(case.get("files", {}))
    if case["file"] is not None:
        files[case["file"]] = case["source"] if "source" in case else json.dumps(case["experiment"], indent=1)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        if isinstance(content, str) and content.startswith("#!"):
            path.chmod(0o755)
    if "settings" in case:
        path = home / ".chaostoolkit" / "settings.yaml"
        path.parent.mkdir()
        settings = case["settings"]
        path.write_text(settings if isinstance(settings, str) else json.dumps(settings))
    return set(files)


def read(path):
    return path.read_bytes().decode("utf-8", "backslashreplace") if path.exists() else ""


class Moto:
    """AWS in memory, started at the first case that needs it; cases have it one at a time."""

    def __init__(self):
        self.lock = threading.Lock()
        self.server = None

    def start(self):
        from moto.server import ThreadedMotoServer
        import logging
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self.server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self.server.start()
        self.url = "http://%s:%s" % self.server.get_host_and_port()
        self.environment = {
            "AWS_ENDPOINT_URL": self.url, "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def prepare(self, calls):
        import urllib.request
        for path in ("reset", "seed?a=42"):
            urllib.request.urlopen(urllib.request.Request(f"{self.url}/moto-api/{path}", method="POST")).read()
        self.calls(calls)

    def calls(self, calls):
        import boto3
        session = boto3.Session("AKIAIOSFODNN7EXAMPLE", "test", region_name="eu-central-1")
        results = []
        for service, operation, arguments, *path in calls:
            result = getattr(session.client(service, endpoint_url=self.url), operation)(**arguments)
            result.pop("ResponseMetadata", None)
            results.append(json.loads(json.dumps(picked(result, path), default=str)))
        return results


def picked(value, path):
    """The part of a result at a path; `*` means each item of a list."""
    for position, key in enumerate(path):
        if key == "*":
            return [picked(item, path[position + 1:]) for item in value]
        value = value[key]
    return value
