#!/usr/bin/env python3
"""Prints YAML documents as JSON strings, each with what PyYAML's safe_load reads, as the journal's JSON has it.

    .build/venv/bin/python Tools/chaos-oracle/documents.py SEED COUNT

One document a line: its text, a tab, and JSON or `refused`. Infinity and not-a-number are null, integers above 64 bits
floats, dates ISO texts also as keys, and bytes texts.
"""
import datetime
import json
import math
import random
import sys

import yaml

WRITTEN = r"""
yes Yes YES yEs no No NO on On ON off Off OFF oN true True TRUE tRUE false False FALSE y n Y N null Null NULL nULL ~ ~x = << "=" "<<" '~' '12' "yes"
0 1 -1 +1 12 -0 +0 00 01 017 -017 +017 018 08 0_7 0_ _1 1_ 1_0 1__0 -_1 0b 0b1 0b101 -0b11 0b_1 0b1_ 0b2 0B1 0x 0x1F 0x1f -0xff 0X1 0x_1 0xg 0o17 0o8 9223372036854775807
9223372036854775808 -9223372036854775808 -9223372036854775809 18446744073709551615 18446744073709551616 0xffffffffffffffff 0x10000000000000000 1e3 1E3 1e+3 1.e3 1.e+3 1.0e+3 1.0e3
1.5e-3 1.5E-3 1.5e-400 1.5e+400 1. .1 .5e+1 .5e1 -.5 +.5 1.2.3 1_0.5_0 1._5 ._5 .5_ 0.1_ _0.1 - -- + . .. .e+1 .inf .Inf .INF .iNF -.inf +.inf .nan .NaN .NAN -.nan 1.0 -1.0 0.0 -0.0
12:30 12:60 12:5 1:2:3 1:2:3.5 12:30.5 12:30. 12:30._5 0:30 00:30 01:30 -1:30 +1:30 1_2:30 1:3_0 :30 1: 1:30: 190:20:30 190:20:30.15 1:300 1:2:60 99999999999:59 12:30:4 0:0 0:0.0 9:9 1:59.5e+3
2001-01-01 2001-1-1 2001-13-01 2001-02-30 2000-02-29 1900-02-29 0000-01-01 9999-12-31 20010101 2001-01-01T10:00:00 2001-01-01t10:00:00 2001-01-01T10:00 2001-1-1T1:00:00 2001-01-01T10:00:00Z
2001-01-01T10:00:00z 2001-01-01T10:00:00.5 2001-01-01T10:00:00. 2001-01-01T10:00:00.123456789 2001-01-01T10:00:00+01:00 2001-01-01T10:00:00-05:30 2001-01-01T10:00:00+1 2001-01-01T10:00:00+1:00
2001-01-01T10:00:00+25:00 2001-01-01T10:00:00+23:59 2001-01-01T10:00:00+24 2001-01-01T10:00:00-00:00 2001-01-01T24:00:00 2001-01-01T23:59:60 2001-01-01T23:60:00 2001-01-01T10:00:00+01:75 2001-01-01T10:00:00.000001Z
"""
TAGGED = [
    "! 12", '! "12"', "! yes", "!!str 12", "!!str yes", "!!str", "!!int 12", '!!int "12"', "!!int x", "!!int 1.5", "!!int 017", "!!int 12:30", "!!int 1:99", "!!int", "!!float 1", "!!float 1e3",
    "!!float x", "!!float .inf", "!!float 1:30", "!!bool yes", "!!bool YeS", "!!bool maybe", "!!bool 1", "!!null x", "!!null ~", "!!timestamp 2001-1-1", "!!timestamp x", "!!timestamp 2001-01-01T10:00:00Z",
    "!!binary aGVsbG8=", "!!binary |\n  aGVs\n  bG8=\n", "!!binary /w==", "!!map {a: 1}", "!!map [1]", "!!seq [1]", "!!seq {a: 1}", "!!seq x", "!!map x", "!!omap [a: 1, b: 2]", "!!omap {a: 1}", "!!omap [1]",
    "!!omap [{a: 1, b: 2}]", "!!pairs [a: 1, a: 2]", "!!pairs [1: yes]", "!foo x", "!foo {a: 1}", "!foo [1]", "!!python/none x", "!!python/object/apply:os.getcwd []", "!!python/tuple [1]", "!!foo x", "!<tag:x,1:y> z",
    "!!value =", "!!merge <<", "! {a: 1}", "! [1]", "!!int [1]", "!!str [1]", "!!str {a: 1}", "x: !!int 1\ny: !!float 2", "!!int 2: a", "!!str 2: a\n2: b", "!!binary YQ==: 1",
    "a: &x 1\nb: &x 2\nc: *x", "a: *x", "&a [*a]", "a: &x [1]\nb: *x", "a: &x {k: 1}\nb: {<<: *x}", "b: {<<: {k: 1}, k: 2}", "b: {k: 2, <<: {k: 1}}", "b: {<<: [{k: 1}, {k: 2, l: 3}], m: 4}", "b: {<<: 1}", "b: {<<: [1]}",
    "b: {<<: []}", "b: {<<: {}}", "b: {<<: {a: 1}, <<: {c: 2}}", 'b: {"<<": {a: 1}}', "b: {'=': 1}", "b: {=: 1}", "=: 1", "- =", "- <<", "a: <<", "b: {!!merge x: {a: 1}}", "b: {<<: {<<: {a: 1}, b: 2}, c: 3}",
    "b: {<<: &m {a: 1}}\nc: *m", "{a: 1, a: 2}", "{a: 1, b: 2, a: 3}", "{1: a, 1.0: b, true: c, yes: d}", "{1: a, '1': b}", "{'1': a, 1: b}", "{0: a, false: b, no: c, -0.0: d}", "{null: a, ~: b, 'null': c}", "{1.5: a, '1.5': b}",
    "{1e3: a}", "{1.0e+16: a, 1.0e-5: b, 100.0: c}", "{.inf: a, -.inf: b}", "{2001-01-01: a, '2001-01-01': b}", "{12:30: a, 750: b}", "{017: a, 15: b}", "{? [1] : 2}", "{? {a: 1} : 2}", "? a\n? b", "yes: 1\non: 2\ntrue: 3",
    "on:\n  push: yes", "", "# only a comment", "---\n", "--- a\n--- b", "a\n...\n", "%YAML 1.1\n---\nyes", "%YAML 1.2\n---\nyes", "- - - 1\n", "a: |\n  x\n  y\n", "a: >\n  x\n  y\n", '"\\u00e9\\x41\\t"', "é: ü", "a: 'it''s'",
    "port: 22\nssh: 22:22", "time: 12:30:45\nversion: 1.10\nid: 007\nzip: 01234\nphone: +49", "a: 1 # c\nb: '#'", "key with space: v\n? complex\n: v2", "[a, b: c, {d: e}]", "a: [1, 2,]\nb: {c: 1,}", "a:\n- 1\n- 2\nb: 3",
]
SEEDS = [
    "version: 1.0.0\ntitle: yes\ndescription: 'a'\nconfiguration:\n  port: 0777\n  when: 2001-12-14 21:59:43.10 -5\n  list: [on, off, ~, 1_000, 12:30]\nmethod: []\n",
    "defaults: &d\n  timeout: 1:30\n  ok: on\nprobes:\n- <<: *d\n  name: a\n- {<<: *d, ok: off, name: b}\n- *d\n",
    "tolerance: {type: range, range: [0.5, 1e3]}\narguments:\n  - 0x1F\n  - -0b11\n  - .5\n  - 1.5e+3\n  - null\n  - \"on\"\n1: one\n1.5: x\nyes: y\n",
]
SOUP = list("0011223344556789____...:::---++eExXbBoOtTzZ~=<afinf ")
PIECES = ["yes", "on", "0x1", "017", "12:30", "1.5", ".inf", "~", "2001-01-01", "1_0", "\n", "  ", "- ", ": ", ", ", "[", "]", "{", "}", "'", '"', "#", "&x ", "*x", "!!str ", "! ", "<<: ", "= ", "a", "é", "|\n", ">-\n"]


def journal(value):
    """The value as JSON; what the journal cannot hold in a form that can be compared."""
    if isinstance(value, dict):
        result = {}
        for key, member in value.items():
            if isinstance(key, (datetime.date, datetime.datetime)):
                key = key.isoformat()
            elif isinstance(key, bytes):
                key = key.decode()
            elif key is None or isinstance(key, bool):
                key = json.dumps(key)
            elif isinstance(key, int):
                key = str(key) if -2**63 <= key < 2**64 else repr(float(key))
            elif isinstance(key, float):
                key = json.dumps(key)
            result[key] = journal(member)
        return result
    if isinstance(value, (list, tuple)):
        return [journal(element) for element in value]
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int) and not isinstance(value, bool) and not -2**63 <= value < 2**64:
        return float(value)
    if isinstance(value, set):
        raise ValueError("a set has no order")
    return value


def emit(text):
    try:
        value = json.dumps(journal(yaml.safe_load(text)))
    except Exception:
        value = "refused"
    print(json.dumps(text) + "\t" + value)


def mutated(rng):
    text = rng.choice(SEEDS)
    for _ in range(rng.randrange(1, 4)):
        place = rng.randrange(len(text) + 1)
        choice = rng.randrange(3)
        if choice == 0:
            text = text[:place] + rng.choice(PIECES) + text[place:]
        elif choice == 1:
            text = text[:place] + text[place + rng.randrange(1, 4):]
        else:
            text = text[:place + rng.randrange(1, 12)] + text[place:]
    return text


def main():
    seed, count = map(int, sys.argv[1:])
    rng = random.Random(seed)
    scalars = WRITTEN.split()
    for scalar in scalars:
        for text in (scalar, f"a: {scalar}", f"{{{scalar}: 1}}", f"- {scalar}\n- '{scalar}'"):
            emit(text)
        for tag in ("!!int", "!!float", "!!str", "!!timestamp", "!!bool", "!"):
            emit(f"{tag} {scalar}")
    for text in TAGGED:
        emit(text)
    for scalar in ("2001-01-01 10:00:00", "2001-01-01  10:00:00 Z", "2001-01-01 10:00:00 +1", "2001-12-14 21:59:43.10 -5", "2001-01-01\t10:00:00"):
        emit(scalar)
    for _ in range(count):
        emit("- " + "".join(rng.choice(SOUP) for _ in range(rng.randrange(1, 8))))
        scalar = rng.choice(scalars)
        place = rng.randrange(len(scalar) + 1)
        emit("- " + scalar[:place] + rng.choice(SOUP) + scalar[place + rng.randrange(2):])
        emit(mutated(rng))


main()
