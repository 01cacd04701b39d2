#!/usr/bin/env python3
"""What boto3 returns for calls to the endpoint that AWS_ENDPOINT_URL names.

    echo '[["sts", "GetCallerIdentity", {}], ["ssm", "GetParametersByPath", {"Path": "/a"}, "all"]]' | calls.py

Prints a list with the result of each call, without ResponseMetadata and without a streaming body; with "all" the
paginator reads all pages. Bytes are written in base64, dates in ISO 8601.
"""

import base64
import datetime
import json
import sys

import boto3
from botocore import xform_name
from botocore.response import StreamingBody


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value).__name__)


def call(service, operation, parameters, pages=None):
    client = boto3.client(service)
    method = xform_name(operation)
    if pages:
        result = client.get_paginator(method).paginate(**parameters).build_full_result()
    else:
        result = getattr(client, method)(**parameters)
    return {key: value for key, value in result.items()
            if key != "ResponseMetadata" and not isinstance(value, StreamingBody)}


json.dump([call(*item) for item in json.load(sys.stdin)], sys.stdout, default=plain)
