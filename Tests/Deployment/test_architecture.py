"""The processor of the zips: Tools/manifest.py says it, terraform/ takes it over and refuses a zip for another one."""

import hashlib
import json
import pathlib
import re
import struct
import sys
import zipfile

import pytest

from conftest import ROOT
from terraform import AWSTerraform, local_provider
from test_aws import SOURCE, caller_root

sys.path.append(str(ROOT / "Tools"))
import manifest  # noqa: E402

MACHINES = {"x86_64": 62, "arm64": 183, "ELF machine 243": 243}  # the last is RISC-V


def packed(folder: pathlib.Path, name: str, machine: int) -> pathlib.Path:
    """A zip whose program is the head of an ELF file."""
    path = folder / f"{name}.zip"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bootstrap", b"\x7fELF" + bytes(12) + struct.pack("<HH", 2, machine) + bytes(44))
    return path


def list_in_manifest(path: pathlib.Path):
    """Writes the manifest that packing would write beside a zip."""
    entry = manifest.entry(path.read_bytes(), zipfile.ZipFile(path).read("bootstrap"))
    (path.parent / manifest.NAME).write_bytes(manifest.document({path.name: entry}, "1.2.3"))


# --- The manifest ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, machine", MACHINES.items())
def test_manifest_says_what_the_program_is_for(tmp_path, name, machine):
    path = packed(tmp_path, "one", machine)
    list_in_manifest(path)
    content = path.read_bytes()
    assert json.loads((tmp_path / "manifest.json").read_text()) == {"version": "1.2.3", "artefacts": {
        "one.zip": {"architecture": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()},
    }}


def test_manifest_is_the_same_in_any_order():
    one, two = ({"architecture": "x86_64", "bytes": size, "sha256": ""} for size in (1, 2))
    assert manifest.document({"a": one, "b": two}, "1.2.3") == manifest.document({"b": two, "a": one}, "1.2.3")


@pytest.mark.parametrize("architectures, expected", [
    ({"x86_64"}, []), ({"arm64"}, []), (set(), []),
    ({"arm64", "x86_64"}, ["the binaries are for arm64 and x86_64: remove .build/release, then run ./build.sh again"]),
    ({"ELF machine 243"}, ["no function runs on ELF machine 243"]),
])
def test_faults_of_architectures(architectures, expected):
    assert manifest.faults(architectures) == expected


def test_manifest_of_the_build(zips):
    """What ./build.sh left in dist/ is what its manifest lists."""
    artefacts = json.loads((zips / "manifest.json").read_text())["artefacts"]
    assert {path.name for path in zips.glob("*.zip")} == set(artefacts)
    for name, entry in artefacts.items():
        assert entry["sha256"] == hashlib.sha256((zips / name).read_bytes()).hexdigest(), name
        assert entry["architecture"] == manifest.architecture(zipfile.ZipFile(zips / name).read("bootstrap")), name


# --- Terraform -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def terraform(plugins, aws, tmp_path_factory) -> AWSTerraform:
    """A root with one function."""
    folder = tmp_path_factory.mktemp("architecture")
    root = caller_root(folder)
    (root / "main.tf.json").write_text(json.dumps({
        "variable": {"zip": {"type": "string"}, "architecture": {"type": "string", "default": None}},
        "module": {"function": {
            "source": "./aws/modules/function", "name": "arch", "description": "x", "zip": "${var.zip}",
            "common": {"runtime": "provided.al2", "architecture": "${var.architecture}"},
        }},
        "output": {"architecture": {"value": "${module.function.architecture}"}},
    }))
    return AWSTerraform(root, folder, local_provider(aws.url), f"-plugin-dir={plugins}")


@pytest.mark.parametrize("built, wanted, expected", [
    ("arm64", None, "arm64"), ("x86_64", None, "x86_64"), ("arm64", "arm64", "arm64"), (None, None, "x86_64"), (None, "arm64", "arm64"),
])
def test_architecture_is_that_of_the_zips(terraform, tmp_path, built, wanted, expected):
    path = packed(tmp_path, "arch", MACHINES[built or "x86_64"])
    if built is not None:
        list_in_manifest(path)
    terraform.planned({"zip": str(path), "architecture": wanted})
    outputs = json.loads(terraform.run("show", "-json", "plan"))["planned_values"]["outputs"]
    assert outputs["architecture"]["value"] == expected


def test_function_gets_the_architecture():
    """Provider 3.39 has no argument for it, so no plan here shows it."""
    for name, argument in [("main.tf", "architectures"), ("durable.tf", "Architectures")]:
        assert re.search(rf"^ +{argument} += \[local\.architecture\]$", (SOURCE / "modules/function" / name).read_text(), re.MULTILINE)


@pytest.mark.parametrize("built, wanted", [("arm64", "x86_64"), ("x86_64", "arm64")])
def test_zip_for_another_processor_is_refused(terraform, tmp_path, built, wanted):
    path = packed(tmp_path, "arch", MACHINES[built])
    list_in_manifest(path)
    text = terraform.refusal({"zip": str(path), "architecture": wanted})
    assert f"arch.zip was built for {built}, and architecture is {wanted}" in text


def test_zip_that_the_manifest_does_not_list_is_refused(terraform, tmp_path):
    path = packed(tmp_path, "arch", 62)
    list_in_manifest(path)
    path.write_bytes(path.read_bytes() + b"\0")
    assert "is not the zip that manifest.json beside it lists" in terraform.refusal({"zip": str(path)})


@pytest.mark.parametrize("wrong", ["x86", "aarch64", ""])
def test_unknown_architecture_is_refused(terraform, tmp_path, wrong):
    path = packed(tmp_path, "arch", 62)
    assert "Lambda's architectures are x86_64 and arm64" in terraform.refusal({"zip": str(path), "architecture": wrong})
