"""Reads from the link map of a program which components are in it, and where each came from, with its version."""

import dataclasses
import functools
import json
import pathlib
import re
import struct
import subprocess
import urllib.parse

from components import COMPONENTS, Component, UnknownPart, component_of

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A line of lld's map for an input section: VMA, LMA, size, alignment, then 8 spaces, the file and (section).
INPUT = re.compile(r" *[0-9a-f]+ +[0-9a-f]+ +([0-9a-f]+) +\d+ {9}(\S.*):\(.*\)$")


@dataclasses.dataclass(frozen=True)
class Linked:
    """A component as it is in a program. `purl` says what to look for in a database of vulnerabilities."""

    component: Component
    version: str
    purl: str
    download: str = "NOASSERTION"
    # The distribution's own file on copyright and licences; none where there is no dpkg.
    notices: tuple[pathlib.Path, ...] = ()


@functools.cache
def files_of(link_map: pathlib.Path) -> frozenset[str]:
    """The archives and objects with at least a byte in the program, as the linker was given them."""
    files = set()
    with link_map.open(errors="replace") as lines:
        for line in lines:
            if (found := INPUT.match(line)) and int(found[1], 16) > 0:
                files.add(re.sub(r"(\.a)\([^()]*\)$", r"\1", found[2]))
    return frozenset(files - {"<internal>"})


def text_section(link_map: pathlib.Path) -> tuple[int, int] | None:
    """Address and size of the program's code by its link map."""
    with link_map.open(errors="replace") as lines:
        for line in lines:
            if found := re.match(r" *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +\d+ \.text$", line):
                return int(found[1], 16), int(found[2], 16)
    return None


def text_section_of(binary: bytes) -> tuple[int, int] | None:
    """The same by the program itself. Source: ELF-64 specification, section header."""
    start, size, count, names = struct.unpack_from("<Q", binary, 40)[0], *struct.unpack_from("<HHH", binary, 58)
    headers = [struct.unpack_from("<IIQQQQ", binary, start + index * size) for index in range(count)]
    for name, _, _, address, _, length in headers:
        begin = headers[names][4] + name
        if binary[begin : binary.index(b"\0", begin)] == b".text":
            return address, length
    return None


def part_of(file: str) -> str:
    """`libz.a` for an archive or an object of a library, `module:Logging` for an object of a Swift or C module here."""
    module = re.search(r"/([^/]+)\.build/(?:.*/)?[^/]+\.o$", file)
    return f"module:{module[1]}" if module else file.rsplit("/", 1)[-1]


@functools.cache
def own_modules() -> frozenset[str]:
    folders = [path for pattern in ("Sources/*/*", "lambda/*", "fc/*", "Benchmarks/*") for path in ROOT.glob(pattern)]
    names = {path.name for path in folders} | {f"{path.name}-fc" for path in ROOT.glob("fc/*")}
    return frozenset(name.replace("-", "_") for name in names)


def linked(link_map: pathlib.Path) -> list[Linked]:
    """The components of a program, in the table's order. Throws `UnknownPart` for what the table does not know."""
    found: dict[str, set[str]] = {}
    unknown = []
    for file in sorted(files_of(link_map)):
        try:
            for component in component_of(part_of(file), own_modules()):
                found.setdefault(component.id, set()).add(file)
        except UnknownPart as error:
            unknown.append(str(error))
    if unknown:
        raise UnknownPart("\n".join(dict.fromkeys(unknown)))
    return [_origin(component, found[component.id]) for component in COMPONENTS if component.id in found]


def _origin(component: Component, files: set[str]) -> Linked:
    kind, _, name = component.version_from.partition(":")
    if kind == "swift":
        version = swift_version()
        home = component.home if "github.com" in component.home else "https://github.com/swiftlang/swift"
        tag = f"swift-{version}-RELEASE"
        return Linked(component, version, _github_purl(home, tag), f"git+{home}@{tag}")
    if kind == "resolved":
        state = resolved()[name]
        home = f"https://github.com/{_owner(name)}/{name}"
        version = state.get("version") or state["revision"]
        purl = f"pkg:swift/{home.removeprefix('https://')}@{version}"
        return Linked(component, version, purl, f"git+{home}@{state['revision']}")
    if kind != "package":
        version = re.search(r"from .*?(\d[\w.]*)[;.]", (ROOT / kind).open().readline())[1]
        kind = "pypi" if component.id == "botocore" else "generic"
        return Linked(component, version, f"pkg:{kind}/{component.id}@{version}")
    return _package(component, min(files))


def _package(component: Component, file: str) -> Linked:
    path = pathlib.Path(file).resolve()
    if path.is_relative_to(ROOT / ".build"):
        return _built_here(component, path)
    for candidate in dict.fromkeys((str(path), file, str(path).removeprefix("/usr"))):
        owner = output("dpkg-query", "-S", candidate)
        if owner:
            package = owner.split(": ")[0].split(",")[0]
            source, version = output("dpkg-query", "-W", "-f", "${source:Package} ${source:Version}", package).split()
            notice = pathlib.Path("/usr/share/doc", package.split(":")[0], "copyright")
            return Linked(component, version, _debian_purl(source, version), notices=(notice,) if notice.exists() else ())
    for module in (path.stem.removeprefix("lib"), path.stem, component.id):
        if version := output("pkg-config", "--modversion", module):
            return Linked(component, version, f"pkg:generic/{component.id}@{version}")
    return Linked(component, "unknown", f"pkg:generic/{component.id}")


def _built_here(component: Component, archive: pathlib.Path) -> Linked:
    """A library that build.sh has compiled, from the distribution's source or from the project's release."""
    version = (archive.parent.parent / f"{component.id}.version").read_text().strip()
    is_debian = "-" in version  # has a revision
    purl = _debian_purl(component.id, version) if is_debian else f"pkg:generic/{component.id}@{version}"
    return Linked(component, version, purl)


def _debian_purl(source: str, version: str) -> str:
    release = pathlib.Path("/etc/os-release")
    text = release.read_text() if release.exists() else ""
    name = (re.search(r"^ID=\"?(\w+)", text, re.MULTILINE) or ["", "debian"])[1]
    number = re.search(r"^VERSION_ID=\"?([\w.]+)", text, re.MULTILINE)
    purl = f"pkg:deb/{name}/{source}@{urllib.parse.quote(version, safe=':')}?arch=source"
    return f"{purl}&distro={name}-{number[1]}" if number else purl


def _github_purl(home: str, tag: str) -> str:
    return f"pkg:github/{home.removeprefix('https://github.com/')}@{tag}"


@functools.cache
def resolved() -> dict[str, dict]:
    """What is checked out of each package. Package.resolved is no source: a build of few targets makes it shorter."""
    packages = json.loads((ROOT / ".build/workspace-state.json").read_text())["object"]["dependencies"]
    references = {package["packageRef"]["identity"]: package for package in packages}
    return {
        name: package["state"]["checkoutState"] | {"location": package["packageRef"]["location"]}
        for name, package in references.items()}


def _owner(package: str) -> str:
    return resolved()[package]["location"].split("/")[-2]


@functools.cache
def swift_version() -> str:
    return re.search(r"Swift version (\S+)", output("swift", "--version"))[1]


@functools.cache
def output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
