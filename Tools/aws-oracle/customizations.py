"""Prints what boto3 does beside the models, one JSON line each.

    customizations.py calls       calls through real clients with a scripted answer: request, and what boto3 returns
    customizations.py handlers    botocore's handlers for the shipped services: [service or *, event, function]
"""
import base64
import copy
import datetime
import functools
import io
import json
import os
import pathlib
import sys
import time
from unittest import mock

import boto3
from botocore import auth, handlers
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

REGION, TIME, TOKEN = "eu-central-1", 1_700_000_000, "00000000-0000-4000-8000-000000000000"
POLICY = "%7B%22Version%22%3A%20%222012-10-17%22%2C%20%22Statement%22%3A%5B%5D%2C%22a%2Bb%22%3A1.0%7D"
COPY = {"SourceRegion": "us-east-1", "SourceSnapshotId": "snap-1", "Description": "a b"}


def ec2(body, operation):
    space = "http://ec2.amazonaws.com/doc/2016-11-15/"
    return f'<{operation}Response xmlns="{space}"><requestId>r</requestId>{body}</{operation}Response>'


def query(body, operation):
    return (f"<{operation}Response><{operation}Result>{body}</{operation}Result>"
            f"<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{operation}Response>")


def listing(operation, body):
    space = "http://s3.amazonaws.com/doc/2006-03-01/"
    return f'<{operation}Result xmlns="{space}"><EncodingType>url</EncodingType>{body}</{operation}Result>'


IDS = [
    ("GetHostedZone", {"Id": "/hostedzone/Z1"}), ("DeleteHostedZone", {"Id": "Z1"}),
    ("GetChange", {"Id": "/change/C1"}), ("GetReusableDelegationSet", {"Id": "/delegationset/N1"}),
    ("ListResourceRecordSets", {"HostedZoneId": "/hostedzone/Z1"}), ("GetTrafficPolicy", {"Id": "a/b", "Version": 1}),
    ("ListHostedZones", {"DelegationSetId": "/delegationset/N1"}),
    ("ListTrafficPolicyInstances", {"HostedZoneIdMarker": "/hostedzone/Z1"}),
]
CONTENTS = ("<Contents><Key>a%20b/%C3%A9%2B</Key></Contents><CommonPrefixes><Prefix>p%2F</Prefix></CommonPrefixes>"
            "<Delimiter>%2F</Delimiter><Prefix>x%20y</Prefix><Marker>m%20</Marker><StartAfter>s%20</StartAfter>")
VERSIONS = ("<Version><Key>a%20b</Key></Version><DeleteMarker><Key>c%20d</Key></DeleteMarker>"
            "<KeyMarker>k%20</KeyMarker><NextKeyMarker>n%20</NextKeyMarker><Prefix>x%20y</Prefix>")

# (service, operation, input, answer's body, answer's headers, environment, answer's status)
CASES = [
    # Inputs
    ("ec2", "RunInstances", {"MinCount": 1, "MaxCount": 1, "UserData": "#!/bin/sh\necho é"}, ec2("", "RunInstances")),
    ("autoscaling", "CreateLaunchConfiguration", {"LaunchConfigurationName": "l", "UserData": "text"},
     query("", "CreateLaunchConfiguration")),
    ("ec2", "DescribeFlowLogs", {"Filters": [{"Name": "n", "Values": ["v"]}]}, ec2("", "DescribeFlowLogs")),
    ("ec2", "DescribeNatGateways", {"Filter": [{"Name": "n", "Values": ["v"]}]}, ec2("", "DescribeNatGateways")),
    ("ec2", "DescribeInstances", {"Filters": [{"Name": "n", "Values": ["v"]}]}, ec2("", "DescribeInstances")),
    ("logs", "CreateExportTask", {"logGroupName": "g", "fromTime": 1, "to": 2, "destination": "d"}, "{}"),
    ("logs", "CreateExportTask", {"logGroupName": "g", "from": 1, "to": 2, "destination": "d"}, "{}"),
    *[("route53", operation, input, f"<{operation}Response/>") for operation, input in IDS],
    ("ec2", "CreateFleet", {"TargetCapacitySpecification": {"TotalTargetCapacity": 1}, "LaunchTemplateConfigs": []},
     ec2("", "CreateFleet")),
    ("fis", "StartExperiment", {"experimentTemplateId": "t"}, "{}"),
    ("fis", "StartExperiment", {"experimentTemplateId": "t", "clientToken": "mine"}, "{}"),
    ("ssm", "CreateMaintenanceWindow",
     {"Name": "name", "Schedule": "s", "Duration": 1, "Cutoff": 0, "AllowUnassociatedTargets": True}, "{}"),
    ("s3", "PutObject", {"Bucket": "bucket", "Key": "k", "SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}, ""),
    ("s3", "CopyObject", {"Bucket": "bucket", "Key": "k", "CopySource": "other/a b/é?versionId=v",
                          "CopySourceSSECustomerKey": "k" * 32, "CopySourceSSECustomerAlgorithm": "AES256"},
     "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>"),
    ("s3", "CopyObject", {"Bucket": "bucket", "Key": "k", "CopySource": {"Bucket": "o", "Key": "a b", "VersionId": "v"}},
     "<CopyObjectResult><ETag>e</ETag></CopyObjectResult>"),
    ("s3", "DeleteObjects", {"Bucket": "bucket", "Delete": {"Objects": [{"Key": "a\r\nb"}]}}, "<DeleteResult/>"),
    # Calls
    ("ec2", "CopySnapshot", COPY, ec2("<snapshotId>s</snapshotId>", "CopySnapshot")),
    ("ec2", "CopySnapshot", {**COPY, "PresignedUrl": "https://mine"}, ec2("", "CopySnapshot")),
    ("ec2", "CopySnapshot", {**COPY, "DestinationRegion": "us-west-2"}, ec2("", "CopySnapshot")),
    *[("rds", operation, {"SourceRegion": "us-east-1", **input}, query("", operation)) for operation, input in [
        ("CopyDBSnapshot", {"SourceDBSnapshotIdentifier": "s", "TargetDBSnapshotIdentifier": "t"}),
        ("CopyDBClusterSnapshot",
         {"SourceDBClusterSnapshotIdentifier": "s", "TargetDBClusterSnapshotIdentifier": "t"}),
        ("CreateDBCluster", {"DBClusterIdentifier": "c", "Engine": "aurora"}),
        ("CreateDBInstanceReadReplica", {"DBInstanceIdentifier": "r"}),
        ("StartDBInstanceAutomatedBackupsReplication", {"SourceDBInstanceArn": "a"}),
        ("CopyDBSnapshot", {"SourceDBSnapshotIdentifier": "s", "TargetDBSnapshotIdentifier": "t", "PreSignedUrl": "u"}),
    ]],
    ("rds", "CopyDBSnapshot", {"SourceDBSnapshotIdentifier": "s", "TargetDBSnapshotIdentifier": "t"},
     query("", "CopyDBSnapshot")),
    ("apigateway", "GetRestApi", {"restApiId": "a"}, "{}"),
    ("apigateway", "GetExport", {"restApiId": "a", "stageName": "s", "exportType": "oas30", "accepts": "application/yaml"},
     "text"),
    ("dynamodb", "DescribeEndpoints", {}, '{"Endpoints": []}'),
    ("sns", "Publish", {"TopicArn": "t", "Message": "m"}, query("", "Publish"), {},
     {"AWS_LAMBDA_FUNCTION_NAME": "f", "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1 é"}),
    ("sns", "Publish", {"TopicArn": "t", "Message": "m"}, query("", "Publish"), {}, {"_X_AMZN_TRACE_ID": "Root=1"}),
    ("sns", "Publish", {"TopicArn": "t", "Message": "m"}, query("", "Publish"), {}, {"AWS_LAMBDA_FUNCTION_NAME": "f"}),
    ("sts", "AssumeRoleWithWebIdentity", {"RoleArn": "r" * 20, "RoleSessionName": "se", "WebIdentityToken": "toke"},
     query("", "AssumeRoleWithWebIdentity")),
    # Outputs
    *[("iam", operation, input, query(body.replace("POLICY", POLICY), operation)) for operation, input, body in [
        ("GetRole", {"RoleName": "r"}, "<Role><AssumeRolePolicyDocument>POLICY</AssumeRolePolicyDocument></Role>"),
        ("ListRoles", {}, "<Roles><member><AssumeRolePolicyDocument>POLICY</AssumeRolePolicyDocument></member></Roles>"),
        ("GetRolePolicy", {"RoleName": "r", "PolicyName": "p"}, "<PolicyDocument>POLICY</PolicyDocument>"),
        ("GetRolePolicy", {"RoleName": "r", "PolicyName": "p"}, "<PolicyDocument>%7Bno</PolicyDocument>"),
        ("GetPolicyVersion", {"PolicyArn": "a" * 20, "VersionId": "v1"},
         "<PolicyVersion><Document>POLICY</Document><VersionId>v1</VersionId></PolicyVersion>"),
        ("GetAccountAuthorizationDetails", {},
         "<RoleDetailList><member><InstanceProfileList><member><Roles><member><AssumeRolePolicyDocument>POLICY"
         "</AssumeRolePolicyDocument></member></Roles></member></InstanceProfileList><RolePolicyList><member>"
         "<PolicyDocument>POLICY</PolicyDocument></member></RolePolicyList></member></RoleDetailList>"),
        ("SimulateCustomPolicy", {"PolicyInputList": ["a"], "ActionNames": ["abc"]},
         "<EvaluationResults><member><EvalActionName>POLICY</EvalActionName><EvalDecision>allowed</EvalDecision>"
         "</member></EvaluationResults>"),
    ]],
    *[("ec2", "GetConsoleOutput", {"InstanceId": "i"}, ec2(
        f"<output>{output}</output><timestamp>2026-01-01T00:00:00.000Z</timestamp>", "GetConsoleOutput"))
      for output in [base64.b64encode("é\r\n[  0.0] boot".encode()).decode(), base64.b64encode(b"a\xff\xe2\x82b").decode(),
                     "abcde", ""]],
    ("ssm", "GetCommandInvocation", {"CommandId": "c" * 36, "InstanceId": "i-0123456789"},
     '{"StandardOutputContent": "plain é\\n", "ResponseCode": 0, "ExecutionStartDateTime": "2026-01-01T00:00:00.123Z"}'),
    ("s3", "GetBucketLocation", {"Bucket": "bucket"},
     '<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">eu-central-1</LocationConstraint>'),
    ("s3", "GetBucketLocation", {"Bucket": "bucket"}, "<LocationConstraint/>"),
    ("s3", "ListObjects", {"Bucket": "bucket"}, listing("ListBucket", CONTENTS)),
    ("s3", "ListObjectsV2", {"Bucket": "bucket"}, listing("ListBucket", CONTENTS)),
    ("s3", "ListObjectsV2", {"Bucket": "bucket", "EncodingType": "url"}, listing("ListBucket", CONTENTS)),
    ("s3", "ListObjectVersions", {"Bucket": "bucket"}, listing("ListVersions", VERSIONS)),
    ("s3", "HeadObject", {"Bucket": "bucket", "Key": "k"}, "", {"Expires": "Sun, 06 Nov 1994 08:49:37 GMT"}),
    ("s3", "HeadObject", {"Bucket": "bucket", "Key": "k"}, "", {"Expires": "never", "Content-Length": "5"}),
    ("s3", "GetObject", {"Bucket": "bucket", "Key": "k"}, "123456789", {"x-amz-checksum-crc32": "y/Q5Jg=="}),
    ("s3", "GetObject", {"Bucket": "bucket", "Key": "k"}, "123456789",
     {"x-amz-checksum-sha256": "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=-2"}),
    # Errors
    *[("sso-oidc", "CreateToken", {"clientId": "i", "clientSecret": "s", "grantType": "g"}, json.dumps(body),
       {"x-amzn-ErrorType": "InvalidGrantException"}, {}, 400) for body in [
        {"error": "invalid_grant", "error_description": "expired"},
        {"error_description": "expired", "message": "the service's own"}, {"error_description": "expired", "Message": ""}]],
    # Forms of values
    ("cloudwatch", "GetMetricStatistics", {"Namespace": "n", "MetricName": "m", "StartTime": 0, "EndTime": 60, "Period": 60},
     '{"Label": "m", "Datapoints": [{"Timestamp": 1767225600, "Average": 1.0, "Sum": 3, "Minimum": 1.5, "Unit": "None"},'
     ' {"Timestamp": 1767225600.5, "Average": 1e22, "Maximum": 1e-7}]}'),
    ("autoscaling", "DescribeAutoScalingGroups", {}, query(
        "<AutoScalingGroups><member><AutoScalingGroupName>g</AutoScalingGroupName><MinSize>1</MinSize><Instances/>"
        "<CreatedTime>2026-01-01T00:00:00.250Z</CreatedTime><NewInstancesProtectedFromScaleIn>false"
        "</NewInstancesProtectedFromScaleIn></member></AutoScalingGroups>", "DescribeAutoScalingGroups")),
    ("dynamodb", "GetItem", {"TableName": "tab", "Key": {"k": {"S": "a"}}},
     '{"Item": {"n": {"N": "1.0"}, "b": {"B": "AAE="}, "s": {"NS": ["1", "2"]}, "e": {"L": []}, "x": {"NULL": true}}}'),
    ("lambda", "ListFunctions", {}, '{"Functions": [{"FunctionName": "f", "LastModified": "2026-01-01T00:00:00.000+0000",'
     ' "MemorySize": 128, "Environment": {"Variables": {}}, "Layers": null}]}'),
    ("ecs", "DescribeServices", {"services": ["s"]},
     '{"services": [{"createdAt": 1767225600.123, "desiredCount": 2, "deployments": []}], "failures": []}'),
    ("route53", "GetHealthCheckStatus", {"HealthCheckId": "h"},
     "<GetHealthCheckStatusResponse><HealthCheckObservations><HealthCheckObservation><StatusReport>"
     "<CheckedTime>2026-01-01T00:00:00Z</CheckedTime></StatusReport></HealthCheckObservation></HealthCheckObservations>"
     "</GetHealthCheckStatusResponse>"),
    ("xray", "GetTraceSummaries", {"StartTime": 0, "EndTime": 60},
     '{"TraceSummaries": [{"Duration": 1, "ResponseTime": 0.25, "IsPartial": false}], "ApproximateTime": 1767225600.0}'),
]


class Raw(io.BytesIO):
    """The part of urllib3's response that botocore reads."""

    def stream(self, **_):
        yield self.read()


def plain(value):
    """Values as Chaos Toolkit writes them to its journal; it cannot write bytes, which are base64 here."""
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, StreamingBody):
        value = value.read()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value)} in an output")


@functools.cache
def client_of(service):
    # The two that sign for other regions need their own endpoints.
    endpoint = None if service in ("ec2", "rds") else "http://127.0.0.1:9"
    return boto3.client(service, region_name=REGION, aws_access_key_id="AKID", aws_secret_access_key="secret",
                        aws_session_token="token", endpoint_url=endpoint)


def call(service, operation, parameters, answer, headers=(), environment=None, status=200):
    headers = {"x-amzn-RequestId": "r-1", "Content-Type": "text/plain", **dict(headers)}
    client = client_of(service)
    sent = {}

    def send(request, **_):
        body = request.body
        body = body.read() if hasattr(body, "read") else body or b""
        sent.update(method=request.method, url=request.url, body=base64.b64encode(
            body.encode() if isinstance(body, str) else body).decode(), headers={
                name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()})
        return AWSResponse(request.url, status, HeadersDict(headers), Raw(answer.encode()))

    client.meta.events.register("before-send", send, unique_id="answer")
    name = {api: python for python, api in client.meta.method_to_api_mapping.items()}[operation]
    now = datetime.datetime.fromtimestamp(TIME, datetime.timezone.utc).replace(tzinfo=None)
    with mock.patch.object(auth, "get_current_datetime", lambda *_: now), \
            mock.patch("uuid.uuid4", lambda: TOKEN), mock.patch.dict(os.environ, environment or {}):
        try:
            result = {"output": getattr(client, name)(**copy.deepcopy(parameters))}
        except ClientError as error:
            result = {"error": error.response["Error"]}
        finally:
            client.meta.events.unregister("before-send", unique_id="answer")
    return {"service": service, "operation": operation, "input": parameters, "environment": environment or {},
            "answer": {"status": status, "headers": headers, "body": answer}, "request": sent, **result}


def listed_handlers():
    services = json.loads((pathlib.Path(__file__).parent.parent / "aws-models/services.json").read_text())["shipped"]
    known = {entry[0].split(".")[1] for entry in handlers.BUILTIN_HANDLERS if "." in entry[0]} - {"*"}
    for name, handler, *_ in handlers.BUILTIN_HANDLERS:
        event, *rest = name.split(".")
        if event == "docs" or rest and rest[0] in known - set(services):
            continue
        text = getattr(handler, "__name__", None) or type(getattr(handler, "__self__", handler)).__name__
        yield [rest[0] if rest else "*", event, text]


def main():
    os.environ["TZ"] = "UTC"
    time.tzset()
    if sys.argv[1] == "calls":
        for case in CASES:
            print(json.dumps(call(*case), default=plain))
    else:
        for line in sorted({json.dumps(entry) for entry in listed_handlers()}):
            print(line)


main()
