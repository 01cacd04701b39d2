"""Checks that Chaos Toolkit does in a case what the case's `expect` says, so that no case can test nothing.

    exit                      the exit code; status `completed` and deviated `false` go without saying after 0
    status, deviated          of the journal; `journal: false` when there is none
    before, after, during     whether the hypothesis was met; null when it was not run; `during`: a list without repeats
    run, rollbacks            the statuses of the activities; `none` for a record without a status
    log                       texts that the log has to contain (one, or a list)
    http                      `METHOD /path?query` of each request
    records                   the lines of the `record` program
    files                     the names of the files written, without the journal
    at                        {path: value} of anything else: `journal.run[0].output.status`
    lasts                     {path: seconds}: durations that are at least this long
"""
import re

DEFAULTS = {"run", "rollbacks", "before", "after", "during"}


def failures(case, result, normal):
    """What is not as expected, in words."""
    expect = dict(case.get("expect") or {})
    if "exit" not in expect:
        yield "the case says nothing about the exit code"
        return
    journal = result["journal"]
    has_journal = expect.pop("journal", expect["exit"] == 0 and case["command"] == "run" or "status" in expect)
    if has_journal != (journal is not None):
        yield f"journal: {'none' if journal is None else 'there is one'}"
        return
    if expect["exit"] == 0 and has_journal:
        expect.setdefault("status", "completed")
        expect.setdefault("deviated", False)
    lasts, at = expect.pop("lasts", {}), expect.pop("at", {})
    for path, seconds in lasts.items():
        value = at_path(result, path)
        if not isinstance(value, (int, float)) or value < seconds:
            yield f"{path}: {value!r} instead of at least {seconds} s"
    for path, value in at.items():
        if not same(found := at_path(normal, path), value):
            yield f"{path}: {found!r} instead of {value!r}"
    texts = expect.pop("log", [])
    for text in [texts] if isinstance(texts, str) else texts:
        if text not in result["log"]:
            yield f"log: no {text!r} in:\n{result['log'][-1500:]}"
    for key, value in expect.items():
        if not same(found := summary(key, result, normal), value):
            yield f"{key}: {found!r} instead of {value!r}" + (
                "\n" + result["log"][-1500:] if key in ("exit", "status") else "")


def summary(key, result, normal):
    journal = normal["journal"] or {}
    if key == "exit":
        return result["exit"]
    if key in ("status", "deviated"):
        return journal.get(key)
    if key in ("before", "after"):
        state = journal["steady_states"][key]
        return state and state["steady_state_met"]
    if key == "during":
        met = [state["steady_state_met"] for state in journal["steady_states"]["during"]]
        return [value for index, value in enumerate(met) if index == 0 or met[index - 1] != value]
    if key in ("run", "rollbacks"):
        return [record.get("status", "none") for record in journal[key]]
    if key == "http":
        return [
            f"{request['method']} {request['path']}" + (f"?{request['query']}" if request["query"] else "")
            for request in result["http"]
        ]
    if key == "files":
        return sorted(result["files"])
    if key == "records":
        return result["records"]
    raise ValueError(f"nothing is known about expect.{key}")


def at_path(value, path):
    """`a.b[0].c` in a value; `length` at the end counts; `ABSENT` when there is nothing."""
    for key in re.findall(r"[^.\[\]]+", path):
        if key == "length" and isinstance(value, (list, str)):
            value = len(value)
        elif isinstance(value, list) and re.fullmatch(r"-?\d+", key) and -len(value) <= int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, dict) and key in value:
            value = value[key]
        else:
            return "ABSENT"
    return value


def same(found, expected):
    return type(found) is type(expected) and found == expected
