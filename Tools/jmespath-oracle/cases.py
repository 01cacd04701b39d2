#!/usr/bin/env python3
"""Prints what the Python package jmespath makes of expressions: written ones, generated ones and damaged ones.

    .build/venv/bin/python Tools/jmespath-oracle/cases.py SEED COUNT

The first line is a list of documents. Then follows one line a case: {"expression", "document", "expected"}, or
{"expression", "document", "error": true}, where "document" is a position in the list.
The package is lenient where the specification is strict, and has quirks of Python; Strict and equal undo that.
"""
import json
import random
import sys
import warnings

import jmespath.functions
from jmespath import ast, visitor
from jmespath.exceptions import JMESPathError
from jmespath.functions import signature
from jmespath.parser import ParsedResult, Parser

DOCUMENTS = [
    {
        "Reservations": [
            {"Instances": [
                {"InstanceId": "i-1", "State": {"Name": "running", "Code": 16}, "Tags": [{"Key": "Name", "Value": "a"}]},
                {"InstanceId": "i-2", "State": {"Name": "stopped", "Code": 80}, "Tags": []},
            ], "OwnerId": "1"},
            {"Instances": [{"InstanceId": "i-3", "State": {"Name": "running", "Code": 16}, "Price": 0.25}]},
            {"Instances": []},
        ],
        "services": [
            {"runningCount": 1, "desiredCount": 1, "deployments": [{"id": "d-1"}], "status": "ACTIVE"},
            {"runningCount": 0, "desiredCount": 2, "deployments": [{"id": "d-2"}, {"id": "d-3"}], "status": "DRAINING"},
        ],
        "NextMarker": "", "Contents": [{"Key": "a"}, {"Key": "b"}], "IsTruncated": True, "Nothing": None,
    },
    {
        "a": {"b": {"c": 1, "d": [1, 2, 3]}, "c": "text", "": "empty"},
        "b": [[1, 2, [3]], [], [4], 5, None, {"a": 1}], "c": [3, 1.5, 2, -1], "d": ["b", "a", "c", "a", ""],
        "e": True, "f": False, "n": None, "z": 0, "s": "hello world", "o": {}, "l": [], "with space": "quoted",
        "people": [
            {"name": "Bo", "age": 30, "tags": ["x", "y"]}, {"name": "Al", "age": 25, "tags": []},
            {"name": "Cy", "age": 30}, {"name": "Di", "age": None},
        ],
    },
    [{"a": 1, "b": [1]}, {"a": 2, "b": {"c": [True, False]}}, {"a": "1"}, [{"a": 3}], "a", None],
    "text", None, 7,
]

WRITTEN = r"""
@ a a.b a.b.c a."c" "with space" a."" nothing.at.all @.a a.b.d[0] a.b.d[-1] a.b.d[5] a.b.d[-9] [0] [0].a [-1]
b[] b[][] b[*] b[*][0] b[0][0] b[0][2][0] b[?@] b[?a] b[?@==`5`] b[].a [] [*] [*].a [].a [*].b[] [*].b.c[]
a.* a.*.c *.b *.* * a.*[0] *[0] a.*[] people[*].name people[*].tags[] people[*].tags[*] people[].[name,age]
people[*].{n:name,"a b":age} people[?age>`26`].name people[?age==`30`]|[0] people[?age==`30`]|[0].name
people[?name=='Bo'].tags[0] people[?!age].name people[?tags].name people[?age&&tags].name people[?age||name].name
people[?contains(tags||`[]`,'x')].name people[0:2].name people[::-1].name people[1:].age people[:-1].age people[::2]
people[-2:].name c[::-1] c[5:0:-1] c[0:100] c[-100:2] c[2:1] c[:] c[::] s[0] s[0:2] a[0] o.* l[0] l[*] o.a
e&&f e||f f||e !e !f !n !z !l !o !s !d z&&s z||s n||l l||o e==`true` f==`false` z==`false` z==`0` z==`0.0` c==`[3,1.5,2,-1]`
c[0]>c[1] s<'z' s>'z' s<=s c[0]>=`3` n==null n==`null` n<`1` z<s a==b a.b==a.b a.b!=a (e||f)&&f e||f&&f !(e&&f) !e==f
`"x"` `x` `[1,2]` `{"a":1}` `1.5` `true` `null` `` ` running` `"a\`b"` 'raw' 'it\'s' 'back\slash' '' '`' "a" `'a'`
length(s) length(c) length(o) length(a) length(n) length(z) keys(a) values(a.b) sort(c) sort(d) sort(b) sort_by(people,&name)[*].name
sort_by(people[:3],&age)[*].name sort_by(people,&age) max_by(people[:3],&age).name min_by(people[:3],&age).name max_by(l,&a)
max(c) min(c) max(d) min(d) max(l) max(b) sum(c) sum(l) avg(c) avg(l) abs(c[3]) abs(s) ceil(c[1]) floor(c[1]) ceil(`-1.5`)
join(',',d) join('',l) join(', ',c) map(&name,people) map(&a,b) map(&@,c) not_null(n,z) not_null(n,n) not_null(n,n,s)
starts_with(s,'hello') starts_with(s,'') ends_with(s,'world') ends_with(s,'x') contains(s,'lo w') contains(c,`1.5`) contains(c,`9`)
contains(s,`1`) reverse(s) reverse(c) reverse(l) to_string(c) to_string(s) to_string(a) to_string(n) to_string(e) to_number('12')
to_number('1.5') to_number('x') to_number(`3`) to_number(n) to_array(c) to_array(s) to_array(n) type(n) type(e) type(z) type(s)
type(l) type(o) merge(a,a.b) merge(o) merge(`{"a":1}`,`{"a":2,"b":3}`) length(people[?age>`100`])==`0` length(people[])>`0`
services[?!(length(deployments)==`1`&&runningCount==desiredCount)] NextMarker||Contents[-1].Key Reservations[].Instances[].State.Name
Reservations[*].Instances[*].[InstanceId,State.Name] Reservations[].Instances[?State.Name=='running'].InstanceId[]
Reservations[].Instances[].{Id:InstanceId,Tag:Tags[?Key=='Name']|[0].Value} Reservations[*].Instances[?Price>`0.1`][].InstanceId
foo() length() length(a,b) abs() sort_by(people,name) map(name,people) length(&a) &a a.&b foo(bar) a.length(@) people[*].length(name)
people[*].length(@) c|length(@) c|sort(@)|[0] c[*]|[0] b[*][]|[0] @|@ a|b a.b|c (a) (a).b (a.b).c ((a)) [a,b] [a] {a:a} {a:a,b:b} {"x y":a}
a. .a a..b a[ a] a[] a[0 a[a] a[*]b a.[ a.{ {a} {a:} {:a} {a:a,} [a,] [,] a,b a b 'a "a `a a=b a==  ==a a|| ||a a| |a a&&  & ! !! !!a a!b
[0:1:0] [0:1:1:1] [0:1 [:a] [1.5] a.1 a.-1 -1 1 a-b a_b _a a$ $ # a? a[?] a[?a a[?a]b a(b) 'a'(b) "a"(b) @(a) (a)(b) a.*.* a.*b *a **
a[*].*.b a[?b.c==`1`] a.b.d[?@>`1`] c[?@>`1`] d[?@>'a'] d[?@!=''] b[?type(@)=='array'][] b[?type(@)=='array'] [?a==`1`] [?b] [].b[]
[*].[a] [*].{x:a} [0:2].a [::2] [?type(@)=='object'].a [*].b.c[*] [*].b.* [*].b.*[] [*].b.*[0] [0].b[0] [1].b.c[0] | a|b|c a||b||c a==b==c
a.b.c.d.e.f a.b.d[1:][0] a.b.d[1:]|[0] a[*].b[*].c[*].d people[*].tags[0] people[*].tags|[0] people[].tags[][] people[0].tags[0:1] @[0] @.*
"""
EXTRA = [
    "", " ", "  a . b ", "a [ 0 ]", "people [ ? age > `26` ] . name", "a\n.b", "`foo bar`", "'a b'", "` \"x\" `",
    "contains ( s , 'o w' )", "people[?name == 'Bo' || name == 'Al'] | [*].age", "a | | b", "a ! = b", "a < = b", "[ ]", "[ * ]",
]


def equal(left, right):
    """JSON's equality: True is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    return left == right


visitor._equals = equal
visitor.TreeInterpreter.COMPARATOR_FUNC.update(eq=equal, ne=lambda left, right: not equal(left, right))


class Functions(jmespath.functions.Functions):
    @signature({"types": ["array", "string"]}, {"types": []})
    def _func_contains(self, subject, search):
        if isinstance(subject, str):
            return isinstance(search, str) and search in subject
        return any(equal(element, search) for element in subject)


class Strict(Parser):
    """The package's parser without what the grammar does not have."""

    def _token_led_lparen(self, left):
        start = self._index
        name = self._lookahead_token(-2)
        result = super()._token_led_lparen(left)
        if name["type"] != "unquoted_identifier":
            raise self.refusal(name)
        depth, expects = 0, bool(result["children"])
        for token in self._tokens[start:self._index - 1]:  # count the commas of this call alone
            depth += {"lparen": 1, "lbracket": 1, "filter": 1, "lbrace": 1, "rparen": -1, "rbracket": -1, "rbrace": -1}.get(
                token["type"], 0)
            if depth == 0 and token["type"] == "comma":
                expects += 1
        if int(expects) != len(result["children"]):
            raise self.refusal(name)
        return result

    def _token_led_lbracket(self, left):
        # The package forgets the projection of a slice behind an index.
        if left["type"] == "index_expression":
            left = {"type": "subexpression", "children": [left]}
        return super()._token_led_lbracket(left)

    def _parse_slice_expression(self):
        start = self._index
        result = super()._parse_slice_expression()
        kinds = [token["type"] for token in self._tokens[start:self._index]]
        if any(pair == ("number", "number") for pair in zip(kinds, kinds[1:])) or result["children"][2] == 0:
            raise self.refusal(self._tokens[start])
        return result

    def _parse_multi_select_hash(self):
        members = []
        while True:
            name = self._lookahead_token(0)
            self._match_multiple_tokens(["quoted_identifier", "unquoted_identifier"])
            self._match("colon")
            members.append(ast.key_val_pair(key_name=name["value"], node=self._expression(0)))
            if self._current_token() != "comma":
                self._match("rbrace")
                return ast.multi_select_dict(nodes=members)
            self._match("comma")

    @staticmethod
    def refusal(token):
        return jmespath.exceptions.ParseError(token["start"], token["value"], token["type"], "not in the grammar")


def check_calls(node, is_argument=False):
    """Refuses, before the evaluation, unknown functions, wrong counts of arguments and references in wrong places."""
    if node["type"] == "expref" and not is_argument:
        raise JMESPathError("a reference is no argument")
    if node["type"] == "function_expression":
        function = Functions.FUNCTION_TABLE.get(node["value"])
        wanted = function and function["signature"]
        count = len(node["children"])
        if not wanted or count < len(wanted) or count > len(wanted) and not wanted[-1].get("variadic"):
            raise JMESPathError("no such call")
        for index, child in enumerate(node["children"]):
            types = wanted[min(index, len(wanted) - 1)]["types"]
            if (child["type"] == "expref") != (types == ["expref"]):
                raise JMESPathError("a reference where a value belongs, or the other way round")
    for child in node["children"]:
        if isinstance(child, dict):
            check_calls(child, node["type"] == "function_expression")


def case(expression, number):
    line = {"expression": expression, "document": number}
    try:
        tree = Strict()._parse(expression).parsed
        check_calls(tree)
        line["expected"] = ParsedResult(expression, tree).search(
            DOCUMENTS[number], jmespath.Options(custom_functions=Functions()))
    except JMESPathError:
        line["error"] = True
    except TypeError:  # Python cannot order a string and a number; the specification says null
        return None
    return line


class Generator:
    """Random expressions of the grammar."""

    def __init__(self, random):
        self.random = random

    def name(self):
        return self.random.choice(["a", "b", "c", "d", "people", "name", "age", "tags", "s", "z", "n", "o", "nothing", '"with space"'])

    def number(self):
        return self.random.choice(["0", "1", "2", "-1", "-2", "7"])

    def literal(self):
        return self.random.choice(["`1`", "`0`", "'a'", "'Bo'", "`true`", "`[]`", "`[1,2]`", "`{\"a\":1}`", "`null`", "`x`", "`26`"])

    def expression(self, depth):
        if depth <= 0:
            return self.random.choice([self.name, self.name, self.literal, lambda: "@"])()
        below = lambda: self.expression(depth - self.random.randint(1, 2))
        many = lambda maker: ",".join(maker() for _ in range(self.random.randint(1, 3)))
        return self.random.choice([
            lambda: f"{below()}.{self.name()}", lambda: f"{below()}.{self.name()}",
            lambda: f"{self.name()}[{self.number()}]", lambda: f"{below()}[*]", lambda: f"{below()}[]", lambda: f"{below()}.*",
            lambda: f"{below()}[{self.slice()}]", lambda: f"{below()}[?{below()}]",
            lambda: f"{below()}[?{below()}{self.comparison()}{below()}].{self.name()}",
            lambda: f"{below()}{self.comparison()}{below()}", lambda: f"{below()}||{below()}", lambda: f"{below()}&&{below()}",
            lambda: f"!{below()}", lambda: f"({below()})", lambda: f"{below()}|{below()}", lambda: f"[{many(below)}]",
            lambda: f"{below()}.[{many(below)}]", lambda: "{" + many(lambda: f"{self.name()}:{below()}") + "}",
            lambda: f"[*].{below()}", lambda: f"{self.name()}[*].{self.name()}[{self.number()}]", lambda: self.call(below),
        ])()

    def comparison(self):
        return self.random.choice(["==", "!=", "<", "<=", ">", ">="])

    def slice(self):
        part = lambda: self.random.choice(["", self.number()])
        return self.random.choice([f"{part()}:{part()}", f"{part()}:{part()}:", f"{part()}:{part()}:{self.number()}"])

    def call(self, below):
        name = self.random.choice(sorted(Functions.FUNCTION_TABLE))
        arguments = [("&" if parameter["types"] == ["expref"] else "") + below()
                     for parameter in Functions.FUNCTION_TABLE[name]["signature"]]
        return f"{name}({','.join(arguments)})"

    def damaged(self, text):
        place = self.random.randrange(len(text) + 1)
        sign = self.random.choice(list(".*[]{}()|&!<>=,:@'`\"-0a \\?") + ["[]", "[?", "||", "&&"])
        return self.random.choice([
            text[:place] + sign + text[place:], text[:place] + text[place + 1:], text[:place] + sign + text[place + 1:], text[:place],
        ])


def main():
    warnings.simplefilter("ignore")
    seed, count = map(int, sys.argv[1:])
    generator = Generator(random.Random(seed))
    print(json.dumps(DOCUMENTS))
    for place, expression in enumerate(WRITTEN.split() + EXTRA):
        # The plain values, in which most paths find nothing, need not see all expressions.
        for number in range(len(DOCUMENTS) if place % 10 == 0 else 3):
            line = case(expression, number)
            line and print(json.dumps(line))
    for _ in range(count):
        expression = generator.expression(4)
        if generator.random.random() < 0.4:
            expression = generator.damaged(expression)
        line = case(expression, generator.random.randrange(3))
        line and print(json.dumps(line))


main()
