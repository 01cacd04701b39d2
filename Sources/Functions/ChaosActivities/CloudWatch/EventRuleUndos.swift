import AWS
import Basics
import Experiments
import JSON

/// Put back rules of EventBridge: their definition, their state, their targets.
enum EventRuleUndos {
    /// What EventBridge tells of a rule and takes for it.
    private static let members = [
        "Description", "EventBusName", "EventPattern", "RoleArn", "ScheduleExpression", "State",
    ]

    /// Writes the old definition, or deletes the rule where there was none.
    static let definition = NativeActivity.Undo(
        "writes the definition that the rule had, or deletes the rule where there was none",
        calls: [.read("events:DescribeRule"), .change("events:PutRule"), .change("events:DeleteRule")],
        capture: { invocation, target in
            ["rule": try await rule(target, invocation.client(.eventBridge)) ?? .null]
        },
        check: { invocation, target, before in
            let now = try await rule(target, invocation.client(.eventBridge))
            let old = before["rule"] ?? .null
            if now ?? .null == old { return .restored }
            guard let now else { return .nothingLeft("the rule \(target.id) does not exist any more") }
            return .stillBroken(
                old.isNull ? "the rule \(target.id) exists, it did not before" : different(target, now, old))
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.eventBridge)
            let old = before["rule"] ?? .null
            guard let now = try await rule(target, client), now != old else { return }
            if old.isNull {
                _ = try await client.call("DeleteRule", ["Name": .string(target.id)])
            } else {
                _ = try await client.call("PutRule", named(old, target))
            }
        })

    /// Enables the rule, or disables it.
    ///
    /// - Parameters:
    ///   - after: the state that the action sets.
    ///   - ofAnyState: whether the rule may have a state before that only the whole rule sets.
    static func state(after: JSONValue, ofAnyState: Bool = false) -> NativeActivity.Undo {
        let changes: [NativeActivity.Call] = [.change("events:EnableRule"), .change("events:DisableRule")]
        return SavedSetting(
            summary: "enables the rule again, or disables it again",
            calls: [.read("events:DescribeRule")] + changes + (ofAnyState ? [.change("events:PutRule")] : []),
            name: "the state",
            read: { invocation, target in
                try await existing(["ResourceNotFoundException"]) {
                    try await invocation.client(.eventBridge).call("DescribeRule", EventRules.input(target))["State"]
                } ?? nil
            },
            after: { _, _ in after },
            write: { invocation, target, old, _ in
                let client = try invocation.client(.eventBridge)
                switch old {
                case "ENABLED": _ = try await client.call("EnableRule", EventRules.input(target))
                case "DISABLED": _ = try await client.call("DisableRule", EventRules.input(target))
                default:
                    // ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS is set by the whole rule only.
                    guard let now = try await rule(target, client) else { return }
                    var input = named(now, target)
                    input["State"] = old
                    _ = try await client.call("PutRule", input)
                }
            }
        ).undo
    }

    /// Puts back the targets that the action changes: those of the arguments, else all.
    static let targets = NativeActivity.Undo(
        "puts the targets of the rule back, and removes those that are new",
        calls: [
            .read("events:DescribeRule"), .read("events:ListTargetsByRule"), .change("events:PutTargets"),
            .change("events:RemoveTargets"),
        ],
        capture: { invocation, target in
            ["targets": .array(try await own(invocation, target, invocation.client(.eventBridge)))]
        },
        check: { invocation, target, before in
            let client = try invocation.client(.eventBridge)
            guard try await rule(target, client) != nil else {
                return .nothingLeft("the rule \(target.id) does not exist any more")
            }
            let (lost, new) = try await changes(invocation, target, before, client)
            let ids = (lost + new).compactMap { $0["Id"]?.stringValue }
            return ids.isEmpty
                ? .restored
                : .stillBroken("the rule \(target.id): targets not as before: \(ids.joined(separator: ", "))")
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.eventBridge)
            guard try await rule(target, client) != nil else { return }
            let (lost, new) = try await changes(invocation, target, before, client)
            try await put(lost, target, client)
            if !new.isEmpty {
                let response = try await client.call(
                    "RemoveTargets", ["Rule": .string(target.id), "Ids": .array(new.compactMap { $0["Id"] })])
                _ = try EventRules.complete(response, target.id, "removed")
            }
        })

    /// Creates the rule again, with its tags and targets.
    static let whole = NativeActivity.Undo(
        "creates the rule again, with its tags and targets",
        calls: [
            .read("events:DescribeRule"), .read("events:ListTagsForResource"), .read("events:ListTargetsByRule"),
            .change("events:PutRule"), .change("events:PutTargets"),
        ],
        capture: { invocation, target in
            let client = try invocation.client(.eventBridge)
            guard let rule = try await EventRules.find(target.id, client) else { return ["rule": .null] }
            return [
                "rule": definition(rule), "tags": try await EventRules.tags(of: rule, client),
                "targets": .array(try await EventRules.rowsOfTargets(target.id, client)),
            ]
        },
        check: { invocation, target, before in
            let client = try invocation.client(.eventBridge)
            let old = before["rule"] ?? .null
            guard let now = try await rule(target, client) else {
                return old.isNull ? .restored : .stillBroken("the rule \(target.id) is deleted")
            }
            guard !old.isNull else { return .nothingLeft("others have created the rule \(target.id)") }
            guard now == old else { return .stillBroken(different(target, now, old)) }
            let lost = try await lost(before, target, client).compactMap { $0["Id"]?.stringValue }
            return lost.isEmpty
                ? .restored : .stillBroken("the rule \(target.id) lacks targets: \(lost.joined(separator: ", "))")
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.eventBridge)
            guard let old = before["rule"], !old.isNull else { return }
            let now = try await rule(target, client)
            if now != old {
                var input = named(old, target)
                // EventBridge takes tags for a new rule only.
                if now == nil, let tags = before["tags"], tags != [] { input["Tags"] = tags }
                _ = try await client.call("PutRule", input)
            }
            try await put(lost(before, target, client), target, client)
        })

    /// The definition of a rule; nil when there is none.
    private static func rule(_ target: NativeActivity.Target, _ client: ActivityClient) async throws -> JSONValue? {
        try await EventRules.find(target.id, client).map(definition)
    }

    private static func definition(_ rule: JSONValue) -> JSONValue {
        .object(
            JSONObject(members.compactMap { member in rule[member].flatMap { $0.isNull ? nil : (member, $0) } }))
    }

    private static func named(_ definition: JSONValue, _ target: NativeActivity.Target) -> JSONObject {
        var input = definition.objectValue ?? [:]
        input["Name"] = .string(target.id)
        return input
    }

    private static func different(_ target: NativeActivity.Target, _ now: JSONValue, _ old: JSONValue) -> String {
        let changed = members.filter { now[$0] != old[$0] }
        return "the rule \(target.id) is not as before: \(changed.joined(separator: ", "))"
    }

    /// The targets that the action changes: those of the arguments, else all.
    private static func own(
        _ invocation: NativeActivity.Invocation, _ target: NativeActivity.Target, _ client: ActivityClient
    ) async throws -> [JSONValue] {
        let named =
            invocation.arguments["targets"]?.elements.compactMap { $0["Id"] }
            ?? invocation.argument("target_ids").arrayValue
        let all = try await EventRules.rowsOfTargets(target.id, client)
        return all.filter { row in named?.contains(row["Id"] ?? .null) ?? true }
    }

    /// The targets that are not as before, and those that are new.
    private static func changes(
        _ invocation: NativeActivity.Invocation, _ target: NativeActivity.Target, _ before: JSONValue,
        _ client: ActivityClient
    ) async throws -> (lost: [JSONValue], new: [JSONValue]) {
        let now = try await own(invocation, target, client)
        let old = before["targets"]?.elements ?? []
        let new =
            invocation.arguments["targets"] == nil ? [] : now.filter { row in !old.contains { $0["Id"] == row["Id"] } }
        return (old.filter { !now.contains($0) }, new)
    }

    private static func lost(
        _ before: JSONValue, _ target: NativeActivity.Target, _ client: ActivityClient
    ) async throws -> [JSONValue] {
        let now = try await EventRules.rowsOfTargets(target.id, client)
        return (before["targets"]?.elements ?? []).filter { !now.contains($0) }
    }

    private static func put(
        _ rows: [JSONValue], _ target: NativeActivity.Target, _ client: ActivityClient
    ) async throws {
        guard !rows.isEmpty else { return }
        let response = try await client.call(
            "PutTargets", ["Rule": .string(target.id), "Targets": .array(rows)])
        _ = try EventRules.complete(response, target.id, "put back")
    }
}
