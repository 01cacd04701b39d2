import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Sets tags on instances and removes them.
enum InstanceTags {
    /// The instances that get the tags: a share of those that match `az` and `filters`, at least one.
    @Sendable static func toSet(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        guard try !tags(invocation).isEmpty else { throw ExperimentError.failedActivity("Missing tags to be set") }
        let zone = invocation.argument("az")
        let instances = try await alive(invocation, filters: invocation.given("filters")?.elements ?? [])
        guard !instances.isEmpty else {
            throw ExperimentError.failedActivity("No instances in availability zone: \(zone.pythonText)")
        }
        let percentage = invocation.argument("percentage").doubleValue ?? 100
        guard percentage >= 0, percentage <= 100 else {
            throw ExperimentError.failedActivity(
                "percentage is \(invocation.argument("percentage").pythonText), expected 0 to 100")
        }
        // Rounded as Python does: a half to the even number.
        let count = max(1, (Double(instances.count) * percentage / 100).rounded(.toNearestOrEven))
        let selection = try Selection(.count(Int(count)), of: instances, by: \.id, seed: invocation.seed)
        return try selection.chosen.map { try $0.target(invocation, candidates: selection.available) }
    }

    /// All instances that have all of the tags.
    @Sendable static func toRemove(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let tags = try tags(invocation)
        guard !tags.isEmpty else { throw ExperimentError.failedActivity("Missing tags to be removed") }
        let filters: [JSONValue] = tags.map { tag in
            ["Name": .string("tag:" + (tag["Key"]?.stringValue ?? "")), "Values": [tag["Value"] ?? ""]]
        }
        let instances = try await alive(invocation, filters: filters)
        guard !instances.isEmpty else {
            throw ExperimentError.failedActivity("No instances with the tags \(JSONValue.array(tags).pythonText)")
        }
        return try instances.map { try $0.target(invocation, candidates: instances.count) }
    }

    /// Terminated instances are listed for an hour, but their tags mean nothing any more.
    private static func alive(
        _ invocation: NativeActivity.Invocation, filters: [JSONValue]
    ) async throws -> [EC2Instance] {
        var filters = filters
        if let zone = invocation.given("az") { filters.append(["Name": "availability-zone", "Values": [zone]]) }
        return try await invocation.client(.ec2).items("DescribeInstances", ["Filters": .array(filters)])
            .flatMap(EC2Instance.all(in:)).filter(\.isAlive)
    }

    /// The argument `tags`: a list of `{"Key", "Value"}`, or `k1=v1,k2=v2`.
    private static func tags(_ invocation: NativeActivity.Invocation) throws(ExperimentError) -> [JSONValue] {
        guard let text = invocation.argument("tags").stringValue else { return invocation.argument("tags").elements }
        return try pairs(text).map { ["Key": .string($0.key), "Value": .string($0.value)] }
    }

    /// Reads `k1=v1,k2=v2`; the last value of a key counts.
    static func pairs(_ text: String) throws(ExperimentError) -> [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) where !text.isEmpty {
            guard let sign = part.firstIndex(of: "=") else {
                throw .failedActivity("tags is \"\(text)\": \"\(part)\" has no value, expected key=value,…")
            }
            let key = String(part[..<sign])
            pairs.removeAll { $0.key == key }
            pairs.append((key, String(part[part.index(after: sign)...])))
        }
        return pairs
    }

    @Sendable static func set(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        return try await invocation.client(.ec2).response(
            "CreateTags",
            ["Resources": JSONValue(texts: targets.map(\.id)), "Tags": .array(try tags(invocation))])
    }

    @Sendable static func remove(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        return try await invocation.client(.ec2).response(
            "DeleteTags",
            ["Resources": JSONValue(texts: targets.map(\.id)), "Tags": .array(try tags(invocation))])
    }
}

extension InstanceTags {
    /// Puts the values back that the action has set.
    static let unset = undo("gives the tags the values that they had, and removes those that are new") { tag in
        tag["Value"]?.stringValue ?? ""
    }
    /// Sets the tags again that the action has removed.
    static let setAgain = undo("sets the removed tags again") { _ in nil }

    /// - Parameter after: the value of a tag after the action; nil where it is removed.
    private static func undo(
        _ summary: String, after: @escaping @Sendable (JSONValue) -> String?
    ) -> NativeActivity.Undo {
        NativeActivity.Undo(
            summary,
            calls: [.read("ec2:DescribeInstances"), .change("ec2:CreateTags"), .change("ec2:DeleteTags")],
            capture: { invocation, target in
                let tags = try await EC2Instances.find(target.id, invocation.client(.ec2))?.tags ?? [:]
                let keys = try InstanceTags.tags(invocation).compactMap { $0["Key"]?.stringValue }
                return .object(
                    JSONObject(keys.map { key in (key, tags[key].map(JSONValue.string) ?? .null) }))
            },
            check: { invocation, target, before in
                guard let instance = try await EC2Instances.find(target.id, invocation.client(.ec2)), instance.isAlive
                else { return .nothingLeft("the instance \(target.id) does not exist any more") }
                let changed = try changed(instance, invocation, before, after)
                if !changed.isEmpty {
                    let keys = changed.map(\.key).joined(separator: ", ")
                    return .stillBroken("the tags of \(target.id) are not as before: \(keys)")
                }
                let others = (before.objectValue ?? [:]).filter { instance.tags[$0.key] != $0.value.stringValue }
                return others.isEmpty
                    ? .restored
                    : .nothingLeft(
                        "others have changed the tags of \(target.id): \(others.map(\.key).joined(separator: ", "))")
            },
            restore: { invocation, target, before in
                let client = try invocation.client(.ec2)
                guard let instance = try await EC2Instances.find(target.id, client), instance.isAlive else { return }
                let changed = try changed(instance, invocation, before, after)
                let set: [JSONValue] = changed.compactMap { key, value in
                    value.map { ["Key": .string(key), "Value": .string($0)] }
                }
                let remove: [JSONValue] = changed.filter { $0.before == nil }.map { ["Key": .string($0.key)] }
                let resources: JSONValue = [.string(target.id)]
                if !set.isEmpty {
                    _ = try await client.call("CreateTags", ["Resources": resources, "Tags": .array(set)])
                }
                if !remove.isEmpty {
                    _ = try await client.call("DeleteTags", ["Resources": resources, "Tags": .array(remove)])
                }
            })
    }

    /// The tags that are as the action has left them, which is not as before.
    private static func changed(
        _ instance: EC2Instance, _ invocation: NativeActivity.Invocation, _ before: JSONValue,
        _ after: (JSONValue) -> String?
    ) throws -> [(key: String, before: String?)] {
        try tags(invocation).compactMap { tag in
            guard let key = tag["Key"]?.stringValue else { return nil }
            let (now, old) = (instance.tags[key], before[key]?.stringValue)
            return now == after(tag) && now != old ? (key, old) : nil
        }
    }
}

extension EC2Instance {
    /// Whether it runs, or can run again.
    var isAlive: Bool { state != "terminated" && state != "shutting-down" }
}
