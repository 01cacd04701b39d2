"""docs/sla-runner.Dockerfile without Docker: the image is put together in a folder, which becomes the root."""

import json
import os
import pathlib
import re
import subprocess

import pytest

from conftest import ROOT
from terraform import REGION

RUNNER = ROOT / "dist/bin/sla-runner"
DOCKERFILE = (ROOT / "docs/sla-runner.Dockerfile").read_text()
CERTIFICATES = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")  # which the guide has copied into dist/

# What a container's runtime does: /proc and /dev/null are there, the image's root is the root, its user the user.
CONTAINER = """
mount -t proc proc "$0/proc" && mount --bind /dev/null "$0/dev/null" && user=$1 && shift &&
exec chroot --userspec="$user" "$0" "$@"
"""


def can_unshare() -> bool:
    return os.geteuid() == 0 and subprocess.call(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL) == 0


def test_no_base_has_to_be_pinned():
    assert re.findall(r"^FROM (.+)$", DOCKERFILE, re.MULTILINE) == ["scratch"]
    guide = (ROOT / "docs/sla-runner-container.md").read_text()
    assert f"cp {CERTIFICATES} dist/" in guide and f"cp {CERTIFICATES} dist/" in DOCKERFILE
    # The image in the guide is this file, without its comment.
    assert "".join(line for line in DOCKERFILE.splitlines(True) if not line.startswith("#")) in guide


@pytest.mark.skipif(not CERTIFICATES.exists(), reason="there is no /etc/ssl/certs/ca-certificates.crt on this machine")
@pytest.mark.skipif(not RUNNER.exists(), reason="not built: dist/bin/sla-runner; run ./build.sh")
@pytest.mark.skipif(not can_unshare(), reason="a root of its own takes root's rights")
def test_runs_from_scratch(aws, tmp_path):
    """The runner publishes a result and keeps what a program printed, without a shell or anything else around."""
    def instruction(name: str) -> str:
        return re.search(rf"^{name} (.+)$", DOCKERFILE, re.MULTILINE)[1]

    # The runner itself stands for the test.
    given = {"${TEST}": RUNNER, "dist/ca-certificates.crt": CERTIFICATES}
    for source, target in re.findall(r"^COPY (\S+) (\S+)$", DOCKERFILE, re.MULTILINE):
        copy = tmp_path / target.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(given.get(source, ROOT / source).read_bytes())
        copy.chmod(0o755)
    for folder in ("proc", "dev"):
        (tmp_path / folder).mkdir()
    (tmp_path / "dev/null").touch()
    tmp_path.chmod(0o755)
    command = json.loads(re.fullmatch("SLARUNNER_COMMAND='(.+)'", instruction("ENV"))[1])

    sns, s3 = aws.client("sns"), aws.client("s3")
    topic = sns.create_topic(Name="scratch")["TopicArn"]
    s3.create_bucket(Bucket="scratch", CreateBucketConfiguration={"LocationConstraint": REGION})
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", CONTAINER, tmp_path, instruction("USER"),
         *json.loads(instruction("ENTRYPOINT")), "--once"],
        capture_output=True, text=True, timeout=60,
        env={
            "PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": aws.url, "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "SLARUNNER_COMMAND": json.dumps([*command, "--version"]), "SLARUNNER_SERVICE": "scratch",
            "SLARUNNER_DELAY": "60", "SLARUNNER_SNSTOPICARN": topic, "SLARUNNER_S3BUCKETNAME": "scratch",
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [log] = s3.list_objects_v2(Bucket="scratch")["Contents"]
    assert re.fullmatch(r"scratch/\d+_SUCCESS", log["Key"])
    assert re.search(rb"\d+\.\d+\.\d+", s3.get_object(Bucket="scratch", Key=log["Key"])["Body"].read())
    s3.delete_object(Bucket="scratch", Key=log["Key"])
    s3.delete_bucket(Bucket="scratch")
    sns.delete_topic(TopicArn=topic)
