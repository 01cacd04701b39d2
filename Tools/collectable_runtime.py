#!/usr/bin/env python3
"""Copies static libraries of the Swift toolchain so that the linker may leave out what a program does not use.

In them every public function is marked "retain" (SHF_GNU_RETAIN), which no option of the linker overrules: a megabyte
in every binary. The copies have the mark on code and data no more. It stays on the records by which the runtime finds
types and conformances (the sections swift5_…), and with them stays all that they refer to.

Source: System V ABI, "Object Files"; `man 5 ar`.
"""
import argparse
import pathlib
import struct

RETAIN = 1 << 21
COLLECTABLE = (b".text", b".rodata", b".data")
AR_MAGIC, AR_HEADER = b"!<arch>\n", 60


def members(archive: bytes):
    """The start of each member's content."""
    offset = len(AR_MAGIC)
    while offset < len(archive):
        size = int(archive[offset + 48 : offset + 58])
        yield offset + AR_HEADER
        offset += AR_HEADER + size + size % 2


def release(archive: bytearray, start: int) -> int:
    """Takes the mark from the object that begins at `start`; returns of how many bytes."""
    if archive[start : start + 6] != b"\x7fELF\x02\x01":  # 64 bits, little endian
        return 0
    headers = start + struct.unpack_from("<Q", archive, start + 0x28)[0]
    size, count, names = struct.unpack_from("<HHH", archive, start + 0x3A)
    # Numbers that do not fit in 16 bits are in the first section's header.
    count = count or struct.unpack_from("<Q", archive, headers + 0x20)[0]
    if names == 0xFFFF:
        names = struct.unpack_from("<I", archive, headers + 0x28)[0]
    strings = start + struct.unpack_from("<Q", archive, headers + names * size + 0x18)[0]
    released = 0
    for header in range(headers, headers + count * size, size):
        name, _, flags, _, _, length = struct.unpack_from("<IIQQQQ", archive, header)
        if flags & RETAIN and archive.startswith(COLLECTABLE, strings + name):
            struct.pack_into("<Q", archive, header + 8, flags & ~RETAIN)
            released += length
    return released


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archives", nargs="+", type=pathlib.Path)
    parser.add_argument("--into", type=pathlib.Path, required=True, help="the folder of the copies")
    options = parser.parse_args()
    options.into.mkdir(parents=True, exist_ok=True)
    for path in options.archives:
        archive = bytearray(path.read_bytes())
        released = sum(release(archive, start) for start in members(archive))
        (options.into / path.name).write_bytes(archive)
        print(f"{path.name}: {released:,} bytes need not be kept")


if __name__ == "__main__":
    main()
