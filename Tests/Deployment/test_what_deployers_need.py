"""The policy in the guide, against the calls of all deployments in the other files: by its name this one comes last."""

import fnmatch
import json
import re

import pytest

from conftest import ROOT


def test_guide_names_what_the_deployer_needs(aws, plugins, zips, request):
    guide = (ROOT / "docs/deploy-aws.md").read_text()
    policy = json.loads(re.search(r"```json\n(.+?)```", guide.partition("## What the deployer may do")[2], re.DOTALL)[1])
    patterns = [pattern for statement in policy["Statement"] for pattern in statement["Action"]]
    called = aws.calls.get("deployer", set())
    # Without the provider or the zips nothing is deployed, and the fixtures skip this test as they do the others.
    deploying = {item.path.name for item in request.session.items if {"aws", "plugins"} <= set(item.fixturenames)} - {request.path.name}
    if not deploying:
        pytest.skip("this file was run alone: only the files that deploy say what the deployer calls")
    assert called, f"{', '.join(sorted(deploying))} deployed, and no call of the deployer was noted"
    assert [call for call in sorted(called) if not any(fnmatch.fnmatchcase(call, p) for p in patterns)] == []
