import Foundation
import JSON
import TestSupport
import Testing

@testable import ExperimentReport

@Suite("Damaged and foreign journals") struct DamageTests {
    private static let damages: [JSONValue] = [
        nil, 7, -1e300, "", "\u{0}\u{1B}[31m|`<", [], [nil, 1, [[]]], [:], ["type": ["type": []]], true,
    ]

    @Test("a report is made whatever is damaged, with one field after the other replaced")
    func damaged() throws {
        var sample = try Journals.sample("deviates").journal.objectValue ?? [:]
        for (key, value) in Journals.targets([("i-1", "restored")]) { sample[key] = value }
        var count = 0
        for path in Self.paths(.object(sample), depth: 0) {
            let damage = Self.damages[count % Self.damages.count]
            count += 1
            let report = ExperimentReport(journals: [Self.replacing(.object(sample), path[...], with: damage)])
            #expect(report.html().hasSuffix("</html>"), "\(path)")
            #expect(report.markdown().utf8.count < 65_000)
            #expect(report.junit().hasSuffix("</testsuites>\n"))
        }
        #expect(count > 150)
    }

    @Test("times that lie far apart, backwards or nowhere do not stop a report")
    func times() {
        for time in ["0001-01-01T00:00:00", "9999-12-31T23:59:59+00:00", "2018-01-30T16:41:03.123", "yesterday"] {
            let journal = Journals.journal(extra: [
                "start": .string(time), "end": Journals.moment(1), "duration": 1e308,
            ])
            #expect(ExperimentReport(journals: [journal]).html().contains("Losing a zone"))
        }
    }

    @Test(
        "a journal that Chaos Toolkit writes here and now is told as what it is",
        .enabled(if: Workspace.hasPython, "needs Chaos Toolkit: run ./build.sh setup"))
    func real() async throws {
        let experiment = """
            {"title": "A command goes wrong", "description": "In a real run.",
             "steady-state-hypothesis": {"title": "The flag is there", "probes": [
               {"type": "probe", "name": "flag", "tolerance": 0,
                "provider": {"type": "process", "path": "test", "arguments": ["-e", "flag"]}}]},
             "method": [{"type": "action", "name": "take the flag away",
                "provider": {"type": "process", "path": "rm", "arguments": ["flag"]}}],
             "rollbacks": [{"type": "action", "name": "put it back",
                "provider": {"type": "process", "path": "touch", "arguments": ["flag"]}}]}
            """
        try await Workspace.withTemporaryFolder { folder in
            for (name, text) in ["experiment.json": experiment, "flag": ""] {
                try Data(text.utf8).write(to: folder.appending(path: name))
            }
            let chaos = Workspace.root.appending(path: ".build/venv/bin/chaos").path
            let run = try Command.run(
                chaos, ["--no-version-check", "--no-log-file", "run", "experiment.json"], folder: folder)
            #expect(run.status == 1)
            let journal = try JSONValue(
                parsing: [UInt8](Data(contentsOf: folder.appending(path: "journal.json"))))
            let markdown = ExperimentReport(journals: [journal]).markdown()
            #expect(markdown.hasPrefix("# ❌ Deviated: `A command goes wrong`"))
            #expect(
                markdown.contains("| `flag` | `status 0` | ✅ met `status 0` | not checked | ❌ not met `status 1` |"))
        }
    }

    /// The ways to all values down to the fields of activities.
    private static func paths(_ value: JSONValue, depth: Int) -> [[String]] {
        guard depth < 7 else { return [[]] }
        let members =
            value.objectValue?.map { ($0.key, $0.value) } ?? value.arrayValue?.enumerated().map { ("\($0)", $1) } ?? []
        return [[]] + members.flatMap { key, member in paths(member, depth: depth + 1).map { [key] + $0 } }
    }

    private static func replacing(_ value: JSONValue, _ path: ArraySlice<String>, with damage: JSONValue) -> JSONValue {
        guard let key = path.first else { return damage }
        switch value {
        case .object(var members):
            members[key] = members[key].map { replacing($0, path.dropFirst(), with: damage) }
            return .object(members)
        case .array(var elements):
            guard let index = Int(key) else { return value }
            elements[index] = replacing(elements[index], path.dropFirst(), with: damage)
            return .array(elements)
        default: return damage
        }
    }
}
