import AWS
import AWSResources
import Basics
import Experiments
import JSON

/// Limits the concurrency of functions and invokes them.
enum LambdaFunctions {
    /// The function's ARN and tags are read so that a guard can see them.
    static let reads: [NativeActivity.Call] = [.read("lambda:GetFunctionConfiguration"), .read("lambda:ListTags")]

    /// The function that the arguments name, and its tags.
    ///
    /// A function that does not exist has none, so that the action itself tells that it does not.
    @Sendable static func targets(_ invocation: NativeActivity.Invocation) async throws -> [NativeActivity.Target] {
        guard let name = invocation.given("function_name") else {
            throw ExperimentError.failedActivity("you must specify the lambda function name")
        }
        let client = try invocation.client(.lambda)
        var tags: [String: String] = [:]
        do {
            let function = try await client.call("GetFunctionConfiguration", ["FunctionName": name])
            let arn = function["FunctionArn"] ?? .null
            for (key, value) in try await client.call("ListTags", ["Resource": arn])["Tags"]?.objectValue ?? [:] {
                tags[key] = value.stringValue
            }
        } catch let error as AWSFailure where error.code == "ResourceNotFoundException" {}
        return [
            NativeActivity.Target(
                kind: "lambda:function", id: shortName(name.pythonText), region: client.region, tags: tags)
        ]
    }

    /// The name in `name`, `account:function:name` and an ARN, each with or without a version.
    private static func shortName(_ text: String) -> String {
        let parts = text.split(separator: ":")
        guard let place = parts.firstIndex(of: "function"), place + 1 < parts.count else {
            return parts.first.map { String($0) } ?? text
        }
        return String(parts[place + 1])
    }

    @Sendable static func putConcurrency(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let name = invocation.argument("function_name")
        return try await failures({ "failed throttling lambda function '\(name.pythonText)': '\($0)'" }) {
            try await invocation.client(.lambda).response(
                "PutFunctionConcurrency",
                [
                    "FunctionName": name,
                    "ReservedConcurrentExecutions": invocation.argument("concurrent_executions"),
                ])
        }
    }

    @Sendable static func invoke(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let name = invocation.argument("function_name")
        var input: JSONObject = [
            "FunctionName": name, "InvocationType": invocation.argument("invocation_type"), "LogType": "None",
        ]
        let arguments = invocation.argument("function_arguments")
        if !arguments.isNull { input["Payload"] = .string(Base64.encode(arguments.serialized())) }
        let context = invocation.argument("client_context")
        if !context.isNull { input["ClientContext"] = .string(Base64.encode(context.serialized())) }
        let qualifier = invocation.argument("qualifier")
        if !qualifier.isNull { input["Qualifier"] = qualifier }
        return try await failures({ "failed invoking function '\(name.pythonText)': '\($0)'" }) {
            let result = try await invocation.client(.lambda).result("Invoke", input)
            var output = result.outputWithMetadata.objectValue ?? [:]
            output["Payload"] =
                (try? JSONValue(parsing: result.body)) ?? .string(String(decoding: result.body, as: UTF8.self))
            return .object(output)
        }
    }

    /// Sets the old limit, or removes the limit where there was none.
    static let resetConcurrency = SavedSetting(
        summary: "sets the concurrency limit that the function had, or removes it where it had none",
        calls: [
            .read("lambda:GetFunctionConcurrency"), .change("lambda:PutFunctionConcurrency"),
            .change("lambda:DeleteFunctionConcurrency"),
        ],
        name: "the concurrency limit", read: { invocation, _ in try await limit(invocation) },
        after: { invocation, _ in invocation.arguments["concurrent_executions"] ?? noLimit },
        write: { invocation, _, old, _ in
            let client = try invocation.client(.lambda)
            let name = invocation.argument("function_name")
            if old == noLimit {
                _ = try await client.call("DeleteFunctionConcurrency", ["FunctionName": name])
            } else {
                _ = try await client.call(
                    "PutFunctionConcurrency", ["FunctionName": name, "ReservedConcurrentExecutions": old])
            }
        }
    ).undo

    private static let noLimit: JSONValue = "none"

    /// The limit; nil when the function does not exist.
    private static func limit(_ invocation: NativeActivity.Invocation) async throws -> JSONValue? {
        let output = try await existing(["ResourceNotFoundException"]) {
            try await invocation.client(.lambda)
                .call("GetFunctionConcurrency", ["FunctionName": invocation.argument("function_name")])
        }
        return output.map { output in
            let limit = output["ReservedConcurrentExecutions"] ?? .null
            return limit.isNull ? noLimit : limit
        }
    }
}
