import AWS
import Basics
import Experiments
import JSON

/// Changes the configuration of functions: timeout, memory, layers, environment variables.
enum LambdaConfiguration {
    static let calls = LambdaFunctions.reads + [.change("lambda:UpdateFunctionConfiguration")]

    /// Sets members of the configuration.
    static func set(
        _ members: JSONObject, _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let client = try invocation.client(.lambda)
        _ = try await existing(["ResourceNotFoundException"]) { try await settled(invocation, client) }
        return try await update(members, invocation, client)
    }

    /// Sets members after they were made from the configuration, and tells the service's message alone when it fails.
    static func change(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target],
        _ members: (JSONValue) throws -> JSONObject
    ) async throws -> JSONValue {
        try firstTarget(of: targets)
        let client = try invocation.client(.lambda)
        return try await refusals(\.message) {
            try await update(members(settled(invocation, client)), invocation, client)
        }
    }

    /// An output without the values of environment variables: they may be secrets, and journals have outputs in them.
    static func masked(_ output: JSONValue) -> JSONValue {
        guard var members = output.objectValue, var environment = members["Environment"]?.objectValue,
            let variables = environment["Variables"]?.objectValue
        else { return output }
        environment["Variables"] = .object(JSONObject(variables.map { ($0.key, JSONValue.string("***")) }))
        members["Environment"] = .object(environment)
        return .object(members)
    }

    private static func update(
        _ members: JSONObject, _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> JSONValue {
        var input: JSONObject = ["FunctionName": invocation.argument("function_name")]
        for (key, value) in members { input[key] = value }
        return try await client.response("UpdateFunctionConfiguration", input)
    }

    /// The configuration when no update is under way: until then Lambda refuses the next one.
    static func settled(
        _ invocation: NativeActivity.Invocation, _ client: ActivityClient
    ) async throws -> JSONValue {
        let input: JSONObject = ["FunctionName": invocation.argument("function_name")]
        while true {
            let configuration = try await client.call("GetFunctionConfiguration", input)
            guard configuration["LastUpdateStatus"] == "InProgress" || configuration["State"] == "Pending",
                try await invocation.pauseBeforeNextLook()
            else { return configuration }
        }
    }

    /// The ARNs of a function's layers, in their order.
    static func layers(_ configuration: JSONValue) -> [String] {
        (configuration["Layers"]?.elements ?? []).compactMap { $0["Arn"]?.stringValue }
    }

    /// The environment variables of a function.
    ///
    /// - Throws: when Lambda could not decrypt them: to write without them would delete all.
    static func variables(_ configuration: JSONValue) throws(ExperimentError) -> JSONObject {
        if let error = configuration["Environment"]?["Error"], !error.isNull {
            throw .failedActivity(
                "the environment variables of \(configuration["FunctionName"]?.pythonText ?? "the function") cannot be "
                    + "read, so they are not changed: \(error["Message"]?.pythonText ?? "unknown error")")
        }
        return configuration["Environment"]?["Variables"]?.objectValue ?? [:]
    }

    private static let undoCalls: [NativeActivity.Call] = [
        .read("lambda:GetFunctionConfiguration"), .change("lambda:UpdateFunctionConfiguration"),
    ]

    /// Sets the old value of one member.
    ///
    /// - Parameters:
    ///   - label: the member for people.
    ///   - argument: the argument that the action sets it to.
    static func reset(_ member: String, _ label: String, argument: String) -> NativeActivity.Undo {
        SavedSetting(
            summary: "sets the \(label) that the function had", calls: undoCalls, name: "the \(label)",
            read: { invocation, _ in try await find(invocation).map { $0[member] ?? .null } },
            after: { invocation, _ in invocation.argument(argument) },
            write: { invocation, _, old, _ in
                _ = try await update([member: old], invocation, invocation.client(.lambda))
            }
        ).undo
    }

    /// Puts the layers back, and those environment variables that the action sets or removes.
    ///
    /// Other variables are not remembered: they may be secrets, and may change in the meantime.
    static func resetLayersAndVariables(_ names: [String]) -> NativeActivity.Undo {
        reset(
            names.isEmpty
                ? "puts the layers of the function back" : "puts the layers and variables of the function back"
        ) { _ in names }
    }

    /// Puts the environment variable of the argument `name` back.
    static let resetVariable = reset("puts the environment variable back") { [$0.argument("name").pythonText] }

    private static func reset(
        _ summary: String, _ names: @escaping @Sendable (NativeActivity.Invocation) -> [String]
    ) -> NativeActivity.Undo {
        NativeActivity.Undo(
            summary, calls: undoCalls, isBeforeSecret: true,
            capture: { invocation, _ in
                guard let configuration = try await find(invocation) else { return [:] }
                return try parts(configuration, names(invocation))
            },
            check: { invocation, target, before in
                guard let configuration = try await find(invocation) else {
                    return .nothingLeft("the function \(target.id) does not exist any more")
                }
                let now = try parts(configuration, names(invocation))
                guard now != before else { return .restored }
                if now["layers"] != before["layers"] {
                    return .stillBroken("\(target.id): the layers are not as before")
                }
                let changed = names(invocation).filter { now["variables"]?[$0] != before["variables"]?[$0] }
                return .stillBroken("\(target.id): variables not as before: \(changed.joined(separator: ", "))")
            },
            restore: { invocation, _, before in
                guard let layers = before["layers"], let old = before["variables"]?.objectValue,
                    let configuration = try await find(invocation)
                else { return }
                let now = try parts(configuration, names(invocation))
                var members: JSONObject = [:]
                if now["layers"] != layers { members["Layers"] = layers }
                if now["variables"] != .object(old) {
                    var variables = try variables(configuration)
                    for (name, value) in old {
                        variables[name] = value
                        if value.isNull { variables.removeValue(forKey: name) }
                    }
                    members["Environment"] = ["Variables": .object(variables)]
                }
                guard !members.isEmpty else { return }
                _ = try await update(members, invocation, invocation.client(.lambda))
            })
    }

    /// The layers, and the values of some variables; `null` for one that is not set.
    private static func parts(_ configuration: JSONValue, _ names: [String]) throws(ExperimentError) -> JSONValue {
        let variables = names.isEmpty ? [:] : try variables(configuration)
        return [
            "layers": JSONValue(texts: layers(configuration)),
            "variables": .object(JSONObject(names.map { ($0, variables[$0] ?? .null) })),
        ]
    }

    /// The configuration; nil when the function does not exist.
    private static func find(_ invocation: NativeActivity.Invocation) async throws -> JSONValue? {
        let client = try invocation.client(.lambda)
        return try await existing(["ResourceNotFoundException"]) { try await settled(invocation, client) }
    }
}
