"""Prints mutated experiments, one JSON line each: [document, whether Chaos Toolkit takes it, why not, what was changed].

Every key and element of some base documents is removed, renamed, and replaced by values of every kind. A traceback
counts as a refusal, as it does for the exit status of `chaos validate`. Prints a third of them, or with the argument
`all` all.
"""
import contextlib, copy, json, logging, sys, warnings
from chaoslib import hypothesis as chaoslib_hypothesis
from chaoslib.experiment import ensure_experiment_is_valid

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")


class Path:
    """Stands in for jsonpath2, which Chaos Toolkit does not install: what surrounds a path is checked without it."""

    @staticmethod
    def parse_str(text):
        if text[:1] != "$" or text[1:2] not in ("", ".", "["):
            raise ValueError(text)


if not chaoslib_hypothesis.HAS_JSONPATH:
    chaoslib_hypothesis.HAS_JSONPATH, chaoslib_hypothesis.JSONPath = True, Path

VALUES = [None, "", "x", "${x}", 0, 1, -1, 1.5, True, False, [], {}, ["x"], [1, 2], [[]], [None], [{}], {"a": 1},
          {"name": "ping"}, {"ref": "ping"}, {"ref": "nobody"}, "probe", "process", " "]

PING = {"name": "ping", "type": "probe", "tolerance": 0, "provider": {"type": "process", "path": "true"}}
CALL = {"name": "call", "type": "probe", "tolerance": [200, 204],
        "provider": {"type": "http", "url": "http://127.0.0.1/", "method": "POST", "headers": {"A": "b"},
                     "timeout": [1, 2], "arguments": {"q": 1}, "verify_tls": True, "max_retries": 1}}
CONTROL = {"name": "c", "provider": {"type": "python", "module": "nowhere.control"}, "scope": "before"}


def experiment(**parts):
    return {"title": "t", "description": "d", "method": [], **parts}


def hypothesis(*tolerances):
    probes = [{**PING, "name": f"p{index}", "tolerance": tolerance} for index, tolerance in enumerate(tolerances)]
    return {"title": "h", "probes": probes}


BASES = [
    experiment(**{
        "tags": ["a", "b"], "extensions": [{"name": "e", "x": 1}], "contributions": {"reliability": "high"},
        "steady-state-hypothesis": {"title": "h", "probes": [PING, CALL], "controls": [CONTROL]},
        "runtime": {"hypothesis": {"strategy": "default"}, "rollbacks": {"strategy": "always"}}}),
    experiment(method=[
        {"name": "stop", "type": "action", "background": True, "timeout": 5, "pauses": {"before": 1, "after": "${p}"},
         "provider": {"type": "process", "path": "true", "arguments": ["a", 1], "timeout": 3}, "controls": [CONTROL]},
        {"ref": "stop"}],
        rollbacks=[{"name": "start", "type": "action", "provider": {"type": "process", "path": "true"}},
                   {"ref": "stop", "name": "again"}],
        controls=[CONTROL, {"name": "d", "ref": "c", "provider": {}}]),
    experiment(method=[
        {"name": "aws", "type": "action",
         "provider": {"type": "python", "module": "chaosaws.ec2.actions", "func": "stop_instances",
                      "arguments": {"instance_ids": ["i-1"], "force": True}, "secrets": ["aws"]}},
        {"name": "state", "type": "probe",
         "provider": {"type": "python", "module": "chaosaws.ec2.probes", "func": "instance_state",
                      "arguments": {"state": "running"}}}]),
    experiment(configuration={
        "a": 1, "b": {"c": 2}, "text": {"type": "env", "key": "TOCSIN_TEXT"},
        "int": {"type": "env", "key": "TOCSIN_INT", "env_var_type": "int"},
        "none": {"type": "env", "key": "TOCSIN_NONE", "default": 5, "env_var_type": "float"},
        "flag": {"type": "env", "key": "TOCSIN_NONE", "default": True, "env_var_type": "bool"},
        "json": {"type": "env", "key": "TOCSIN_NONE", "default": "[1]", "env_var_type": "json"},
        "bytes": {"type": "env", "key": "TOCSIN_NONE", "default": "x", "env_var_type": "bytes"},
        "dynamic": {"type": "probe", "name": "n", "provider": {"type": "process", "path": "true"}}}),
    experiment(secrets={
        "aws": {"key": "x", "id": {"type": "env", "key": "TOCSIN_TEXT"}, "deep": {"a": {"b": 1}}},
        "one": {"type": "env", "key": "TOCSIN_TEXT"},
        "vault": {"v": {"type": "vault", "path": "p", "key": "k"}, "old": {"type": "vault", "key": "k"}}}),
    experiment(**{"steady-state-hypothesis": hypothesis(
        {"type": "regex", "pattern": "a+(?P<n>b)?", "target": "stdout"},
        {"type": "range", "range": [1, 2.5], "target": "status"},
        {"type": "jsonpath", "path": "$.a.b", "expect": 1, "count": 1, "target": "stdout"},
        {"type": "probe", "name": "t", "provider": {"type": "process", "path": "true", "arguments": {}}},
        True, "text", 1, [1, 2, 3])}),
]

# Combinations that one change does not make.
EXTRA = [
    {}, [], "text", None, 1, [BASES[0]],
    experiment(**{"steady-state-hypothesis": {}}), experiment(**{"steady-state-hypothesis": {"title": "h"}}),
    experiment(**{"steady-state-hypothesis": {"title": "h", "probes": [{"ref": "nobody", "tolerance": 1}]}}),
    experiment(**{"steady-state-hypothesis": {"title": "h", "probes": [{"ref": "ping"}]}}, method=[PING]),
    experiment(**{"steady-state-hypothesis": {"title": "h", "probes": [PING]}}, method=[{"ref": "ping"}]),
    experiment(method=[PING], rollbacks=[{"ref": "ping"}, {"ref": "nobody"}]),
    experiment(rollbacks=[PING], method=[{"ref": "ping"}]),
    experiment(method=[{"ref": "a", "name": "a"}]),
    experiment(method=[{"ref": "ping", "provider": "x"}, PING]), experiment(method=[{"ref": "ping", "provider": {}}, PING]),
    experiment(method=[{"ref": "ping", "controls": [{}]}, PING]),
    experiment(rollbacks=[{**PING, "name": [1]}]), experiment(method=[{**PING, "name": 5}]),
    experiment(method=[{**PING, "type": "probe", "provider": {"type": "process", "path": "/bin/true"}}]),
    experiment(method=[{**PING, "provider": {"type": "process", "path": "/bin"}}]),
    experiment(method=[{**PING, "provider": {"type": "process", "path": "/etc/passwd"}}]),
    experiment(method=[{**PING, "provider": {"type": "process", "path": "~/true"}}]),
    experiment(method=[{**PING, "provider": {"type": "process", "path": "true", "arguments": {"-a": 1}}}]),
    experiment(method=[{"name": "aws", "type": "action", "provider": {
        "type": "python", "module": "chaosaws.ec2.actions", "func": "stop_instances",
        "arguments": {"configuration": 1, "secrets": 2}}}]),
    experiment(method=[{"name": "aws", "type": "action", "provider": {
        "type": "python", "module": "chaosaws.ec2.actions", "func": "AWSResponse"}}]),
    experiment(controls=[{"name": "c", "provider": {"type": "python", "module": ".x"}}]),
    experiment(controls=[{"name": "c", "provider": {"type": "http", "url": 1}}]),
    experiment(configuration={"type": "env", "key": "TOCSIN_NONE"}),
    experiment(secrets={"type": "env", "key": "TOCSIN_NONE"}),
    experiment(secrets={"s": {"a": {"type": "env", "key": "TOCSIN_NONE", "default": "d"}}}),
] + [
    experiment(configuration={"c": {"type": "env", "key": "TOCSIN_NONE", "default": default, "env_var_type": kind}})
    for kind in ["str", "string", "int", "integer", "float", "number", "bool", "bytes", "json", "text", ["int"]]
    for default in ["", "5", " 5 ", "-1_0", "5.0", "1e3", ".5", "5.", ".", "inf", "-nan", "1__0", "_1", "0x10", "yes",
                    "{\"a\": 1}", None, 5, 1.5, True, [], {}]
] + [
    experiment(**{"steady-state-hypothesis": hypothesis({"type": "regex", "pattern": pattern})})
    for pattern in ["", "a", "(", "[", "*", "a{2,1}", "(?P<a>x)(?P=a)", "(?<=ab)c", "\\d+\\.\\d", "(?:a|b)", "${x}", "a(?!b)"]
]


def changes(value, path=()):
    """Every way to change one thing in a value: the changed value and what was changed."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    for key, part in list(items):
        place = path + (key,)
        for replacement in VALUES:
            changed = copy.copy(value)
            changed[key] = replacement
            yield changed, (place, replacement)
        changed = copy.copy(value)
        del changed[key]
        yield changed, (place, "removed")
        if isinstance(value, dict):
            yield {(name + "x" if name == key else name): member for name, member in value.items()}, (place, "renamed")
        for inner, what in changes(part, place):
            changed = copy.copy(value)
            changed[key] = inner
            yield changed, what


def verdict(document):
    try:
        # ANTLR, with which jsonpath2 parses, writes about its version.
        with contextlib.redirect_stdout(sys.stderr):
            ensure_experiment_is_valid(copy.deepcopy(document))
        return True, ""
    except Exception as error:
        return False, f"{type(error).__name__}: {error}"


documents = [(base, "base") for base in BASES] + [(extra, "extra") for extra in EXTRA]
mutations = [change for base in BASES for change in changes(base)]
documents += mutations if "all" in sys.argv else mutations[::3]
for document, what in documents:
    valid, why = verdict(document)
    print(json.dumps([document, valid, why, str(what)]))
