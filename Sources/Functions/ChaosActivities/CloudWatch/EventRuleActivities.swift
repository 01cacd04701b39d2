import AWS
import Basics
import Experiments
import JSON

/// The actions of `chaosaws.cloudwatch`: rules of EventBridge, and metric values.
extension ChaosActivities {
    static var eventRules: [NativeActivity] {
        let module = "chaosaws.cloudwatch.actions"
        let name = NativeActivity.Argument("rule_name", .text)
        let reads: [NativeActivity.Call] = [.read("events:DescribeRule"), .read("events:ListTagsForResource")]
        let targets: [NativeActivity.Call] = [.read("events:ListTargetsByRule"), .change("events:RemoveTargets")]
        return [
            .aws(
                module, "put_rule", .action, "Creates a rule, or changes it.",
                arguments: [
                    name, .init("schedule_expression", .text, .null), .init("event_pattern", .text, .null),
                    .init("state", .text, .null), .init("description", .text, .null), .init("role_arn", .text, .null),
                ], calls: reads + [.change("events:PutRule")], choice: "the rule", targets: EventRules.targets,
                undo: EventRuleUndos.definition, run: EventRules.put),
            .aws(
                module, "put_rule_targets", .action, "Adds targets to a rule, or changes them.",
                arguments: [name, .init("targets", .list)], calls: reads + [.change("events:PutTargets")],
                choice: "the rule", targets: EventRules.targets, undo: EventRuleUndos.targets,
                run: EventRules.putTargets),
            .aws(
                module, "disable_rule", .action, "Disables a rule.", arguments: [name],
                calls: reads + [.change("events:DisableRule")], choice: "the rule", targets: EventRules.targets,
                undo: EventRuleUndos.state(after: "DISABLED", ofAnyState: true)
            ) { invocation, targets in
                let name = JSONValue.string(try firstTarget(of: targets).id)
                return try await invocation.client(.eventBridge).response("DisableRule", ["Name": name])
            },
            .aws(
                module, "enable_rule", .action, "Enables a rule.", arguments: [name],
                calls: reads + [.change("events:EnableRule")], choice: "the rule", targets: EventRules.targets,
                undo: EventRuleUndos.state(after: "ENABLED", ofAnyState: true)
            ) { invocation, targets in
                let name = JSONValue.string(try firstTarget(of: targets).id)
                return try await invocation.client(.eventBridge).response("EnableRule", ["Name": name])
            },
            .aws(
                module, "delete_rule", .action, "Deletes a rule; with force its targets, too.",
                arguments: [name, .init("force", .flag, false)],
                calls: reads + targets + [.change("events:DeleteRule")], choice: "the rule",
                targets: EventRules.targets, undo: EventRuleUndos.whole, run: EventRules.delete),
            .aws(
                module, "remove_rule_targets", .action, "Removes targets of a rule, all without target_ids.",
                arguments: [name, .init("target_ids", .list, .null)], calls: reads + targets, choice: "the rule",
                targets: EventRules.targets, undo: EventRuleUndos.targets, run: EventRules.removeTargets),
            // Without an undo: values of a metric cannot be removed.
            .aws(
                module, "put_metric_data", .action, "Publishes values of metrics.",
                arguments: [.init("namespace", .text), .init("metric_data", .list)],
                calls: [.change("cloudwatch:PutMetricData")], choice: "the namespace",
                targets: { invocation in
                    [
                        NativeActivity.Target(
                            kind: "cloudwatch:namespace", id: invocation.argument("namespace").pythonText,
                            region: try invocation.client(.cloudWatch).region)
                    ]
                },
                run: { invocation, targets in
                    try firstTarget(of: targets)
                    _ = try await refusals(\.message) {
                        try await invocation.client(.cloudWatch).call(
                            "PutMetricData",
                            [
                                "Namespace": invocation.argument("namespace"),
                                "MetricData": invocation.argument("metric_data"),
                            ])
                    }
                    return .null
                }),
        ]
    }
}

/// Rules of the default event bus and their targets.
enum EventRules {
    static let kind = "events:rule"

    /// The rule `rule_name`, and its tags.
    ///
    /// A rule that does not exist stays a target: `put_rule` creates it, and EventBridge tells the others about it.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.eventBridge)
        let name = invocation.argument("rule_name").pythonText
        var tags = JSONValue.array([])
        if let rule = try await find(name, client) { tags = try await self.tags(of: rule, client) }
        return [NativeActivity.Target(kind: kind, id: name, region: client.region, tags: tags.tags)]
    }

    /// Which rule a target is: `name` on the default bus, `bus/name` on another.
    static func input(_ target: NativeActivity.Target) -> JSONObject {
        guard let end = target.id.lastIndex(of: "/") else { return ["Name": .string(target.id)] }
        return [
            "Name": .string(String(target.id[end...].dropFirst())), "EventBusName": .string(String(target.id[..<end])),
        ]
    }

    /// The rule; nil when it does not exist.
    static func find(_ name: String, _ client: ActivityClient) async throws -> JSONValue? {
        try await existing(["ResourceNotFoundException"]) {
            try await client.call("DescribeRule", ["Name": .string(name)])
        }
    }

    /// The tags of a rule, as EventBridge lists them.
    static func tags(of rule: JSONValue, _ client: ActivityClient) async throws -> JSONValue {
        let tags =
            try await existing(["ResourceNotFoundException"]) {
                try await client.call("ListTagsForResource", ["ResourceARN": rule["Arn"] ?? .null])["Tags"]
            } ?? nil
        return tags ?? []
    }

    /// All targets of a rule; none when the rule does not exist.
    static func rowsOfTargets(_ name: String, _ client: ActivityClient) async throws -> [JSONValue] {
        try await existing(["ResourceNotFoundException"]) {
            try await client.items("ListTargetsByRule", ["Rule": .string(name)])
        } ?? []
    }

    @Sendable static func put(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        var input: JSONObject = ["Name": .string(try firstTarget(of: targets).id)]
        let members = [
            ("ScheduleExpression", "schedule_expression"), ("EventPattern", "event_pattern"), ("State", "state"),
            ("Description", "description"), ("RoleArn", "role_arn"),
        ]
        for (member, argument) in members { input[member] = invocation.given(argument) }
        return try await invocation.client(.eventBridge).response("PutRule", input)
    }

    @Sendable static func putTargets(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let name = try firstTarget(of: targets).id
        let response = try await invocation.client(.eventBridge)
            .response("PutTargets", ["Rule": .string(name), "Targets": invocation.argument("targets")])
        return try complete(response, name, "added")
    }

    @Sendable static func removeTargets(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let name = try firstTarget(of: targets).id
        let client = try invocation.client(.eventBridge)
        var ids = invocation.argument("target_ids")
        if ids.isNull {
            ids = .array(
                try await client.items("ListTargetsByRule", ["Rule": .string(name)]).compactMap { $0["Id"] })
            guard ids != [] else { throw ExperimentError.failedActivity("the rule \(name) has no targets to remove") }
        }
        return try complete(
            try await client.response("RemoveTargets", ["Rule": .string(name), "Ids": ids]), name, "removed")
    }

    @Sendable static func delete(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let name = try firstTarget(of: targets).id
        let client = try invocation.client(.eventBridge)
        if invocation.given("force") != nil {
            let ids = try await client.items("ListTargetsByRule", ["Rule": .string(name)]).compactMap { $0["Id"] }
            // EventBridge refuses to remove none.
            if !ids.isEmpty {
                let response = try await client.call("RemoveTargets", ["Rule": .string(name), "Ids": .array(ids)])
                _ = try complete(response, name, "removed")
            }
        }
        return try await client.response("DeleteRule", ["Name": .string(name)])
    }

    /// The output, unless EventBridge refused single targets, which it tells in a successful answer.
    static func complete(_ output: JSONValue, _ rule: String, _ verb: String) throws(ExperimentError) -> JSONValue {
        guard let count = output["FailedEntryCount"]?.intValue, count > 0 else { return output }
        let entries = (output["FailedEntries"]?.elements ?? []).map { entry in
            "\(entry["TargetId"]?.pythonText ?? ""): \(entry["ErrorMessage"]?.pythonText ?? "unknown error")"
        }
        throw .failedActivity("targets of the rule \(rule) were not \(verb): \(entries.joined(separator: "; "))")
    }
}
