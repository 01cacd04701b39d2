import AWS
import Basics
import CloudWatchAlarms
import Configuration
import Foundation
import JSON
import TestSupport
import Testing

@testable import AlarmProvisioner

/// The alarms of both forms, compared with those that the other programs made of the same resources on moto, name by
/// name and setting by setting.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .serialized)
struct CompatibilityTests {
    @Test(arguments: CompatibilityCase.names("original"))
    func original(name: String) async throws {
        let test = try await CompatibilityCase("original", name)
        let bytes = try [UInt8](Data(contentsOf: test.folder.appending(path: "config.yaml")))
        let file = try OriginalAlarmsFile(parsing: bytes, file: "config.yaml")
        // The original looks at instances with this tag only.
        let variables = test.environment.merging(["INSTANCE_TAGS": "Product=Energy"]) { $1 }
        let settings = try Environment(variables).parse { OriginalSettings($0) }
        let reader = try OriginalHostReader(
            ec2: test.client(.ec2), route53: test.client(.route53), scope: CompatibilityCase.scope)
        let hosts = file.needsHosts ? await reader.hosts() : OriginalHosts()
        #expect(hosts.incomplete.isEmpty)
        let alarms = file.alarms(
            hosts: hosts, settings: settings, options: AlarmOptions(), scope: CompatibilityCase.scope)
        #expect(try await test.differences(alarms.alarms) == MeantDifference.of("original/\(name)"))
    }

    @Test(arguments: CompatibilityCase.names("auto-alarms"))
    func autoAlarms(name: String) async throws {
        let test = try await CompatibilityCase("auto-alarms", name)
        let settings = try Environment(test.environment).parse { AutoAlarmSettings($0) }
        let tags = AutoAlarmTags(settings: settings)
        let resources = try await resources(of: test)
        var facts = AutoAlarmFacts()
        let lookup = try AutoAlarmLookup(
            cloudWatch: test.client(.cloudWatch), ec2: test.client(.ec2), scope: CompatibilityCase.scope)
        let result = await lookup.read(tags.needs(of: resources), into: &facts)
        #expect(result.incomplete.isEmpty)
        // Other than ours, auto-alarms' alarms tell nobody of a recovery.
        let options = AlarmOptions(notifiesRecovery: false)
        let alarms = tags.alarms(for: resources, facts: facts, options: options)
        let differences = try await test.differences(alarms.alarms)
        #expect(differences == MeantDifference.of("auto-alarms/\(name)"))
    }

    @Test func everyMeantDifferenceIsOfACase() {
        let names =
            CompatibilityCase.names("original").map { "original/\($0)" }
            + CompatibilityCase.names("auto-alarms").map { "auto-alarms/\($0)" }
        #expect(MeantDifference.all.map(\.test).filter { !names.contains($0) } == [])
    }

    /// Instances as moto has them, and what the case itself describes.
    private func resources(of test: CompatibilityCase) async throws -> [WatchedResource] {
        let page = try await test.client(.ec2).call("DescribeInstances")
        let instances = (page["Reservations"]?.arrayValue ?? []).flatMap { $0["Instances"]?.arrayValue ?? [] }
        let described = test.filled(test.document["resources"] ?? []).arrayValue ?? []
        return instances.compactMap { instance in
            instance["InstanceId"]?.stringValue.map { id in
                WatchedResource(
                    kind: .ec2Instance, scope: CompatibilityCase.scope,
                    id: "arn:aws:ec2:eu-central-1:123456789012:instance/\(id)", name: id,
                    tags: Self.tags(instance),
                    dimensions: [
                        "InstanceId": id, "ImageId": instance["ImageId"]?.stringValue ?? "",
                        "InstanceType": instance["InstanceType"]?.stringValue ?? "",
                    ])
            }
        }
            + described.compactMap { resource in
                ResourceKind(rawValue: resource["kind"]?.stringValue ?? "").map { kind in
                    WatchedResource(
                        kind: kind, scope: CompatibilityCase.scope, id: resource["id"]?.stringValue ?? "",
                        name: resource["name"]?.stringValue ?? "", tags: Self.texts(resource["tags"]),
                        dimensions: Self.texts(resource["dimensions"]))
                }
            }
    }

    private static func texts(_ value: JSONValue?) -> [String: String] {
        Dictionary((value?.objectValue ?? [:]).map { ($0.key, $0.value.stringValue ?? "") }) { $1 }
    }

    private static func tags(_ instance: JSONValue) -> [String: String] {
        let tags = instance["Tags"]?.arrayValue ?? []
        return Dictionary(tags.map { ($0["Key"]?.stringValue ?? "", $0["Value"]?.stringValue ?? "") }) { $1 }
    }
}
