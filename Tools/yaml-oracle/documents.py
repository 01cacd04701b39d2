"""Prints mutated YAML documents as JSON strings, each with what PyYAML's pure parser reads: JSON or `refused`.

Scalars are resolved as Go's yaml.v3 does (written down anew here); structure, quoting and folding are PyYAML's.
"""
import json, random, re, yaml
from yaml.reader import Reader
from yaml.scanner import Scanner
from yaml.parser import Parser
from yaml.composer import Composer
from yaml.resolver import BaseResolver


class Loader(Reader, Scanner, Parser, Composer, BaseResolver):
    def __init__(self, stream):
        Reader.__init__(self, stream)
        for part in (Scanner, Parser, Composer, BaseResolver):
            part.__init__(self)

    def resolve(self, kind, value, implicit):
        return "plain" if kind is yaml.ScalarNode and implicit[0] else "text"


SEEDS = [
    "endpoints:\n  - name: a b\n    url: \"https://example.com/é?a=b\"\n    interval: 5m\n    conditions:\n"
    "      - \"[STATUS] == 200\"\n      - '[BODY].x != \"y\"'\n    headers: {A: 1, B: 0x10}\n",
    "default: &d\n  group: core\n  client:\n    timeout: 10s\n    insecure: yes\nlist:\n- <<: *d\n  group: other\n- *d\n",
    "body: |\n  line one\n    line two\n\nfolded: >-\n  a\n  b\n\n  c\nkeep: |+\n  x\n\nend: ~\n",
    "[a, [1, 2.5, -3, 1e3], {k: v, 'q': \"w\\tx\"}, true, null, ~, .5, 017, 0b11, 1_000]",
    '{"name": "x", "n": [1, 2, {"a": {"b": [null, true]}}], "s": "\\u00e9\\n\\\\"}',
    "a: # comment\n  - b\n  -\n    - c\n    - d: e\n      f: 'g\n        h'\n? i\n: j\nk : l m\n",
]
PIECES = list("\n\n  :-,[]{}#&*|>'\"%@`~?0x1e.\\t") + ["- ", ": ", "\n  ", "a", "é", "<<: ", "&d ", "*d", "null", "\t"]


def mutate(rng):
    text = rng.choice(SEEDS)
    for _ in range(rng.randrange(4)):
        place = rng.randrange(len(text) + 1)
        choice = rng.randrange(3)
        if choice == 0:
            text = text[:place] + rng.choice(PIECES) + text[place:]
        elif choice == 1:
            text = text[:place] + text[place + rng.randrange(1, 4):]
        else:
            end = place + rng.randrange(1, 12)
            text = text[:end] + text[place:]
    return text


def scalar(node):
    text = node.value
    if node.tag != "plain":
        return text
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    number = text if text.startswith(".") else text.replace("_", "")
    match = re.fullmatch(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))", number)
    if match and text[0] in "+-0123456789":
        sign, *digits = match.groups()
        value = next(int(d, base) for d, base in zip(digits, (16, 2, 8, 10)) if d)
        value = -value if sign == "-" else value
        if -2**63 <= value < 2**64:
            return value
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", number) and text[0] in "+-.0123456789":
        if abs(float(number)) != float("inf"):
            return float(number)
    return text


def value(node):
    if isinstance(node, yaml.ScalarNode):
        return scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [value(element) for element in node.value]
    own, merged = {}, []
    for key, member in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise ValueError("complex key")
        if key.tag == "plain" and key.value == "<<":
            if merged:
                raise ValueError("two merges")
            merged = member.value if isinstance(member, yaml.SequenceNode) else [member]
            if any(not isinstance(source, yaml.MappingNode) for source in merged):
                raise ValueError("merge of no mapping")
            value(member)
            merged = [value(source) for source in merged] or [{}]
        elif key.value in own:
            raise ValueError("duplicate")
        else:
            own[key.value] = value(member)
    for source in merged:
        for name, member in source.items():
            own.setdefault(name, member)
    return own


rng = random.Random(3)
for _ in range(6000):
    text = mutate(rng)
    try:
        loader = Loader(text)
        node = loader.get_single_node()
        result = "null" if node is None else json.dumps(value(node))
    except (yaml.YAMLError, ValueError, RecursionError, IndexError) as error:
        result = "refused"
    print(json.dumps(text) + "\t" + result)
