"""What is built in dist/ comes with its licences and an SBOM, and they are true."""

import hashlib
import json
import pathlib
import re
import subprocess
import sys
import types
import zipfile

import licenseclassifier
import pytest
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from conftest import ROOT

sys.path += [str(ROOT / "Tools"), str(ROOT / "Tools/licences")]
import components
import linked
import notices
import package
import sbom
import third_party

DIST = ROOT / "dist"
ZIPS = sorted(DIST.glob("*/*.zip"))
TOOLS = [DIST / "bin" / name for name in ("sla-runner", "adjust", "tocsin") if (DIST / "bin" / name).exists()]
# Both are in the notices of what has them.
WITHOUT_TEXT = {"PCRE2-exception", "LicenseRef-public-domain"}
PACKAGED = [row for row in components.COMPONENTS if row.version_from == "package"]
MAP = """             VMA              LMA     Size Align Out     In      Symbol
          200270           200270       20     4 .note.ABI-tag
          200270           200270       20     4         {crt}:(.note.ABI-tag)
          200290           200290       24     4         <internal>:(.note.gnu.build-id)
          300000           300000      1f0    16 .text
          300000           300000       f0    16         {z}(inflate.o):(.text.inflate)
          300000           300000       f0     1                 inflate
          3000f0           3000f0        0    16         /usr/lib/libnothing.a(empty.o):(.text)
          3000f0           3000f0      100    16         /p/.build/release/Logging.build/Logger.swift.o:(.text)
          3001f0           3001f0       10    16         /p/.build/release/metric_writer.build/main.swift.o:(.text)
"""


def text(path: pathlib.Path) -> bytes:
    if path.suffix == ".zip":
        return zipfile.ZipFile(path).read(notices.NAME)
    return (path.parent / notices.NAME).read_bytes()


def licences(content: str) -> set[str]:
    return {match.id for match in licenseclassifier.identify_license(content)}


def document(path: pathlib.Path) -> dict:
    return json.loads(pathlib.Path(f"{path}.spdx.json").read_text())


# --- The texts that are kept here ------------------------------------------------------------------------------------


def test_the_licence_is_apache():
    assert licences((ROOT / "LICENSE").read_text()) == {"Apache-2.0"}


KEPT = sorted(
    path.stem for path in notices.TEXTS.glob("*.txt") if path.stem != "relink" and "exception" not in path.stem)


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_text_is_that_licence(name):
    content = notices.text_of(name)
    assert licences(content) == {name}
    words = content.split()
    # The scanner would see it: a text without its second half is not this licence.
    assert licences(" ".join(words[: len(words) // 2])) != {name}


@pytest.mark.parametrize("component", components.COMPONENTS, ids=lambda component: component.id)
def test_every_licence_of_the_table_has_its_text(component):
    assert all(notices.text_of(name) for name in set(notices.identifiers(component.licence)) - WITHOUT_TEXT)


@pytest.mark.parametrize("component", [row for row in components.COMPONENTS if row.notices], ids=lambda row: row.id)
def test_the_licence_of_a_package_is_what_the_table_says(component):
    path = ROOT / ".build/checkouts" / component.notices[0]
    if not path.exists():
        pytest.skip("the packages are not here: run ./build.sh setup")
    assert licences(path.read_text()) == {notices.identifiers(component.licence)[0]}
    has_exception = "Runtime Library Exception to the Apache 2.0 License" in path.read_text()
    assert has_exception == ("Swift-exception" in component.licence)


# --- The link map ----------------------------------------------------------------------------------------------------


@pytest.fixture
def link_map(tmp_path) -> pathlib.Path:
    def file(pattern: str) -> str:
        return str(next(pathlib.Path("/usr/lib").glob(f"*/{pattern}"), f"/usr/lib/{pattern}"))

    path = tmp_path / "program.map"
    path.write_text(MAP.format(crt=file("crt1.o"), z=file("libz.a")))
    return path


def test_a_map_names_what_has_a_byte_in_the_program(link_map):
    assert [item.component.id for item in linked.linked(link_map)] == ["glibc", "zlib", "swift-log"]
    assert linked.text_section(link_map) == (0x300000, 0x1F0)


def test_a_map_of_another_link_is_refused(link_map):
    """The binary here has no section of code; the map has one."""
    faults = []
    package.linked_into("program", b"\x7fELF" + bytes(60), types.SimpleNamespace(maps=link_map.parent), faults)
    assert ["program.map is not the link map of program" in fault for fault in faults] == [True]


def test_regex_is_refused_where_its_tables_are_left_out(link_map, monkeypatch):
    monkeypatch.setattr(linked, "text_section_of", lambda binary: linked.text_section(link_map))
    with link_map.open("a") as file:
        file.write("          400000           400000       10    16         /usr/lib/libswift_RegexParser.a(a.o):(.text)\n")
    for program, count in [("program", 1), ("tocsin", 0)]:
        faults = []
        link_map.with_name(f"{program}.map").write_text(link_map.read_text())
        package.linked_into(program, b"", types.SimpleNamespace(maps=link_map.parent), faults)
        assert len([fault for fault in faults if "has Swift's Regex" in fault]) == count


@pytest.mark.parametrize("line", [
    "          400000           400000       10    16         /usr/lib/libunknown.a(some.o):(.text)\n",
    "          400000           400000       10    16         /p/.build/release/NewPackage.build/some.swift.o:(.text)\n",
    "          400000           400000       10    16         /p/.build/release/CNIOSHA1.build/c_nio_sha1.c.o:(.text)\n",
])
def test_what_the_table_does_not_know_is_refused(link_map, line):
    with link_map.open("a") as file:
        file.write(line)
    with pytest.raises(components.UnknownPart, match="Add it there, with its licence"):
        linked.linked(link_map)


def test_where_there_is_no_dpkg_the_texts_are_the_kept_ones(link_map, monkeypatch):
    monkeypatch.setattr(linked, "output", lambda *command: "")
    items = linked.linked(link_map)
    assert [item.notices for item in items] == [(), (), ()]
    content = notices.licences_file("title", {"program": items}).decode()
    assert notices.text_of("Zlib").strip() in content


@pytest.mark.skipif('"Debian GNU/Linux 12 ' not in pathlib.Path("/etc/os-release").read_text(),
                    reason="the series in the table are Debian 12's")
@pytest.mark.parametrize("component", PACKAGED, ids=lambda row: row.id)
def test_the_series_are_those_of_debian(component):
    part = next(name for name in component.parts if "*" not in name)
    found = [*pathlib.Path("/usr/lib").glob(f"*-linux-gnu/{part}"), *pathlib.Path("/usr/lib/gcc").glob(f"*/*/{part}"),
             *(ROOT / ".build/static/lib").glob(part)]
    if not found:
        pytest.skip(f"{part} is not here: run ./build.sh setup")
    assert re.sub(r"^\d+:", "", linked._origin(component, {str(found[-1])}).version).startswith(component.series)


def test_an_sbom_is_reproducible(link_map, monkeypatch):
    """The date is the build's, not the moment's; the name space is the artefact's."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    items = linked.linked(link_map)
    one, again, other = (sbom.document("a.zip", content, items, {"bootstrap": b"b"}) for content in (b"1", b"1", b"2"))
    assert one == again
    assert json.loads(one)["creationInfo"]["created"] == "2026-01-01T00:00:00Z"
    assert json.loads(one)["documentNamespace"] != json.loads(other)["documentNamespace"]


# --- What is built ---------------------------------------------------------------------------------------------------

built = pytest.mark.skipif(not ZIPS and not TOOLS, reason="not built: run ./build.sh")


@built
@pytest.mark.parametrize("path", [*ZIPS, *TOOLS], ids=lambda path: f"{path.parent.name}/{path.name}")
class TestArtefact:
    def test_its_sbom_is_valid(self, path):
        assert validate_full_spdx_document(parse_file(f"{path}.spdx.json")) == []

    def test_its_sbom_is_about_it(self, path):
        package = document(path)["packages"][0]
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert package["checksums"] == [{"algorithm": "SHA256", "checksumValue": digest}]
        assert (package["name"], package["versionInfo"]) == (path.name, sbom.version())

    def test_it_has_the_licences_of_what_is_linked(self, path):
        heading = f"^{notices.RULE}\n(.+)\n(?:SPDX.*\n)?{notices.RULE}\n"
        parts = re.split(heading, text(path).decode(), flags=re.MULTILINE)
        sections = dict(zip(parts[1::2], parts[2::2]))
        for package in document(path)["packages"][1:]:
            assert f"{package['name']} {package['versionInfo']}" in sections
            for name in set(notices.identifiers(package["licenseDeclared"])) - WITHOUT_TEXT:
                content = sections[f"The text of {name}"]
                if "exception" in name:  # the scanner does not know these
                    assert content.split() == notices.text_of(name).split()
                else:
                    assert licences(content) == {name}

    def test_package_swift_allows_what_is_linked(self, path, reached):
        artefact = f"{path.parent.name}/{path.stem}"
        ids = {package["SPDXID"].removeprefix("SPDXRef-") for package in document(path)["packages"][1:]}
        assert ids <= {row.id for row in components.COMPONENTS if artefact in third_party.allowed(row, reached)}
        # What nothing static can do without: a map that was read wrongly would not have it.
        assert ids >= {"glibc", "gcc", "swift", "openssl", "curl", "c-ares"}
        assert path.suffix != ".zip" or "swift-foundation" not in ids


@built
@pytest.mark.parametrize("path", ZIPS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_zip_has_an_executable_and_a_text(path):
    with zipfile.ZipFile(path) as opened:
        assert opened.testzip() is None
        assert [(entry.filename, entry.external_attr >> 16) for entry in opened.infolist()] == [
            ("bootstrap", 0o100755), (notices.NAME, 0o100644)]


@built
@pytest.mark.parametrize("name, version", [
    ("tocsin", f"tocsin {sbom.version()}"), ("sla-runner", sbom.version()),
    ("adjust", "0.0.1"),  # the driver's, which servos know
])
def test_tools_say_their_version(name, version):
    if not (DIST / "bin" / name).exists():
        pytest.skip(f"not built: dist/bin/{name}; run ./build.sh")
    assert subprocess.run([DIST / "bin" / name, "--version"], capture_output=True, text=True).stdout == f"{version}\n"


# --- THIRD-PARTY.md --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def reached() -> dict[str, set[str]]:
    return third_party.reach()


def test_the_page_is_as_the_table_and_package_swift_say(reached, monkeypatch):
    monkeypatch.setattr(third_party, "reach", lambda: reached)
    page = third_party.PAGE.read_text()
    if not subprocess.run(["git", "-C", ROOT, "ls-files", "Package.resolved"], capture_output=True).stdout:
        # Nobody pins what the packages bring along.
        def written(row):
            return re.search(rf"\[{re.escape(row.name)}\]\S* \| (.*?) \|", page)[1]

        monkeypatch.setattr(third_party, "_version", written)
    assert page == third_party.page()


def test_the_changes_name_the_version():
    newest = re.search(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1]
    assert newest in ("Unreleased", sbom.version()) or newest.startswith(f"{sbom.version()} ")
