import Basics
import Foundation
import JSON
import TestSupport
import Testing
import YAML

@Suite struct OracleTests {
    /// PyYAML's own scanner and parser, in Python, read mutated documents the same way.
    @Test(.enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func agreesWithPyYAML() throws {
        let script = Workspace.root.appending(path: "Tools/yaml-oracle/documents.py").path
        let result = try Command.run(Workspace.python, [script])
        #expect(result.status == 0, "\(result.errors)")
        var (agreed, refused) = (0, 0)
        for line in result.output.split(separator: "\n") {
            let parts = line.split(separator: "\t", maxSplits: 1)
            let text = try #require(try JSONValue(parsing: String(parts[0])).stringValue)
            let ours = try? YAMLNode(parsing: text).json
            guard parts[1] != "refused" else {
                refused += ours == nil ? 1 : 0
                continue
            }
            let theirs = try JSONValue(parsing: String(parts[1]))
            guard let ours else { continue }
            if ours != theirs { Issue.record("\(text.debugDescription): \(ours), but PyYAML: \(theirs)") }
            agreed += 1
        }
        #expect(agreed > 1_000 && refused > 1_000)
    }

    /// Random bytes, and random pieces of YAML, never do more than throw.
    @Test(arguments: 0..<4)
    func randomInput(seed: UInt64) {
        var random = SeededRandom(seed)
        let pieces = [
            "- ", "a: ", ": ", "\n", "  ", "[", "]", "{", "}", ",", "&x ", "*x", "<<: ", "|\n", ">", "\"", "'", "#",
            "!!int ", "! ", "---\n", "...", "%", "\t", "\\u", "0x1", "é", "?",
        ]
        var (read, refused) = (0, 0)
        for _ in 0..<5_000 {
            let bytes: [UInt8] =
                random.next() % 4 == 0
                ? (0..<random.next() % 64).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                : (0..<random.next() % 24).flatMap { _ in Array(pieces[Int(random.next() % UInt64(pieces.count))].utf8)
                }
            do {
                _ = try YAMLNode(parsing: bytes, limits: YAMLLimits(depth: 8, nodes: 100)).json.serialized()
                read += 1
            } catch { refused += 1 }
        }
        #expect(read > 100 && refused > 100)
    }
}
