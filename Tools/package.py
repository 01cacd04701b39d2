#!/usr/bin/env python3
"""Packs built binaries: dist/lambda/<function>.zip and dist/fc/<function>.zip (`bootstrap` and the licences of what is
linked into it), dist/bin/<tool>; beside each an SBOM, <artefact>.spdx.json.

The same binaries give the same bytes: dates, modes and order inside a zip are fixed. Beside the artefacts is
manifest.json. Prints a table of sizes, headed by the architecture. Writes nothing and fails when a binary is dynamic, a
zip is over its limit, or something is linked that should not be, or that Tools/licences does not know.
"""

import argparse
import pathlib
import struct
import sys
import zlib

import deflate

import manifest

sys.path.append(str(pathlib.Path(__file__).parent / "licences"))
import linked
import notices
import sbom

# Bytes of the zip; the figures behind them are in README.md, "Architecture".
LIMITS = {"lambda/metric-writer": 4_200_000, "lambda": 8_000_000, "fc": 10_000_000}
SYSTEM_OPENSSL = 700_000  # bytes more where OpenSSL is not the minimal one of build.sh
# Swift's Regex weighs a megabyte, and reads tables that Tools/functions.ld leaves out.
MAY_USE_REGEX = {"tocsin"}
PT_INTERP, PT_DYNAMIC, DT_NULL, DT_NEEDED = 3, 2, 0, 1


def dynamic_reason(binary: bytes) -> str | None:
    """Why an ELF binary is not fully static, or None. Source: ELF-64 specification, program header and dynamic section."""
    offset, size, count = struct.unpack_from("<Q", binary, 32)[0], *struct.unpack_from("<HH", binary, 54)
    for index in range(count):
        kind, _, start, _, _, length = struct.unpack_from("<IIQQQQ", binary, offset + index * size)
        if kind == PT_INTERP:
            return "it asks for the dynamic loader " + binary[start : start + length - 1].decode()
        if kind == PT_DYNAMIC:
            for tag, _ in struct.iter_unpack("<qQ", binary[start : start + length - length % 16]):
                if tag == DT_NEEDED:
                    return "it needs a shared library"
                if tag == DT_NULL:
                    break
    return None


def zip_of(files: dict[str, bytes]) -> bytes:
    """A zip of files by their names; `bootstrap` is executable. Python's zipfile cannot take libdeflate's output, a
    thirtieth smaller than zlib's.

    Source: PKWARE APPNOTE 4.3.7 (local header), 4.3.12 (central directory), 4.3.16 (end of the directory).
    """
    content, directory = b"", b""
    for name, data in files.items():
        packed = deflate.deflate_compress(data, 12)
        # Version 2.0, no flags, deflate, 1980-01-01 00:00.
        common = struct.pack("<HHHHHLLLHH", 20, 0, 8, 0, 0x21, zlib.crc32(data), len(packed), len(data), len(name), 0)
        made_by_unix, mode = 3 << 8 | 20, (0o100755 if name == "bootstrap" else 0o100644) << 16
        directory += b"PK\x01\x02" + struct.pack("<H", made_by_unix) + common
        directory += struct.pack("<HHHLL", 0, 0, 0, mode, len(content)) + name.encode()
        content += b"PK\x03\x04" + common + name.encode() + packed
    end = struct.pack("<HHHHLLH", 0, 0, len(files), len(files), len(directory), len(content), 0)
    return content + directory + b"PK\x05\x06" + end


def write(path: pathlib.Path, content: bytes, mode: int):
    """Writes to a file beside `path`, which is then renamed: a program that is running cannot be written to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(content)
        beside.chmod(mode)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read_static(path: pathlib.Path, faults: list[str]) -> bytes:
    binary = path.read_bytes()
    if reason := dynamic_reason(binary):
        faults.append(f"{path.name} is not fully static: {reason}")
    return binary


def linked_into(program: str, binary: bytes, options, faults: list[str]) -> list[linked.Linked]:
    link_map = options.maps / f"{program}.map"
    if not link_map.exists() or linked.text_section(link_map) != linked.text_section_of(binary):
        faults.append(f"{link_map} is not the link map of {program}: delete the program, then run ./build.sh again")
        return []
    if program not in MAY_USE_REGEX and any(file.endswith("libswift_RegexParser.a") for file in linked.files_of(link_map)):
        faults.append(
            f"{program} has Swift's Regex linked in, by a Regex or by a method such as String.contains(\"text\"):"
            " Basics has the like for functions")
    try:
        return linked.linked(link_map)
    except linked.UnknownPart as error:
        faults += [f"{program}: {line}" for line in str(error).splitlines()]
        return []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=pathlib.Path, required=True)
    parser.add_argument("--dist", type=pathlib.Path, required=True)
    parser.add_argument("--maps", type=pathlib.Path, required=True, help="folder of the link maps, <program>.map")
    parser.add_argument("--functions", nargs="*", default=[], help="lambda/<name> (binary <name>) or fc/<name> (binary <name>-fc)")
    parser.add_argument("--tools", nargs="*", default=[])
    parser.add_argument("--system-openssl", action="store_true", help="the system's OpenSSL is linked, which is larger")
    options = parser.parse_args()
    faults = []
    rows = []
    contents: dict[pathlib.Path, bytes] = {}
    entries: dict[pathlib.Path, dict] = {}  # of the manifest, by folder and file name

    def add(path: pathlib.Path, content: bytes, binary: bytes, items: list[linked.Linked], files: dict[str, bytes]):
        contents[path] = content
        contents[path.with_name(f"{path.name}.spdx.json")] = sbom.document(path.name, content, items, files)
        entries.setdefault(path.parent, {})[path.name] = manifest.entry(content, binary)

    for name in options.functions:
        cloud, function = name.split("/")
        program = function if cloud == "lambda" else f"{function}-{cloud}"
        binary = read_static(options.binaries / program, faults)
        items = linked_into(program, binary, options, faults)
        licences = notices.licences_file(f"Tocsin {sbom.version()}: {name}", {name: items})
        files = {"bootstrap": binary, notices.NAME: licences}
        archive, content = options.dist / f"{name}.zip", zip_of(files)
        add(archive, content, binary, items, files)
        packed = len(content)
        limit = LIMITS.get(name, LIMITS[cloud]) + (SYSTEM_OPENSSL if options.system_openssl else 0)
        if packed > limit:
            faults.append(f"{archive} has {packed:,} bytes, {packed - limit:,} over its limit")
        rows.append((name, len(binary), packed, limit))
    tools = {}
    for name in options.tools:
        binary = read_static(options.binaries / name, faults)
        tools[name] = linked_into(name, binary, options, faults)
        add(options.dist / "bin" / name, binary, binary, tools[name], {})
        rows.append((name, len(binary), "", ""))
    if tools:
        title = f"Tocsin {sbom.version()}: {', '.join(tools)}"
        contents[options.dist / "bin" / notices.NAME] = notices.licences_file(title, tools)
    for folder, of_folder in entries.items():
        contents[folder / manifest.NAME] = manifest.document(of_folder, sbom.version())
    architectures = {entry["architecture"] for of_folder in entries.values() for entry in of_folder.values()}
    faults += manifest.faults(architectures)
    if not faults:
        for path, content in contents.items():
            write(path, content, 0o755 if path.name in tools else 0o644)
    rows.insert(0, (" ".join(sorted(architectures)), "binary", "zip", "limit"))
    for name, *sizes in rows:
        cells = "".join(f"{size if isinstance(size, str) else format(size, ','):>14}" for size in sizes)
        print(f"{name:<26}{cells}".rstrip())
    for fault in faults:
        print(f"package: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
