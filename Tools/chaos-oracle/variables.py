#!/usr/bin/env python3
"""Prints how chaostoolkit-lib resolves configurations, secrets and overrides.

    .build/venv/bin/python Tools/chaos-oracle/variables.py

One case a line, as JSON with a "kind":
- configuration: declaration, overrides, environment, expected or dies;
- secrets: the same, for secrets;
- var: text (of --var), expected or dies;
- dynamic: configuration, outputs by the names of probes (null: the probe fails), expected, seen: what each probe got.
"""
import itertools
import json
import os
from unittest import mock

from chaoslib import convert_vars
from chaoslib.configuration import load_configuration, load_dynamic_configuration
from chaoslib.exceptions import ActivityFailed
from chaoslib.secret import load_secrets

TEXTS = ["", "12", " 12 ", "-3", "+3", "1_000", "1__0", "_1", "1_", "1.5", "1e3", "1E-3", ".5", "5.", ".", "0x10", "inf", "-infinity", "nan", "true", "True", "FALSE", "0", "no", "No", "yes",
         "x", "null", "[1, 2]", '{"a": 1}', '"text"', "{", "٣", "1 2", "1e", "--1", "9223372036854775808", "1_0.5", "1._5", "infx", "a=b", "a:b=c"]
TYPES = [None, "str", "string", "int", "integer", "float", "number", "bool", "bytes", "json", "list", "Int", ""]
DEFAULTS = [None, "", "7", 7, 7.9, True, [1], {"a": 1}, "x", "no"]


def jsonable(value):
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return {"float": repr(value)}
    if isinstance(value, dict):
        return {key: jsonable(member) for key, member in value.items()}
    if isinstance(value, list):
        return [jsonable(member) for member in value]
    return value


def emit(kind, function, **members):
    case = {"kind": kind, **json.loads(json.dumps(members))}
    try:
        case["expected"] = jsonable(function())
    except Exception as error:
        case["dies"] = type(error).__name__
    print(json.dumps(case))


def resolve(kind, declaration, overrides=None, environment={}):
    load = load_configuration if kind == "configuration" else lambda declared, extra: load_secrets(declared, {}, extra)

    def run():
        with mock.patch.dict(os.environ, environment, clear=True):
            return load(declaration, json.loads(json.dumps(overrides)))

    emit(kind, run, declaration=declaration, overrides=overrides or {}, environment=environment)


def env(**more):
    return {"type": "env", "key": "NAME", **more}


def main():
    for kind, text in itertools.product(TYPES, TEXTS):
        more = {} if kind is None else {"env_var_type": kind}
        resolve("configuration", {"a": env(**more)}, environment={"NAME": text})
        emit("var", lambda: convert_vars([("k" if kind is None else f"k:{kind}") + "=" + text]), text=("k" if kind is None else f"k:{kind}") + "=" + text)
    for kind, default in itertools.product(TYPES, DEFAULTS):
        more = {} if kind is None else {"env_var_type": kind}
        resolve("configuration", {"a": env(default=default, **more)})
        resolve("configuration", {"a": env(default=default, **more)}, environment={"NAME": ""})
    for text in ["", "k", "=", "k=", "=v", "k:int", "a:b:int=3", "k:int=x", "k=a=b", ":int=3", "k:=v"]:
        emit("var", lambda: convert_vars([text]), text=text)
    for declaration in [{}, {"a": 1, "b": None, "c": [1], "d": {"x": 1}}, {"a": {"type": "probe", "name": "p"}}, {"a": {"type": "other", "key": "NAME"}}, {"a": {"key": "NAME"}}, {"a": {"type": "env"}},
                        {"a": {"type": "env", "key": "GONE"}}, {"a": env(), "b": {"nested": env()}}, {"a": env(env_var_type=None)}, {"a": {"type": None}}]:
        for overrides in [None, {}, {"a": 2}, {"a": None}, {"a": env()}, {"a": env(key="GONE")}, {"a": env(key="GONE", default=3)}, {"z": 1}, {"a": {"nested": env()}}]:
            resolve("configuration", declaration, overrides, {"NAME": "value"})
    for declaration in [{}, {"loose": "x"}, {"s": {"a": "x", "b": 1, "c": None, "d": [env()]}}, {"s": {"a": env()}}, {"s": env()}, {"s": {"a": {"b": {"c": env()}}}}, {"s": {"a": {"type": "env"}}},
                        {"s": {"a": {"type": "env", "key": "GONE"}}}, {"s": {"a": {"type": "env", "key": "GONE", "default": 1}}}, {"s": {"type": "other", "a": env()}}, {"s": {}}, {"s": {"type": {"x": 1}}}, {"t": {"a": 1}, "s": {"a": env()}}]:
        for overrides in [None, {"s": {"a": "over"}}, {"s": "text"}, {"s": None}, {"s": {}}, {"s": {"a": env()}}, {"loose": "over"}, {"z": {"a": 1}}, {"a": 1}]:
            resolve("secrets", declaration, overrides, {"NAME": "value", "EMPTY": ""})
    for provider, output in [("process", {"status": 0, "stdout": "  text\n", "stderr": ""}), ("process", {"status": 1, "stdout": "x", "stderr": "no"}), ("process", {"status": 0}), ("process", {"status": False, "stdout": " \x1cx\u00a0"}),
                             ("http", {"status": 500, "body": {"a": 1}}), ("http", {"status": 200}), ("python", 5), ("python", None), ("python", {"body": 1}), ("other", 1), ("python", "fails"), ("process", "fails")]:
        configuration = {"before": 1, "a": {"type": "probe", "name": "p", "provider": {"type": provider, "path": "x"}}, "after": 2, "b": {"type": "probe", "name": "q", "provider": {"type": "python"}}}
        seen = {}

        def run_activity(activity, conf, secrets):
            seen[activity["name"]] = dict(conf)
            if activity["name"] == "p" and output == "fails":
                raise ActivityFailed("no")
            return output if activity["name"] == "p" else "second"

        with mock.patch("chaoslib.activity.run_activity", run_activity):
            emit("dynamic", lambda: load_dynamic_configuration(json.loads(json.dumps(configuration)), {"s": {"a": 1}}), configuration=configuration, output=output, fails=output == "fails")
        print(json.dumps({"kind": "seen", "seen": seen}))


main()
