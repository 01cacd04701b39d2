"""Whatever is fetched to build and test has one version, and where its registry has hashes, these."""

import json
import re

import pytest

from conftest import ROOT

LISTS = [
    "Tools/requirements", "Tools/no-deps", "Tools/ministack", "Tools/uv", "Tests/Deployment/checkov",
    "Tests/Browser/requirements", "Tests/Browser/validator"]
REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]+\])?==([^ ;]+)(?: ; [^\\]+)?((?: \\\n    --hash=sha256:[0-9a-f]{64})*)$", re.MULTILINE)


def name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


@pytest.mark.parametrize("path", LISTS)
def test_every_python_package_has_hashes(path):
    """And what is wanted is what is installed."""
    text = (ROOT / f"{path}.txt").read_text()
    pinned = {(name(found[1]), found[2]): found[3] for found in REQUIREMENT.finditer(text)}
    lines = [line for line in text.splitlines() if line and not re.match(r" *#|    --hash=", line)]
    assert len(lines) == len(pinned), "a line that is no requirement"
    assert [package for package, hashes in pinned.items() if not hashes] == []
    wanted = [line.split("==") for line in (ROOT / f"{path}.in").read_text().splitlines() if line and not line.startswith("#")]
    assert {(name(package.partition("[")[0]), version) for package, version in wanted} <= set(pinned)


@pytest.mark.parametrize("path", [*LISTS, "Tests/Deployment/wheels"])
def test_no_index_is_named(path):
    """Which one is asked is the business of the machine."""
    assert re.findall(r"://|--(?:extra-)?index-url|--find-links", (ROOT / f"{path}.txt").read_text()) == []


@pytest.mark.parametrize("script, calls", [("build.sh", 7), ("Tools/pins.sh", 1)])
def test_pip_asks_for_hashes(script, calls):
    text = (ROOT / script).read_text().replace("\\\n", " ")
    found = re.findall(r"\bpip [^|&;]*?\b(?:install|download)\b[^|&;\n]*", text)
    assert len(found) == calls and [call for call in found if "--require-hashes" not in call] == []


def test_swift_packages_are_exact():
    """Those that packages need themselves, too: all that SwiftPM has resolved."""
    text = (ROOT / "Package.swift").read_text()
    declared = dict(re.findall(r'\.package\(url: "[^"]+/([^"/]+)", exact: "([\d.]+)"', text))
    assert len(declared) == text.count(".package(url:")
    resolved = ROOT / "Package.resolved"
    if not resolved.exists():
        pytest.skip("there is no Package.resolved: run ./build.sh")
    # A build of a part, with TOCSIN_ONLY, leaves a part here.
    pins = {pin["identity"]: pin["state"]["version"] for pin in json.loads(resolved.read_text())["pins"]}
    assert pins and pins.items() <= declared.items()
