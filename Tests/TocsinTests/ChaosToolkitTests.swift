import Basics
import Foundation
import JSON
import TestSupport
import Testing

/// Experiment documents of our own, run by Chaos Toolkit itself and by `tocsin chaos`.
///
/// Journals, exit codes, log files and what the targets saw are compared field by field. The documents and the list of
/// meant differences are in Tools/chaos-oracle.
@Suite(
    .enabled(if: Workspace.hasPython, "the reference is Chaos Toolkit: run ./build.sh setup"), .timeLimit(.minutes(5)))
struct ChaosToolkitTests {
    @Test("experiments end as they do under Chaos Toolkit", arguments: DifferentialSuite.areas)
    func area(_ area: String) throws {
        let outcomes = try DifferentialSuite.outcomes.get()
        let here = outcomes.filter { $0.area == area }
        #expect(!here.isEmpty, "no case of \(area) was run")
        for outcome in here {
            for problem in outcome.problems { Issue.record(Comment(rawValue: "\(outcome.name): \(problem)")) }
        }
    }

    @Test("the suite has at least 120 documents, and no difference is listed that is gone")
    func whole() throws {
        let outcomes = try DifferentialSuite.outcomes.get()
        #expect(outcomes.count >= 120)
        for outcome in outcomes where outcome.area == "differences.yaml" {
            Issue.record(Comment(rawValue: outcome.problems.joined(separator: ", ")))
        }
    }
}

/// One run of Tools/chaos-oracle/run.py, which all tests share.
private enum DifferentialSuite {
    struct Outcome {
        let name: String
        let problems: [String]
        /// The file of the case.
        var area: String { String(name.prefix { $0 != "/" }) }
    }

    struct NoReport: Error {
        let errors: String
    }

    private static let folder = Workspace.root.appending(path: "Tools/chaos-oracle")

    /// The names of the files with documents.
    static let areas: [String] = {
        let files = try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "documents").path)
        return (files ?? []).filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }()

    static let outcomes = Result {
        // Next to the test's own executable.
        let tocsin = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: "tocsin").path
        let script = folder.appending(path: "run.py").path
        let result = try Command.run(Workspace.python, [script, "--report", "--ours", tocsin])
        let outcomes = try result.output.split(separator: "\n").map { line in
            let outcome = try JSONValue(parsing: String(line))
            return Outcome(
                name: outcome["name"]?.stringValue ?? "",
                problems: outcome["problems"]?.arrayValue?.compactMap(\.stringValue) ?? [])
        }
        guard !outcomes.isEmpty else { throw NoReport(errors: result.errors) }
        return outcomes
    }
}
