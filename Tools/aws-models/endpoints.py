"""Endpoint tables, derived from botocore's endpoint rule sets and compared with them before they are written.

A rule set is a program over the region, its partition, two settings and a few parameters of single services. The tables
hold its answers instead, with placeholders for what depends on the region:

    {"KEY": {"hosts": [standard, FIPS, dual stack, both], "signingRegion": "…", "signingName": "…"}, …}

KEY is a region, a partition, or "*" for all. A host is looked up in that order, then in STANDARD_HOSTS, and null means
the next row. "" says that there is no such endpoint. A host with "http://" is a whole URL. The last two members are
looked up in that order too. Without them a request is signed for the region it goes to, with the service's own name.

A table cannot be wrong for a region that is newer than botocore: a rule set sees of a region its partition and whether
it equals one of the region names in the rules. Each partition is asked with an invented region, each name separately.
Any other use of the region, or any parameter that is not in PARAMETERS, ends the generator with an error.
"""

import functools
import itertools
import json
import re

import botocore.session
from botocore.args import LEGACY_GLOBAL_STS_REGIONS
from botocore.client import ClientEndpointBridge
from botocore.config import Config
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError, EndpointVariantError, UnknownServiceError

STANDARD_HOSTS = [
    "{prefix}.{region}.{dnsSuffix}", "{prefix}-fips.{region}.{dnsSuffix}",
    "{prefix}.{region}.{dualStackDnsSuffix}", "{prefix}-fips.{region}.{dualStackDnsSuffix}",
]
# FIPS and dual stack, in the order of a row's hosts.
VARIANTS = [(False, False), (True, False), (False, True), (True, True)]
# Parameters of rule sets, and who answers for them: the table, or the Swift code beside it.
PARAMETERS = {
    "Region": "table", "UseFIPS": "table", "UseDualStack": "table",
    "Endpoint": "EndpointResolver: a custom endpoint is used as it is",
    "UseGlobalEndpoint": "EndpointResolver: as the region aws-global, see legacy_regions",
    "AccountId": "never set", "AccountIdEndpointMode": "never set", "ResourceArn": "never set",
    "ResourceArnList": "never set",
    "IsSearchOperation": "table of the operation", "UseObjectLambdaEndpoint": "table of the operation",
    "ServiceType": "table of the operation", "OperationType": "table of the operation",
    "ResourceType": "table of the operation",
    # An ARN or id of a stream makes botocore call a host of its account; the region's host answers for it, too.
    "StreamARN": "never set", "StreamId": "never set", "ConsumerARN": "never set", "ResourceARN": "never set",
    "ChannelARN": "never set", "QueueARN": "never set",
    "UseS3ExpressControlEndpoint": "table of the operation",
    "EndpointId": "EndpointResolver refuses it",
    "Bucket": "S3Addressing", "ForcePathStyle": "S3Addressing", "Accelerate": "S3Addressing",
    "UseArnRegion": "S3Addressing", "DisableAccessPoints": "S3Addressing",
    "DisableMultiRegionAccessPoints": "S3Addressing refuses them all", "DisableS3ExpressSessionAuth": "S3Addressing",
    "Key": "not used by rules", "Prefix": "not used by rules", "CopySource": "not used by rules",
}
# What most operations of a service set, where its rules have no host without it: the table of the service is for them.
DEFAULTS = {"acm": {"ServiceType": "ACM"}}

_session = botocore.session.Session()
_loader = _session.get_component("data_loader")
_partitions = _loader.load_data("partitions")


@functools.cache
def partitions():
    """The partitions: name, suffixes, the areas that begin their regions' names, and the regions named otherwise.

    `^(us|eu)\\-\\w+\\-\\d+$` has the areas us and eu.
    """
    rows = []
    for partition in _partitions["partitions"]:
        form = re.fullmatch(r"\^(.+)\\-\\w\+\\-\\d\+\$", partition["regionRegex"])
        groups = [part.strip("()").split("|") for part in form[1].split(r"\-")]
        areas = ["-".join(parts) for parts in itertools.product(*groups)]
        assert all(re.fullmatch("[a-z]+(-[a-z]+)*", area) for area in areas), partition["regionRegex"]
        others = [r for r in partition["regions"] if not re.match(partition["regionRegex"], r)]
        outputs = partition["outputs"]
        rows.append({
            "name": partition["id"], "areas": areas, "otherRegions": others, "regions": list(partition["regions"]),
            "dnsSuffix": outputs["dnsSuffix"], "dualStackDnsSuffix": outputs["dualStackDnsSuffix"],
        })
    return rows


def partition_of(region, rows):
    """The partition of a region as AWSPartition finds it: the first when no other has it."""
    area = re.fullmatch(r"(.+)-\w+-\d+", region)
    return next((row for row in rows if region in row["otherRegions"] or area and area[1] in row["areas"]), rows[0])


def invented(partition):
    """A region of a partition that botocore does not know."""
    return f"{partition['areas'][-1]}-invented-99"


class Service:
    """botocore's endpoints of one service."""

    def __init__(self, service, metadata):
        self.name, self.prefix = service, metadata["endpointPrefix"]
        self.signing_name = metadata.get("signingName", self.prefix)
        self.rules = _loader.load_service_model(service, "endpoint-rule-set-1")
        self.provider = EndpointProvider(self.rules, _partitions)
        unknown = self.rules["parameters"].keys() - PARAMETERS.keys()
        if unknown:
            raise SystemExit(f"{service}: the endpoint rules have new parameters {', '.join(unknown)}. Decide who "
                             "answers for them, in PARAMETERS of Tools/aws-models/endpoints.py.")

    def answer(self, region, fips, dual, **parameters):
        """URL, signing region and signing name as botocore's clients have them; None for an error of the rules."""
        parameters = DEFAULTS.get(self.name, {}) | parameters
        try:
            endpoint = self.provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual, **parameters)
        except EndpointProviderError:
            return None
        schemes = endpoint.properties.get("authSchemes", [{"name": "sigv4"}])
        scheme = next((scheme for scheme in schemes if scheme["name"] == "sigv4"), None)
        if scheme is None:
            return None  # sigv4a alone, which neither botocore without its native library nor the client can do.
        custom = parameters.get("Endpoint")
        region = scheme.get("signingRegion") or self._signing_region(region, fips, dual, custom)
        return endpoint.url, region, scheme.get("signingName", self.signing_name)

    def _signing_region(self, region, fips, dual, custom):
        """The signing region where the rules name none: botocore then asks the data from before there were rules."""
        config = Config(use_fips_endpoint=fips, use_dualstack_endpoint=dual)
        bridge = ClientEndpointBridge(_session._get_internal_component("endpoint_resolver"), {}, config)
        try:
            return bridge.resolve(self.prefix, region, custom)["signing_region"]
        except EndpointVariantError:  # The old data lacks the dual-stack endpoints of some partitions.
            return region

    def region_names(self):
        """The regions to ask for: botocore's, those in the rules, and invented ones."""
        rows = partitions()
        names = {region for row in rows for region in row["regions"]} | {invented(row) for row in rows}
        return sorted(names | set(self._literals(self.rules["rules"])))

    def _literals(self, node):
        """The texts that rules compare the region with."""
        if isinstance(node, list):
            for element in node:
                yield from self._literals(element)
        elif isinstance(node, dict):
            arguments = node.get("argv", [])
            if {"ref": "Region"} in arguments:
                assert node["fn"] in ("isSet", "aws.partition", "stringEquals", "isValidHostLabel"), node
                yield from (text for text in arguments if isinstance(text, str))
            for element in node.values():
                yield from self._literals(element)

    def table(self, **parameters):
        """The table of the service, or of operations that set these parameters; empty when all hosts are standard."""
        rows = partitions()
        full = {row["name"]: self._row(invented(row), row, parameters) for row in rows}
        common = [self._most_common(hosts) for hosts in zip(*(row["hosts"] for row in full.values()), STANDARD_HOSTS)]
        table = {"*": {"hosts": common}}
        for trait in ("signingRegion", "signingName"):
            values = {row.get(trait) for row in full.values()}
            if len(values) == 1 and None not in values:
                table["*"][trait] = values.pop()
                for row in full.values():
                    del row[trait]
        for name, row in full.items():
            table[name] = self._without_inherited(row, common)
        for region in self.region_names():
            row = partition_of(region, rows)
            if any(resolve(table, self, region, *v) != self.answer(region, *v, **parameters) for v in VARIANTS):
                table[region] = self._without_inherited(self._row(region, row, parameters), full[row["name"]]["hosts"])
        table["*"] = self._without_inherited(table["*"], self._standard_hosts())
        table = {key: row for key, row in table.items() if row}
        self.check(table, parameters)
        return table

    def _standard_hosts(self):
        return [host.replace("{prefix}", self.prefix) for host in STANDARD_HOSTS]

    def _row(self, region, partition, parameters):
        """The row of a region or partition, with placeholders in the hosts where they allow it."""
        answers = [self.answer(region, *variant, **parameters) for variant in VARIANTS]
        row = {"hosts": [self._host(answer, region, partition) for answer in answers]}
        for place, name, default in ((1, "signingRegion", region), (2, "signingName", self.signing_name)):
            values = {answer[place] for answer in answers if answer}
            if len(values) > 1:
                raise SystemExit(f"{self.name} in {region}: a row cannot hold several values of {name}: {values}")
            if values and values != {default}:  # none where the partition has no host
                row[name] = values.pop()
        return row

    @staticmethod
    def _host(answer, region, partition):
        """`https://sns.eu-west-1.amazonaws.com` as `sns.{region}.{dnsSuffix}`."""
        if answer is None:
            return ""
        host = re.sub(rf"\b{region}\b", "{region}", answer[0].removeprefix("https://"))
        for name in ("dualStackDnsSuffix", "dnsSuffix"):
            if host.endswith("." + partition[name]):
                return host.removesuffix(partition[name]) + "{" + name + "}"
        return host

    def _most_common(self, hosts):
        """The host that most partitions have; the standard one, which is the last of `hosts`, when it is as common."""
        *hosts, standard = hosts
        standard = standard.replace("{prefix}", self.prefix)
        return max([standard, *hosts], key=hosts.count)

    @staticmethod
    def _without_inherited(row, inherited):
        hosts = [None if host == default else host for host, default in zip(row["hosts"], inherited)]
        return ({"hosts": hosts} if hosts != [None] * 4 else {}) | {k: v for k, v in row.items() if k != "hosts"}

    def check(self, table, parameters):
        """Fails when the table and botocore disagree about a region and setting."""
        for region, (fips, dual) in itertools.product(self.region_names() + ["unknown", "eu-new-7"], VARIANTS):
            ours, theirs = resolve(table, self, region, fips, dual), self.answer(region, fips, dual, **parameters)
            if ours != theirs:
                raise SystemExit(f"{self.name} in {region}, FIPS {fips}, dual stack {dual}, {parameters}: the table "
                                 f"says {ours}, botocore {theirs}")
        custom = "http://127.0.0.1:9/base"
        if not parameters:
            for region in ("eu-west-1", "cn-north-1"):
                answers = [self.answer(region, *variant, Endpoint=custom) for variant in VARIANTS]
                expected = (custom, region, self.signing_name)
                # With FIPS or dual stack the rules of most services refuse it, as EndpointResolver does; ACM's do not.
                if answers[0] != expected or any(answer not in (None, expected) for answer in answers):
                    raise SystemExit(f"{self.name} in {region}: botocore does not use a custom endpoint as it is")


def resolve(table, service, region, fips, dual):
    """What EndpointTable.swift does: URL, signing region and signing name; None when there is no such endpoint."""
    partition = partition_of(region, partitions())
    rows = [table[key] for key in (region, partition["name"], "*") if key in table]
    variant = VARIANTS.index((fips, dual))
    hosts = [row["hosts"][variant] for row in rows if "hosts" in row] + [STANDARD_HOSTS[variant]]
    host = next(host for host in hosts if host is not None)
    if not host:
        return None
    for name, value in (("prefix", service.prefix), ("region", region), *partition.items()):
        host = host.replace("{%s}" % name, value) if isinstance(value, str) else host
    first = {name: next((row[name] for row in rows if name in row), None) for name in ("signingRegion", "signingName")}
    return (host if host.startswith("http://") else "https://" + host, first["signingRegion"] or region,
            first["signingName"] or service.signing_name)


def service_traits(service, metadata):
    """What a service's head line says about endpoints."""
    try:
        endpoints = Service(service, metadata)
    except UnknownServiceError:  # A model of the tests.
        return {}
    traits = {"endpoints": endpoints.table()}
    legacy = legacy_regions(endpoints)
    if legacy:
        traits["legacyGlobalRegions"] = legacy
    return {name: value for name, value in traits.items() if value}


def operation_traits(service, metadata, operation):
    """What an operation's line says about endpoints: a table of its own when it does not go to the service's hosts.

    Parameters that only matter together with a bucket are S3Addressing's.
    """
    static = {name: value["value"] for name, value in operation.get("staticContextParams", {}).items()}
    if not static or service == "s3" and "Bucket" in _members(service, operation):
        return {}
    endpoints = Service(service, metadata)
    table = endpoints.table(**static)
    return {"endpoints": table} if table != endpoints.table() else {}


def _members(service, operation):
    shapes = _loader.load_service_model(service, "service-2")["shapes"]
    return shapes[operation["input"]["shape"]]["members"] if "input" in operation else {}


def legacy_regions(service):
    """The regions for which the setting `legacy` means the host of aws-global; for STS and S3."""
    if "UseGlobalEndpoint" not in service.rules["parameters"]:
        return []
    regions = {"sts": sorted(set(LEGACY_GLOBAL_STS_REGIONS) - {"aws-global"}), "s3": ["us-east-1"]}[service.name]
    table = service.table()
    for region, (fips, dual) in itertools.product(regions, VARIANTS):
        theirs = service.answer(region, fips, dual, UseGlobalEndpoint=True)
        ours = resolve(table, service, region if fips or dual else "aws-global", fips, dual)
        if ours != theirs:
            raise SystemExit(f"{service.name} in {region}: the legacy endpoint is {theirs}, not {ours}")
    return regions


def partitions_file(header):
    """The Swift file of the table of partitions."""
    def quoted(texts):
        return ", ".join(json.dumps(text) for text in texts)
    text = [
        header, "", "extension AWSPartition {",
        "    /// All partitions, the one for regions that none has first.",
        "    static let all = [",
    ]
    for row in partitions():
        text += [
            "        AWSPartition(",
            f"            name: \"{row['name']}\", dnsSuffix: \"{row['dnsSuffix']}\",",
            f"            dualStackDNSSuffix: \"{row['dualStackDnsSuffix']}\",",
            f"            areas: [{quoted(row['areas'])}],",
            f"            otherRegions: [{quoted(row['otherRegions'])}]",
            "        ),",
        ]
    return "\n".join(text + ["    ]", "}", ""])
