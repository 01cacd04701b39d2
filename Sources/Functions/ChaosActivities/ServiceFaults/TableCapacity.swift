import AWS
import Basics
import Experiments
import JSON

/// The provisioned capacity of a table of DynamoDB and of its global secondary indexes.
///
/// DynamoDB lowers capacity four times a day, then once an hour; it raises it at any time, so the way back is free.
enum TableCapacity {
    static let calls: [NativeActivity.Call] = [
        .read("dynamodb:DescribeTable"), .read("dynamodb:ListTagsOfResource"),
        .read("application-autoscaling:DescribeScalableTargets"), .change("dynamodb:UpdateTable"),
    ]

    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        for name in ["read_capacity", "write_capacity"] where invocation.argument(name).intValue ?? 0 < 1 {
            throw ExperimentError.failedActivity("\(name) must be 1 or more")
        }
        let client = try invocation.client(.dynamoDB)
        let table = try await client.call("DescribeTable", ["TableName": invocation.argument("table_name")])["Table"]
        let name = table?["TableName"]?.stringValue ?? ""
        guard table?["BillingModeSummary"]?["BillingMode"] != "PAY_PER_REQUEST" else {
            throw ExperimentError.failedActivity(
                "the table \(name) is billed per request: it has no capacity that could be lowered")
        }
        if invocation.given("even_if_autoscaled") == nil {
            let resources = ["table/\(name)"] + indexes(table).map { "table/\(name)/index/\($0.name)" }
            let scaled = try await invocation.client(.applicationAutoScaling).items(
                "DescribeScalableTargets",
                ["ServiceNamespace": "dynamodb", "ResourceIds": JSONValue(texts: resources)])
            guard scaled.isEmpty else {
                throw ExperimentError.failedActivity(
                    "the capacity of \(name) is scaled by Application Auto Scaling, which would raise it again: "
                        + "set even_if_autoscaled when that is meant")
            }
        }
        let tags = try await client.items("ListTagsOfResource", ["ResourceArn": table?["TableArn"] ?? .null])
        return [
            NativeActivity.Target(
                kind: "dynamodb:table", id: name, region: client.region, tags: JSONValue.array(tags).tags)
        ]
    }

    @Sendable static func squeeze(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let target = try firstTarget(of: targets)
        guard let before = try await capacity(target, invocation) else {
            throw ExperimentError.failedActivity("the table \(target.id) does not exist any more")
        }
        let after = after(invocation, .object(before))
        try await set(after, in: .object(before), target, invocation)
        return ["TableName": .string(target.id), "before": .object(before), "after": after]
    }

    private static func after(_ invocation: NativeActivity.Invocation, _ before: JSONValue) -> JSONValue {
        let wanted: JSONValue = [
            "read": invocation.argument("read_capacity"), "write": invocation.argument("write_capacity"),
        ]
        return .object(JSONObject((before.objectValue ?? [:]).map { ($0.key, wanted) }))
    }

    static let setting = SavedSetting(
        summary: "sets the capacity that table and indexes had",
        calls: [.read("dynamodb:DescribeTable"), .change("dynamodb:UpdateTable")], name: "the capacity",
        read: { invocation, target in try await capacity(target, invocation).map(JSONValue.object) },
        after: { after($0, $1) },
        write: { invocation, target, old, now in try await set(old, in: now, target, invocation) })

    /// Read and write capacity by the names of the indexes, that of the table under the empty name.
    ///
    /// Waits until a change is complete: before that DynamoDB tells the old capacity, and refuses another change.
    private static func capacity(
        _ target: NativeActivity.Target, _ invocation: NativeActivity.Invocation
    ) async throws -> JSONObject? {
        let client = try invocation.client(.dynamoDB)
        while true {
            let table: JSONValue?
            do {
                table = try await client.call("DescribeTable", ["TableName": .string(target.id)])["Table"]
            } catch let error as AWSFailure where error.code == "ResourceNotFoundException" { return nil }
            let indexes = indexes(table)
            let states = [table?["TableStatus"]] + indexes.map { $0.description["IndexStatus"] }
            if states.allSatisfy({ $0 == nil || $0 == "ACTIVE" }) {
                let all = [(name: "", description: table ?? .null)] + indexes
                return JSONObject(all.map { ($0.name, throughput(of: $0.description)) })
            }
            guard try await invocation.pauseBeforeNextLook() else {
                throw ExperimentError.failedActivity(
                    "the table \(target.id) is still being changed, and the time of the run is over")
            }
        }
    }

    private static func indexes(_ table: JSONValue?) -> [(name: String, description: JSONValue)] {
        (table?["GlobalSecondaryIndexes"]?.elements ?? []).map { ($0["IndexName"]?.stringValue ?? "", $0) }
    }

    private static func throughput(of description: JSONValue) -> JSONValue {
        let throughput = description["ProvisionedThroughput"]
        return [
            "read": throughput?["ReadCapacityUnits"] ?? .null, "write": throughput?["WriteCapacityUnits"] ?? .null,
        ]
    }

    /// Sets what differs in one call; an index that was deleted in the meantime is left out.
    private static func set(
        _ wanted: JSONValue, in now: JSONValue, _ target: NativeActivity.Target,
        _ invocation: NativeActivity.Invocation
    ) async throws {
        var input: JSONObject = ["TableName": .string(target.id)]
        var updates: [JSONValue] = []
        for (name, capacity) in wanted.objectValue ?? [:] {
            guard let current = now[name], current != capacity else { continue }
            let throughput: JSONValue = [
                "ReadCapacityUnits": capacity["read"] ?? .null, "WriteCapacityUnits": capacity["write"] ?? .null,
            ]
            if name.isEmpty {
                input["ProvisionedThroughput"] = throughput
            } else {
                updates.append(["Update": ["IndexName": .string(name), "ProvisionedThroughput": throughput]])
            }
        }
        if !updates.isEmpty { input["GlobalSecondaryIndexUpdates"] = .array(updates) }
        guard input.count > 1 else { return }
        _ = try await invocation.client(.dynamoDB).call("UpdateTable", input)
        _ = try await capacity(target, invocation)
    }
}
