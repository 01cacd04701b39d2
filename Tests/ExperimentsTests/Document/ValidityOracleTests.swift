import Basics
import Experiments
import Foundation
import JSON
import TestSupport
import Testing

/// A document is valid exactly when Chaos Toolkit takes it.
@Suite struct ValidityOracleTests {
    private static let variables = ["TOCSIN_TEXT": "text", "TOCSIN_INT": "5"]

    /// The activities in the script's documents; their arguments take anything, as in Python.
    private static let registry = ActivityRegistry([
        activity("chaosaws.ec2.actions", "stop_instances", ["instance_ids", "az", "filters", "force"]),
        activity("chaosaws.ec2.probes", "instance_state", ["instance_ids", "filters"], required: ["state"]),
    ])

    private static func activity(
        _ module: String, _ function: String, _ optional: [String], required: [String] = []
    ) -> NativeActivity {
        NativeActivity(
            module, function, .action, "",
            arguments: required.map { .init($0, .any) } + optional.map { .init($0, .any, .null) }
        ) { _, _ in nil }
    }

    @Test(
        "mutated documents are refused exactly when Chaos Toolkit refuses them",
        .enabled(if: Workspace.hasPython, "needs Chaos Toolkit: run ./build.sh setup"))
    func agreesWithChaosToolkit() throws {
        let script = Workspace.root.appending(path: "Tools/chaos-oracle/validity.py").path
        let result = try Command.run(Workspace.python, [script], environment: Self.variables)
        #expect(result.status == 0, "\(result.errors)")
        let environment = ProcessInfo.processInfo.environment.merging(Self.variables) { $1 }
        let validation = ExperimentValidation(registry: Self.registry, environment: environment)
        var (valid, refused, differences) = (0, 0, 0)
        for line in result.output.split(separator: "\n") {
            let row = try JSONValue(parsing: String(line))
            let document = try #require(row[0])
            let source = SourceDocument(document, name: "e.json")
            let findings = validation.findings(in: source)
            // What is not valid can be read all the same, unless it is no mapping.
            let experiment = try? Experiment(source)
            #expect((experiment == nil) == (document.objectValue?.isEmpty ?? true))
            if row[1] == true { valid += 1 } else { refused += 1 }
            guard findings.isValid != row[1]?.boolValue else { continue }
            differences += 1
            if differences < 20 {
                Issue.record("\(row[3] ?? nil): \(row[2] ?? nil), but \(findings.text("e.json")) \(document)")
            }
        }
        #expect(differences == 0)
        #expect(valid > 800)
        #expect(refused > 800)
    }
}
