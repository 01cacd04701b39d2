import AWS
import Experiments
import JSON

/// Switches off a rule of EventBridge, also one of another bus.
enum RuleState {
    static let reads: [NativeActivity.Call] = [
        .read("events:DescribeRule"), .read("events:ListTagsForResource"),
    ]

    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        let client = try invocation.client(.eventBridge)
        var input: JSONObject = ["Name": invocation.argument("name")]
        input["EventBusName"] = invocation.given("event_bus_name")
        let rule = try await client.call("DescribeRule", input)
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

    @Sendable static func disable(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let input = EventRules.input(try firstTarget(of: targets))
        return try await invocation.client(.eventBridge).response("DisableRule", input)
    }
}
