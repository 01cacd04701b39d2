import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Writes parameters of the Parameter Store, and puts back what they were.
enum SSMParameters {
    /// The parameter that the arguments name, and its tags; a new one has none.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        guard let name = invocation.given("name") else {
            throw ExperimentError.failedActivity("To create a parameter, you must specify the name")
        }
        guard invocation.given("value") != nil else {
            throw ExperimentError.failedActivity("To create a parameter, you must specify the value")
        }
        let client = try invocation.client(.ssm)
        let tags = try await existing(["InvalidResourceId"]) {
            try await client.call("ListTagsForResource", ["ResourceType": "Parameter", "ResourceId": name])["TagList"]?
                .tags
        }
        return [
            NativeActivity.Target(
                kind: "ssm:parameter", id: ARN(name.stringValue)?.name ?? name.pythonText, region: client.region,
                tags: (tags ?? nil) ?? [:])
        ]
    }

    @Sendable static func put(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let name = invocation.argument("name")
        var input: JSONObject = [
            "Name": name, "Value": invocation.argument("value"), "Overwrite": invocation.argument("overwrite"),
        ]
        // What is not given is not sent; chaosaws sends `None`, which boto3 refuses.
        for (member, argument) in [
            ("Description", "description"), ("Type", "type"), ("KeyId", "key_id"),
            ("AllowedPattern", "allowed_pattern"), ("Tags", "tags"), ("Tier", "tier"), ("Policies", "policies"),
            ("DataType", "data_type"),
        ] where !invocation.argument(argument).isNull {
            input[member] = invocation.argument(argument)
        }
        return try await refusals({ "Failed to put  parameter '\(name.pythonText)': '\($0.message)'" }) {
            try await invocation.client(.ssm).response("PutParameter", input)
        }
    }

    /// Puts back the version before, or deletes what was not there.
    ///
    /// The service keeps old versions, so only the number is remembered: values can be secrets. A tier that was raised
    /// cannot be lowered, and stays.
    static let resetValue = NativeActivity.Undo(
        "writes the value that the parameter had, or deletes it where there was none",
        calls: [.read("ssm:GetParameterHistory"), .change("ssm:PutParameter"), .change("ssm:DeleteParameter")],
        capture: { invocation, _ in
            ["version": try await versions(invocation, decrypted: false)?.last?["Version"] ?? .null]
        },
        check: { invocation, target, before in
            guard let old = before["version"], !old.isNull else {
                let isOurs = try await isOurs(versions(invocation, decrypted: true), invocation)
                return isOurs ? .stillBroken("the parameter \(target.id) is still there") : .restored
            }
            guard let versions = try await versions(invocation, decrypted: true), let now = versions.last else {
                return .nothingLeft("the parameter \(target.id) does not exist any more")
            }
            guard let known = versions.first(where: { $0["Version"] == old }) else {
                return .stillBroken("the history of \(target.id) does not have its version \(old) any more")
            }
            return content(known) == content(now)
                ? .restored : .stillBroken("the parameter \(target.id) is not what it was in version \(old)")
        },
        restore: { invocation, _, before in
            let client = try invocation.client(.ssm)
            let versions = try await versions(invocation, decrypted: true)
            let name = invocation.argument("name")
            guard let old = before["version"], !old.isNull else {
                guard isOurs(versions, invocation) else { return }
                _ = try await client.call("DeleteParameter", ["Name": name])
                return
            }
            guard let now = versions?.last, let known = versions?.first(where: { $0["Version"] == old }),
                content(known) != content(now)
            else { return }
            var input = content(known)
            input["Name"] = name
            input["Overwrite"] = true
            // Without any the service keeps those of the version before.
            if input["Policies"] == nil, content(now)["Policies"] != nil { input["Policies"] = "{}" }
            _ = try await client.call("PutParameter", input)
        })

    /// Whether the parameter has the value that the action writes: another one of the name is not ours.
    private static func isOurs(_ versions: [JSONValue]?, _ invocation: NativeActivity.Invocation) -> Bool {
        versions?.last?["Value"] == invocation.argument("value")
    }

    /// All versions that the service keeps, the newest last; nil when the parameter does not exist.
    private static func versions(
        _ invocation: NativeActivity.Invocation, decrypted: Bool
    ) async throws -> [JSONValue]? {
        let client = try invocation.client(.ssm)
        let input: JSONObject = ["Name": invocation.argument("name"), "WithDecryption": .bool(decrypted)]
        let versions = try await existing(["ParameterNotFound"]) {
            try await client.items("GetParameterHistory", input)
        }
        return versions?.sorted { ($0["Version"]?.intValue ?? 0) < ($1["Version"]?.intValue ?? 0) }
    }

    /// What a version says, as an input that writes it again.
    private static func content(_ version: JSONValue) -> JSONObject {
        var content: JSONObject = [
            "Value": version["Value"] ?? .null, "Type": version["Type"] ?? .null,
            "DataType": version["DataType"] ?? "text",
        ]
        content["KeyId"] = version["KeyId"]
        content["Description"] = version["Description"].flatMap { $0.isTruthy ? .some($0) : nil }
        content["AllowedPattern"] = version["AllowedPattern"].flatMap { $0.isTruthy ? .some($0) : nil }
        let policies = (version["Policies"]?.elements ?? []).compactMap { policy in
            policy["PolicyText"]?.stringValue.flatMap { try? JSONValue(parsing: $0) }
        }
        if !policies.isEmpty { content["Policies"] = .string("\(JSONValue.array(policies))") }
        return content
    }
}
