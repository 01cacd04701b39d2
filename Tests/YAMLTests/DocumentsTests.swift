import Basics
import JSON
import Testing
import YAML

@Suite struct DocumentsTests {
    @Test(
        arguments: [
            ("", []), ("a: 1", [["a": 1]]), ("a: 1\n---\nb: 2\n", [["a": 1], ["b": 2]]),
            ("---\n---\nb: 2\n...\n", [.null, ["b": 2]]), ("--- 1\n--- 2\n--- 3\n", [1, 2, 3]),
            ("a: &x 1\n---\nb: &x 2\nc: *x\n", [["a": 1], ["b": 2, "c": 2]]),
        ] as [(String, [JSONValue])])
    private func documents(yaml: String, expected: [JSONValue]) throws {
        #expect(try YAMLNode.documents(parsing: Array(yaml.utf8)).map(\.json) == expected)
    }

    @Test func linesGoOn() throws {
        let documents = try YAMLNode.documents(parsing: Array("a: 1\n---\n\nb: 2\n".utf8))
        #expect(documents.map(\.line) == [1, 4])
    }

    @Test func anchorsEndWithTheirDocument() {
        #expect(throws: YAMLError.self) { try YAMLNode.documents(parsing: Array("a: &x 1\n---\nb: *x\n".utf8)) }
    }

    /// The limit is for all documents together.
    @Test func limitsAreShared() {
        let limits = YAMLLimits(nodes: 5)
        let text = Array("[1, 2]\n---\n[1, 2]\n".utf8)
        #expect(throws: YAMLError.self) { try YAMLNode.documents(parsing: text, limits: limits) }
    }
}
