"""Prints botocore's endpoints for every region and service that Tocsin has models of, one JSON line each."""
import itertools
import json

import botocore.session
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError

SERVICES = ["sns", "sqs", "cloudwatch", "s3", "sts", "ssm", "secretsmanager", "kms", "dynamodb"]
BUCKETS = ["bucket", "with.dots", "Upper", "ab", "x" * 63, "has_underscore"]


def main():
    loader = botocore.session.Session().get_component("data_loader")
    partitions = loader.load_data("partitions")
    regions = [region for partition in partitions["partitions"] for region in partition["regions"]]
    for service in SERVICES:
        provider = EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), partitions)
        for region, fips, dual in itertools.product(sorted(regions) + ["eu-new-9"], [False, True], [False, True]):
            # The pseudo regions mean something only where a service has a global endpoint.
            if region.endswith("-global") and not (service in ["s3", "sts"] and region == "aws-global"):
                continue
            for variant in ([{"Bucket": b} for b in BUCKETS] if service == "s3"
                            else [{}, {"UseGlobalEndpoint": True}] if service == "sts" else [{}]):
                parameters = {"Region": region, "UseFIPS": fips, "UseDualStack": dual, **variant}
                line = {"service": service, "region": region, "fips": fips, "dual": dual,
                        "legacy": "UseGlobalEndpoint" in variant, "bucket": variant.get("Bucket")}
                try:
                    endpoint = provider.resolve_endpoint(**parameters)
                    schemes = endpoint.properties.get("authSchemes", [{}])
                    line["url"] = endpoint.url
                    line["signingRegion"] = schemes[0].get("signingRegion", region)
                except EndpointProviderError as error:
                    line["error"] = str(error)
                print(json.dumps(line))


main()
