"""The list of what was built, for whoever deploys it: dist/lambda/manifest.json, dist/fc/manifest.json, dist/bin/manifest.json.

Terraform cannot look into a zip. From the manifest beside it, it knows for which processor the zip's program is.
The same artefacts give the same manifest.
"""

import hashlib
import json
import struct

NAME = "manifest.json"
# e_machine of ELF, and what Lambda calls the architecture. Source: ELF-64 specification, AArch64 and x86-64 supplements.
ARCHITECTURES = {62: "x86_64", 183: "arm64"}


def architecture(binary: bytes) -> str:
    """The processor that an ELF binary is for, in Lambda's word."""
    machine = struct.unpack_from("<H", binary, 18)[0]
    return ARCHITECTURES.get(machine, f"ELF machine {machine}")


def entry(artefact: bytes, binary: bytes) -> dict:
    """What a manifest says of an artefact: a zip, or the binary itself."""
    return {"architecture": architecture(binary), "bytes": len(artefact), "sha256": hashlib.sha256(artefact).hexdigest()}


def document(entries: dict[str, dict], version: str) -> bytes:
    """The manifest of the artefacts in a folder, by their file names."""
    return (json.dumps({"version": version, "artefacts": entries}, indent=2, sort_keys=True) + "\n").encode()


def faults(architectures: set[str]) -> list[str]:
    """What is wrong with the architectures of all that was built."""
    found = [f"no function runs on {name}" for name in sorted(architectures - set(ARCHITECTURES.values()))]
    if len(architectures) > 1:
        several = " and ".join(sorted(architectures))
        found.append(f"the binaries are for {several}: remove .build/release, then run ./build.sh again")
    return found
