"""Runs botocore's paginators over scripted pages and prints what they ask for and join, one JSON line a run.

    .build/venv/bin/python Tools/aws-oracle/pages.py SEED COUNT SERVICE...

{"service", "operation", "pages": [outputs], "maximumItems", "pageSize", "startingToken", "sent": [inputs]} and
"result" with "nextToken", the latter as the JSON in it, or "error": true.
"""
import base64
import copy
import json
import random
import sys

import botocore.session
from botocore.exceptions import PaginationError, UnknownServiceError
from botocore.paginate import Paginator
from botocore.utils import set_value_from_jmespath
from jmespath import search


def as_list(value):
    return value if isinstance(value, list) else [value]


def shape_at(shape, path):
    for name in path.split("."):
        shape = shape.members[name]
    return shape.type_name


class Script:
    """Pages of an operation, and settings for reading them."""

    def __init__(self, random, config, operation):
        self.random, self.config, self.output = random, config, operation.output_shape
        self.is_map = shape_at(self.output, as_list(config["result_key"])[0]) == "map"

    def pages(self):
        count = self.random.randint(1, 4)
        # At times the last page has a token like the one before it, or one that more_results contradicts.
        return [self.page(number, number == count - 1) for number in range(count)] + [self.page(count, True)] * 2

    def page(self, number, is_last):
        page = {}
        for key in as_list(self.config["result_key"]):
            if self.random.random() < 0.85:
                set_value_from_jmespath(page, key, self.results(number, shape_at(self.output, key)))
        for key in self.config.get("non_aggregate_keys", []):
            if self.random.random() < 0.7:
                page[key] = self.random.choice(["same", {"of": number}])
        is_odd = self.random.random() < 0.15
        if "more_results" in self.config and self.random.random() < 0.95:
            set_value_from_jmespath(page, self.config["more_results"], is_last == is_odd)
        for token in as_list(self.config["output_token"]):
            if not is_last or is_odd or self.random.random() < 0.3:
                value = self.random.choice([f"token {number}", f"token {number}", f"token {number}", "again", ""])
                if not is_last and value == "" and "more_results" not in self.config:
                    value = f"token {number}"
                path = token.split(" || ")[0]
                if "[-1]" in path:  # a member of the last result
                    results, member = path.split("[-1].")
                    for item in (search(results, page) or [])[-1:]:
                        item[member] = value
                    continue
                if value and shape_at(self.output, path) == "map":
                    value = {"id": {"S": value}}
                if "||" not in token or self.random.random() < 0.5:
                    set_value_from_jmespath(page, path, value)
        return page

    def results(self, number, kind):
        count = self.random.choice([0, 1, 2, 3])
        if kind == "list":
            return [{"Key": f"{number}.{index}"} for index in range(count)]
        if kind == "map":
            return {f"{number}.{index}": [index] for index in range(count)} if number == 0 else {}
        return f"{number}é " * count if kind == "string" else count

    def settings(self):
        settings = {}
        if self.random.random() < 0.5 and not self.is_map:
            settings["MaxItems"] = self.random.randint(0, 7)
        if self.random.random() < 0.3 and "limit_key" in self.config:
            settings["PageSize"] = self.random.randint(1, 9)
        if self.random.random() < 0.4 and not self.is_map:
            settings["StartingToken"] = self.token()
        return settings

    def token(self):
        names = as_list(self.config["input_token"])
        taken = self.random.randint(0, 3)
        values = [self.random.choice([f"start {index}", None]) for index in range(len(names))]
        if self.random.random() < 0.6:
            token = dict(zip(names, values))
            if self.random.random() < 0.7:
                token["boto_truncate_amount"] = taken
            return base64.b64encode(json.dumps(token).encode()).decode()
        parts = [str(value) for value in values] + self.random.choice([[], [str(taken)]])
        return "___".join(parts)


def run(config, operation, pages, settings):
    sent = []

    def method(**arguments):
        sent.append(copy.deepcopy(arguments))
        return copy.deepcopy(pages[len(sent) - 1])

    line = {"sent": sent}
    try:
        result = Paginator(method, config, operation).paginate(PaginationConfig=settings, Given="input").build_full_result()
        token = result.pop("NextToken", None)
        line["nextToken"] = token and json.loads(base64.b64decode(token))
        line["result"] = result
    except PaginationError:
        line["error"] = True
    except (IndexError, ValueError):
        return None  # the script has no further page, or the token does not fit
    return line


def main():
    seed, count, services = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    chance = random.Random(seed)
    session = botocore.session.Session()
    for service in services:
        try:
            paginators = session.get_paginator_model(service)._paginator_config
        except UnknownServiceError:
            continue
        shapes = session.get_service_model(service)
        for name, config in sorted(paginators.items()):
            operation = shapes.operation_model(name)
            script = Script(chance, config, operation)
            for _ in range(count):
                pages, settings = script.pages(), script.settings()
                line = run(config, operation, pages, settings)
                if line:
                    print(json.dumps({
                        "service": service, "operation": name, "pages": pages, "maximumItems": settings.get("MaxItems"),
                        "pageSize": settings.get("PageSize"), "startingToken": settings.get("StartingToken"), **line}))


main()
