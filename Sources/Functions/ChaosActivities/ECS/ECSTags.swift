import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Sets and removes tags of clusters, services, tasks and the like.
enum ECSTags {
    /// The resource of `resource_arn`, and its tags.
    ///
    /// What does not exist stays a target, so that ECS tells what is wrong with it.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.ecs)
        let arn = ARN(invocation.argument("resource_arn").pythonText)
        let tags = try await tags(invocation, client)
        return [
            NativeActivity.Target(
                kind: "ecs:resource",
                id: arn?.resource ?? invocation.argument("resource_arn").pythonText, region: client.region,
                tags: tags ?? [:])
        ]
    }

    @Sendable static func tag(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        _ = try await refusals(\.message) {
            try await invocation.client(.ecs).call(
                "TagResource",
                ["resourceArn": invocation.argument("resource_arn"), "tags": invocation.argument("tags")])
        }
        return .null
    }

    @Sendable static func untag(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        _ = try await refusals(\.message) {
            try await invocation.client(.ecs).call(
                "UntagResource",
                ["resourceArn": invocation.argument("resource_arn"), "tagKeys": invocation.argument("tag_keys")])
        }
        return .null
    }

    /// Puts back the tags that the arguments name; others may change in the meantime.
    static let reset = NativeActivity.Undo(
        "gives the resource the tags back that it had, and removes those that are new",
        calls: [
            .read("ecs:ListTagsForResource"), .change("ecs:TagResource"), .change("ecs:UntagResource"),
        ],
        capture: { invocation, _ in
            let tags = try await tags(invocation, invocation.client(.ecs)) ?? [:]
            return .object(JSONObject(keys(invocation).map { ($0, tags[$0].map { .string($0) } ?? .null) }))
        },
        check: { invocation, target, before in
            guard let tags = try await tags(invocation, invocation.client(.ecs)) else {
                return .nothingLeft("\(target.id) does not exist any more")
            }
            let changed = changed(before, tags)
            return changed.isEmpty
                ? .restored : .stillBroken("\(target.id): tags not as before: \(changed.joined(separator: ", "))")
        },
        restore: { invocation, _, before in
            let client = try invocation.client(.ecs)
            guard let tags = try await tags(invocation, client) else { return }
            let changed = changed(before, tags)
            let (old, new) = (changed.filter { before[$0] != .null }, changed.filter { before[$0] == .null })
            let arn = invocation.argument("resource_arn")
            if !old.isEmpty {
                let tags = old.map { key -> JSONValue in ["key": .string(key), "value": before[key] ?? .null] }
                _ = try await client.call("TagResource", ["resourceArn": arn, "tags": .array(tags)])
            }
            if !new.isEmpty {
                _ = try await client.call("UntagResource", ["resourceArn": arn, "tagKeys": JSONValue(texts: new)])
            }
        })

    /// The keys of the tags that the arguments set or remove.
    private static func keys(_ invocation: NativeActivity.Invocation) -> [String] {
        invocation.argument("tag_keys").texts
            + invocation.argument("tags").elements.compactMap { $0["key"]?.stringValue }
    }

    private static func changed(_ before: JSONValue, _ tags: [String: String]) -> [String] {
        (before.objectValue ?? [:]).filter { $0.value.stringValue != tags[$0.key] }.map(\.key)
    }

    /// The tags of the resource; nil when it does not exist.
    private static func tags(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> [String: String]? {
        let input: JSONObject = ["resourceArn": invocation.argument("resource_arn")]
        return try await existing([
            "ClusterNotFoundException", "InvalidParameterException", "ResourceNotFoundException",
            "ServiceNotFoundException", "TargetNotFoundException",
        ]) { try await client.call("ListTagsForResource", input)["tags"]?.tags ?? [:] }
    }
}
