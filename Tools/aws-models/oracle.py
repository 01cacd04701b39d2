#!/usr/bin/env python3
"""Prints what botocore does as JSON lines, for the tests.

    oracle.py SERVICE SEED COUNT

For every operation of SERVICE it makes COUNT inputs and COUNT responses from the model, seeded and
so the same each time, gives them to botocore's serializers and parsers and prints each with botocore's answer:

    {"kind": "request", "operation", "input", "payload", "expected": {"method", "target", "headers", "body"}}
    {"kind": "invalid", "operation", "input", "expected": message}
    {"kind": "output" | "fault", "operation", "input", "response": {"status", "headers", "body"}, "expected": {...}}

Blobs and bodies are base64, timestamps ISO 8601.
"""

import base64
import datetime
import io
import json
import random
import sys
import types
import urllib.parse
from xml.etree.ElementTree import Element

import botocore.model
import botocore.session
from botocore import handlers
from botocore.awsrequest import HeadersDict
from botocore.exceptions import ParamValidationError
from botocore.parsers import ResponseParserError, create_parser
from botocore.serialize import create_serializer
from botocore.utils import percent_encode_sequence

import generate
import wire
import zoo

TOKEN = "00000000-0000-4000-8000-000000000000"
TEXTS = [
    "", "plain", "two words", " edges ", "a/b?c=d&e+f%20g~h", "<tag attr=\"x\">&amp;'", "é日本語🎉", "line\nbreak\r\n\ttab",
    "x" * 300, "{\"a\": [1, \"b\"]}", "comma, \"quote\"", "0", "true", "-_.~!*'()",
]
ASCII = ["plain", "two words", "a/b?c=d&e+f%20g~h", "comma,\"quote\"", "0", "x" * 200]
LABELS = ["label", "a-b.c1"]
TIMES = [
    "2026-11-21T03:42:00Z", "2026-11-21T03:42:00.5Z", "2026-11-21T03:42:00.123456Z", "2026-11-21T11:42:00+08:00",
    "2026-11-21", "Sun, 06 Nov 1994 08:49:37 GMT", 0, 1700000000, 1700000000.25, -1.5, "1700000000", 951782400,
]
INTEGERS = [0, 1, -1, 7, 1000, 2**31 - 1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)]
DOUBLES = [0.0, 1.0, -1.5, 3.141592653589793, 1e-7, 0.0001, 1e300, -1e22, 123456789.125, 5e-324, 5, -3, 2**53 + 1]
BLOBS = [b"", b"a", b"ab", b"abc", bytes(range(256)), "é".encode()]

# Handlers about Python's own types, and one that only moves the bucket from the path to the host.
NOT_NEEDED = [handlers.convert_body_to_file_like_object, handlers.remove_bucket_from_url_paths_from_model]


class Inputs:
    """Makes valid inputs, as (what the tests get, what botocore gets)."""

    def __init__(self, rng):
        self.rng = rng

    def text(self, shape, pool):
        is_label = shape.serialization.get("hostLabel")
        if shape.enum and (self.rng.random() < 0.7 or is_label):
            return self.rng.choice(shape.enum)
        if is_label:
            pool = LABELS
        text = self.rng.choice(pool)
        return text + "y" * max(0, shape.metadata.get("min", 0) - len(text))

    def number(self, shape, pool):
        least = shape.metadata.get("min", float("-inf"))
        return self.rng.choice([n for n in pool if n >= least] or [least])

    def value(self, shape, depth=0, ascii=False):
        kind, rng = shape.type_name, self.rng
        if shape.serialization.get("jsonvalue"):
            value = rng.choice([{"a": [1, "b", None]}, "text", 5])
            return value, value
        if kind == "structure":
            return self.structure(shape, depth)
        if kind in ("list", "map"):
            most = 0 if depth > 5 else rng.choice([0, 1, 1, 2, 3])
            count = max(most, shape.metadata.get("min", 0))
            if kind == "list":
                pairs = [self.value(shape.member, depth + 1, ascii) for _ in range(count)]
                return [a for a, _ in pairs], [b for _, b in pairs]
            pairs = {}
            for index in range(count):
                key = "k%d" % index if ascii else self.text(shape.key, TEXTS)
                pairs[key] = self.value(shape.value, depth + 1, ascii)
            return {k: a for k, (a, _) in pairs.items()}, {k: b for k, (_, b) in pairs.items()}
        if kind == "blob":
            blob = rng.choice(BLOBS)
            return base64.b64encode(blob).decode(), blob
        value = {
            "string": lambda: self.text(shape, ASCII if ascii else TEXTS), "character": lambda: "c",
            "integer": lambda: self.number(shape, INTEGERS), "long": lambda: self.number(shape, INTEGERS),
            "float": lambda: self.number(shape, DOUBLES), "double": lambda: self.number(shape, DOUBLES),
            "boolean": lambda: rng.random() < 0.5, "timestamp": lambda: rng.choice(TIMES),
        }[kind]()
        return value, value

    def structure(self, shape, depth):
        names = list(shape.members)
        if shape.is_document_type:
            value = {"free": [1, {"form": None}]}
            return value, value
        if shape.is_tagged_union:
            names = [self.rng.choice(names)]
        else:
            share = self.rng.choice([0, 0.2, 0.5, 1]) if depth < 3 else 0.15
            names = [n for n in names if n in shape.required_members or self.rng.random() < share]
            self.rng.shuffle(names)
        ours, theirs = {}, {}
        for name in names:
            member = shape.members[name]
            if member.serialization.get("eventstream"):
                continue
            plain = member.serialization.get("location") in ("header", "headers")
            ours[name], theirs[name] = self.value(member, depth + 1, plain)
            if member.serialization.get("location") == "uri" and ours[name] == "":
                ours[name] = theirs[name] = "label"
        return ours, theirs


class Service:
    def __init__(self, name, seed):
        self.rng = random.Random(f"{name} {seed}")
        self.inputs = Inputs(self.rng)
        if name.startswith(zoo.PREFIX):
            self.model = botocore.model.ServiceModel(zoo.load(name), name)
        else:
            self.model = botocore.session.Session().get_service_model(name)
        self.protocol = generate.spoken_protocol(name, self.model.metadata)
        self.name, self.is_s3 = name, name == "s3"
        self.serializer = create_serializer(self.protocol)
        self.parser = create_parser(self.protocol)
        self.wire = wire.Writer(self.protocol, self.model, self.rng)

    # Requests

    def input(self, operation):
        if operation.input_shape is None:
            return {}, {}
        ours, theirs = self.inputs.value(operation.input_shape)
        for name in operation.idempotent_members:
            theirs.setdefault(name, TOKEN)
        if self.is_s3:
            if "Bucket" in ours:
                ours["Bucket"] = theirs["Bucket"] = self.rng.choice(["bucket", "dotted.bucket-1"])
            if "CopySource" in ours and self.rng.random() < 0.5:
                source = self.rng.choice([
                    {"Bucket": "b", "Key": "k é+/%"}, {"Bucket": "b", "Key": "k", "VersionId": "v1"}])
                ours["CopySource"], theirs["CopySource"] = source, dict(source)
        return ours, theirs

    def handlers(self, event, operation):
        """botocore's own handlers of an event for an operation, by which it customises a service."""
        for name, handler, *_ in handlers.BUILTIN_HANDLERS:
            pattern = name.split(".")
            if pattern[:2] == [event, self.name] and pattern[2:] in ([], ["*"], [operation.name]) \
                    and handler not in NOT_NEEDED:
                yield handler

    def customize(self, operation, params):
        """What botocore's handlers do between the caller and the serializer."""
        context = {}
        for handler in self.handlers("before-parameter-build", operation):
            handler(params=params, model=operation, context=context)
        return context

    def serialize(self, operation, params):
        request = self.serializer.serialize_to_request(params, operation)
        target, query = request["url_path"], request["query_string"]
        query = percent_encode_sequence(query) if query else ""
        if query:
            target += ("&" if "?" in target else "?") + query
        body = request["body"]
        if isinstance(body, dict):
            body = urllib.parse.urlencode(body, doseq=True, encoding="utf-8").encode()
        if self.protocol == "rest-xml" and isinstance(body, bytes) and body.startswith(b"<"):
            escaped = {"body": body}
            handlers.escape_xml_payload(escaped)
            body = escaped["body"]
        return {
            "method": request["method"], "target": target,
            "hostPrefix": request.get("host_prefix"), "headers": {k: str(v) for k, v in request["headers"].items()},
            "body": base64.b64encode(body).decode(),
        }

    def request(self, operation):
        ours, theirs = self.input(operation)
        self.customize(operation, theirs)
        case = {"kind": "request", "operation": operation.name, "input": ours}
        payload = operation.get_streaming_input() and operation.input_shape.serialization["payload"]
        if payload and payload in ours and self.rng.random() < 0.5:
            case["payload"] = ours.pop(payload)
        return case | {"expected": self.serialize(operation, theirs)}

    def invalid(self, operation):
        """An input with a member missing, a member too many, or a member of another type."""
        ours, theirs = self.input(operation)
        # A token that is missing is filled in.
        required = [n for n in operation.input_shape.required_members if n not in operation.idempotent_members]
        kind = self.rng.choice(["missing", "unknown", "type"])
        if kind == "missing" and required:
            del ours[required[0]], theirs[required[0]]
        elif kind == "type" and theirs:
            name = next(iter(theirs))
            wrong = 5 if operation.input_shape.members[name].type_name not in (
                "integer", "long", "double", "float", "timestamp") else [True]
            member = operation.input_shape.members[name]
            if member.serialization.get("jsonvalue") or member.metadata.get("document"):
                return None  # takes anything
            ours[name] = theirs[name] = wrong
        else:
            ours["Bogus"] = theirs["Bogus"] = 1
        if self.is_s3 and "Bucket" in ours and not isinstance(ours["Bucket"], str):
            return None
        try:
            self.customize(operation, theirs)
            self.serializer.serialize_to_request(theirs, operation)
        except (TypeError, AttributeError):  # A fault of botocore: it changes what it takes for text.
            return None
        except ParamValidationError as error:
            report = str(error).removeprefix("Parameter validation failed:\n")
            return {"kind": "invalid", "operation": operation.name, "input": ours, "expected": report}
        raise SystemExit(f"{operation.name}: botocore takes {theirs}")

    # Responses

    def parse(self, operation, status, headers, body, shape, params):
        """What botocore's endpoint and handlers make of a response."""
        streams = operation.has_streaming_output and status < 301
        response = {
            "status_code": status, "headers": HeadersDict(headers), "context": {"operation_name": operation.name},
            "body": io.BytesIO(body) if streams else body,
        }
        context, extra = self.customize(operation, dict(params)), {}
        for handler in self.handlers("before-parse", operation):
            handler(operation_model=operation, response_dict=response, customized_response_dict=extra)
        parsed = self.parser.parse(response, shape)
        parsed.update(extra)
        if "Error" not in parsed:
            raw = types.SimpleNamespace(raw=True, content=body)
            for handler in self.handlers("after-call", operation):
                handler(parsed=parsed, context=context, http_response=raw, model=operation)
        return parsed, response["status_code"]

    def case(self, kind, operation, params, status, headers, body, expected):
        return {
            "kind": kind, "operation": operation.name, "input": params,
            "response": {"status": status, "headers": headers, "body": base64.b64encode(body).decode()},
            "expected": expected,
        }

    def output(self, operation):
        params = {"EncodingType": "url"} if self.rng.random() < 0.3 else {}
        status, headers, body = self.wire.response(operation)
        shape = operation.output_shape
        try:
            parsed, actual = self.parse(operation, status, headers, body, shape, params)
        except KeyError:  # A fault of botocore: it decodes keys that a listing does not have.
            return None
        if "Error" in parsed and actual >= 301:
            return None
        metadata = parsed.pop("ResponseMetadata")
        expected = {"metadata": metadata, "value": plain(parsed)}
        if operation.has_streaming_output:
            expected["payload"] = expected["value"].pop(shape.serialization["payload"])
        return self.case("output", operation, params, status, headers, body, expected)

    def fault(self, operation):
        error = self.rng.choice(list(operation.error_shapes) + [None])
        status, headers, body = self.wire.fault(error)
        if self.is_s3 and status < 301 and (operation.output_shape is None or operation.has_streaming_output
                                            or operation.name == "GetBucketPolicy"):
            status = 400
        try:
            parsed, actual = self.parse(operation, status, headers, body, operation.output_shape, {})
        except ResponseParserError:
            return self.case("fault", operation, {}, status, headers, body, {"status": status})
        expected = {"status": actual, "error": plain(parsed.get("Error", {}))}
        if parsed["ResponseMetadata"].get("RequestId"):
            expected["requestID"] = parsed["ResponseMetadata"]["RequestId"]
        shape = self.model.shape_for_error_code(expected["error"].get("Code"))
        if error is not None and shape is not None and shape.name == error.name:
            members, _ = self.parse(operation, actual, headers, body, shape, {})
            if "Error" not in members:
                expected["members"] = plain({k: v for k, v in members.items() if k != "ExpiresString"})
        return self.case("fault", operation, {}, status, headers, body, expected)


def plain(value):
    """Parsed values as JSON: timestamps as Chaos Toolkit writes them, in UTC; blobs base64."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        if value and isinstance(value[0], Element):  # A fault of botocore: it keeps the nodes of a scalar sent twice.
            return value[0].text or ""
        return [plain(item) for item in value]
    if isinstance(value, datetime.datetime):
        value = value.astimezone(datetime.timezone.utc) if value.tzinfo else value
        return value.replace(tzinfo=datetime.timezone.utc).isoformat()
    if isinstance(value, io.BytesIO):
        value = value.read()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def main():
    name, seed, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    service = Service(name, seed)
    for operation in map(service.model.operation_model, service.model.operation_names):
        if operation.has_event_stream_input or operation.has_event_stream_output:
            continue
        cases = [service.request(operation) for _ in range(count)]
        cases += [service.output(operation) for _ in range(count)]
        cases += [service.fault(operation) for _ in range((count + 1) // 2)]
        if operation.input_shape is not None:
            cases += [service.invalid(operation) for _ in range((count + 3) // 4)]
        for case in filter(None, cases):
            print(json.dumps(case))


if __name__ == "__main__":
    main()
