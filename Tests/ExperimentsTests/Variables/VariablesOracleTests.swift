import Basics
import Foundation
import JSON
import TestSupport
import Testing

@testable import Experiments

/// Configuration, secrets and overrides, case by case, as chaostoolkit-lib resolves them.
@Suite(.enabled(if: Workspace.hasPython, "the oracle is Chaos Toolkit: run ./build.sh setup"))
struct VariablesOracleTests {
    private struct Case {
        let one: JSONValue

        var declaration: JSONObject { one["declaration"]?.objectValue ?? [:] }
        var environment: [String: String] {
            Dictionary((one["environment"]?.objectValue ?? [:]).map { ($0.key, $0.value.stringValue ?? "") }) { $1 }
        }

        func overrides(_ scope: WritableKeyPath<VariableOverrides, JSONObject>) -> VariableOverrides {
            var overrides = VariableOverrides()
            overrides[keyPath: scope] = one["overrides"]?.objectValue ?? [:]
            return overrides
        }

        /// What we found, or nil for an error, against what Chaos Toolkit found.
        func fault(_ found: JSONObject?) -> String? {
            guard let found else { return one["dies"] == nil ? "refused: \(one)" : nil }
            let value = Self.comparable(.object(found))
            guard let expected = one["expected"], Python.areEqual(value, expected),
                value.pythonRepresentation == expected.pythonRepresentation
            else { return "\(value): \(one)" }
            return nil
        }

        private static func comparable(_ value: JSONValue) -> JSONValue {
            switch value {
            case .double(let number) where !number.isFinite: ["float": .string(number.pythonText)]
            case .array(let elements): .array(elements.map(comparable))
            case .object(let object): .object(JSONObject(object.map { ($0.key, comparable($0.value)) }))
            default: value
            }
        }
    }

    @Test("hundreds of configurations, secrets and overrides are resolved as Chaos Toolkit resolves them")
    func agreesWithChaosToolkit() async throws {
        let script = Workspace.root.appending(path: "Tools/chaos-oracle/variables.py").path
        let result = try Command.run(Workspace.python, [script])
        try #require(result.status == 0, "\(result.errors.suffix(2_000))")
        var counts: [String: Int] = [:]
        var faults: [String] = []
        var seen: JSONObject = [:]
        for line in result.output.utf8.split(separator: UInt8(ascii: "\n")) {
            let one = Case(one: try JSONValue(parsing: Array(line)))
            let kind = one.one["kind"]?.stringValue ?? ""
            counts[kind, default: 0] += 1
            switch kind {
            case "configuration":
                let resolved = ExperimentVariables.configuration(
                    of: one.declaration, environment: one.environment, overrides: one.overrides(\.configuration))
                faults += [one.fault(try? resolved.get())].compactMap(\.self)
            case "secrets":
                let resolver = SecretResolver(
                    environment: one.environment, overrides: one.overrides(\.secrets), remote: nil)
                let resolved = try await resolver.secrets(of: one.declaration, configuration: [:])
                faults += [one.fault(try? resolved.get())].compactMap(\.self)
            case "var":
                let text = one.one["text"]?.stringValue ?? ""
                faults += [one.fault((try? VariableOverrides(variables: [text]))?.configuration)].compactMap(\.self)
            case "dynamic":
                seen = [:]
                let resolved = try await ExperimentVariables.dynamicConfiguration(
                    one.one["configuration"]?.objectValue ?? [:], secretScopes: ["s"]
                ) { probe, configuration in
                    let name = probe["name"]?.stringValue ?? ""
                    seen[name] = .object(configuration)
                    if name == "p", one.one["fails"] == true { throw ExperimentError(.activityFailed, "no") }
                    return name == "p" ? one.one["output"] ?? .null : "second"
                }
                faults += [one.fault(resolved.values)].compactMap(\.self)
            default:
                if one.one["seen"] != .object(seen) { faults.append("\(seen): \(one.one)") }
            }
        }
        for fault in faults.prefix(40) { Issue.record("\(fault)") }
        #expect(faults.isEmpty, "\(faults.count) differences")
        #expect(counts["configuration", default: 0] > 700)
        #expect(counts["secrets", default: 0] > 100)
        #expect(counts["var", default: 0] > 400)
        #expect(counts["dynamic", default: 0] == 12)
    }
}
