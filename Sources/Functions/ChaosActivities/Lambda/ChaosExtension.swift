import AWS
import Basics
import Experiments
import JSON

/// Layers of functions, and the faults of the chaos-lambda-extension, which is a layer with environment variables.
enum ChaosExtension {
    /// The layer for x86 in us-east-1; a function elsewhere needs another one.
    static let layer =
        "arn:aws:lambda:us-east-1:871265522301:layer:chaos-lambda-extension-x86_64-unknown-linux-gnu-release:12"

    private static let commonVariables = ["AWS_LAMBDA_EXEC_WRAPPER", "CHAOSTOOLKIT_EXPERIMENT"]
    private static let latency = "CHAOS_EXTENSION__LAMBDA__"
    private static let response = "CHAOS_EXTENSION__RESPONSE__"

    /// The variables of a delay.
    static let latencyVariables =
        commonVariables + ["ENABLE_LATENCY", "LATENCY_VALUE", "LATENCY_PROBABILITY"].map { latency + $0 }
    /// The variables of another answer.
    static let errorVariables =
        commonVariables
        + ["ENABLE_CHANGE_RESPONSE_BODY", "DEFAULT_RESPONSE", "CHANGE_RESPONSE_PROBABILITY"].map { response + $0 }

    @Sendable static func addLayer(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try await LambdaConfiguration.change(invocation, targets) { configuration in
            ["Layers": withLayer(configuration, invocation)]
        }
    }

    @Sendable static func removeLayer(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try await LambdaConfiguration.change(invocation, targets) { configuration in
            ["Layers": withoutLayer(configuration, invocation)]
        }
    }

    @Sendable static func addLatency(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try await add(
            [
                latency + "ENABLE_LATENCY": "true",
                latency + "LATENCY_VALUE": .string(invocation.argument("latency").pythonText),
                latency + "LATENCY_PROBABILITY": .string(invocation.argument("probability").pythonText),
            ], invocation, targets)
    }

    @Sendable static func addError(
        _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try await add(
            [
                response + "ENABLE_CHANGE_RESPONSE_BODY": "true",
                response + "DEFAULT_RESPONSE": .string(invocation.argument("body").pythonText),
                response + "CHANGE_RESPONSE_PROBABILITY": .string(invocation.argument("probability").pythonText),
            ], invocation, targets)
    }

    private static func add(
        _ own: JSONObject, _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try await LambdaConfiguration.change(invocation, targets) { configuration in
            var variables = try LambdaConfiguration.variables(configuration)
            variables["AWS_LAMBDA_EXEC_WRAPPER"] = "/opt/bootstrap"
            variables["CHAOSTOOLKIT_EXPERIMENT"] = "true"
            for (name, value) in own { variables[name] = value }
            return [
                "Layers": withLayer(configuration, invocation), "Environment": ["Variables": .object(variables)],
            ]
        }
    }

    /// Removes the layer and these variables.
    static func remove(
        _ names: [String], _ invocation: NativeActivity.Invocation, _ targets: [NativeActivity.Target]
    ) async throws -> JSONValue {
        try await LambdaConfiguration.change(invocation, targets) { configuration in
            var variables = try LambdaConfiguration.variables(configuration)
            for name in names { variables[name] = nil }
            return [
                "Layers": withoutLayer(configuration, invocation), "Environment": ["Variables": .object(variables)],
            ]
        }
    }

    /// The function's layers and the one of the arguments; the list that Lambda gets replaces all.
    private static func withLayer(
        _ configuration: JSONValue, _ invocation: NativeActivity.Invocation
    ) -> JSONValue {
        let layers = LambdaConfiguration.layers(configuration)
        let layer = invocation.argument("layer").pythonText
        return JSONValue(texts: layers.contains(layer) ? layers : layers + [layer])
    }

    private static func withoutLayer(
        _ configuration: JSONValue, _ invocation: NativeActivity.Invocation
    ) -> JSONValue {
        let layer = invocation.argument("layer").pythonText
        return JSONValue(texts: LambdaConfiguration.layers(configuration).filter { $0 != layer })
    }
}
