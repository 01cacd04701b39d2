#!/usr/bin/env python3
"""Writes the table of THIRD-PARTY.md from components.py and Package.swift; with --check says whether it is stale.

"in" is what Package.swift lets a program have. What the linker took of it is in the SBOM of each artefact, never more.
"""

import json
import subprocess
import sys

from components import COMPONENTS, Component
from linked import ROOT, resolved

PAGE = ROOT / "THIRD-PARTY.md"
BEGIN, END = "<!-- table: written by Tools/licences/third_party.py -->\n", "<!-- end of the table -->\n"


def reach() -> dict[str, set[str]]:
    """For each artefact (lambda/…, fc/…, bin/…) the targets, products and packages that it depends on."""
    dump = subprocess.run(["swift", "package", "dump-package"], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    targets = {target["name"]: target for target in json.loads(dump)["targets"]}
    result = {}
    for name, target in targets.items():
        path = target.get("path") or ""
        if target["type"] == "executable" and path.split("/")[0] in ("lambda", "fc", "Sources"):
            artefact = f"bin/{name}" if path.startswith("Sources/") else path
            result[artefact] = _closure(name, targets)
    return result


def _closure(name: str, targets: dict) -> set[str]:
    seen, waiting = set(), [name]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        for dependency in targets.get(current, {}).get("dependencies", []):
            kind, value = next(iter(dependency.items()))
            waiting.append(value[0])
            if kind == "product":
                waiting.append(value[1])
    return seen


def allowed(component: Component, reached: dict[str, set[str]]) -> set[str]:
    """The artefacts that may have a component."""
    wanted = set(component.reached_by)
    return {artefact for artefact, names in reached.items() if "*" in wanted or names & wanted}


def _version(component: Component) -> str:
    kind, _, package = component.version_from.partition(":")
    if kind == "resolved":
        if package not in resolved():
            sys.exit(f"{package} is not checked out: run `swift package resolve`, then this again")
        return resolved()[package]["version"]
    return {"package": component.series, "swift": "the toolchain's"}.get(kind, "as the generated file says")


def _where(component: Component) -> str:
    if component.id in ("openssl", "curl"):
        return "the distribution's source package"
    kind = component.version_from.partition(":")[0]
    names = {"package": "the distribution's package", "swift": "the Swift toolchain", "resolved": "Package.swift"}
    return names.get(kind, f"`{component.version_from}`")


def table() -> str:
    reached = reach()
    lines = ["| component | version | licence (SPDX) | from | in |", "|---|---|---|---|---|"]
    for component in COMPONENTS:
        users = allowed(component, reached)
        missing = sorted(set(reached) - users)
        text = ", ".join(sorted(users))
        if len(missing) < len(users):
            text = f"all but {', '.join(missing)}" if missing else "all"
        cells = (f"[{component.name}]({component.home})", _version(component), f"`{component.licence}`", _where(component))
        lines.append(f"| {' | '.join(cells)} | {text} |")
    notes = [f"- {component.name}: {component.note}" for component in COMPONENTS if component.note]
    return "\n".join([*lines, "", *notes]) + "\n"


def page() -> str:
    before, rest = PAGE.read_text().split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


if __name__ == "__main__":
    wanted = page()
    if "--check" in sys.argv:
        stale = "THIRD-PARTY.md is stale: run python3 Tools/licences/third_party.py"
        sys.exit(0 if PAGE.read_text() == wanted else stale)
    PAGE.write_text(wanted)
