import Foundation
import JSON
import ServiceLevels
import TestSupport
import Testing

@testable import AlarmProvisioner

/// terraform/aws's list of calls is that of the sources: what IAM allows, and what EventBridge sends.
@Suite struct DeploymentListTests {
    private static func list() throws -> JSONValue {
        let file = Workspace.root.appending(path: "terraform/aws/modules/tocsin/alarm-provisioner.json")
        return try JSONValue(parsing: Array(Data(contentsOf: file)))
    }

    private static func texts(_ value: JSONValue?) -> [String] {
        (value?.arrayValue ?? []).compactMap(\.stringValue)
    }

    @Test("every kind's permissions are what finding it calls", arguments: ResourceKind.allCases)
    func permissions(kind: ResourceKind) throws {
        let actions = ResourceFinder.actions(for: [kind])
        #expect(
            Self.texts(try Self.list()["kinds"]?[kind.rawValue]) == actions,
            "\"\(kind.rawValue)\": \(JSONValue.array(actions.map { .string($0) }))")
    }

    @Test("the rules of EventBridge send the calls that the table knows, and no others")
    func calls() throws {
        var names: [String] = []
        for (_, services) in try Self.list()["calls"]?.objectValue ?? [:] {
            for (service, calls) in services.objectValue ?? [:] {
                names += Self.texts(calls).map { "\(service) \($0)" }
            }
        }
        #expect(names.sorted() == ResourceCalls.all)
    }

    @Test("changes of tags come from services whose resources are watched")
    func tags() throws {
        let services = Set(ResourceKind.allCases.map { String($0.rawValue.prefix { $0 != ":" }) })
        for service in Self.texts(try Self.list()["tagged"]) { #expect(services.contains(service), "\(service)") }
    }

    @Test("the example's rules are right")
    func example() throws {
        let file = Workspace.root.appending(path: "terraform/aws/example/alarms.yaml")
        let source = RuleFile.Source(name: "alarms.yaml", bytes: Array(try Data(contentsOf: file)))
        let rules = try RuleFile.read([source], catalogue: .recommended) { ObjectiveRule.read($0, file: $1) }
        #expect(rules.rules.contains { $0.name == "old-messages" })
        #expect(rules.rules.contains { $0.name == "lambda-errors" })
        #expect(rules.objectives.map(\.objective.name) == ["front-page"])
    }
}
