"""Prints what botocore's retry handlers decide about random sequences of answers, a case a line.

    retries.py SEED COUNT
    retries.py headers TIME

A case is one client: a service, a retry mode, and calls one after the other, each a list of attempts. An attempt is the
failure (error code and status, an exception, or a status of 200), the random number that a pause is made with, and what
botocore makes of it: the pause before the next attempt in seconds (null: the error is given to the caller; "sleep" is
what it waits before that), the quota that is left, and in the mode `adaptive` the limit of the rate. The clock stands
still but for the given steps and the pauses.

The second form prints the retry headers of one call of three attempts at a time in seconds since 1970: the service answers
503 with a Date of an hour later, 503 without a Date, and 200.
"""
import datetime
import functools
import json
import random
import sys
import types
import zlib

import botocore.awsrequest
import botocore.endpoint
import botocore.retries.adaptive as adaptive
import botocore.retries.bucket as bucket
import botocore.retries.quota
import botocore.retries.standard as standard
import botocore.retryhandler as legacy
import botocore.session
import botocore.translate
from botocore import exceptions

SERVICES = {
    "sns": "Publish", "dynamodb": "PutItem", "sqs": "ReceiveMessage", "sts": "AssumeRoleWithWebIdentity", "s3": "GetObject",
    "route53": "ChangeResourceRecordSets", "ec2": "RunInstances", "stepfunctions": "GetActivityTask",
    "apigateway": "GetRestApis",
}
CODES = [
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "TooManyRequestsException",
    "ProvisionedThroughputExceededException", "TransactionInProgressException", "RequestLimitExceeded", "SlowDown",
    "BandwidthLimitExceeded", "LimitExceededException", "RequestThrottled", "PriorRequestNotComplete",
    "EC2ThrottledException", "RequestTimeout", "RequestTimeoutException",
    "ReplicatedWriteConflictException", "BadDigest", "AccessDenied", "NoSuchBucket", "InternalError", "ValidationError",
]
STATUSES = [400, 403, 404, 408, 409, 429, 500, 501, 502, 503, 504, 509]
EXCEPTIONS = {
    "connectFailed": exceptions.EndpointConnectionError(endpoint_url="x"),
    "timedOut": exceptions.ReadTimeoutError(endpoint_url="x"),
    "connectionClosed": exceptions.ConnectionClosedError(endpoint_url="x"),
    "proxyFailed": exceptions.ProxyConnectionError(proxy_url="x"),
}
HEADERS = ["0", "1", "700", "3000", "12000", "junk", "-5"]


class Clock:
    now = 1_800_000_000.0

    def current_time(self):
        return self.now

    def sleep(self, amount):
        self.now = round(self.now + amount, 6)  # whole microseconds, as the other side's clock


SESSION = botocore.session.Session()


@functools.cache
def service_model(service):
    return SESSION.get_service_model(service)


@functools.cache
def retry_data():
    return SESSION.get_component("data_loader").load_data("_retry")


def error_code(shape):
    return shape.metadata.get("error", {}).get("code") or shape.name


class Client:
    """One client of botocore with its handlers, called by hand."""

    def __init__(self, service, mode, attempts, clock):
        self.service, self.mode, self.attempts = service, mode, attempts
        self.model = service_model(service)
        self.operation = self.model.operation_model(SERVICES[service])
        self.name = self.model.service_id.hyphenize()
        # The other side knows the errors of a service, not those of each operation.
        self.foreign = {error_code(shape) for shape in self.model.error_shapes}
        self.foreign -= {error_code(shape) for shape in self.operation.error_shapes}
        self.random, self.slept = 0.0, None
        self.codes = ["IDPCommunicationError"] * 3 if service == "sts" else []  # no other service has it
        self.quota = self.limiter = None
        if mode == "legacy":
            config = retry_data()
            retry = botocore.translate.build_retry_config(
                self.model.endpoint_prefix, config["retry"], config["definitions"],
                {"max_attempts": attempts - 1} if attempts else {})
            self.handler = legacy.create_retry_handler(retry, self.model.endpoint_prefix)
            legacy.random = types.SimpleNamespace(random=lambda: self.random)
            return
        attempts = attempts or standard._SERVICE_MAX_ATTEMPTS.get(self.name, standard.DEFAULT_MAX_ATTEMPTS)
        detector = standard.ThrottlingErrorDetector(standard.RetryEventAdapter())
        self.quota = botocore.retries.quota.RetryQuota(60)
        self.checker = standard.RetryQuotaChecker(self.quota, detector)
        self.handler = standard.RetryHandler(
            standard.RetryPolicy(
                standard.StandardRetryConditions(max_attempts=attempts),
                standard.ExponentialBackoff(
                    service_name=self.name, throttling_detector=detector, random=lambda: self.random)),
            standard.RetryEventAdapter(), self.checker, service_name=self.name, sleep=self.sleep).needs_retry
        if mode == "adaptive":
            self.limiter = adaptive.ClientRateLimiter(
                adaptive.throttling.CubicCalculator(starting_max_rate=0, start_time=clock.current_time()),
                adaptive.RateClocker(clock), bucket.TokenBucket(max_rate=1, clock=clock), detector, clock)

    def sleep(self, amount):
        self.slept = amount

    def wait(self, clock):
        """What the token bucket waits before a request, without the condition variable."""
        if self.limiter is None or not self.limiter._enabled:
            return []
        tokens, waits = self.limiter._token_bucket, []
        tokens._refill()
        while (pause := tokens._sleep_amount(1)) > 0:
            waits.append(pause)
            clock.sleep(pause + 2e-6)
            tokens._refill()
        tokens._current_capacity -= 1
        return waits


def attempt(client, number, context):
    """One random attempt, and what botocore decides."""
    kind = random.choices(["code", "bare", "exception", "damaged", "success"], [6, 2, 2, 1, 2])[0]
    row = {"random": random.random(), "headers": {}}
    client.random, client.slept = row["random"], None
    response, parsed, exception = None, None, None
    if kind == "exception":
        row["exception"] = random.choice(list(EXCEPTIONS))
        exception = EXCEPTIONS[row["exception"]]
    else:
        row["status"] = 200 if kind in ("success", "damaged") else random.choice(STATUSES)
        row["code"] = random.choice(CODES + client.codes) if kind == "code" else str(row["status"]) if kind == "bare" else ""
        if row["status"] == 429 and row["code"] in client.foreign:
            row["status"] = 400
        if kind in ("code", "bare") and random.random() < 0.3:
            row["headers"]["x-amz-retry-after"] = random.choice(HEADERS)
        headers = dict(row["headers"])
        if kind == "damaged" and client.service == "dynamodb":
            row["damaged"] = True
            headers["x-amz-crc32"] = str(zlib.crc32(b"{}") ^ 1)
        response = botocore.awsrequest.AWSResponse("", row["status"], botocore.awsrequest.HeadersDict(headers), None)
        response._content = b"{}"
        parsed = {"ResponseMetadata": {}, **({"Error": {"Code": row["code"]}} if row["code"] else {})}
    event = {
        "response": None if exception else (response, parsed), "operation": client.operation, "attempts": number,
        "caught_exception": exception, "request_dict": {"context": context}, "endpoint": None,
    }
    if client.limiter:
        client.limiter.on_receiving_response(**event)
        row["rate"] = client.limiter._token_bucket.max_rate
    try:
        pause = client.handler(**event)
    except Exception as error:  # the legacy handler lets the exception through when it does not retry
        assert client.mode == "legacy", error
        pause = None
    row["pause"] = pause if pause is not None and pause is not False else None
    row["sleep"] = client.slept
    if client.quota:
        # botocore hands a damaged answer out when no attempt is left, and takes it for a success.
        if row["pause"] is None and not row.get("damaged"):
            client.checker.release_retry_quota(context, response)
        row["quota"] = client.quota.available_capacity
    return row


def case(mode):
    clock = Clock()
    service = random.choice(list(SERVICES))
    attempts = random.choice([None, None, 1, 2, 3, 5])
    client = Client(service, mode, attempts, clock)
    calls = []
    for _ in range(random.randint(1, 12)):
        rows, number, context = [], 1, {"retries": {}}
        while True:
            step = random.choice([0.0, 0.125, 0.5, 3.0])
            clock.sleep(step)
            waits = client.wait(clock)
            row = attempt(client, number, context)
            rows.append({**row, "step": step, "waits": waits})
            if row["pause"] is None:
                break
            clock.sleep(row["pause"])
            number += 1
        calls.append(rows)
    return {
        "service": client.model.service_id, "operation": SERVICES[service], "mode": mode, "attempts": attempts,
        "calls": calls,
    }


def print_headers(now):
    now = datetime.datetime.fromtimestamp(now, datetime.timezone.utc).replace(tzinfo=None)
    later = (now + datetime.timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    botocore.endpoint.get_current_datetime = lambda: now
    botocore.endpoint.time.sleep = lambda seconds: None
    client = botocore.session.Session().create_client(
        "sns", "eu-central-1", aws_access_key_id="AKID", aws_secret_access_key="secret")
    answers = [(503, {"Date": later}), (503, {}), (200, {})]

    def send(request):
        signed = request.headers["Authorization"].decode().split("SignedHeaders=")[1].split(",")[0]
        print(json.dumps({"request": request.headers["amz-sdk-request"].decode(), "signedHeaders": signed}))
        status, headers = answers.pop(0)
        response = botocore.awsrequest.AWSResponse("", status, botocore.awsrequest.HeadersDict(headers), None)
        response._content = b"<PublishResponse><PublishResult/></PublishResponse>" if status == 200 else b""
        return response

    client._endpoint.http_session.send = send
    client.publish(TopicArn="arn:aws:sns:eu-central-1:123456789012:topic", Message="hello")


def main():
    if sys.argv[1] == "headers":
        return print_headers(float(sys.argv[2]))
    random.seed(int(sys.argv[1]))
    for index in range(int(sys.argv[2])):
        print(json.dumps(case(["standard", "adaptive", "legacy"][index % 3])))


main()
