"""The same sources give the same program in every folder, with the flags of build.sh.

A small package holds each thing that made ours differ: paths of the folder in `assert` of C and in hashes of the
intermediate code, and loops of which the compiler makes one of two variants, as it did in Transport's certificates.
Without the flag against the last, two builds differed in three runs of four; hence three builds. What only a larger
module may bring is not covered.
"""

import os
import pathlib
import shutil
import subprocess

import pytest
from conftest import ROOT

PACKAGE = """// swift-tools-version: 6.2
import PackageDescription
let package = Package(
    name: "sample",
    targets: [
        .target(name: "CPart"), .target(name: "Part"),
        .executableTarget(name: "sample", dependencies: ["CPart", "Part"]),
    ])
"""
C = '#include <assert.h>\n#include "CPart.h"\nint checked(int number) { assert(number < 1000); return number; }\n'
# Leaves a loop over a literal early with both values of an element.
LOOP = """
@inline(never) public func first%d(_ one: String?, _ two: String?) -> String? {
    for (name, text) in [("ONE_IS_NAMED", one), ("TWO_IS_NAMED", two)] {
        if let text, isLong(text, %d) { return joined(text, name) }
    }
    return nil
}
"""
HELPERS = """
@inline(never) func isLong(_ text: String, _ length: Int) -> Bool { text.utf8.count > length }
@inline(never) func joined(_ one: String, _ two: String) -> String { one + two }
"""


def write(folder: pathlib.Path):
    files = {
        "Package.swift": PACKAGE,
        "Sources/CPart/part.c": C,
        "Sources/CPart/include/CPart.h": "int checked(int number);\n",
        "Sources/Part/Helpers.swift": HELPERS,
        "Sources/Part/Loops.swift": "".join(LOOP % (number, number) for number in range(24)),
        "Sources/sample/main.swift": "import CPart\nimport Part\nprint(checked(1))\n"
        + "".join(f'print(first{number}("one", nil) ?? "")\n' for number in range(24)),
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def release_flags(root: pathlib.Path) -> list[str]:
    """build.sh's flags, for a package in `root`."""
    script = 'source <(sed -n "/^release_flags=(/,/^)/p" "$1"); printf "%s\\n" "${release_flags[@]}"'
    run = subprocess.run(
        ["bash", "-euc", script, "bash", str(ROOT / "build.sh")],
        env=os.environ | {"root": str(root)}, capture_output=True, text=True, check=True)
    return run.stdout.split("\n")[:-1]


def built(folder: pathlib.Path) -> bytes:
    write(folder)
    run = subprocess.run(["swift", "build", *release_flags(folder)], cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return (folder / ".build/release/sample").read_bytes()


@pytest.mark.skipif(shutil.which("swift") is None, reason="swift is not on the PATH")
def test_three_folders_give_the_same_program(tmp_path):
    first = built(tmp_path / "one")
    for folder in (tmp_path / "two", tmp_path / "the third" / "folder"):
        assert built(folder) == first, "the two programs differ"
