"""Prints botocore's endpoints for every shipped service: one JSON line for each service, region and settings.

A line has the `environment` and the profile's `config` of a client, and `calls`: operation (null for any), bucket (null
for none), and the expected URL, signing region and signing name, which are missing where the call must fail. The tables
are compared with botocore when Tools/aws-models/endpoints.py writes them; here it is the Swift code that has to agree.
"""

import itertools
import json
import pathlib
import sys

from botocore.args import ClientArgsCreator
from botocore.client import ClientEndpointBridge
from botocore.config import Config
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.exceptions import BotoCoreError
from botocore.regions import EndpointRulesetResolver
import botocore.session

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "Tools/aws-models"))
import endpoints  # noqa: E402

SERVICES = json.loads((ROOT / "Tools/aws-models/services.json").read_text())["shipped"]
# Operations whose endpoint is not their service's, with the parameters that make it so.
OPERATIONS = {
    "dynamodb": [("SearchVectors", {"IsSearchOperation": True})],
    "s3": [("ListDirectoryBuckets", {"UseS3ExpressControlEndpoint": True}),
           ("WriteGetObjectResponse", {"UseObjectLambdaEndpoint": True})],
}
ACCOUNT = "123456789012"
BUCKETS = [
    "bucket", "with.dots", "Upper", "ab", "x" * 63, "x" * 64, "has_underscore", "-begins", "10.0.0.1",
    f"arn:aws:s3:us-west-2:{ACCOUNT}:accesspoint/point", f"arn:aws:s3:us-west-2:{ACCOUNT}:accesspoint:point",
    f"arn:aws-cn:s3:cn-north-1:{ACCOUNT}:accesspoint:point", f"arn:aws:s3:eu-west-1:{ACCOUNT}:accesspoint/point/object",
    f"arn:aws:s3-object-lambda:eu-west-1:{ACCOUNT}:accesspoint/point", f"arn:aws:s3::{ACCOUNT}:accesspoint/m.mrap",
    f"arn:aws:s3-outposts:us-west-2:{ACCOUNT}:outpost/op-1/accesspoint/point", "arn:aws:s3:::bucket",
    f"arn:aws:s3-outposts:us-west-2:{ACCOUNT}:outpost:op-1:accesspoint:point", "arn:aws:sns:eu-west-1:1:accesspoint/p",
]
S3_CALLS = [("GetObject", bucket) for bucket in BUCKETS] + [
    ("GetBucketLocation", "bucket"), ("GetBucketLocation", BUCKETS[9]), ("CreateBucket", BUCKETS[9]),
    ("ListBuckets", None),
]
S3_REGIONS = ["us-east-1", "eu-west-1", "us-west-2", "us-gov-west-1", "cn-north-1", "eu-new-9", "aws-global"]


def environment(region, fips, dual, **more):
    variants = {"AWS_USE_FIPS_ENDPOINT": fips, "AWS_USE_DUALSTACK_ENDPOINT": dual}
    return {"AWS_REGION": region, **{name: "true" for name, value in variants.items() if value}, **more}


def line(service, environment, calls, config=""):
    print(json.dumps({"service": service, "environment": environment, "config": config, "calls": calls}))


def call(expected, operation=None, bucket=None):
    return [operation, bucket, *(expected or [])]


def all_regions(name, service):
    for region in [*service.region_names(), "unknown", "eu-new-7"]:
        for fips, dual in endpoints.VARIANTS:
            calls = [call(service.answer(region, fips, dual))]
            for operation, parameters in OPERATIONS.get(name, []):
                calls.append(call(service.answer(region, fips, dual, **parameters), operation))
            # Without the service's endpoint there is no client that could make the other calls.
            line(name, environment(region, fips, dual), calls if len(calls[0]) > 2 else calls[:1])


def custom_endpoints(name, service):
    variable = ConfiguredEndpointProvider({}, {}, name)._get_service_env_var_name()
    url = "http://127.0.0.1:9/base"
    for region in ["eu-west-1", "aws-global"]:
        calls = [call(service.answer(region, False, False, Endpoint=url))]
        for operation, parameters in OPERATIONS.get(name, []):
            calls.append(call(service.answer(region, False, False, Endpoint=url, **parameters), operation))
        line(name, environment(region, False, False, **{variable: url}), calls)


def legacy_sts(service):
    for region in service.region_names():
        for fips, dual in endpoints.VARIANTS:
            legacy = region in endpoints.LEGACY_GLOBAL_STS_REGIONS
            answer = service.answer(region, fips, dual, UseGlobalEndpoint=legacy)
            line("sts", environment(region, fips, dual, AWS_STS_REGIONAL_ENDPOINTS="legacy"), [call(answer)])


class S3:
    """botocore's S3 client, as far as its endpoints go."""

    def __init__(self):
        session = botocore.session.Session()
        loader = session.get_component("data_loader")
        emitter = session.get_component("event_emitter")
        self.legacy = session._get_internal_component("endpoint_resolver")
        self.arguments = ClientArgsCreator(emitter, None, None, loader, None, session.get_component("config_store"))
        self.model = session.get_service_model("s3")
        self.resolver = EndpointRulesetResolver(
            loader.load_service_model("s3", "endpoint-rule-set-1"), loader.load_data("partitions"), self.model, {}, {},
            emitter)

    def configure(self, region, fips, dual, s3, url):
        bridge = ClientEndpointBridge(self.legacy, {}, Config(use_fips_endpoint=fips, use_dualstack_endpoint=dual))
        self.resolver._client_context = s3
        self.resolver._builtins = self.arguments.compute_endpoint_resolver_builtin_defaults(
            region_name=region, service_name="s3", s3_config=s3, endpoint_bridge=bridge, client_endpoint_url=url,
            legacy_endpoint_url=None, credentials=None, account_id_endpoint_mode="disabled",
            s3_disable_express_session_auth=None)

    def answer(self, operation, bucket):
        try:
            endpoint = self.resolver.construct_endpoint(self.model.operation_model(operation), {"Bucket": bucket}, {})
            signing = self.resolver.auth_schemes_to_signing_ctx(endpoint.properties["authSchemes"])[1]
            return endpoint.url, signing["region"], signing["signing_name"]
        except BotoCoreError:
            return None


def s3_settings():
    """All combinations of S3's settings."""
    s3 = S3()
    urls = [None, "http://127.0.0.1:9", "http://localhost:9/base", "https://s3.example.com:444"]
    for region, (fips, dual), style, accelerate, url in itertools.product(
            S3_REGIONS, endpoints.VARIANTS, ["auto", "path", "virtual"], [False, True], urls):
        if url and (fips or dual):
            continue  # botocore ignores the variants then; here it is an error, which another test covers.
        if accelerate and style == "path":
            continue  # botocore takes it for auto
        if region == "aws-global" and url and style == "virtual":
            continue  # botocore signs some of these requests for the region aws-global, which no server knows.
        for regional in ["legacy", "regional"] if region == "us-east-1" else ["regional"]:
            arn = style != "virtual"
            s3.configure(region, fips, dual, {
                "addressing_style": style, "use_accelerate_endpoint": accelerate, "use_arn_region": arn,
                "us_east_1_regional_endpoint": regional}, url)
            config = (f"[default]\ns3_us_east_1_regional_endpoint = {regional}\ns3 =\n  addressing_style = {style}\n"
                      f"  use_accelerate_endpoint = {accelerate}\n  use_arn_region = {arn}\n")
            calls = [call(s3.answer(*each), *each) for each in S3_CALLS]
            line("s3", environment(region, fips, dual, **({"AWS_ENDPOINT_URL_S3": url} if url else {})), calls, config)


def main():
    for name in SERVICES:
        metadata = endpoints._loader.load_service_model(name, "service-2")["metadata"]
        service = endpoints.Service(name, metadata)
        all_regions(name, service)
        custom_endpoints(name, service)
        if name == "sts":
            legacy_sts(service)
    s3_settings()


main()
