"""Prints generated requests as botocore signs them, one JSON line each: `signing.py SEED COUNT`."""
import datetime
import json
import random
import sys
from unittest import mock

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SIGNERS = {
    ("header", False): auth.SigV4Auth, ("header", True): auth.S3SigV4Auth,
    ("presigned", False): auth.SigV4QueryAuth, ("presigned", True): auth.S3SigV4QueryAuth,
}
PATH_PARTS = ["a", "b.c", "..", ".", "", "%2F", "%20", "x+y", "~user", "%C3%A9", "%E2%98%83", "a%2Bb", "k=v", "p;q", "@",
              "(1)", "*", "%25", "AbC", "-_-", "a,b", "a:b", "$", "!"]
QUERY_NAMES = ["a", "b", "A", "aa", "a-b", "X-Amz-Meta", "%20k", "k%2B", "~", "", "%E2%98%83", "prefix", "delimiter"]
QUERY_VALUES = ["", "1", "2", "%2F", "a%20b", "%3D", "~", "z.z", "%C3%A9", "%26", "A"]
HEADERS = ["X-Amz-Meta-One", "x-amz-meta-two", "Content-Type", "Range", "X-Custom", "Connection", "User-Agent",
           "X-Amzn-Trace-Id", "Expect", "If-Match", "x-amz-acl"]
VALUES = ["plain", "  leading", "trailing  ", "two  spaces", "tab\there", "a, b ,c", "", '"quoted  text"', "a=b;c"]
HOSTS = ["sns.eu-central-1.amazonaws.com", "Bucket.s3.amazonaws.com", "example.com:443", "example.com:8443",
         "127.0.0.1:5000", "[::1]:8080", "example.com:80"]


def case(rng):
    kind = rng.choice(["header", "presigned"])
    s3 = rng.random() < 0.5
    path = "".join("/" + rng.choice(PATH_PARTS) for _ in range(rng.randrange(5)))
    if s3 and not path:
        path = "/"  # an HTTP client sends a slash
    path += rng.choice(["", "/"])
    url = rng.choice(["https://", "http://"]) + rng.choice(HOSTS) + path
    if kind == "presigned":  # botocore reads the query into a dict here and writes it anew
        names = rng.sample([n for n in QUERY_NAMES if n], rng.randrange(4))
        query = [n + "=" + rng.choice(QUERY_VALUES) for n in names]
    else:
        query = [rng.choice(QUERY_NAMES) + rng.choice(["=" + rng.choice(QUERY_VALUES), "", "=" + rng.choice(QUERY_VALUES)])
                 for _ in range(rng.randrange(6))]
    if query:
        url += "?" + "&".join(query)
    return {
        "kind": kind, "s3": s3, "method": rng.choice(["GET", "PUT", "POST", "DELETE", "HEAD"]), "url": url,
        "headers": [[rng.choice(HEADERS), rng.choice(VALUES)] for _ in range(rng.randrange(6))],
        "body": "" if kind == "presigned" else rng.choice(["", "Action=Publish", "{}", "é☃", "x" * 1000]),
        "service": "s3" if s3 else rng.choice(["sns", "monitoring", "sts"]),
        "region": rng.choice(["eu-central-1", "us-gov-west-1", "cn-north-1"]),
        "time": rng.randrange(1_500_000_000, 2_000_000_000),
        "id": "AKIDEXAMPLE", "secret": rng.choice(["wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "s3cret"]),
        "token": rng.choice([None, "Token/With+Odd=Signs&more"]), "expires": rng.choice([1, 900, 604800]),
    }


def sign(case):
    request = AWSRequest(method=case["method"], url=case["url"], data=case["body"].encode() or None)
    for name, value in case["headers"]:
        request.headers.add_header(name, value)
    credentials = Credentials(case["id"], case["secret"], case["token"])
    more = {"expires": case["expires"]} if case["kind"] == "presigned" else {}
    signer = SIGNERS[case["kind"], case["s3"]](credentials, case["service"], case["region"], **more)
    stages = {}
    canonical_request, string_to_sign = signer.canonical_request, signer.string_to_sign

    def keep(name, stage):
        def run(*arguments):
            stages[name] = stage(*arguments)
            return stages[name]
        return run
    signer.canonical_request = keep("canonicalRequest", canonical_request)
    signer.string_to_sign = keep("stringToSign", string_to_sign)
    now = datetime.datetime.fromtimestamp(case["time"], datetime.timezone.utc).replace(tzinfo=None)
    with mock.patch.object(auth, "get_current_datetime", lambda *_: now):
        signer.add_auth(request)
    result = request.url if case["kind"] == "presigned" else request.headers["Authorization"]
    return {**case, **stages, "result": result}


def main():
    rng = random.Random(int(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        print(json.dumps(sign(case(rng))))


main()
