import AWS
import Basics
import JSON
import Transport

@testable import Experiments

/// Small experiments and native activities.
enum Samples {
    static let stop = NativeActivity(
        "chaosaws.ec2.actions", "stop_instances", .action, "Stops instances.",
        arguments: [.init("instance_ids", .list, .null), .init("region", .text, .null)],
        calls: [.read("ec2:DescribeInstances"), .change("ec2:StopInstances")],
        undo: NativeActivity.Undo(
            "starts the instances that were running",
            calls: [.read("ec2:DescribeInstances"), .change("ec2:StartInstances")],
            capture: { _, _ in "running" }, check: { _, _, _ in .restored }, restore: { _, _, _ in })
    ) { _, _ in .null }

    static let probe = NativeActivity(
        "chaosaws.ec2.probes", "count_instances", .probe, "Counts instances.",
        calls: [.read("ec2:DescribeInstances")]
    ) { _, _ in 3 }

    static let registry = ActivityRegistry([stop, probe], aliases: ["experimentvr.ec2": "chaosaws.ec2.actions"])

    static func activity(
        _ name: String, _ provider: JSONValue, kind: String = "action", background: Bool = false
    ) -> Activity {
        Activity(
            declaration: ["type": .string(kind), "name": .string(name), "provider": provider],
            isBackground: background, line: 7)
    }

    /// The extension of an experiment that has one probe as its stop condition.
    static func stopCondition(_ provider: JSONValue) -> JSONValue {
        let probe: JSONValue = ["name": "watch", "type": "probe", "tolerance": 0, "provider": provider]
        return [["name": "tocsin", "stop-conditions": [["probe": probe]]]]
    }

    static func experiment(
        hypothesis: [Activity] = [], method: [Activity] = [], rollbacks: [Activity] = [],
        controls: [ControlDeclaration] = [], configuration: JSONObject = [:], extensions: JSONValue = []
    ) -> Experiment {
        Experiment(
            document: ["title": "A test", "configuration": .object(configuration), "extensions": extensions],
            hypothesis: Hypothesis(declaration: [:], probes: hypothesis), method: method, rollbacks: rollbacks,
            controls: controls)
    }
}

extension SafetyMoto {
    static func put(_ text: String, parameter: String) async throws {
        _ = try await AWSClient(.ssm, configuration: aws()).call(
            "PutParameter",
            ["Name": .string(parameter), "Value": .string(text), "Type": "String", "Overwrite": true])
    }

    static func put(_ text: String, bucket: String, key: String) async throws {
        _ = try await AWSClient(.s3, configuration: aws()).send(
            "PutObject", ["Bucket": .string(bucket), "Key": .string(key)], body: .bytes(Array(text.utf8)))
    }
}
