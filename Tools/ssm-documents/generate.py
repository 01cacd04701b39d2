"""Writes the documents of Systems Manager for terraform/ and for `tocsin chaos documents`.

Run after a change of documents.py or of a script here. With --check it writes nothing, and fails when something is old.
Both outputs hold each script once; `document` below says how a document is made of them.
"""

import json
import pathlib
import sys

from documents import DOCUMENTS

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TERRAFORM = ROOT / "terraform/aws/modules/tocsin/ssm-documents.json"
SWIFT = ROOT / "Sources/Functions/ChaosActivities/Documents/GeneratedDocuments.swift"

#: Longer than the longest duration with what applying and undoing take: the script itself ends in time.
TIMEOUT = "46800"

#: A document has whole scripts, of which it may not use everything.
START = ["#!/bin/sh", "# shellcheck shell=dash disable=SC2034,SC2317", "set -eu"]


def scripts() -> dict[str, str]:
    files = [*sorted(HERE.glob("parts/*.sh")), *sorted(HERE.glob("bodies/*.sh"))]
    return {file.stem: file.read_text().rstrip("\n") for file in files}


def table() -> dict:
    """What both outputs hold."""
    documents = {}
    for name, entry in sorted(DOCUMENTS.items()):
        parameters = entry["parameters"]
        documents[name] = {
            "aliases": entry["aliases"],
            "description": entry["description"],
            "parameters": parameters,
            # SSM puts the text of a parameter in its place; allowedPattern leaves nothing that ends the quotes.
            "start": "\n".join([*START, *[f"{key}='{{{{ {key} }}}}'" for key in parameters]]),
            "scripts": entry["scripts"],
            "end": entry["end"],
        }
    return {"timeout": TIMEOUT, "scripts": scripts(), "documents": documents}


def script(entry: dict, texts: dict[str, str]) -> str:
    return "\n".join([entry["start"], *[texts[name] for name in entry["scripts"]], entry["end"]])


def document(entry: dict, table: dict) -> dict:
    """A document's content, as SSM wants it."""
    return {
        "schemaVersion": "2.2",
        "description": entry["description"],
        "parameters": entry["parameters"],
        "mainSteps": [{
            "action": "aws:runShellScript",
            "name": "fault",
            "precondition": {"StringEquals": ["platformType", "Linux"]},
            "inputs": {
                "timeoutSeconds": table["timeout"],
                "runCommand": script(entry, table["scripts"]).split("\n"),
            },
        }],
    }


def outputs() -> dict[pathlib.Path, str]:
    content = table()
    text = json.dumps(content, indent=1, ensure_ascii=True)
    assert '"""##' not in text
    swift = (
        "// Written by Tools/ssm-documents/generate.py.\n\n"
        "extension SSMDocuments {\n"
        "    /// The scripts, each once, and of which of them every document is made.\n"
        "    // swift-format-ignore\n"
        '    static let table = ##"""\n' + "\n".join("        " + line for line in text.split("\n")) + '\n        """##\n'
        "}\n"
    )
    return {TERRAFORM: text + "\n", SWIFT: swift}


if __name__ == "__main__":
    old = [path for path, text in outputs().items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv:
        sys.exit("\n".join(f"{path.relative_to(ROOT)} is old: run {HERE.relative_to(ROOT)}/generate.py" for path in old))
    for path in old:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(outputs()[path])
