import AWS
import AWSPaginators
import Basics
import Experiments
import JSON

/// Finds Auto Scaling groups by names or tags; actions and probes do it differently, as in chaosaws.
enum ScalingGroups {
    /// The kind of targets that are groups.
    static let kind = "autoscaling:autoScalingGroup"
    /// The tag by which Auto Scaling marks the instances of a group.
    static let groupTag = "aws:autoscaling:groupName"

    static let choiceArguments: [NativeActivity.Argument] = [
        .init("asg_names", .list, .null), .init("tags", .list, .null),
    ]
    static let choice = "the groups of asg_names, or those that have one of the tags"
    static let instanceChoice =
        "so many, a share, or all of a zone, at random, of the instances in service of each group, in az where it is given"
    static let actionReads: [NativeActivity.Call] = [
        .read("autoscaling:DescribeAutoScalingGroups"), .read("autoscaling:DescribeTags"),
    ]

    /// The groups of an action.
    static func ofAction(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> [JSONValue] {
        try requireOneChoice(invocation)
        if let names = invocation.given("asg_names") { return try await groups(names, client) }
        return try await groups(names(taggedBy: invocation.argument("tags"), client), client)
    }

    /// How many names a request may have.
    private static let namesInRequest = 50

    /// Groups that must all exist, of any number.
    private static func groups(_ names: JSONValue, _ client: ActivityClient) async throws -> [JSONValue] {
        let all = names.elements
        var groups: [JSONValue] = []
        for start in stride(from: 0, to: all.count, by: namesInRequest) {
            let some = Array(all[start..<min(start + namesInRequest, all.count)])
            groups += try await client.items("DescribeAutoScalingGroups", ["AutoScalingGroupNames": .array(some)])
        }
        try requireAll(names, in: groups)
        return groups
    }

    /// Groups as targets.
    static func targets(_ groups: [JSONValue], _ client: ActivityClient) -> [NativeActivity.Target] {
        groups.map { group in
            NativeActivity.Target(
                kind: kind, id: group.groupName, region: client.region, tags: group["Tags"]?.tags ?? [:],
                candidates: groups.count)
        }
    }

    /// Refuses neither and both of `asg_names` and `tags`.
    static func requireOneChoice(_ invocation: NativeActivity.Invocation) throws(ExperimentError) {
        switch (invocation.given("asg_names"), invocation.given("tags")) {
        case (nil, nil):
            throw .failedActivity("one of the following arguments are required: asg_names or tags")
        case (.some, .some):
            throw .failedActivity("only one of the following arguments are allowed: asg_names/tags")
        default: break
        }
    }

    /// boto3's response for groups that must all exist.
    static func describe(_ names: JSONValue, _ client: ActivityClient) async throws -> JSONValue {
        let response = try await client.response("DescribeAutoScalingGroups", ["AutoScalingGroupNames": names])
        try requireAll(names, in: response["AutoScalingGroups"]?.elements ?? [])
        return response
    }

    private static func requireAll(_ names: JSONValue, in groups: [JSONValue]) throws(ExperimentError) {
        let found = groups.map(\.groupName)
        guard !found.isEmpty else { throw .failedActivity("Unable to locate ASG(s): \(names.pythonText)") }
        let unknown = names.texts.filter { !found.contains($0) }
        guard unknown.isEmpty else {
            throw .failedActivity("No ASG(s) found with name(s): \(JSONValue(texts: unknown).pythonText)")
        }
    }

    /// The names of the groups that have one of the tags.
    ///
    /// The service joins filters without regard to pairs: of two tags it also finds the key of one with the value of
    /// the other.
    private static func names(taggedBy tags: JSONValue, _ client: ActivityClient) async throws -> JSONValue {
        var filters: [JSONValue] = []
        for tag in tags.elements {
            filters.append(["Name": "key", "Values": [tag["Key"] ?? .null]])
            filters.append(["Name": "value", "Values": [tag["Value"] ?? .null]])
        }
        let found = try await client.items("DescribeTags", ["Filters": .array(filters)])
        let matching = found.filter { row in
            row["ResourceType"] == "auto-scaling-group"
                && tags.elements.contains { $0["Key"] == row["Key"] && $0["Value"] == row["Value"] }
        }
        let names = Set(matching.compactMap { $0["ResourceId"]?.stringValue })
        guard !names.isEmpty else {
            throw ExperimentError.failedActivity("No ASG(s) found with matching tag(s): \(tags.pythonText).")
        }
        return JSONValue(texts: names.sorted())
    }

    /// The output of a probe that describes groups by names: all pages without metadata.
    static func describeAll(_ names: JSONValue, _ client: ActivityClient) async throws -> JSONValue {
        let groups = try await client.items("DescribeAutoScalingGroups", ["AutoScalingGroupNames": names])
        let found = groups.map(\.groupName)
        let unknown = names.texts.filter { !found.contains($0) }
        guard unknown.isEmpty else {
            throw ExperimentError.failedActivity("No ASG(s) found matching: \(JSONValue(texts: unknown).pythonText)")
        }
        return ["AutoScalingGroups": .array(groups)]
    }

    /// The output of a probe that describes the groups that have all of the tags.
    static func describe(taggedBy tags: JSONValue, _ client: ActivityClient) async throws -> JSONValue {
        let wanted = tags.tags
        let names = try await client.items("DescribeAutoScalingGroups", ["MaxRecords": 100]).filter { group in
            let tags = group["Tags"]?.tags ?? [:]
            return wanted.allSatisfy { tags[$0.key] == $0.value }
        }.map(\.groupName)
        guard !names.isEmpty else {
            throw ExperimentError.failedActivity("No auto-scaling groups matched the tags provided")
        }
        return try await client.response(
            "DescribeAutoScalingGroups", ["AutoScalingGroupNames": JSONValue(texts: names)])
    }

    /// The group; nil when it does not exist.
    static func find(_ name: String, _ client: ActivityClient) async throws -> JSONValue? {
        let output = try await client.call("DescribeAutoScalingGroups", ["AutoScalingGroupNames": [.string(name)]])
        return output["AutoScalingGroups"]?[0]
    }
}

/// A group as `DescribeAutoScalingGroups` lists it.
extension JSONValue {
    var groupName: String { self["AutoScalingGroupName"]?.stringValue ?? "" }

    /// Its instances that are in service, healthy or not.
    var instancesInService: [JSONValue] {
        (self["Instances"]?.elements ?? []).filter { $0["LifecycleState"] == "InService" }
    }

    /// Its instances that are in service and healthy.
    var healthyInstances: [JSONValue] { instancesInService.filter { $0["HealthStatus"] == "Healthy" } }
}
