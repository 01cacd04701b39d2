#!/usr/bin/env python3
"""The AWS engine against botocore, and against the limits that it has to keep: run.py --binaries FOLDER

Size: the zip of a program that can call every operation of every shipped service, less that of one that calls STS.
Model: what a process pays for EC2, the largest one, before its first request. Parsing: a DescribeInstances answer of
2.5 MB. Memory: the whole process that gets this answer over HTTP. Fails when a figure is above its limit.
"""
import argparse
import pathlib
import statistics
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tools"))
from function_process import Connection, listener  # noqa: E402
import package  # noqa: E402

ANSWER_BYTES = 2_500_000
ENVIRONMENT = {
    "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
}
# What botocore does with the answer in standard input, as the same commands of aws-benchmark do.
BOTOCORE = """
import sys, time
import botocore.session
from botocore.awsrequest import AWSResponse

class Raw:
    def stream(self, **_):
        yield body

def client():
    return botocore.session.Session().create_client("ec2")

def timed(run):
    start = time.perf_counter()
    run()
    return (time.perf_counter() - start) * 1e6

def answering(ec2):
    ec2.meta.events.register("before-send.ec2", lambda request, **_: AWSResponse(request.url, 200, {}, Raw()))
    return ec2

command = sys.argv[1]
if command == "call":
    client().describe_instances()
    print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")))
else:
    body = sys.stdin.buffer.read()
    if command == "setup":
        print(timed(client), timed(lambda: answering(client()).describe_instances()), 0)
    else:
        ec2 = answering(client())
        print(min(timed(ec2.describe_instances) for _ in range(3)))
"""


def instance(number):
    """One instance as EC2 sends it, 4 KB."""
    fields = lambda depth, pairs: "".join(  # noqa: E731
        f"{' ' * 4 * depth}<{name}>{value}</{name}>\n" for name, value in pairs)
    interface = [
        ("networkInterfaceId", f"eni-0{number:016x}"), ("subnetId", "subnet-0a1b2c3d4e5f60718"),
        ("vpcId", "vpc-0a1b2c3d4e5f60718"), ("description", "Primary network interface"), ("ownerId", "123456789012"),
        ("status", "in-use"), ("macAddress", "06:1f:2e:3d:4c:5b"), ("privateIpAddress", "10.0.1.17"),
        ("privateDnsName", "ip-10-0-1-17.eu-central-1.compute.internal"), ("sourceDestCheck", "true"),
        ("interfaceType", "interface"),
    ]
    group = [("groupId", "sg-0a1b2c3d4e5f60718"), ("groupName", "web-servers")]
    attachment = [("attachmentId", f"eni-attach-0{number:016x}"), ("deviceIndex", 0), ("status", "attached"),
                  ("attachTime", "2026-11-21T03:42:00.000Z"), ("deleteOnTermination", "true"), ("networkCardIndex", 0)]
    volume = [("volumeId", f"vol-0{number:016x}"), ("status", "attached"), ("attachTime", "2026-11-21T03:42:01.000Z"),
              ("deleteOnTermination", "true")]
    tags = [("Name", f"web-{number}"), ("environment", "production"), ("team", "shop & checkout"), ("cost-centre", "4711")]
    nest = lambda name, content: f"<{name}>\n{content}</{name}>\n"  # noqa: E731
    items = lambda rows: "".join(nest("item", fields(6, row)) for row in rows)  # noqa: E731
    return nest("item", fields(3, [
        ("reservationId", f"r-0{number:016x}"), ("ownerId", "123456789012")]) + "<groupSet/>" + nest("instancesSet", nest(
            "item", fields(5, [
                ("instanceId", f"i-0{number:016x}"), ("imageId", "ami-0a1b2c3d4e5f60718"),
                ("privateDnsName", "ip-10-0-1-17.eu-central-1.compute.internal"), ("dnsName", ""), ("reason", ""),
                ("keyName", "operations"), ("amiLaunchIndex", 0), ("instanceType", "m7g.2xlarge"),
                ("launchTime", "2026-11-21T03:42:00.000Z"), ("subnetId", "subnet-0a1b2c3d4e5f60718"),
                ("vpcId", "vpc-0a1b2c3d4e5f60718"), ("privateIpAddress", "10.0.1.17"), ("sourceDestCheck", "true"),
                ("architecture", "arm64"), ("rootDeviceType", "ebs"), ("rootDeviceName", "/dev/xvda"),
                ("virtualizationType", "hvm"), ("clientToken", f"00000000-0000-4000-8000-{number:012x}"),
                ("hypervisor", "xen"), ("ebsOptimized", "true"), ("enaSupport", "true"),
                ("platformDetails", "Linux/UNIX"), ("usageOperation", "RunInstances"),
                ("usageOperationUpdateTime", "2026-11-21T03:42:00.000Z"), ("bootMode", "uefi"),
                ("currentInstanceBootMode", "uefi"),
            ]) + nest("instanceState", fields(6, [("code", 16), ("name", "running")]))
            + nest("placement", fields(6, [("availabilityZone", "eu-central-1a"), ("groupName", ""), ("tenancy", "default")]))
            + nest("monitoring", fields(6, [("state", "enabled")])) + nest("groupSet", items([group]))
            + nest("blockDeviceMapping", nest("item", fields(7, [("deviceName", "/dev/xvda")]) + nest("ebs", fields(8, volume))))
            + nest("tagSet", items([("key", key), ("value", value.replace("&", "&amp;"))] for key, value in tags))
            + nest("networkInterfaceSet", nest("item", fields(7, interface) + nest("groupSet", items([group]))
                                               + nest("attachment", fields(8, attachment))))
            + nest("iamInstanceProfile", fields(6, [("arn", "arn:aws:iam::123456789012:instance-profile/web"),
                                                    ("id", "AIPA0123456789ABCDEFG")]))
            + nest("cpuOptions", fields(6, [("coreCount", 8), ("threadsPerCore", 1)]))
            + nest("metadataOptions", fields(6, [("state", "applied"), ("httpTokens", "required"),
                                                 ("httpPutResponseHopLimit", 2), ("httpEndpoint", "enabled")])))))


def answer(least):
    """A DescribeInstances answer of at least this many bytes."""
    parts, size = [], 0
    while size < least:
        parts.append(instance(len(parts)))
        size += len(parts[-1])
    return ('<?xml version="1.0" encoding="UTF-8"?>\n'
            '<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">\n<requestId>r-1</requestId>\n'
            f'<reservationSet>\n{"".join(parts)}</reservationSet>\n</DescribeInstancesResponse>').encode()


def serve(server, body):
    """Answers every request with the body, until the program ends."""
    while True:
        connection = Connection(server)
        while connection.request():
            connection.answer(200, {"Content-Type": "text/xml"}, body)


def figures(command, given, environment, runs=3):
    """The numbers that a command prints, each the median of several processes."""
    rows = []
    for _ in range(runs):
        run = subprocess.run(command, input=given, stdout=subprocess.PIPE, env=ENVIRONMENT | environment, check=True)
        rows.append([float(number) for number in run.stdout.split()])
    return [statistics.median(column) for column in zip(*rows)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binaries", type=pathlib.Path, required=True, help="the folder of the release build")
    binaries = parser.parse_args().binaries.resolve()
    body = answer(ANSWER_BYTES)

    def both(command, given=body, environment={}):
        """What the engine and botocore print."""
        return (figures([binaries / "aws-benchmark", command], given, environment),
                figures([sys.executable, "-c", BOTOCORE, command], given, environment))

    every, one = (len(package.zip_of({"bootstrap": (binaries / name).read_bytes()}))
                  for name in ("aws-benchmark", "aws-benchmark-sts"))
    server, address = listener()
    threading.Thread(target=serve, args=(server, body), daemon=True).start()
    (client, call, all_clients), (their_client, their_call, _) = both("setup", answer(0))
    (parse,), (their_parse,) = both("parse")
    (memory,), (their_memory,) = both("call", environment={"AWS_ENDPOINT_URL": "http://" + address})

    failed = False
    print(f"{'':52}{'AWS':>9}{'botocore':>10}{'ratio':>8}{'limit':>7}")
    for name, figure, their, limit in (
        ("zip with all services above that with STS alone, MB", (every - one) / 1e6, None, 0.4),
        ("first client of EC2 in a process, ms", client / 1e3, their_client / 1e3, 1),
        ("second client, and its first call, ms", call / 1e3, their_call / 1e3, None),
        ("clients of all services, ms", all_clients / 1e3, None, None),
        (f"parsing {len(body) / 1e6:.1f} MB, MB/s", len(body) / parse, len(body) / their_parse, None),
        ("peak memory of a process with this answer, MB", memory / 1024, their_memory / 1024, 40),
    ):
        beside = "" if their is None else f"{their:10.3g}{figure / their:8.2g}"
        print(f"{name:52}{figure:9.3g}{beside:18}{limit or '':>7}")
        if limit is not None and figure > limit:
            failed = True
            print(f"  above its limit: {name}", file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main())
