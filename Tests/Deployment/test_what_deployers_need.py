"""The policy in the guide, against the calls of all deployments in the other files: by its name this one comes last."""

import fnmatch
import json
import re

import pytest

from conftest import ROOT


def test_guide_names_what_the_deployer_needs(aws):
    guide = (ROOT / "docs/deploy-aws.md").read_text()
    policy = json.loads(re.search(r"```json\n(.+?)```", guide.partition("## What the deployer may do")[2], re.DOTALL)[1])
    patterns = [pattern for statement in policy["Statement"] for pattern in statement["Action"]]
    called = aws.calls.get("deployer", set())
    if not called:
        pytest.skip("no test before this one has deployed")
    assert [call for call in sorted(called) if not any(fnmatch.fnmatchcase(call, p) for p in patterns)] == []
