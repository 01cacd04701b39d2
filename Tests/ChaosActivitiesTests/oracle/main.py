"""chaosaws on moto, for the tests of the native activities.

Reads one JSON request a line and answers each with one line: `prepare` sets up a state of AWS, the same each time,
`script` answers some operations itself and lets moto answer the others, `chaosaws` calls a function of chaosaws,
`state` tells what a test compares, the others tell what Python does. The states are made by the files in setups/.
"""
import importlib
import inspect
import json
import os
import pkgutil
import sys
import time
import traceback
from unittest import mock

REGION = "eu-central-1"
os.environ.update(
    AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY="test", AWS_REGION=REGION,
    AWS_EC2_METADATA_DISABLED="true", MOTO_EC2_LOAD_DEFAULT_AMIS="false", TZ="UTC")
os.environ.pop("AWS_DEFAULT_REGION", None)
os.environ.pop("AWS_PROFILE", None)
time.tzset()

import boto3  # noqa: E402
import requests  # noqa: E402
import scripted  # noqa: E402
import setups  # noqa: E402
from chaostoolkit import encoder  # noqa: E402
from moto.server import ThreadedMotoServer  # noqa: E402

answers, sys.stdout = sys.stdout, sys.stderr
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
URL = "http://%s:%s" % server.get_host_and_port()
os.environ["AWS_ENDPOINT_URL"] = URL

script = scripted.Server(URL)
calls = []


class AWS:
    """Clients of moto for the setups: `aws("ec2")`."""

    def __init__(self):
        self.session, self.clients, self.url, self.region = boto3.Session(), {}, URL, REGION

    def __call__(self, service):
        if service not in self.clients:
            self.clients[service] = self.session.client(service, region_name=REGION, endpoint_url=URL)
        return self.clients[service]


aws = AWS()
seen = []
modules = [importlib.import_module("setups." + module.name) for module in pkgutil.iter_modules(setups.__path__)]


def record(model, **_):
    calls.append([model.service_model.signing_name, model.name])


boto3.setup_default_session()
boto3.DEFAULT_SESSION.events.register("before-call", record)


def prepare(request):
    requests.post(URL + "/moto-api/reset")
    requests.post(URL + "/moto-api/config", json={"lambda": {"use_docker": False}})
    requests.post(URL + "/moto-api/seed?a=42")
    name = "setup_" + request["setup"]
    makers = [module for module in modules if hasattr(module, name)]
    assert len(makers) == 1, f"{len(makers)} files in setups/ have {name}"
    beside = getattr(makers[0], "BESIDE", ["ec2"])
    seen[:] = [module for module in modules
               if module is makers[0] or module.__name__.removeprefix("setups.") in beside]
    return {"names": getattr(makers[0], name)(aws)}


def scripting(request):
    """Begins a script: what the operations in it answer, by `service:Operation`, in order; the last one is for all others.

    A reply is an output as boto3 has it, or `{"error", "message", "status"}`. `{}` ends the script.
    """
    script.begin(request["replies"])
    os.environ["AWS_ENDPOINT_URL"] = script.url if request["replies"] else URL
    return {"url": script.url}


def scripted_requests(_):
    """The requests of the script's operations so far: service, operation and what was sent."""
    return script.requests


class Chooser:
    """Chooses what the native activity has chosen."""

    def __init__(self, ids):
        self.ids = ids

    def wants(self, item):
        if isinstance(item, dict) and "Target" in item:
            item = "{Id}:{Port}".format(**item["Target"])
        elif isinstance(item, dict):
            # An instance; or a volume by its device.
            item = item.get("InstanceId") or next(iter(item.values()))
        return item.rsplit("/", 1)[-1] in self.ids

    def choice(self, items):
        return self.sample(items, 1)[0]

    def sample(self, items, count):
        # Where there is nothing to choose, it need not be known what a native activity that failed has chosen.
        chosen = items if len(items) == count else [item for item in items if self.wants(item)]
        assert len(chosen) == count, f"{len(chosen)} of {items} were chosen, not {count}: {self.ids}"
        return chosen


def chaosaws(request):
    calls.clear()
    function = getattr(importlib.import_module(request["module"]), request["function"])
    chooser = Chooser(request["choices"])
    try:
        with mock.patch("random.choice", chooser.choice), mock.patch("random.sample", chooser.sample):
            output = function(**request["arguments"], configuration=request["configuration"])
        return {"output": output, "calls": calls}
    except Exception as error:
        return {"error": traceback.format_exception_only(type(error), error)[0].strip(), "calls": calls}


def state(_):
    """The state of what the last setup has made, and of what its file names in `BESIDE`, instances by default.

    All services together take a second.
    """
    found = {}
    for module in seen:
        found.update(module.state(aws))
    return found


def signatures(request):
    """The parameters of functions and their defaults; `"required"` for those without one."""
    found = {}
    for name in request["names"]:
        module, function = name.rsplit(".", 1)
        parameters = inspect.signature(getattr(importlib.import_module(module), function)).parameters.values()
        found[name] = [
            [parameter.name, "required" if parameter.default is parameter.empty else [parameter.default]]
            for parameter in parameters if parameter.name not in ("configuration", "secrets")]
    return found


def exported(request):
    """The activities that a package exports: what its modules of actions and probes list in `__all__`."""
    package = importlib.import_module(request["package"])
    found = []
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if module.name.rsplit(".", 1)[-1] in ("actions", "probes"):
            loaded = importlib.import_module(module.name)
            found += [f"{module.name}.{name}" for name in getattr(loaded, "__all__", [])]
    return {"names": found}


def rounded(request):
    return [round(number, 2) for number in request["numbers"]]


def paths(request):
    """What the functions of os.path say of each path, or the exception that they raise."""
    found = []
    for path in request["paths"]:
        for test in (os.path.exists, os.path.isfile, os.path.isdir):
            try:
                found.append(test(path))
            except Exception as error:
                found.append(traceback.format_exception_only(type(error), error)[0].strip())
    return found


def call(request):
    """A call of boto3, by which tests change the state between two steps."""
    answer = getattr(aws(request["service"]), request["operation"])(**request["arguments"])
    answer.pop("ResponseMetadata", None)
    return answer


print(json.dumps({"url": URL}), file=answers, flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = globals()[asked["command"]](asked)
    except Exception:
        answer = {"failure": traceback.format_exc()}
    print(json.dumps(answer, default=encoder), file=answers, flush=True)
server.stop()
