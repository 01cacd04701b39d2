#!/usr/bin/env python3
"""Writes the service models that the AWS target works by, from the pinned botocore; run by hand, output committed.

    .build/venv/bin/python Tools/aws-models/generate.py [--check]

With --check nothing is written: it fails when a file is not what it would write.
operations.json names the operations. Each service becomes one Swift file with one string literal of JSON lines:

    line 0     the service: metadata, "operations" {name: line}, "errors" {error code: line of the exception's shape}
    the rest   one operation or one shape a line; shapes refer to one another by line number

Documentation, enums, patterns and everything else that neither serialising, parsing, validation, endpoints nor errors
need is left out. A reference is a bare line number, or an object {"shape": line, traits...} when it carries traits.
"""

import json
import pathlib
import sys

import botocore
import botocore.loaders
import botocore.session
from botocore.exceptions import UnknownServiceError

import zoo

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NAMES = {
    "cloudwatch": "CloudWatch", "dynamodb": "DynamoDB", "ec2": "EC2", "kms": "KMS", "lambda": "Lambda", "lex-runtime": "LexRuntime",
    "resourcegroupstaggingapi": "ResourceGroupsTagging", "s3": "S3",
    "secretsmanager": "SecretsManager", "sns": "SNS", "sqs": "SQS", "ssm": "SSM", "sts": "STS",
    "zoo-ec2": "ZooEC2", "zoo-json": "ZooJSON", "zoo-query": "ZooQuery", "zoo-rest-json": "ZooRestJSON",
    "zoo-rest-xml": "ZooRestXML",
}
PROTOCOLS = ["json", "rest-json", "rest-xml", "query", "ec2"]  # most wanted first; CBOR is not spoken
METADATA = [
    "apiVersion", "endpointPrefix", "globalEndpoint", "jsonVersion", "serviceId", "signatureVersion", "signingName",
    "targetPrefix",
]
SHAPE_TRAITS = [
    "required", "min", "payload", "flattened", "locationName", "timestampFormat", "xmlNamespace", "document", "union",
]
REFERENCE_TRAITS = [
    "locationName", "location", "queryName", "flattened", "timestampFormat", "xmlNamespace", "xmlAttribute",
    "idempotencyToken", "jsonvalue", "hostLabel",
]
LINE_LENGTH = 116


def load(service):
    if service.startswith(zoo.PREFIX):
        return zoo.load(service), {}
    loader = botocore.session.Session().get_component("data_loader")
    try:
        pages = loader.load_service_model(service, "paginators-1")["pagination"]
    except UnknownServiceError:
        pages = {}
    return loader.load_service_model(service, "service-2"), pages


def as_list(value):
    return value if isinstance(value, list) else [value]


def compact(model, pages, operations):
    """The lines of one service: [service, operation or shape, ...]."""
    lines, shape_lines, scalar_lines = [None], {}, {}

    def picked(traits, source):
        return {name: source[name] for name in traits if name in source and source[name] is not False}

    def reference(ref):
        traits = picked(REFERENCE_TRAITS, ref)
        line = shape(ref["shape"])
        return {"shape": line, **traits} if traits else line

    def shape(name):
        if name in shape_lines:
            return shape_lines[name]
        source = model["shapes"][name]
        if source.get("eventstream"):
            raise SystemExit(f"{name}: event streams are not supported, take the operation out of operations.json")
        kind = {"character": "string", "long": "integer", "float": "double"}.get(source["type"], source["type"])
        out = {"type": kind, **picked(SHAPE_TRAITS, source)}
        if kind in ("structure", "list", "map"):
            shape_lines[name] = len(lines)
            lines.append(out)  # before its members: shapes may be recursive
            if kind == "structure":
                out["members"] = {member: reference(ref) for member, ref in source["members"].items()}
            elif kind == "list":
                out["member"] = reference(source["member"])
            else:
                out["key"], out["value"] = reference(source["key"]), reference(source["value"])
        else:  # most scalars are alike
            text = json.dumps(out)
            if text not in scalar_lines:
                scalar_lines[text] = len(lines)
                lines.append(out)
            shape_lines[name] = scalar_lines[text]
        return shape_lines[name]

    def operation(name):
        source = model["operations"][name]
        out = {"method": source["http"]["method"], "uri": source["http"]["requestUri"]}
        place = len(lines)
        lines.append(out)
        for side in ("input", "output"):
            if side in source:
                out[side] = reference(source[side])
        if "resultWrapper" in source.get("output", {}):
            out["resultWrapper"] = source["output"]["resultWrapper"]
        if "smithy.api#noAuth" in source.get("auth", []) or source.get("authtype") == "none":
            out["unsigned"] = True
        if "hostPrefix" in source.get("endpoint", {}):
            out["hostPrefix"] = source["endpoint"]["hostPrefix"]
        if "gzip" in source.get("requestcompression", {}).get("encodings", []):
            out["gzip"] = True
        checksum = source.get("httpChecksum", {})
        if source.get("httpChecksumRequired") or checksum.get("requestChecksumRequired"):
            out["checksumRequired"] = True
        if "requestAlgorithmMember" in checksum:
            out["checksumMember"] = checksum["requestAlgorithmMember"]
        if name in pages:
            page = pages[name]
            out["pages"] = {
                "input": as_list(page["input_token"]), "output": as_list(page["output_token"]),
                "result": as_list(page["result_key"]),
            }
            for key, value in (("limit", "limit_key"), ("more", "more_results")):
                if value in page:
                    out["pages"][key] = page[value]
            if any(character in token for token in out["pages"]["output"] for character in "|[. "):
                raise SystemExit(f"{name}: its page token is an expression, which the client does not evaluate")
        return place

    metadata = model["metadata"]
    offered = metadata.get("protocols", [metadata["protocol"]])
    lines[0] = {
        **picked(METADATA, metadata), "protocol": next(p for p in PROTOCOLS if p in offered),
        **({"queryCompatible": True} if "awsQueryCompatible" in metadata else {}),
        "operations": {name: operation(name) for name in sorted(operations)},
    }
    errors = {e["shape"] for name in operations for e in model["operations"][name].get("errors", [])}
    lines[0]["errors"] = {model["shapes"][e].get("error", {}).get("code", e): shape(e) for e in sorted(errors)}
    return lines


def swift(service, lines):
    """The Swift file of one service, its JSON lines wrapped by escaped line ends."""
    text = [
        f"// Generated by Tools/aws-models/generate.py from botocore {botocore.__version__}; do not edit.",
        "",
        f"/// The model of the service `{service}`, in the lines that `ServiceModel` reads.",
        f"public enum {NAMES[service]}Model {{",
        "    /// JSON lines; Tools/aws-models/generate.py describes them.",
        "    public static var lines: StaticString {",
        '        #"""',
    ]
    for line in lines:
        line = json.dumps(line, separators=(",", ":"))
        assert '"#' not in line.replace('"#"', ""), line
        while len(line) > LINE_LENGTH:
            # A space at the end of a source line would be lost, so never break beside one.
            cut = next(i for i in range(LINE_LENGTH, 0, -1) if " " not in line[i - 1:i + 1])
            text.append("        " + line[:cut] + "\\#")
            line = line[cut:]
        text.append("        " + line)
    return "\n".join(text + ['        """#', "    }", "}", ""])


def main():
    check = "--check" in sys.argv[1:]
    groups = json.loads((HERE / "operations.json").read_text())
    folders = {"shipped": ROOT / "Sources/Cloud/AWSModels", "test": ROOT / "Tests/AWSTests/Models"}
    for group, services in groups.items():
        folders[group].mkdir(parents=True, exist_ok=True)
        for service, operations in services.items():
            lines = compact(*load(service), operations)
            source = swift(service, lines)
            file = folders[group] / f"{NAMES[service]}Model.swift"
            if not check:
                file.write_text(source)
                print(f"{service}: {len(operations)} operations, {len(lines)} lines, {len(source):,} bytes")
            elif file.read_text() != source:
                raise SystemExit(f"{file.relative_to(ROOT)} is out of date: run Tools/aws-models/generate.py")


if __name__ == "__main__":
    main()
