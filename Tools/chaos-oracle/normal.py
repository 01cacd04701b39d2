"""Makes two results comparable, and compares them path by path."""
import json
import re

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
# Members of AWS's answers that are new in each.
AWS_TIMES = ("date", "content-length", "RequestId", "x-amzn-requestid", "createdAt", "updatedAt")
# What depends on the HTTP client's implementation, not on the experiment.
CLIENT_HEADERS = ("user-agent", "accept-encoding", "connection", "proxy-connection", "host")
# What a library says of a connection is not compared.
CONNECTION_ERROR = re.compile(r"(failed to connect to \S+: ).+", re.DOTALL)


def normalised(result):
    """A result as `programs.run` gives it, without what differs between any two runs."""
    result = dict(result)
    result.pop("log")
    journal = result["journal"]
    if journal is not None:
        journal = timeless(journal)
        for key in ("chaoslib-version", "platform", "node"):
            if isinstance(journal.get(key), str) and journal[key]:
                journal[key] = f"<{key}>"
        states = journal.get("steady_states")
        if isinstance(states, dict) and isinstance(states.get("during"), list):
            states["during"] = without_repeats(states["during"])
        result["journal"] = journal
    result["http"] = [normalised_request(request) for request in result["http"]]
    return result


def normalised_request(request):
    """A request without the client's own headers; of JSON only the value counts, not the white space."""
    headers = {name: value for name, value in request["headers"].items() if name not in CLIENT_HEADERS}
    body = request["body"]
    if headers.get("content-type") == "application/json":
        try:
            value = json.loads(body)
        except ValueError:
            pass
        else:
            body = notification(value) if is_notification(value) else json.dumps(value, sort_keys=True)
            headers.pop("content-length", None)
    return {**request, "headers": headers, "body": body}


def timeless(value, key=None):
    """Times and durations keep their presence and type; a traceback keeps its last line."""
    if key in ("start", "end") and isinstance(value, str) and TIME.fullmatch(value):
        return "<time>"
    if key == "duration" and isinstance(value, float) and value >= 0:
        return "<seconds>"
    if key in AWS_TIMES and isinstance(value, str):
        return f"<{key}>"
    if key == "exception" and isinstance(value, list) and all(isinstance(line, str) for line in value):
        return [CONNECTION_ERROR.sub(r"\1<why>", value[-1])] if value else []
    if isinstance(value, dict):
        return {name: timeless(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [timeless(item) for item in value]
    return value


def without_repeats(values):
    """Iterations of the hypothesis: how often depends on the machine, so the same result twice counts once."""
    kept = []
    for value in values:
        if not kept or kept[-1] != value:
            kept.append(value)
    return kept


def is_notification(value):
    return isinstance(value, dict) and {"name", "phase", "ts"} <= set(value)


def notification(value):
    """A notification's body has a time stamp, and may hold a journal."""
    payload = value.get("payload")
    if isinstance(payload, dict) and "chaoslib-version" in payload:
        payload = normalised({"log": "", "http": [], "journal": payload})["journal"]
    return {**value, "payload": payload, "ts": "<time>" if isinstance(value["ts"], float) else value["ts"]}


def differences(reference, ours, path=""):
    """(path, reference's value, our value) wherever they are not the same; types count, 1 is not 1.0."""
    if type(reference) is not type(ours):
        yield path, reference, ours
    elif isinstance(reference, dict):
        for key in sorted(set(reference) | set(ours)):
            place = f"{path}.{key}" if path else key
            if key not in reference:
                yield place, ABSENT, ours[key]
            elif key not in ours:
                yield place, reference[key], ABSENT
            else:
                yield from differences(reference[key], ours[key], place)
    elif isinstance(reference, list):
        for index in range(max(len(reference), len(ours))):
            place = f"{path}[{index}]"
            if index >= len(reference):
                yield place, ABSENT, ours[index]
            elif index >= len(ours):
                yield place, reference[index], ABSENT
            else:
                yield from differences(reference[index], ours[index], place)
    elif reference != ours and repr(reference) != repr(ours):  # NaN is not equal to itself
        yield path, reference, ours


class Absent:
    def __repr__(self):
        return "(absent)"


ABSENT = Absent()
