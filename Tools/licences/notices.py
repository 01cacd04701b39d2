"""The file THIRD-PARTY-LICENSES.txt: what is linked into a program, the notices that have to go along, the licences."""

import pathlib
import re

from linked import ROOT, Linked

NAME = "THIRD-PARTY-LICENSES.txt"
TEXTS = pathlib.Path(__file__).parent / "texts"
RULE = "=" * 100


def identifiers(expression: str) -> list[str]:
    """The licences and exceptions of an SPDX expression, without `-or-later`: those texts are the same."""
    words = re.sub(r"[()]", " ", expression).split()
    return [word.removesuffix("-or-later") for word in words if word not in ("AND", "OR", "WITH")]


def text_of(identifier: str) -> str:
    """The text of a licence. `PCRE2-exception` is in the notices of PCRE2, and the public domain has none."""
    path = ROOT / "LICENSE" if identifier == "Apache-2.0" else TEXTS / f"{identifier}.txt"
    return path.read_text() if path.exists() else ""


def _words(text: str) -> str:
    return " ".join(text.split())


def _notice(path: pathlib.Path) -> str:
    """A notice without the licence texts that follow at the end anyway; Debian's dots for empty lines are left out."""
    text = re.sub(r"^ \.$", "", path.read_text(errors="replace"), flags=re.MULTILINE)
    apache, exception = _words(text_of("Apache-2.0")), _words(text_of("Swift-exception"))
    if _words(text) == apache:
        return "The licence is Apache-2.0, below.\n"
    if _words(text) == f"{apache} {exception}":
        return "The licence is Apache-2.0 with Swift-exception, below.\n"
    return text


def licences_file(title: str, programs: dict[str, list[Linked]]) -> bytes:
    """The file for one program or several; what is not in all of them names those that it is in."""
    entries: dict[str, tuple[Linked, list[str]]] = {}
    for program, items in programs.items():
        for item in items:
            entries.setdefault(item.component.id, (item, []))[1].append(program)
    lines = [title, "", (ROOT / "NOTICE").read_text(), "It contains, linked statically:", ""]
    for item, users in entries.values():
        only = "" if len(users) == len(programs) else f"  (in {', '.join(users)})"
        lines.append(f"  {item.component.name} {item.version}{only}")
        lines.append(f"      {item.component.licence}; {item.component.home}")
    for item, _ in entries.values():
        component = item.component
        lines += ["", RULE, f"{component.name} {item.version}", f"SPDX-License-Identifier: {component.licence}", RULE]
        lines += ["", component.copyright]
        if component.id == "glibc":
            lines += ["", (TEXTS / "relink.txt").read_text().rstrip()]
        sources = dict.fromkeys((*item.notices, *(ROOT / ".build/checkouts" / path for path in component.notices)))
        # GCC's file is about everything in GCC; what these libraries are under are the two texts below.
        lines += ["\n" + _notice(path).rstrip() for path in sources if component.id != "gcc"]
    wanted = ["Apache-2.0"]
    for item, _ in entries.values():
        wanted += identifiers(item.component.licence)
    for name in dict.fromkeys(wanted):
        if text := text_of(name):
            lines += ["", RULE, f"The text of {name}", RULE, "", text.rstrip()]
    return ("\n".join(lines) + "\n").encode()
