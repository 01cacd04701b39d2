import AWS
import Experiments
import JSON

/// Whether a rule of EventBridge is on.
enum RuleState {
    static let reads: [NativeActivity.Call] = [
        .read("events:DescribeRule"), .read("events:ListTagsForResource"),
    ]

    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.eventBridge)
        let rule = try await client.call("DescribeRule", input(invocation))
        guard let state = rule["State"]?.stringValue, ["ENABLED", "DISABLED"].contains(state) else {
            throw ExperimentError.failedActivity(
                "the rule is in the state \((rule["State"] ?? .null).pythonText), to which EnableRule does not lead "
                    + "back: it is left alone")
        }
        let tags = try await client.call("ListTagsForResource", ["ResourceARN": rule["Arn"] ?? .null])
        // The bus is part of what names a rule; that of the account's own events is not written.
        let bus = rule["EventBusName"]?.stringValue ?? "default"
        let name = invocation.argument("name").pythonText
        return [
            NativeActivity.Target(
                kind: "events:rule", id: bus == "default" ? name : "\(bus)/\(name)", region: client.region,
                tags: tags["Tags"]?.tags ?? [:])
        ]
    }

    private static func input(_ invocation: NativeActivity.Invocation) -> JSONObject {
        var input: JSONObject = ["Name": invocation.argument("name")]
        input["EventBusName"] = invocation.given("event_bus_name")
        return input
    }

    @Sendable static func disable(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        return try await invocation.client(.eventBridge).response("DisableRule", input(invocation))
    }

    static let setting = SavedSetting(
        summary: "switches the rule on again where it was on",
        calls: [.read("events:DescribeRule"), .change("events:EnableRule"), .change("events:DisableRule")],
        name: "the state",
        read: { invocation, _ in
            do {
                return try await invocation.client(.eventBridge).call("DescribeRule", input(invocation))["State"]
            } catch let error as AWSFailure where error.code == "ResourceNotFoundException" { return nil }
        },
        write: { invocation, _, old, _ in
            let client = try invocation.client(.eventBridge)
            if old == "ENABLED" {
                _ = try await client.call("EnableRule", input(invocation))
            } else {
                _ = try await client.call("DisableRule", input(invocation))
            }
        })
}
