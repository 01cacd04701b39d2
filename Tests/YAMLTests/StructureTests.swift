import Basics
import JSON
import Testing
import YAML

@Suite struct StructureTests {
    static let documents: [(String, JSONValue)] = [
        ("", .null), ("# only a comment\n", .null), ("---\n", .null), ("--- 1\n...\n", 1), ("\u{FEFF}a: 1", ["a": 1]),
        ("a: 1\nb: [x, {c: 2}]\n", ["a": 1, "b": ["x", ["c": 2]]]),
        ("- 1\n- - 2\n  - 3\n- {}\n- []\n", [1, [2, 3], [:], []]),
        ("a:\n- 1\n- 2\n", ["a": [1, 2]]), ("a:\nb:\n", ["a": .null, "b": .null]),
        ("1: a\ntrue: b\n~: c\n", ["1": "a", "true": "b", "~": "c"]), ("? a\n: b\n", ["a": "b"]),
        ("a: 1\r\nb: 2\r\n", ["a": 1, "b": 2]), ("a: b # c\nd: e#f\n", ["a": "b", "d": "e#f"]),
        ("%YAML 1.2\n---\na: 1\n", ["a": 1]),
        // JSON.
        (
            #"{"a":1,"b":[true,null,-1.5e3,"\u00e9\/\n"],"c":{}}"#,
            ["a": 1, "b": [true, nil, -1500.0, "é/\n"], "c": [:]]
        ),
        ("[\n\t1,\n\t2\n]", [1, 2]), (#"["\ud83d\ude00 \\ud83d x"]"#, ["😀 \\ud83d x"]),
        // Anchors and aliases.
        ("a: &x [1, 2]\nb: *x\nc: &x 3\nd: *x\n", ["a": [1, 2], "b": [1, 2], "c": 3, "d": 3]),
        ("&k a: 1\nb: *k\n", ["a": 1, "b": "a"]), ("a: &x b\n*x : 1\n", ["a": "b", "b": 1]),
        // Merge keys: own keys first, then those of earlier mappings, and of what they merged themselves.
        ("d: &d {a: 1, b: 2}\ne: {<<: *d, b: 3, c: 4}\n", ["d": ["a": 1, "b": 2], "e": ["b": 3, "c": 4, "a": 1]]),
        (
            "- &a {x: 1}\n- &b {<<: *a, x: 2, y: 2}\n- <<: [*a, *b, {z: 3}]\n",
            [["x": 1], ["x": 2, "y": 2], ["x": 1, "y": 2, "z": 3]]
        ),
        ("'<<': 1\n", ["<<": 1]), ("- <<\n", ["<<"]),
    ]

    @Test(arguments: documents)
    func document(yaml: String, expected: JSONValue) throws {
        let value = try YAMLNode(parsing: yaml).json
        #expect(value.description == expected.description)
    }

    @Test func places() throws {
        let node = try YAMLNode(parsing: "# one\na:\n  - é: [x, y]\n    c: &n z\n  - *n\n")
        guard case .sequence(let list) = try #require(node["a"]).kind, let first = list[0]["é"],
            case .sequence(let inner) = first.kind
        else { throw Failure() }
        #expect([node.line, node.column] == [2, 1])
        #expect([list[0].line, list[0].column] == [3, 5])
        #expect([inner[1].line, inner[1].column] == [3, 12])
        #expect([list[1].line, list[1].column] == [4, 8])
    }

    @Test(arguments: [
        ("a: 1", false), ("a: &x 1", true), ("- a: {b: [&x 1]}", true), ("&x a: 1", true), ("&x [a]", true),
    ])
    func anchorsWithin(yaml: String, expected: Bool) throws {
        #expect(try YAMLNode(parsing: yaml).hasAnchor == expected)
    }

    @Test func access() throws {
        let node = try YAMLNode(parsing: "e\u{301}: 1\né: 2\nn: ~\nl: []\n")
        #expect(node["é"]?.text == "2")
        #expect(node["e\u{301}"]?.text == "1")
        #expect(node["n"]?.isNull == true)
        #expect(node["l"]?.isNull == false)
        #expect(node["l"]?.text == nil)
        #expect(node["x"] == nil)
        #expect(node["l"]?["x"] == nil)
    }
}

extension YAMLNode {
    init(parsing text: String, limits: YAMLLimits = .default) throws(YAMLError) {
        try self.init(parsing: [UInt8](text.utf8), limits: limits)
    }
}
