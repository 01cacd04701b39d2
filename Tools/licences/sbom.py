"""An SPDX 2.3 document about one artefact: what it is, what is linked into it, where that came from, its licences.

Source: https://spdx.github.io/spdx-spec/v2.3/. The same artefact from the same commit gives the same document.
"""

import datetime
import hashlib
import json
import os
import pathlib
import re

from linked import ROOT, Linked, output

HOME = "https://spdx.org/spdxdocs"


def version() -> str:
    """The version of Tocsin, which the programs print."""
    source = (ROOT / "Sources/Base/Basics/TocsinVersion.swift").read_text()
    return re.search(r'current = "([\d.]+)"', source)[1]


def created() -> str:
    """SOURCE_DATE_EPOCH, else the date of the commit that is checked out, else the epoch."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH") or output("git", "-C", ROOT, "log", "-1", "--format=%ct") or "0"
    return datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def source() -> str:
    """The commit that is checked out, with `-dirty` when files differ from it."""
    return "commit " + (output("git", "-C", ROOT, "describe", "--always", "--dirty", "--abbrev=40") or "unknown")


def document(name: str, artefact: bytes, items: list[Linked], files: dict[str, bytes]) -> bytes:
    """The document about an artefact of this file name; `files`: what is inside when it is a zip."""
    digest = hashlib.sha256(artefact).hexdigest()
    subject = {
        "SPDXID": "SPDXRef-artefact", "name": name, "versionInfo": version(), "packageFileName": name,
        "supplier": "Organization: Tocsin", "downloadLocation": "NOASSERTION", "filesAnalyzed": bool(files),
        "sourceInfo": source(), "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
        "licenseDeclared": "Apache-2.0",
        "licenseConcluded": _joined(["Apache-2.0", *(item.component.licence for item in items)]),
        "copyrightText": (ROOT / "NOTICE").read_text().splitlines()[1],
        "primaryPackagePurpose": "ARCHIVE" if files else "APPLICATION",
    }
    inside = [_file(path, content) for path, content in files.items()]
    if inside:
        sums = "".join(sorted(file["checksums"][0]["checksumValue"] for file in inside))
        code = hashlib.sha1(sums.encode()).hexdigest()  # as section 7.9 has it
        subject["packageVerificationCode"] = {"packageVerificationCodeValue": code}
    program = inside[0]["SPDXID"] if inside else subject["SPDXID"]
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", subject["SPDXID"])]
    relations += [(subject["SPDXID"], "CONTAINS", file["SPDXID"]) for file in inside]
    for item in items:
        kind = "GENERATED_FROM" if item.component.is_data else "STATIC_LINK"
        relations.append((program, kind, f"SPDXRef-{item.component.id}"))
    result = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"tocsin-{name}",
        "documentNamespace": f"{HOME}/tocsin-{name}-{digest}",
        "creationInfo": {
            "created": created(), "creators": [f"Tool: tocsin-package-{version()}", "Organization: Tocsin"]},
        "packages": [subject, *map(_package, items)],
        "relationships": [
            {"spdxElementId": source, "relationshipType": kind, "relatedSpdxElement": target}
            for source, kind, target in relations],
    }
    if inside:
        result["files"] = inside
    if any("LicenseRef-public-domain" in item.component.licence for item in items):
        result["hasExtractedLicensingInfos"] = [{
            "licenseId": "LicenseRef-public-domain", "name": "Public domain",
            "extractedText": "The time zone database is in the public domain: https://www.iana.org/time-zones"}]
    return (json.dumps(result, indent=1, ensure_ascii=False) + "\n").encode()


def _package(item: Linked) -> dict:
    component = item.component
    # The distribution's epoch and revision are no part of the version that vulnerabilities are recorded for.
    upstream = re.sub(r"^\d+:|[-~+].*$|\.dfsg.*$", "", item.version)
    references = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": item.purl}]
    if component.cpe:
        references.append({
            "referenceCategory": "SECURITY", "referenceType": "cpe23Type",
            "referenceLocator": f"cpe:2.3:a:{component.cpe}:{upstream}:*:*:*:*:*:*:*"})
    return {
        "SPDXID": f"SPDXRef-{component.id}", "name": component.name, "versionInfo": item.version,
        "supplier": "NOASSERTION", "downloadLocation": item.download, "homepage": component.home,
        "filesAnalyzed": False, "licenseDeclared": component.licence, "licenseConcluded": component.licence,
        "copyrightText": component.copyright, "externalRefs": references,
    } | ({"comment": component.note} if component.note else {})


def _file(path: str, content: bytes) -> dict:
    sums = [{"algorithm": name, "checksumValue": hashlib.new(name, content).hexdigest()} for name in ("SHA1", "SHA256")]
    return {
        "SPDXID": "SPDXRef-file-" + re.sub(r"[^\w.-]|_", "-", path), "fileName": f"./{path}", "checksums": sums,
        "fileTypes": ["TEXT" if path.endswith(".txt") else "BINARY"], "licenseConcluded": "NOASSERTION",
        "copyrightText": "NOASSERTION",
    }


def _joined(expressions: list[str]) -> str:
    return " AND ".join(dict.fromkeys(part for expression in expressions for part in expression.split(" AND ")))
