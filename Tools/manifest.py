"""The list of what was built, for whoever deploys it: dist/lambda/manifest.json, dist/fc/manifest.json, dist/bin/manifest.json.

Terraform cannot look into a zip. From the manifest beside it, it knows for which processor the zip's program is.
The same artefacts give the same manifest.
"""

import hashlib
import json
import pathlib
import struct
import zipfile

NAME = "manifest.json"
# e_machine of ELF, and what Lambda calls the architecture. Source: ELF-64 specification, AArch64 and x86-64 supplements.
ARCHITECTURES = {62: "x86_64", 183: "arm64"}


def architecture(binary: bytes) -> str:
    """The processor that an ELF binary is for, in Lambda's word."""
    machine = struct.unpack_from("<H", binary, 18)[0]
    return ARCHITECTURES.get(machine, f"ELF machine {machine}")


def program_of(artefact: pathlib.Path) -> bytes:
    """The program in a function's zip, or the tool itself."""
    if artefact.suffix != ".zip":
        return artefact.read_bytes()
    with zipfile.ZipFile(artefact) as archive:
        return archive.read("bootstrap")


def write(artefacts: list[pathlib.Path], version: str, faults: list[str]) -> str:
    """Writes the manifest of each folder of the artefacts. Returns the architecture of all."""
    folders: dict[pathlib.Path, dict] = {}
    for path in artefacts:
        content = path.read_bytes()
        folders.setdefault(path.parent, {})[path.name] = {
            "architecture": architecture(program_of(path)), "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(),
        }
    for folder, entries in folders.items():
        text = json.dumps({"version": version, "artefacts": entries}, indent=2, sort_keys=True) + "\n"
        beside = folder / f".{NAME}.new"
        beside.write_text(text)
        beside.replace(folder / NAME)
    found = sorted({entry["architecture"] for entries in folders.values() for entry in entries.values()})
    if len(found) > 1:
        faults.append(f"the binaries are for {' and '.join(found)}: remove .build/release, then run ./build.sh again")
    faults += [f"no function runs on {name}" for name in found if name not in ARCHITECTURES.values()]
    return " ".join(found)
