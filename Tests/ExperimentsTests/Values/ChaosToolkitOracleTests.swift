import Basics
import Foundation
import JSON
import TestSupport
import Testing

@testable import Experiments

/// Substitution and tolerances, case by case, as chaostoolkit-lib decides them.
@Suite(.enabled(if: Workspace.hasPython, "the oracle is Chaos Toolkit: run ./build.sh setup"))
struct ChaosToolkitOracleTests {
    /// Where the two differ on purpose: a search that Python would not end, and the limits that PythonPattern lists.
    private static func isKnownDifference(_ tolerance: JSONValue) -> Bool {
        guard let pattern = tolerance["pattern"]?.stringValue else { return false }
        return pattern.contains("\\N{") || pattern.contains("99999}")
            || (pattern.contains("(?a") && !pattern.contains("(?a)"))
            || (pattern.contains("[") && pattern.contains("\\S"))
    }

    @Test("thousands of tolerances and templates are decided as Chaos Toolkit decides them")
    func agreesWithChaosToolkit() async throws {
        let script = Workspace.root.appending(path: "Tools/chaos-oracle/values.py").path
        let result = try Command.run(Workspace.python, [script, "12", "150"])
        try #require(result.status == 0, "\(result.errors.suffix(2_000))")
        let lines = result.output.utf8.split(separator: UInt8(ascii: "\n"))
        let first = try JSONValue(parsing: Array(lines[0]))
        let variables = try #require(first["configuration"]?.objectValue)
        let secrets = try #require(first["secrets"]?.objectValue)
        let usual = Substitution(configuration: variables, secrets: secrets)
        var counts: [String: Int] = [:]
        var faults: [String] = []
        for line in lines.dropFirst() {
            let one = try JSONValue(parsing: Array(line))
            let kind = one["kind"]?.stringValue ?? ""
            counts[kind, default: 0] += 1
            let fault: String? =
                switch kind {
                case "text": Self.checkText(one)
                case "substitute": Self.checkSubstitution(one)
                case "valid": Self.checkValidity(one)
                default: await Self.checkTolerance(one, usual)
                }
            if let fault { faults.append("\(fault): \(one)") }
        }
        for fault in faults.prefix(40) { Issue.record("\(fault)") }
        #expect(faults.isEmpty, "\(faults.count) differences")
        #expect(counts["text", default: 0] > 200)
        #expect(counts["substitute", default: 0] > 1_500)
        #expect(counts["valid", default: 0] > 900)
        #expect(counts["tolerance", default: 0] > 15_000)
    }

    private static func checkText(_ one: JSONValue) -> String? {
        guard let value = one["value"] else { return "no value" }
        let found: JSONObject = [
            "str": .string(Python.str(value)), "repr": .string(value.pythonRepresentation),
            "true": .bool(Python.isTrue(value)),
        ]
        return found.first { !Python.areEqual($0.value, one[$0.key] ?? .null) }.map { "\($0.key) is \($0.value)" }
    }

    private static func checkSubstitution(_ one: JSONValue) -> String? {
        let data = one["data"] ?? .null
        let substitution = Substitution(
            configuration: one["configuration"]?.objectValue ?? [:], secrets: one["secrets"]?.objectValue ?? [:])
        let value = substitution.apply(to: data)
        guard isSame(value, one["expected"]) else { return "became \(value)" }
        let arguments = substitution.apply(toArguments: data)
        return isSame(arguments, one["arguments"]) ? nil : "arguments became \(arguments)"
    }

    /// The same to Python and of the same type.
    private static func isSame(_ value: JSONValue, _ expected: JSONValue?) -> Bool {
        expected.map { Python.areEqual(value, $0) && value.pythonRepresentation == $0.pythonRepresentation } ?? false
    }

    private static func checkValidity(_ one: JSONValue) -> String? {
        let tolerance = one["tolerance"] ?? .null
        guard !isKnownDifference(tolerance) else { return nil }
        let isValid = Tolerance.faults(of: tolerance).isEmpty
        // Where Chaos Toolkit dies in its validation, a fault is what it meant.
        return isValid == (one["expected"] == true) ? nil : "valid: \(isValid)"
    }

    private static func checkTolerance(_ one: JSONValue, _ usual: Substitution) async -> String? {
        let tolerance = one["tolerance"] ?? .null
        guard !isKnownDifference(tolerance) else { return nil }
        let substitution = one["configuration"] == nil ? usual : Substitution(configuration: [:], secrets: [:])
        let found: String
        do {
            let isMet = try await Tolerance(tolerance).isMet(by: one["value"] ?? .null, substitution) { activity in
                #expect(activity["provider"]?["arguments"]?["value"] == one["value"])
                return one["failed"] == true ? nil : one["returns"]
            }
            found = "\(isMet)"
        } catch let error as ExperimentError {
            found = error.code == .unforeseen ? "dies" : "\(error)"
        } catch {
            found = "\(error)"
        }
        return found == (one["dies"] == nil ? one["expected"]?.description : "dies") ? nil : found
    }
}
