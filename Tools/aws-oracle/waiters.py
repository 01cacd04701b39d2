"""Runs botocore's waiters with scripted answers and prints how each wait ends, one JSON line a wait.

    .build/venv/bin/python Tools/aws-oracle/waiters.py SEED COUNT SERVICE...

The first line of a waiter is {"service", "waiter", "operation", "delay", "maximumAttempts"}. Then follow COUNT waits:
{"service", "waiter", "maximumAttempts", "answers": [{"output", "status"} or {"error", "status"}], "calls", "outcome"},
the outcome one of success, failure, error (that no acceptor expects), attempts (too many) and form (an answer that an
expression is not written for).
"""
import json
import random
import re
import sys

import botocore.session
import botocore.waiter
from botocore import xform_name
from botocore.exceptions import ClientError, UnknownServiceError, WaiterError
from jmespath.exceptions import JMESPathError

REASONS = {"An error occurred": "error", "Waiter encountered a terminal": "failure", "Max attempts exceeded": "attempts"}


class Answers:
    """Outputs and errors that a waiter's acceptors tell apart."""

    def __init__(self, random, acceptors, shape):
        self.random, self.shape = random, shape
        paths = [acceptor["argument"] for acceptor in acceptors if "argument" in acceptor]
        self.names = {name for path in paths for name in re.findall(r"[A-Za-z]\w*", path)}
        expected = [acceptor["expected"] for acceptor in acceptors]
        quoted = [text for path in paths for text in re.findall(r"'([^']*)'", path)]
        self.texts = [text for text in expected + quoted if isinstance(text, str)] + ["other"]
        self.codes = [a["expected"] for a in acceptors if a["matcher"] == "error" and isinstance(a["expected"], str)] + ["Other"]
        self.statuses = [a["expected"] for a in acceptors if a["matcher"] == "status"] + [400]

    def next(self, favoured):
        if self.random.random() < 0.25:
            return {"error": self.random.choice(self.codes), "status": self.random.choice([s for s in self.statuses if s != 200])}
        # Most values of an answer are alike, so that pathAll matches at times.
        self.favoured = favoured
        return {"output": self.value(self.shape) if self.shape else {}, "status": 200}

    def value(self, shape):
        if shape.type_name == "structure":
            return {name: self.value(member) for name, member in shape.members.items()
                    if name in self.names and self.random.random() < 0.9}
        if shape.type_name == "list":
            return [self.value(shape.member) for _ in range(self.random.choice([0, 1, 1, 2, 3]))]
        if shape.type_name == "string":
            return self.favoured if self.random.random() < 0.8 else self.random.choice(self.texts)
        if shape.type_name == "boolean":
            return self.random.random() < 0.5
        return self.random.choice([0, 1, 2])


def outcome(name, config, answers, maximum_attempts):
    """How botocore's wait ends, and after how many calls."""
    calls, sleeps = 0, []

    def method(**_):
        nonlocal calls
        answer = answers[calls]
        calls += 1
        metadata = {"HTTPStatusCode": answer["status"]}
        if "error" in answer:
            raise ClientError({"Error": {"Code": answer["error"], "Message": "m"}, "ResponseMetadata": metadata}, "Operation")
        return {**answer["output"], "ResponseMetadata": metadata}

    botocore.waiter.time.sleep = sleeps.append
    waiter = botocore.waiter.Waiter(name, config, botocore.waiter.NormalizedOperationMethod(method))
    try:
        waiter.wait(WaiterConfig={"MaxAttempts": maximum_attempts})
        end = "success"
    except WaiterError as error:
        end = next(kind for start, kind in REASONS.items() if error.kwargs["reason"].startswith(start))
    except JMESPathError:
        end = "form"
    assert sleeps == [config.delay] * (calls - 1)
    return {"calls": calls, "outcome": end}


def main():
    seed, count, services = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    chance = random.Random(seed)
    session = botocore.session.Session()
    for service in services:
        try:
            model = session.get_waiter_model(service)
        except UnknownServiceError:
            continue
        shapes = session.get_service_model(service)
        for name in model.waiter_names:
            config = model.get_waiter(name)
            head = {"service": service, "waiter": xform_name(name)}
            print(json.dumps({**head, "operation": config.operation, "delay": config.delay, "maximumAttempts": config.max_attempts}))
            acceptors = model._waiter_config[name]["acceptors"]
            answers = Answers(chance, acceptors, shapes.operation_model(config.operation).output_shape)
            for _ in range(count):
                maximum = chance.randint(1, 5)
                script = [answers.next(chance.choice(answers.texts)) for _ in range(maximum)]
                print(json.dumps({**head, "maximumAttempts": maximum, "answers": script,
                                  **outcome(name, config, script, maximum)}))


main()
