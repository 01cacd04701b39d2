"""Prints URLs as boto3 presigns them, one JSON line each: `presigned.py`."""
import copy
import datetime
import json
from unittest import mock

import boto3
from botocore import auth
from botocore.config import Config

REGION, TIME = "eu-central-1", 1_700_000_000
CASES = [
    ("sts", "get_caller_identity", {}, "GET", {}, 60, None),
    ("sts", "get_caller_identity", {}, "GET", {"x-k8s-aws-id": "my-cluster"}, 60, "Token/With+Odd=Signs&more"),
    ("sts", "get_caller_identity", {}, "POST", {}, 3600, None),
    ("sts", "assume_role", {"RoleArn": "arn:aws:iam::123456789012:role/a b", "RoleSessionName": "s+1"}, "GET", {}, 900, None),
    ("sns", "publish", {"TopicArn": "arn:aws:sns:eu-central-1:123456789012:t", "Message": "é + ~ & =%20\n"}, "GET", {}, 5, None),
    ("ec2", "describe_instances", {"Filters": [{"Name": "tag:a b", "Values": ["x", "y"]}]}, "GET", {}, 604800, "tok"),
    ("s3", "get_object", {"Bucket": "bucket", "Key": "a b/é+%?#"}, None, {}, 60, None),
    ("s3", "get_object", {"Bucket": "bucket", "Key": "k", "VersionId": "v/1", "Range": "bytes=0-1"}, None, {}, 60, "tok"),
    ("s3", "put_object", {"Bucket": "bucket", "Key": "k", "ContentType": "text/plain"}, None, {}, 60, None),
    ("s3", "list_objects_v2", {"Bucket": "bucket", "Prefix": "a b"}, None, {}, 60, None),
    ("s3", "head_bucket", {"Bucket": "with.dots"}, None, {}, 60, None),
    ("lambda", "get_function", {"FunctionName": "f:g", "Qualifier": "1"}, None, {}, 60, "tok"),
]


def url(service, operation, parameters, method, headers, expires, token):
    client = boto3.client(
        service, region_name=REGION, aws_access_key_id="AKID", aws_secret_access_key="secret", aws_session_token=token,
        # boto3 signs S3's URLs by its old signature version 2 unless it is told otherwise.
        config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}) if service == "s3" else None)
    client.meta.events.register("before-sign", lambda request, **_: [
        request.headers.add_header(name, value) for name, value in headers.items()])
    now = datetime.datetime.fromtimestamp(TIME, datetime.timezone.utc).replace(tzinfo=None)
    with mock.patch.object(auth, "get_current_datetime", lambda *_: now):
        return client.meta.method_to_api_mapping[operation], client.generate_presigned_url(
            operation, copy.deepcopy(parameters), ExpiresIn=expires, HttpMethod=method)


def database_token(host, port, user, region):
    client = boto3.client("rds", region_name=REGION, aws_access_key_id="AKID", aws_secret_access_key="secret")
    now = datetime.datetime.fromtimestamp(TIME, datetime.timezone.utc).replace(tzinfo=None)
    with mock.patch.object(auth, "get_current_datetime", lambda *_: now):
        return client.generate_db_auth_token(host, port, user, region)


for case in [("db.example.com", 3306, "jane doe", None), ("db.example.com", 5432, "a+b/c@d", "us-east-1")]:
    print(json.dumps({"token": case, "time": TIME, "url": database_token(*case)}))
for case in CASES:
    service, _, parameters, method, headers, expires, token = case
    name, result = url(*case)
    print(json.dumps({"service": service, "operation": name, "input": parameters, "method": method,
                      "headers": headers, "expires": expires, "token": token, "time": TIME, "url": result}))
