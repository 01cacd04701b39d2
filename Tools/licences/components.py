"""What may be linked into Tocsin's programs: the one table behind THIRD-PARTY.md, the licence files and the SBOMs.

Packing fails when a link map names something that has no row here: add it, with its licence and where it comes from.
"""

import dataclasses
import fnmatch


@dataclasses.dataclass(frozen=True)
class Component:
    """Somebody else's code or data.

    `parts`: patterns of what a link map names, archives and objects by their file names, modules by `module:<name>`.
    `reached_by`: the targets and products of Package.swift that bring it, "*" for every program.
    """

    id: str
    name: str
    licence: str  # an SPDX expression
    copyright: str
    home: str
    parts: tuple[str, ...]
    reached_by: tuple[str, ...]
    # What tells the version: "package" (the distribution's, or the .pc file in .build/static), "swift" (the toolchain),
    # "resolved:<package>" (what SwiftPM has checked out), or a generated file whose first line names it.
    version_from: str
    # The series that THIRD-PARTY.md names; a test compares it with what Debian 12 has.
    series: str = ""
    # Files of .build/checkouts that have to go along: "<package>/<path>".
    notices: tuple[str, ...] = ()
    # A generator made a table of the source of it; it is not linked as a library is.
    is_data: bool = False
    cpe: str = ""  # vendor:product of the National Vulnerability Database
    note: str = ""


APACHE_SWIFT = "Apache-2.0 WITH Swift-exception"
SWIFT_AUTHORS = "Copyright (c) 2014-2026 Apple Inc. and the Swift project authors"

COMPONENTS = (
    Component(
        "glibc", "GNU C library", "LGPL-2.1-or-later", "Copyright (C) 1991-2022 Free Software Foundation, Inc.",
        "https://www.gnu.org/software/libc/",
        ("libc.a", "libm.a", "libm-*.a", "libmvec.a", "libpthread.a", "libdl.a", "librt.a", "libresolv.a", "libutil.a",
         "crt1.o", "rcrt1.o", "Scrt1.o", "crti.o", "crtn.o"),
        ("*",), "package", "2.36", cpe="gnu:glibc"),
    Component(
        "gcc", "libgcc and libstdc++ of GCC", "GPL-3.0-or-later WITH GCC-exception-3.1",
        "Copyright (C) 1986-2022 Free Software Foundation, Inc.", "https://gcc.gnu.org/",
        ("libgcc.a", "libgcc_eh.a", "libstdc++.a", "libsupc++.a", "libatomic.a", "crtbegin*.o", "crtend*.o"),
        ("*",), "package", "12.2", cpe="gnu:gcc",
        note="The exception lets a program be under its own terms. Its compiler, LLVM, is not a work based on GCC."),
    Component(
        "swift", "Swift runtime and standard library",
        f"{APACHE_SWIFT} AND Apache-2.0 WITH LLVM-exception AND Unicode-3.0",
        f"{SWIFT_AUTHORS}; parts of LLVM; Unicode tables, Copyright (c) 1991-2025 Unicode, Inc.", "https://swift.org/",
        ("libswift*.a", "swiftrt.o"), ("*",), "swift",
        note="Parts of LLVM's support library and demangler; tables made from the Unicode Character Database."),
    Component(
        "libdispatch", "libdispatch and BlocksRuntime", APACHE_SWIFT,
        "Copyright (c) 2008-2026 Apple Inc. and the Swift project authors",
        "https://github.com/swiftlang/swift-corelibs-libdispatch",
        ("libdispatch.a", "libBlocksRuntime.a"), ("*",), "swift"),
    Component(
        "swift-foundation", "Foundation of Swift", APACHE_SWIFT, SWIFT_AUTHORS,
        "https://github.com/swiftlang/swift-foundation",
        ("libFoundation*.a", "lib_FoundationCShims.a", "lib_FoundationCollections.a"),
        ("ArgumentParser",), "swift",
        note="Of it Foundation Essentials, by way of the argument parser; a test refuses it in a zip."),
    Component(
        "openssl", "OpenSSL (libssl, libcrypto)", "Apache-2.0", "Copyright (c) 1995-2025 The OpenSSL Project Authors",
        "https://www.openssl.org/",
        ("libssl.a", "libcrypto.a"), ("COpenSSL",), "package", "3.0", cpe="openssl:openssl",
        note="Compiled by build.sh: a client of TLS 1.2 and 1.3, and X.509."),
    Component(
        "curl", "libcurl", "curl", "Copyright (c) 1996-2023 Daniel Stenberg and many contributors", "https://curl.se/",
        ("libcurl.a",), ("CCurl",), "package", "7.88", cpe="haxx:libcurl",
        note="Compiled by build.sh: HTTP and HTTPS only."),
    Component(
        "c-ares", "c-ares", "MIT AND ISC",
        "Copyright (c) 1998 Massachusetts Institute of Technology; 2007-2022 Daniel Stenberg and many contributors",
        "https://c-ares.org/", ("libcares.a",), ("CCares",), "package", "1.18", cpe="c-ares_project:c-ares"),
    Component(
        "nghttp2", "nghttp2", "MIT", "Copyright (c) 2012-2014 Tatsuhiro Tsujikawa", "https://nghttp2.org/",
        ("libnghttp2.a",), ("CCurl",), "package", "1.52", cpe="nghttp2:nghttp2"),
    Component(
        "zlib", "zlib", "Zlib", "Copyright (C) 1995-2022 Jean-loup Gailly and Mark Adler", "https://zlib.net/",
        ("libz.a",), ("CZlib", "CCurl"), "package", "1.2.13", cpe="zlib:zlib"),
    Component(
        "expat", "Expat", "MIT",
        "Copyright (c) 1998-2000 Thai Open Source Software Center Ltd and Clark Cooper; 2001-2022 Expat maintainers",
        "https://libexpat.github.io/", ("libexpat.a",), ("CExpat",), "package", "2.5", cpe="libexpat_project:libexpat"),
    Component(
        "libyaml", "LibYAML", "MIT", "Copyright (c) 2006-2020 Kirill Simonov, Ingy döt Net",
        "https://github.com/yaml/libyaml", ("libyaml.a",), ("CYAML",), "package", "0.2.5", cpe="pyyaml:libyaml"),
    Component(
        "pcre2", "PCRE2", "BSD-3-Clause WITH PCRE2-exception AND BSD-2-Clause",
        "Copyright (c) 1997-2022 University of Cambridge; 2009-2022 Zoltan Herczeg", "https://www.pcre.org/",
        ("libpcre2-8.a",), ("CPCRE2",), "package", "10.42", cpe="pcre:pcre2",
        note="BSD-2-Clause: sljit, which the functions leave out."),
    Component(
        "sqlite", "SQLite", "blessing", "None: in the public domain", "https://sqlite.org/",
        ("libsqlite3.a",), ("CSQLite",), "package", "3.40", cpe="sqlite:sqlite"),
    Component(
        "swift-log", "swift-log", "Apache-2.0", "Copyright 2018, 2019 The SwiftLog Project",
        "https://github.com/apple/swift-log", ("module:Logging",), ("Logging",), "resolved:swift-log",
        notices=("swift-log/LICENSE.txt", "swift-log/NOTICE.txt")),
    Component(
        "swift-nio", "SwiftNIO", "Apache-2.0", "Copyright 2017, 2018 The SwiftNIO Project",
        "https://github.com/apple/swift-nio",
        ("module:NIOCore", "module:NIOPosix", "module:NIOHTTP1", "module:NIOConcurrencyHelpers", "module:NIOEmbedded",
         "module:NIO", "module:_NIO*", "module:CNIOAtomics", "module:CNIODarwin", "module:CNIOFreeBSD",
         "module:CNIOLinux", "module:CNIOLLHTTP", "module:CNIOOpenBSD", "module:CNIOPosix", "module:CNIOWASI",
         "module:CNIOWindows"),
        ("swift-nio",), "resolved:swift-nio",
        notices=("swift-nio/LICENSE.txt", "swift-nio/NOTICE.txt")),
    Component(
        "llhttp", "llhttp, in SwiftNIO", "MIT", "Copyright Fedor Indutny, 2018", "https://github.com/nodejs/llhttp",
        ("module:CNIOLLHTTP",), ("NIOHTTP1",), "resolved:swift-nio", notices=("swift-nio/Sources/CNIOLLHTTP/LICENSE",)),
    Component(
        "swift-atomics", "swift-atomics", APACHE_SWIFT, SWIFT_AUTHORS, "https://github.com/apple/swift-atomics",
        ("module:Atomics", "module:_AtomicsShims"), ("swift-nio",), "resolved:swift-atomics",
        notices=("swift-atomics/LICENSE.txt",)),
    Component(
        "swift-collections", "swift-collections", APACHE_SWIFT, SWIFT_AUTHORS,
        "https://github.com/apple/swift-collections",
        ("module:*Collections", "module:InternalCollectionsUtilities", "module:DequeModule", "module:HeapModule",
         "module:*RopeModule", "module:BasicContainers", "module:ContainersPreview"),
        ("swift-nio",), "resolved:swift-collections", notices=("swift-collections/LICENSE.txt",)),
    Component(
        "swift-system", "swift-system", APACHE_SWIFT, SWIFT_AUTHORS, "https://github.com/apple/swift-system",
        ("module:SystemPackage", "module:CSystem"), ("SystemPackage", "Subprocess", "swift-nio"),
        "resolved:swift-system", notices=("swift-system/LICENSE.txt",)),
    Component(
        "swift-subprocess", "swift-subprocess", "Apache-2.0", SWIFT_AUTHORS,
        "https://github.com/swiftlang/swift-subprocess", ("module:Subprocess", "module:_SubprocessCShims"),
        ("Subprocess",), "resolved:swift-subprocess", notices=("swift-subprocess/LICENSE",)),
    Component(
        "swift-argument-parser", "swift-argument-parser", APACHE_SWIFT, SWIFT_AUTHORS,
        "https://github.com/apple/swift-argument-parser", ("module:ArgumentParser", "module:ArgumentParserToolInfo"),
        ("ArgumentParser",), "resolved:swift-argument-parser", notices=("swift-argument-parser/LICENSE.txt",)),
    Component(
        "botocore", "service models of botocore", "Apache-2.0",
        "Copyright 2012-2022 Amazon.com, Inc. or its affiliates", "https://github.com/boto/botocore",
        ("module:AWSModels",), ("AWSModels",), "Sources/Cloud/AWSModels/SQSModel.swift",
        is_data=True,
        note="Tools/aws-models/generate.py makes tables of its JSON files. Its code is not taken, nor what it vendors."),
    Component(
        "tzdb", "IANA time zone database", "LicenseRef-public-domain", "None: in the public domain",
        "https://www.iana.org/time-zones",
        ("module:TimeZones",), ("TimeZones",),
        "Sources/Base/TimeZones/TimeZoneTable.swift", is_data=True,
        note="Tools/time-zones/generate.py makes a table of it."),
)


class UnknownPart(Exception):
    pass


def component_of(part: str, own_modules: frozenset[str]) -> tuple[Component, ...]:
    """Whose a part of a link map is; several when one contains another, none when it is Tocsin's own.

    Throws `UnknownPart` when it is nobody's.
    """
    found = tuple(row for row in COMPONENTS if any(fnmatch.fnmatchcase(part, pattern) for pattern in row.parts))
    if not found and part.removeprefix("module:") not in own_modules:
        raise UnknownPart(
            f"{part} is linked, and Tools/licences/components.py does not know it. "
            "Add it there, with its licence and where it comes from.")
    return found
