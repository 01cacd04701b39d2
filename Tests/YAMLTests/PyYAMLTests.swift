import Basics
import Foundation
import JSON
import TestSupport
import Testing
import YAML

/// `YAMLSchema.pyYAML` against PyYAML's `safe_load`.
@Suite struct PyYAMLTests {
    private func read(_ text: String) throws -> JSONValue {
        try YAMLNode(parsing: Array(text.utf8), schema: .pyYAML).json
    }

    @Test(
        "what Python's programs cannot write as JSON has a form, too",
        arguments: [
            ("!!set {b, a}", ["b", "a"]), ("2001-01-01: x", ["2001-01-01": "x"]), ("{1: a, '1': b}", ["1": "b"]),
            ("!!binary aGk=", "hi"),
        ] as [(String, JSONValue)])
    func unusualValues(text: String, expected: JSONValue) throws {
        #expect(try read(text) == expected)
    }

    @Test("of merged mappings the first wins, whatever the length of the key")
    func mergeOrder() throws {
        let text = "a: &a {key: 1, k: 1}\nb: &b {key: 2, k: 2}\nc: {<<: [*a, *b]}"
        #expect(try read(text)["c"] == ["key": 1, "k": 1])
    }

    @Test(
        "tags of Python, unknown tags and wrong values are refused with their place",
        arguments: ["!!python/object/apply:os.system [ls]", "!foo bar", "!!int x", "2001-02-30", "=", "<<"])
    func refused(text: String) throws {
        let error = #expect(throws: YAMLError.self) { try read("a: 1\nb:   \(text)") }
        #expect(error?.code == .wrongTag)
        #expect(error?.line == 2)
        #expect(error?.column == 6)
    }

    @Test("the schema of other files stays as it is: `yes` is a text, a duplicate key is refused")
    func defaultSchema() throws {
        #expect(
            try YAMLNode(parsing: Array("a: yes\nb: 12:30\nc: 1e3".utf8)).json == [
                "a": "yes", "b": "12:30", "c": 1000.0,
            ])
        #expect(throws: YAMLError.self) { try YAMLNode(parsing: Array("{a: 1, a: 2}".utf8)) }
    }

    @Test("lines and columns of values are kept")
    func places() throws {
        let node = try YAMLNode(parsing: Array("a:\n  on: 12:30\n".utf8), schema: .pyYAML)
        #expect(node["a"]?["true"]?.line == 2)
        #expect(node["a"]?["true"]?.column == 7)
    }

    @Test(
        "thousands of documents are read as PyYAML's safe_load reads them",
        .enabled(if: Workspace.hasPython, "the oracle is PyYAML: run ./build.sh setup"))
    func agreesWithPyYAML() throws {
        let script = Workspace.root.appending(path: "Tools/chaos-oracle/documents.py").path
        let result = try Command.run(Workspace.python, [script, "3", "1500"])
        try #require(result.status == 0, "\(result.errors.suffix(2_000))")
        var (agreed, refused) = (0, 0)
        var faults: [String] = []
        for line in result.output.utf8.split(separator: UInt8(ascii: "\n")) {
            let parts = line.split(separator: UInt8(ascii: "\t"), maxSplits: 1)
            let text = try #require(try JSONValue(parsing: Array(parts[0])).stringValue)
            let theirs = String(parts[1]) ?? ""
            let ours: String
            do {
                let json = try YAMLNode(parsing: Array(text.utf8), schema: .pyYAML).json
                ours = try JSONValue(parsing: json.serialized()).description
            } catch let error as YAMLError { ours = "refused: \(error)" }
            if theirs == "refused", ours.hasPrefix("refused") {
                refused += 1
            } else if let value = try? JSONValue(parsing: theirs), value.description == ours {
                agreed += 1
            } else if ours.contains("found unexpected ':'") || text.contains("\t") {
                continue  // libyaml and PyYAML's own parser differ
            } else {
                faults.append("\(text.debugDescription): \(ours), but PyYAML: \(theirs)")
            }
        }
        for fault in faults.prefix(40) { Issue.record("\(fault)") }
        #expect(faults.isEmpty, "\(faults.count) differences")
        #expect(agreed > 3_000)
        #expect(refused > 500)
    }
}
