#!/usr/bin/env python3
"""Prints what chaostoolkit-lib makes of substitutions and tolerances: written ones, generated ones and damaged ones.

    .build/venv/bin/python Tools/chaos-oracle/values.py SEED COUNT

The first line has the usual configuration and secrets. Then one case a line, as JSON with a "kind":
- substitute: data, configuration, secrets, expected (and arguments: what a provider's arguments become);
- text: value, str, repr, true (whether Python takes it for true);
- tolerance: tolerance, value, configuration, expected: true or false, or dies: the exception that ends the run;
  for a probe also returns, or failed: true, which is what the probe did;
- valid: tolerance, expected: whether the validation accepts it, or dies.
"""
import contextlib
import functools
import io
import json
import random
import sys
import warnings

from chaoslib import hypothesis, substitute
from chaoslib.exceptions import ActivityFailed, InvalidActivity

if not hypothesis.HAS_JSONPATH:
    sys.exit("the package jsonpath2 is missing: run ./build.sh setup")



Path = hypothesis.JSONPath


class CachedPath:
    """Parsing is by far the slowest part, so results are kept, and refusals too."""

    @staticmethod
    @functools.cache
    def parse(text):
        try:
            return Path.parse_str(text)
        except Exception as error:
            return error

    @staticmethod
    def parse_str(text):
        result = CachedPath.parse(text) if isinstance(text, str) else Path.parse_str(text)
        if isinstance(result, Exception):
            raise result
        return result


hypothesis.JSONPath = CachedPath

SCALARS = [
    None, True, False, 0, 1, 2, -1, 200, 500, 2**53, 2**53 + 1, 2**63 - 1, -2**63, 2**64 - 1, 0.0, 1.0, 1.5, 0.1, 0.7, -2.5, 1e16,
    1e15, 123456789012345680.0, 1e-4, 1e-5, 1.5e300, 5e-324, 9007199254740993.0, 0.30000000000000004, 100.0, 1e22, 12345.678,
    "", "a", "200", "1", "True", " 12 ", "1.50", "it's", 'say "hi"', "both ' and \"", "back\\slash", "line\nbreak\ttab\r", "é", "e\u0301",
    "\u00a0\u200b\u2028\ue000\u0378", "😀", "\x00\x1b\x7f\x85", "日本", "a$b", "running", "ok",
]
COMPOUND = [
    [], {}, [1], [1, "a", None, True, 1.5], {"a": 1, "b": [None, {"c": "it's"}]}, [[1, 2], [3]], {"status": 200}, {"status": "200"},
    {"status": True, "body": "ok"}, {"status": None}, {"status": 200, "headers": {"A": "b"}, "body": '{"a": [1, 2, {"b": "x"}]}'},
    {"status": 0, "stdout": "hello world\nrunning 3\n", "stderr": ""}, [0, 10], ["a", "c"], [1.0, 2], [True, 2], [None, None],
    [[1], [2]], [1, 2, 3], [200, 201, 202], [200, 299], {"": 0, "1": {}},
]
VARIABLES = {
    "name": "world", "n": 3, "f": 1.5, "yes": True, "no": False, "none": None, "list": [1, "two", None], "map": {"k": "v", "q": "it's"},
    "_x1": "under", "Name": "upper", "empty": "", "zero": 0, "dollar": "$name ${name} $$", "big": 2**64 - 1, "pattern": "^w.*d$", "key": "a",
    "range": [1, 5], "code": 200, "path": "$.a", "regex": {"type": "regex", "pattern": "x"}, "e": 1e16,
}
SECRETS = {"one": {"token": "s3cret", "name": "shadowed", "deep": {"x": 1}}, "two": {"token": "second", "only": [1.0]}}
PIECES = [
    "$", "$$", "${name}", "$name", "${n}", "$f", "${list}", "${map}", "${none}", "$none", "${yes}", "${unknown}", "$unknown", "${", "}", "{",
    "${name", "${1a}", "$1a", "${a-b}", "$_x1", "$Name", "$NAME", "${token}", "$token", "${only}", "${deep}", "text", " ", "é", "$é", "${é}",
    "${ name }", "\n", "$namee", "$name.x", "${dollar}", "${empty}", "$big", "${e}", "\u212a", "$\u017f",
]
PATTERNS = r"""
^a a$ ^a$ a.c a.*c a+ a? a{2} a{2,} a{,2} a{1,3}? a{,} a{} a{x} {2} a{2}{3} a** a+? a++ a*+ (a)(b)\2 (?P<x>a)(?P=x) (?P<x>a)(?P<x>b) (?P<1>a)
(?<x>a) (?'x'a) (?:a|b)+ (?i)RUNNING (?i:RUN)ning RUN(?i)ning (?-i:a) (?im-s:a.b) (?x)a\ b(?#c) (?x:a b)c (?s)a.b a.b (?m)^running$ ^running$
(?<=hello\s)world (?<!x)a (?<=a+)b (?<=a|bc)d (?<=(a))b (?<=ab|cd)e (?=a)a (?!a)b \d+ \D \w+ \W \s \S \bworld\b \Bo \Aa a\Z a\z \h \R \K \Q \X \p{L}
\u00e9 \xe9 \x{e9} \x4 \u12 \U0001F600 \U00110000 \N{BULLET} \07 \101 \8 \1 (a)\1 (a)\2 (a\1) \400 \q \_ \- \é [abc] [^abc] []a] [^]a] [a-c] [c-a] [a-]
[-a] [a\-c] [\d-x] [\w.] [\W] [\S] [^\d\s] [\b] [\A] [a [[:alpha:]] [[a] [a&&b] [\]] [\\] [\8] [\07] [\x41-\x43] ( ) (a (?P<a (?P=a) (?P>a) (?) (?
(?( (?(1)a|b) (a)?(?(1)b|c) (?P<x>a)?(?(x)b|c) (?(1)a|b|c) (?(0)a) (?(y)a) (?(2)a)(b) (?>a+)a (?>a+)b (?R) (?1) (*ACCEPT) (?|a|b) (?#c (?#c)a
a|b| | || () (?:) (?:)* ()* a|*b ^* $+ \b? (?=a)* (?i)(?m)^A a(?i) (?a)\w+ (?u)\w+ (?au)a (?L)a (?i-i:a) (?z)a (?i (?i: (?-:a) (?a:\w) \$ \. $^ ^$
^\s*$ .+@.+\..+ ^(?!.*error).*$ ^[0-9]{3}$ (\d{1,3}\.){3}\d{1,3} "status":\s*"ok" \bok\b ^[^\n]*$ [^a] .* (.*)(\d) é É (?i)É (?i)ß (?i)ſ [é-ü] [^é]
(a|b)*\1 (a*)* (a*)+$ (?:a?)*?b ((a)|b)+\2 (?P<y>[a-z]+)\s(?P=y) \s\S*\s \w+$ (?m)\w+$ (?m)^ (?m)$ (?s).$ \n$ a\ b a#b (?x)a#b \/ % & ~ \& @ `` '
a{99999} a{4294967295} a{3,2} a{0} a{0,0}b (){2} (a{2}){2} x*y+z? \\ \\\\ \ [\ \^ [\^] [^^] [^-] [--a] [a--] [+--] [a-\d] [\d-] [.] [*+?] [|()]
"""
TEXTS = [
    "", "a", "ab", "aab", "abc", "aa", "aaa", "b", "hello world", "running", "RUNNING", "hello\nrunning\n", "a\nb", "running\n", "é", "É", "ß", "ſ", "K", "\u212a",
    "x y", "1.2.3.4", '{"status": "ok"}', "the the", "abd", "bcd", "\x1c", "\x85", "\u00a0", "١٢", "a b", "a#b", "日本語", "😀", "ab\n", "\n", "]", "-", "\\", "^",
    "aba", "bab", "acd", "cde", "abe", "b1", "\x08", "A", "ABC", "a{2}", "a{}", "{2}", "'", "`", "a]", "\u00fc", "_", "no error here", "x\n\ny",
]
DOCUMENTS = [
    {"a": {"b": {"c": 1, "d": [1, 2, 3]}, "c": "text", "": "empty"}, "b": [[1, 2, [3]], [], [4], 5, None, {"a": 1}], "c": [3, 1.5, 2, -1],
     "d": ["b", "a", "c"], "e": True, "f": False, "n": None, "z": 0, "s": "hello", "o": {}, "l": [], "with space": "quoted", "é": 1, "i": 1, "k": "d",
     "x\\n": "escaped", "and1": 1},
    {"items": [{"name": "web", "status": {"phase": "Running", "ready": True, "n": 2}}, {"name": "db", "status": {"phase": "Pending", "n": 0}},
               {"name": "web", "status": {"phase": "Running", "ready": False, "n": 2.0}}], "count": 3, "min": 2},
    [{"a": 1, "b": [1]}, {"a": 2, "b": {"c": [True, False]}}, {"a": "1"}, [{"a": 3}], "a", None, 1, True], [1, 2, 3, 4, 5], "text", 7, None, {}, [],
]
PATHS = r"""
$ $.a $.a.b.c $..c $..* $.* $[*] $.a[*] $.b[0] $.b[-1] $.b[9] $.b[-9] $[0] $[-1] $[0,1] $[0,"a"] $["a"] $["a","b"] $["a"]["b"] $['a'] $[a] $a a @ @.a $. $.. $...a
$[] $[ $] $.a. $.a[ $.a] $.a.[0] $..[0] $..[*] $..a..b $.a.b.d[0:2] $[1:3] $[:2] $[2:] $[::2] $[::-1] $[:] $[::] $[-2:] $[:-1] $[-9:] $[:-9] $[3:1:-1] $[1:3:0] $[9:0:-1]
$[2:-9:-1] $[0:-7:-1] $[-1:-9:-2] $[1:999] $[99999999999999999999] $[-99999999999999999999:] $[1.0] $[1e0] $[01] $[-0] $[+1] $[1:2:3:4] $[::1.5]
$[?(@.a)] $[*][?(@.a)] $..[?(@.a)] $.items[*][?(@.name="web")] $.items[*][?(@.name=="web")] $.items[*][?(@.name='web')].status.phase
$.items[*][?(@.status.phase="Running")].name $.items[*][?(@.status.n>1)].name $.items[*][?(@.status.n>=$.min)].name $.items[?(@.name="web")] $.items[*][?(not(@.status.ready))].name
$.items[*][?(@.status.ready=true)].name $.items[*][?(@.status.ready=1)].name $.items[*][?(@.status.ready!=true)].name $.items[*][?(@.name="web"and@.status.ready)].name
$.items[*][?(@.name="db"or@.status.ready=true)].name $.items[*][?(@.name="db"or(@.name="web"and@.status.ready=false))].name $.items[*][?(not(not@.name))].name $.items[?(@.length()>2)]
$.items.length() $.s.length() $.o.length() $.c.length(1) $.items.keys() $.a.keys() $.a.entries() $.b.entries() $.a.values() $.c.values() $.s.charAt(0) $.s.charAt(-1) $.s.charAt(9)
$.s.charAt(@) $.s.charAt($.i) $.s.charAt($.c[*]) $.s.charAt(true) $.s.charAt("1") $.s.charAt(1.0) $.s.substring(1) $.s.substring(1,3) $.s.substring(-3,-1) $.s.substring(3,1) $.s.substring()
$.s.substring(0,1,2) $.s.substring($.c[*],$.i) $.foo() $[length()] $.c[length()] $[foo()] $.a[keys()] $..length() $.length $.keys $.c[$.i] $.c[@[2]] $[$.k] $[$.k][0] $.c[$.e] $.c[$.f]
$.c[$.c[*]] $[@.k] $.n $.n.a $.e $[?(@.n=null)].z $[?(@.z=0)].z $[?(@.z=false)].z $[?(@.e=1)].z $[?(@.o={})].z $[?(@.l=[])].z $[?(@.c=[3,1.5,2,-1])].z $[?(@.a.b.d=[1,2.0,3])].z
$[?(1)] $[?(0)] $[?("")] $[?("a")] $[?(null)] $[?([])] $[?([0])] $[?({})] $[?({"a":1})] $[?(true)] $[?(@)] $[?($)] $[?()] $[?@.a] $[?(@.a=)] $[?(=1)] $[?(@.a=1=1)] $[?(@.a<"b")] $[?("a"<"b")]
$[?(@.c[*]=@.d[*])] $[?(@.c[*]=@.c[1])] $[?(@.c[*]=1.5)] $[?(1.5=@.c[*])] $[?(@.c[*]!=@.c[*])] $[?(@.c[0]=@.c[*])] $[?(true<2)] $[?(@.e<2)] $[?(9007199254740993=9007199254740992.0)]
$.é $["é"] $["with space"] $["x\n"] $["x\\n"] $["\u00e9"] $["a\"b"] $["\q"] $["a $[""] $.a[""] $.and $.or $.true $.and1 $.not1 $._a $.a-b $.a_b $.1 $.a1 $.* $.*.* $.a.*.c $..d[*] $..b[0] $..[0,1]
$.a[?(@.b)].c $..[?(@.c)].c $..[?(@.a=1)] $..[?(@=1)] $[*][?(@=1)] $[*][?(@="a")] $[*][?(@=null)] $[*][?(@>2)] $[*][?(@>2and@<5)] $[*][?(@<2or@>4)] $[*][?(@<2or@>4and@!=5)] $[*][?(@=1or@=2and@=2)]
$.a.b.c.d $.a..c $..a.b..d[0] $.b[*][*] $.b[*][0] $.b[*].a $.b[0][2][0] $[*].a $[*]["a","b"] $[0]["a","b"] $[0,0] $[*,0] $[0:2,1] $[?(@.a),"a"] ${key} $.${key} $["${key}"] $[?(@.a=${n})] $.b[${n}] ${path} $$.a $.${nothing}
"""
SPACED = ["$ . a", " $.a ", "$[ 0 ]", "$[ ? ( @.a ) ]", "$.items[*][?(not @.status.ready = true)].name", "$.items[*][?(@.name = \"web\" and @.status.n > 1)].name",
          "$.a\n.b", "$. a", "$.a b", "$ a", "$\u00a0.a", "\u00a0$.a", "", " ", "$.s.substring( 1 , 3 )", "$[1 :3 ]", "$[not @.a]", "$[?(not)]", "$[?(@.a and)]"]
NUMBERS = [
    "0.7", "0.70", "1", "1.0", " 1 ", "\t1\n", "1_000", "_1_", "1__0", "_", "", " ", "1e3", "1E+3", "1e-3", ".5", "5.", ".", "+1", "-1", "--1", "1 0", "0x10", "١٢", "１", "Infinity",
    "-inf", "INF", "infinit", "nan", "NaN12", "snan", "-nan", "nanx", "1e400", "1e-400", "1e999999999999999999", "1e1000000000000000000", "1e99999999999999999999", "-0", "0e5", "00012",
    "\u00a012\u3000", "1\u00a02", "1,5", "1e", "e1", "1e1.5", "1e_3", "true", "None", "0.6999999999999999555910790149937", "0.69999999999999995559107901499373838305473327636718750", "\x1c5", "1e-1000000000000000000",
]
BOUNDS = [[0, 0.7], [0.7, 1], [-1, 1], [1, 1], [2, 1], [0, 1e308], [-1e308, 5e-324], [0, 2**64 - 1], [True, 10], [0.1, 0.3], [1000, 1000], [12, 12], [-5, -0.5], [0, 0], [1e3, 1e3]]


def attempt(function):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return function()


def emit(kind, **members):
    try:
        text = json.dumps({"kind": kind, **members}, allow_nan=False)
    except ValueError:  # infinity and not-a-number are no JSON
        return
    print(text)


def text_case(value):
    emit("text", value=value, str=str(value), repr=repr(value), true=bool(value))


def substitute_case(data, configuration, secrets):
    arguments = substitute(data, configuration, secrets) if configuration or secrets else data
    emit("substitute", data=data, configuration=configuration, secrets=secrets, expected=substitute(data, configuration, secrets), arguments=arguments)


def tolerance_case(tolerance, value, configuration=VARIABLES, secrets=SECRETS, **probe):
    def run_activity(activity, configuration, secrets):
        if activity["provider"]["arguments"]["value"] is not value:
            raise AssertionError
        if probe.get("failed"):
            raise ActivityFailed("no")
        return probe["returns"]

    hypothesis.run_activity = run_activity
    case = {"tolerance": tolerance, "value": value, **probe}
    case = json.loads(json.dumps(case))  # a probe's arguments are changed
    if configuration is not VARIABLES:
        case["configuration"] = configuration
    try:
        if isinstance(tolerance, str):
            tolerance = substitute(tolerance, configuration, secrets)
        case["expected"] = bool(attempt(lambda: hypothesis.within_tolerance(tolerance, value, configuration, secrets)))
    except Exception as error:
        case["dies"] = type(error).__name__
    emit("tolerance", **case)


def valid_case(tolerance):
    try:
        attempt(lambda: hypothesis.ensure_hypothesis_tolerance_is_valid(tolerance))
        emit("valid", tolerance=tolerance, expected=True)
    except InvalidActivity:
        emit("valid", tolerance=tolerance, expected=False)
    except Exception as error:
        emit("valid", tolerance=tolerance, dies=type(error).__name__)


class Generator:
    def __init__(self, random):
        self.random = random
        self.choice = random.choice

    def value(self, depth=2):
        if depth == 0 or self.random.random() < 0.6:
            return self.choice(SCALARS + COMPOUND)
        if self.random.random() < 0.5:
            return [self.value(depth - 1) for _ in range(self.random.randrange(4))]
        return {self.choice(["a", "b", "status", "body", "x'y"]): self.value(depth - 1) for _ in range(self.random.randrange(4))}

    def template(self):
        return "".join(self.choice(PIECES) for _ in range(self.random.randrange(1, 5)))

    def templates(self, depth=2):
        if depth == 0 or self.random.random() < 0.5:
            return self.template() if self.random.random() < 0.85 else self.choice(SCALARS)
        if self.random.random() < 0.5:
            return [self.templates(depth - 1) for _ in range(self.random.randrange(4))]
        return {self.choice(["a", "${name}", "b", "$n"]): self.templates(depth - 1) for _ in range(self.random.randrange(4))}

    def pattern(self, depth=3):
        if depth == 0:
            return self.choice(["a", "b", "c", ".", r"\d", r"\w", r"\s", r"\W", "[ab]", "[^a]", r"[\w-]", "é", r"\b", "^", "$", "1", " ", r"\.", r"\n"])
        below = lambda: self.pattern(depth - self.random.randint(1, 2) if depth > 1 else 0)
        return self.choice([
            lambda: below() + below(), lambda: below() + below() + below(), lambda: f"({below()})", lambda: f"(?:{below()})", lambda: f"{below()}|{below()}",
            lambda: f"(?:{below()}){self.choice(['*', '+', '?', '*?', '+?', '??', '{1,2}', '{2}', '*+', '?+'])}", lambda: f"(?={below()})", lambda: f"(?!{below()})",
            lambda: f"(?<={below()})", lambda: f"(?<!{below()})", lambda: f"(?i:{below()})", lambda: f"(?>{below()})", lambda: f"(?P<g{self.random.randrange(9)}>{below()})",
            lambda: f"({below()})\\1", lambda: f"({below()})?(?(1){below()}|{below()})", lambda: f"(?s:{below()})", lambda: f"(?m:^{below()}$)", lambda: f"(?x: {below()} # c\n)",
        ])()

    def text(self):
        return self.choice(TEXTS) if self.random.random() < 0.5 else "".join(self.choice("aabbc1é \n.A") for _ in range(self.random.randrange(8)))

    def damaged(self, text, signs):
        place = self.random.randrange(len(text) + 1)
        sign = self.choice(signs)
        return self.choice([text[:place] + sign + text[place:], text[:place] + text[place + 1:], text[:place] + sign + text[place + 1:], text[:place]])

    def path(self, depth=3):
        return "$" + self.steps(depth)

    def steps(self, depth):
        return "".join(self.step(depth - 1) for _ in range(self.random.randint(0 if depth < 3 else 1, 3)))

    def name(self):
        return self.choice(["a", "b", "c", "d", "s", "items", "name", "status", "n", "phase", "ready", "z", "nothing"])

    def number(self):
        return self.choice(["0", "1", "2", "-1", "-2", "7", "-9"])

    def step(self, depth):
        if depth <= 0 or self.random.random() < 0.5:
            return self.choice([f".{self.name()}", "[*]", ".*", f"[{self.number()}]", f"..{self.name()}", f'["{self.name()}"]'])
        part = lambda: self.choice(["", self.number()])
        return self.choice([
            lambda: f"[{part()}:{part()}:{self.number()}]", lambda: f"[{part()}:{part()}]", lambda: f"[?({self.condition(depth)})]", lambda: f"[*][?({self.condition(depth)})]",
            lambda: f"..[?({self.condition(depth)})]", lambda: f'["{self.name()}",{self.number()}]', lambda: f"[{self.operand(depth)}]", lambda: "." + self.call(depth), lambda: "..[*]",
        ])()

    def call(self, depth):
        arguments = ",".join(self.operand(depth - 1) for _ in range(self.choice([0, 0, 0, 1, 2])))
        return f"{self.choice(['length', 'keys', 'values', 'entries', 'charAt', 'substring'])}({arguments})"

    def operand(self, depth):
        if self.random.random() < 0.6:
            return self.choice(["@", "@", "$"]) + self.steps(depth - 1)
        return self.choice(["1", "2", '"web"', '"a"', "true", "false", "null", "[1,2]", '{"a":1}', "1.5", "0", "-1", '"Running"'])

    def condition(self, depth):
        compare = lambda: f"{self.operand(depth)}{self.choice(['=', '=', '!=', '<', '<=', '>', '>='])}{self.operand(depth)}"
        if depth <= 0:
            return compare()
        below = lambda: self.condition(depth - 1)
        return self.choice([compare, compare, lambda: f"{below()} and {below()}", lambda: f"{below()} or {below()}", lambda: f"not {below()}", lambda: f"({below()})",
                            lambda: self.operand(depth)])()


def jsonpath(path, **more):
    return {"type": "jsonpath", "path": path, **more}


def written():
    values = SCALARS + COMPOUND
    for value in values:
        text_case(value)
        for place, output in enumerate(values):
            tolerance_case(value, output)
            tolerance_case([[value], [value, value, 1], [0, value], [value, "z"]][place % 4], output)
        valid_case(value)
        for target in [None, "", "status", "body", "nothing", 1, True, []]:
            tolerance_case({"type": "regex", "pattern": "a|2", **({} if target is None else {"target": target})}, value)
            tolerance_case({"type": "range", "range": [1, 300], **({} if target is None else {"target": target})}, value)
            tolerance_case(jsonpath("$.a", **({} if target is None else {"target": target})), value)
        valid_case({"type": "regex", "pattern": value})
        valid_case({"type": "range", "range": [0, value]})
        valid_case({"type": "range", "range": [value, 0]})
        valid_case({"type": "range", "range": value})
        valid_case(jsonpath(value))
        valid_case({"type": value} if not isinstance(value, dict) else value)
        for pattern in [value, "${map}", "${n}", "${nothing}"]:
            tolerance_case({"type": "regex", "pattern": pattern}, "a")
        tolerance_case({"type": "probe", "provider": {"arguments": {"x": 1}}}, value, returns=value)
        tolerance_case({"type": "range", "range": [value, 5]}, 3)
        tolerance_case({"type": value}, value)
    for tolerance in [{"type": "regex"}, {"type": "range"}, {"type": "jsonpath"}, {"type": "range", "range": [1]}, {"type": "range", "range": [1, 2, 3]}, {}, {"type": "x"}]:
        valid_case(tolerance)
        tolerance_case(tolerance, 2)
        tolerance_case(tolerance, "2")
    for provider in [{"arguments": {}}, {"arguments": []}, {"arguments": None}, {}, [], None, {"arguments": "x"}]:
        tolerance_case({"type": "probe", "provider": provider}, 1, returns=True)
        tolerance_case({"type": "probe", "provider": provider}, 1, failed=True)
    for name in VARIABLES:
        for output in [200, 3, "world", "xw", [1, 5], {"status": 200}, True, None]:
            tolerance_case("${" + name + "}", output)
            tolerance_case("$" + name, output)
    for place, pattern in enumerate(PATTERNS.split() + ["(?x) a b", " (?x)a", "(?x)a # b\nc", "(?x)[ a]", "a\nb", "(?i) A", "(?x)a {2}", "(?x)# c\\\nb\na", "(?#\\))a", "[\n]", "é{2}", "\u00a0"]):
        valid_case({"type": "regex", "pattern": pattern})
        for text in TEXTS[place % 3::3]:
            tolerance_case({"type": "regex", "pattern": pattern}, text, {}, {})
    for place, path in enumerate(PATHS.split() + SPACED):
        valid_case(jsonpath(path))
        for document in DOCUMENTS if place % 8 == 0 else DOCUMENTS[:4]:
            # What a path finds is learnt by expecting it.
            tolerance_case(jsonpath(path), document)
            tolerance_case(jsonpath(path, expect=found(path, document)), document)
    for document in ['{"a": 1}', "[1, 2]", "1", "text", '"quoted"', "{'a': 1}", " {\"a\": 1} ", "", "null", '{"a": "\\u00e9"}', "{\"a\": 1}x", "\ufeff{\"a\": 1}", '{"a": "\n"}']:
        for path in ["$", "$.a", "$[0]"]:
            for more in [{}, {"expect": 1}, {"expect": [1]}, {"count": 1}, {"count": 0}, {"count": True}, {"count": 1.0}, {"count": None}, {"count": "1"}, {"expect": None}, {"expect": []},
                         {"expect": "${n}"}, {"expect": ["${n}"]}, {"expect": 1, "count": 5}, {"expect": False}, {"expect": {}}]:
                tolerance_case(jsonpath(path, **more), document)
                tolerance_case(jsonpath(path, target="body", **more), {"status": 1, "body": document})
    for bounds in BOUNDS:
        for value in NUMBERS + [number for number in SCALARS if isinstance(number, (int, float))]:
            tolerance_case({"type": "range", "range": bounds}, value)
    for number in NUMBERS:
        tolerance_case({"type": "range", "range": [number, 5]}, 3)
        tolerance_case({"type": "range", "range": [number, number]}, number)
    for piece in PIECES:
        for second in PIECES:
            substitute_case(piece + second, VARIABLES, SECRETS)
        for configuration, secrets in [({}, {}), (VARIABLES, {}), ({}, SECRETS), (None, None), (VARIABLES, None), (None, SECRETS), ({"name": 1}, {"a": {}})]:
            substitute_case(piece, configuration, secrets)
            substitute_case([piece, {"a": piece}], configuration, secrets)


def found(path, document):
    try:
        px = attempt(lambda: hypothesis.JSONPath.parse_str(substitute(path, VARIABLES, SECRETS)))
        if isinstance(document, str):
            with contextlib.suppress(ValueError):
                document = json.loads(document)
        return [match.current_value for match in px.match(document)]
    except Exception:
        return []


def generated(generator, count):
    for _ in range(count):
        text_case(generator.value())
        substitute_case(generator.templates(), VARIABLES, SECRETS)
        tolerance_case(generator.value(1), generator.value(1))
        tolerance_case([generator.choice(SCALARS), generator.choice(SCALARS)], generator.choice(SCALARS))
        pattern = generator.pattern()
        if generator.random.random() < 0.3:
            pattern = generator.damaged(pattern, list("()[]{}*+?|\\^$.-aA1,:=!<>P#& \n") + ["(?", "\\", "[^", "{2}", "(?:", "(?i)", "\\1", "(?<="])
        valid_case({"type": "regex", "pattern": pattern})
        for _ in range(3):
            tolerance_case({"type": "regex", "pattern": pattern}, generator.text(), {}, {})
        number = generator.random.choice([str(generator.random.uniform(-2, 2)), generator.random.uniform(-2, 2), generator.damaged(generator.choice(NUMBERS), list("0123456789.eE+-_ "))])
        tolerance_case({"type": "range", "range": sorted([generator.random.uniform(-2, 2), generator.random.uniform(-2, 2)])}, number)
    for _ in range(count // 2):
        path = generator.path()
        if generator.random.random() < 0.3:
            path = generator.damaged(path, list('$@.*[]{}()?=!<>,:"\'0-a &') + ["..", "[*]", " and ", " or ", "not "])
        valid_case(jsonpath(path))
        document = generator.choice(DOCUMENTS[:4])
        values = found(path, document)
        if len(values) < 200:
            tolerance_case(jsonpath(path), document)
            tolerance_case(jsonpath(path, expect=values), document)
            if values:
                tolerance_case(jsonpath(path, expect=values[1:]), document)


def main():
    warnings.simplefilter("ignore")
    seed, count = map(int, sys.argv[1:])
    emit("variables", configuration=VARIABLES, secrets=SECRETS)
    written()
    generated(Generator(random.Random(seed)), count)


main()
