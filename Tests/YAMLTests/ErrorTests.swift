import Testing
import YAML

@Suite struct ErrorTests {
    static let faults: [(String, String)] = [
        (
            "a:\n\tb: 1",
            "while scanning for the next token, found character that cannot start any token: indent with spaces, not tabs, and quote a text that begins with % @ or ` (line 2, column 1)"
        ),
        (
            "a: b: c",
            "mapping values are not allowed in this context: check the indentation, and quote a text with a colon in it (line 1, column 5)"
        ),
        (
            "- [STATUS] == 200\n- b",
            "while parsing a block collection, did not find expected '-' indicator: check the indentation, and quote a text that begins with [ { & * ! | > ' \" % @ or ` (line 1, column 12)"
        ),
        (
            "a: [1, 2\nb: 3\n",
            "while parsing a flow sequence, did not find expected ',' or ']': close the quote or bracket, and quote a text that begins with [ or { (line 2, column 2)"
        ),
        (
            "a: 'b\n",
            "while scanning a quoted scalar, found unexpected end of stream: close the quote or bracket, and quote a text that begins with [ or { (line 2, column 1)"
        ),
        (
            "a: 1\n b: 2\n",
            "mapping values are not allowed in this context: check the indentation, and quote a text with a colon in it (line 2, column 3)"
        ),
        (
            "{}\nx",
            "did not find expected <document start>: check the indentation, and quote a text that begins with [ { & * ! | > ' \" % @ or ` (line 2, column 1)"
        ),
        (
            "[1]]",
            "did not find expected <document start>: check the indentation, and quote a text that begins with [ { & * ! | > ' \" % @ or ` (line 1, column 4)"
        ),
        (
            "a: @b",
            "while scanning for the next token, found character that cannot start any token: indent with spaces, not tabs, and quote a text that begins with % @ or ` (line 1, column 4)"
        ),
        ("a: \"\\q\"", "while parsing a quoted scalar, found unknown escape character (line 1, column 5)"),
        (
            "a: \"\\ud83d\"",
            "while parsing a quoted scalar, found invalid Unicode character escape code (line 1, column 7)"
        ),
        ("a: !x!y z", "while parsing a node, found undefined tag handle (line 1, column 4)"),
        ("%FOO\n", "while scanning a directive, found unknown directive name (line 1, column 5)"),
        (
            "a: \u{1}",
            "control characters are not allowed: save the file as UTF-8, without control characters (line 1, column 4)"
        ),
        ("a: 1\nb: 2\n'a': 3\n", "key \"a\" stands here again, first on line 1: remove one (line 3, column 1)"),
        ("{<<: {}, <<: {}}", "key \"<<\" stands here again, first on line 1: remove one (line 1, column 10)"),
        ("{[a]: 1}", "a key is a list or mapping: only texts, numbers and the like can be keys (line 1, column 2)"),
        (
            "a: *b",
            "*b refers to an anchor that is not defined before it: add &b, or quote a text that begins with * "
                + "(line 1, column 4)"
        ),
        (
            "a: *b*",
            "while scanning an alias, did not find expected alphabetic or numeric character: "
                + "quote a text that begins with * or & (line 1, column 6)"
        ),
        ("a: &b [*b]", "*b is inside the value that it refers to (line 1, column 8)"),
        ("<<: 1", "<< takes a mapping, such as *defaults, or a list of mappings (line 1, column 5)"),
        ("<<: [{}, x]", "<< takes a mapping, such as *defaults, or a list of mappings (line 1, column 10)"),
        ("a: !!int x", "this is no !!int: correct it or drop the tag (line 1, column 4)"),
        ("!!bool yes", "this is no !!bool: correct it or drop the tag (line 1, column 1)"),
        ("!!float ''", "this is no !!float: correct it or drop the tag (line 1, column 1)"),
        ("!!null 0", "this is no !!null: correct it or drop the tag (line 1, column 1)"),
        ("a: 1\n---\nb: 2\n", "a second document begins: put everything into one (line 2, column 1)"),
    ]

    @Test(arguments: faults)
    func message(yaml: String, expected: String) {
        let error = #expect(throws: YAMLError.self) { try YAMLNode(parsing: yaml) }
        #expect(error?.description == expected)
    }

    @Test(
        arguments: [
            (
                [0x61, 0x3A, 0x20, 0xFF],
                "invalid leading UTF-8 octet: save the file as UTF-8, without control characters (line 1, column 4)"
            ),
            (
                [0x61, 0x3A, 0x0A, 0x62, 0x3A, 0x20, 0xC3],
                "incomplete UTF-8 octet sequence: save the file as UTF-8, without control characters (line 2, column 4)"
            ),
            (
                [0x61, 0x00],
                "control characters are not allowed: save the file as UTF-8, without control characters (line 1, column 2)"
            ),
        ] as [([UInt8], String)])
    func encoding(bytes: [UInt8], expected: String) {
        let error = #expect(throws: YAMLError.self) { try YAMLNode(parsing: bytes) }
        #expect(error?.description == expected)
    }

    @Test(arguments: [
        (YAMLLimits(bytes: 4), "a: 12", "the text has 5 bytes, more than 4: split it (line 1, column 1)"),
        (YAMLLimits(depth: 2), "[[[]]]", "lists and mappings lie deeper than 2 levels (line 1, column 3)"),
        (YAMLLimits(depth: 3), "a: &x [[]]\nb: [*x]", "lists and mappings lie deeper than 3 levels (line 2, column 5)"),
        (
            YAMLLimits(nodes: 3), "[1, 2, 3]",
            "more than 3 values, repeated ones included: split the document (line 1, column 8)"
        ),
        (
            YAMLLimits(nodes: 8), "a: &x [1, 2]\nb: *x",
            "more than 8 values, repeated ones included: split the document (line 2, column 4)"
        ),
        (
            YAMLLimits(nodes: 11), "a: &x {b: 1}\nc: {<<: *x}",
            "more than 11 values, repeated ones included: split the document (line 2, column 4)"
        ),
    ])
    func limits(limits: YAMLLimits, yaml: String, expected: String) throws {
        let error = #expect(throws: YAMLError.self) { try YAMLNode(parsing: yaml, limits: limits) }
        #expect(error?.description == expected)
        // One more of each is enough.
        let more = YAMLLimits(bytes: limits.bytes + 1, depth: limits.depth + 1, nodes: limits.nodes + 1)
        #expect(throws: Never.self) { try YAMLNode(parsing: yaml, limits: more) }
    }

    /// Ten levels of ten aliases each would be 10^10 values.
    @Test func manyAliases() {
        let bomb = (1...10).reduce(into: "a0: &a0 [x]\n") { text, level in
            let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(throws: YAMLError.self) { try YAMLNode(parsing: bomb) }
    }
}
