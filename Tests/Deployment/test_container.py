"""docs/sla-runner.Dockerfile without Docker: its last stage is put together in a folder, which becomes the root."""

import json
import os
import re
import shutil
import subprocess

import pytest

from conftest import ROOT
from terraform import REGION

RUNNER = ROOT / "dist/bin/sla-runner"


@pytest.mark.skipif(not RUNNER.exists(), reason="not built: dist/bin/sla-runner; run ./build.sh")
@pytest.mark.skipif(os.geteuid() != 0, reason="chroot takes root")
def test_runs_from_scratch(aws, tmp_path):
    """The runner, as the image's user, publishes a result and keeps what a program without a shell printed."""
    stage = (ROOT / "docs/sla-runner.Dockerfile").read_text().split("FROM scratch")[1]
    tmp_path.chmod(0o755)
    # The certificates are left out: moto speaks HTTP.
    for source, target in re.findall(r"^COPY ([^-]\S*) (\S+)$", stage, re.MULTILINE):
        copy = tmp_path / target.lstrip("/")
        copy.write_bytes((RUNNER if source == "${TEST}" else ROOT / source).read_bytes())  # it stands for the test too
        copy.chmod(0o755)
    entry = json.loads(re.search(r"^ENTRYPOINT (.+)$", stage, re.MULTILINE)[1])
    # What every container has: /dev/null, and /proc, which Swift's runtime asks for the program's path.
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/null").touch()
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/exe").symlink_to(entry[0])
    user = re.search(r"^USER (\S+)$", stage, re.MULTILINE)[1]
    assert re.search("^ENV SLARUNNER_COMMAND='\\[\"/test\"\\]'$", stage, re.MULTILINE)

    topic = aws.client("sns").create_topic(Name="scratch")["TopicArn"]
    aws.client("s3").create_bucket(Bucket="scratch", CreateBucketConfiguration={"LocationConstraint": REGION})
    done = subprocess.run(
        [shutil.which("chroot"), f"--userspec={user}", tmp_path, *entry, "--once"], capture_output=True, text=True, timeout=20,
        env={
            "AWS_ENDPOINT_URL": aws.url, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "SLARUNNER_COMMAND": '["/test", "--version"]', "SLARUNNER_SERVICE": "scratch", "SLARUNNER_DELAY": "60",
            "SLARUNNER_SNSTOPICARN": topic, "SLARUNNER_S3BUCKETNAME": "scratch",
        },
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [log] = aws.client("s3").list_objects_v2(Bucket="scratch")["Contents"]
    assert re.fullmatch(r"scratch/\d+_SUCCESS", log["Key"])
    printed = aws.client("s3").get_object(Bucket="scratch", Key=log["Key"])["Body"].read().decode()
    assert "sla-runner" in printed
    aws.client("s3").delete_object(Bucket="scratch", Key=log["Key"])
    aws.client("s3").delete_bucket(Bucket="scratch")
    aws.client("sns").delete_topic(TopicArn=topic)
