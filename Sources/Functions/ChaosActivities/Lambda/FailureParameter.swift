import AWS
import Basics
import Experiments
import JSON

/// The Systems Manager parameter by which the failure-lambda library in a function is told how to fail.
///
/// Its name is in the function's environment variable `FAILURE_INJECTION_PARAM`.
enum FailureParameter {
    static let calls: [NativeActivity.Call] = [
        .read("lambda:GetFunctionConfiguration"), .read("ssm:GetParameter"), .read("ssm:ListTagsForResource"),
        .change("ssm:PutParameter"),
    ]
    private static let kind = "ssm:parameter"
    private static let variable = "FAILURE_INJECTION_PARAM"
    private static let modes = ["latency", "exception", "statuscode", "diskspace", "denylist"]

    /// The parameter that the function reads, and its tags; it need not exist yet.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        if let mode = invocation.arguments["failure_mode"], !modes.contains(mode.pythonText) {
            throw ExperimentError.failedActivity(
                "failure_mode is \(mode.pythonText), it must be one of \(modes.joined(separator: ", "))")
        }
        if let rate = invocation.arguments["rate"]?.doubleValue, !(0...1).contains(rate) {
            throw ExperimentError.failedActivity("rate is \(rate), it must be from 0 to 1")
        }
        let name = try await name(invocation)
        let client = try invocation.client(.ssm)
        let tags = try await existing(["InvalidResourceId"]) {
            try await client.call("ListTagsForResource", ["ResourceType": "Parameter", "ResourceId": .string(name)])
        }
        return [
            NativeActivity.Target(kind: kind, id: name, region: client.region, tags: tags?["TagList"]?.tags ?? [:])
        ]
    }

    /// The argument `parameter`, else what the function's environment names.
    private static func name(_ invocation: NativeActivity.Invocation) async throws -> String {
        if let name = invocation.given("parameter") { return name.pythonText }
        let function = invocation.argument("function_name")
        let configuration = try await invocation.client(.lambda)
            .call("GetFunctionConfiguration", ["FunctionName": function])
        guard let name = try LambdaConfiguration.variables(configuration)[variable]?.stringValue, !name.isEmpty else {
            throw ExperimentError.failedActivity(
                "the function \(function.pythonText) has no environment variable \(variable): wrap its handler with "
                    + "failure-lambda and set it to the name of a parameter, or give parameter")
        }
        return name
    }

    @Sendable static func inject(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let target = try firstTarget(of: targets)
        let client = try invocation.client(.ssm)
        return try await put(value(invocation), target, try await find(target, client), client)
    }

    @Sendable static func stop(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let target = try firstTarget(of: targets)
        let client = try invocation.client(.ssm)
        guard let parameter = try await find(target, client) else {
            throw ExperimentError.failedActivity("there is no parameter \(target.id)")
        }
        guard var value = (try? JSONValue(parsing: parameter["Value"]?.stringValue ?? ""))?.objectValue else {
            throw ExperimentError.failedActivity("the parameter \(target.id) has no JSON of failure-lambda")
        }
        value["isEnabled"] = false
        return try await put(JSONValue.object(value).description, target, parameter, client)
    }

    @Sendable static func read(
        _ invocation: NativeActivity.Invocation, _: [NativeActivity.Target]
    ) async throws -> JSONValue {
        let target = NativeActivity.Target(kind: kind, id: try await name(invocation))
        guard let text = try await find(target, invocation.client(.ssm))?["Value"]?.stringValue else { return .null }
        guard let value = try? JSONValue(parsing: text) else {
            throw ExperimentError.failedActivity("the parameter \(target.id) has no JSON of failure-lambda")
        }
        return value
    }

    /// What the library reads.
    private static func value(_ invocation: NativeActivity.Invocation) -> String {
        let value: JSONValue = [
            "isEnabled": true, "failureMode": invocation.argument("failure_mode"),
            "rate": invocation.argument("rate"), "minLatency": invocation.argument("min_latency"),
            "maxLatency": invocation.argument("max_latency"), "exceptionMsg": invocation.argument("exception_msg"),
            "statusCode": invocation.argument("status_code"), "diskSpace": invocation.argument("disk_space"),
            "denylist": invocation.argument("denylist"),
        ]
        return value.description
    }

    private static func put(
        _ value: String, _ target: NativeActivity.Target, _ old: JSONValue?, _ client: ActivityClient
    ) async throws -> JSONValue {
        try await client.response(
            "PutParameter",
            [
                "Name": .string(target.id), "Value": .string(value), "Type": old?["Type"] ?? "String",
                "Overwrite": true,
            ])
    }

    /// The parameter; nil when it does not exist.
    private static func find(_ target: NativeActivity.Target, _ client: ActivityClient) async throws -> JSONValue? {
        try await find(name: target.id, client)
    }

    /// - Parameter name: also with a version: `failures:3`.
    private static func find(name: String, _ client: ActivityClient) async throws -> JSONValue? {
        try await existing(["ParameterNotFound"]) {
            try await client.call("GetParameter", ["Name": .string(name), "WithDecryption": true])["Parameter"]
        } ?? nil
    }

    /// The value before: null where there was no parameter.
    ///
    /// - Throws: when the service does not keep the version any more whose number is remembered.
    private static func old(
        _ before: JSONValue, _ target: NativeActivity.Target, _ client: ActivityClient
    ) async throws -> JSONValue {
        guard let version = before["version"]?.intValue else { return before["value"] ?? .null }
        guard let value = try await find(name: "\(target.id):\(version)", client)?["Value"] else {
            throw ExperimentError.failedActivity(
                "the parameter \(target.id) does not have its version \(version) any more")
        }
        return value
    }

    /// Writes the old value, or deletes the parameter where there was none.
    ///
    /// The value of a `SecureString` is a secret, so that only the number of its version is remembered.
    static let reset = NativeActivity.Undo(
        "writes the value that the parameter had, or deletes it where there was none",
        calls: [.read("ssm:GetParameter"), .change("ssm:PutParameter"), .change("ssm:DeleteParameter")],
        isBeforeSecret: true,
        capture: { invocation, target in
            let parameter = try await find(target, invocation.client(.ssm))
            if parameter?["Type"] == "SecureString", let version = parameter?["Version"] { return ["version": version] }
            return ["value": parameter?["Value"] ?? .null]
        },
        check: { invocation, target, before in
            let client = try invocation.client(.ssm)
            guard let now = try await find(target, client)?["Value"] else {
                return before["version"] == nil && (before["value"] ?? .null).isNull
                    ? .restored : .nothingLeft("the parameter \(target.id) does not exist any more")
            }
            let old = try await old(before, target, client)
            if now == old { return .restored }
            guard old.isNull else { return .stillBroken("the parameter \(target.id) is not as before") }
            return now == .string(value(invocation))
                ? .stillBroken("the parameter \(target.id) exists, it did not before")
                : .nothingLeft("others have written the parameter \(target.id) since")
        },
        restore: { invocation, target, before in
            let client = try invocation.client(.ssm)
            guard let parameter = try await find(target, client), let now = parameter["Value"] else { return }
            let old = try await old(before, target, client)
            guard now != old else { return }
            if let old = old.stringValue {
                _ = try await put(old, target, parameter, client)
            } else if now == .string(value(invocation)) {
                _ = try await client.call("DeleteParameter", ["Name": .string(target.id)])
            }
        })
}
