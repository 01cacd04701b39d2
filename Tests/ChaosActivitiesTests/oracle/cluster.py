"""chaosk8s on a scripted cluster, for the tests of the native activities.

Reads one JSON request a line and answers each with one line. `KUBECONFIG` names the cluster.
"""
import importlib
import json
import sys
import time
import traceback
import types
from unittest import mock

import kubernetes.client
from chaostoolkit import encoder

answers, sys.stdout = sys.stdout, sys.stderr


class Chooser:
    """Chooses what the native activity has chosen."""

    def __init__(self, names):
        self.names = names

    def sample(self, items, count):
        chosen = [item for item in items if item.metadata.name in self.names]
        assert len(chosen) == count, f"{len(chosen)} of {len(items)} were chosen, not {count}: {self.names}"
        return chosen

    def choices(self, items, k):
        return self.sample(items, k)


class Clock:
    """A clock that moves when somebody sleeps on it."""

    def __init__(self):
        self.passed = 0

    def time(self):
        return time.time() + self.passed

    def sleep(self, seconds):
        self.passed += seconds


def plain(value):
    if hasattr(value, "openapi_types"):
        return kubernetes.client.ApiClient().sanitize_for_serialization(value)
    return encoder(value)


def chaosk8s(request):
    function = getattr(importlib.import_module(request["module"]), request["function"])
    chooser, clock = Chooser(request["choices"]), Clock()
    fake = types.SimpleNamespace(time=clock.time, sleep=clock.sleep)
    try:
        with mock.patch("random.sample", chooser.sample), mock.patch("random.choices", chooser.choices), \
                mock.patch("chaosk8s.node.actions.time", fake):
            return {"output": function(**request["arguments"])}
    except Exception as error:
        return {"error": traceback.format_exception_only(type(error), error)[0].strip()}


print(json.dumps({}), file=answers, flush=True)
for line in sys.stdin:
    try:
        answer = chaosk8s(json.loads(line))
    except Exception:
        answer = {"failure": traceback.format_exc()}
    print(json.dumps(answer, default=plain), file=answers, flush=True)
