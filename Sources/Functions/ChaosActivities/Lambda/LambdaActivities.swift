import AWS
import Basics
import Experiments
import JSON

/// The actions and probes of `chaosaws.awslambda`.
extension ChaosActivities {
    static var lambdaActions: [NativeActivity] { lambdaFunctionActions + lambdaMappingActions + lambdaLayerActions }

    private static let lambdaActionModule = "chaosaws.awslambda.actions"
    private static let functionName = NativeActivity.Argument("function_name", .text)

    private static var lambdaFunctionActions: [NativeActivity] {
        let module = lambdaActionModule
        return [
            .aws(
                module, "put_function_concurrency", .action, "Limits the concurrency of a function.",
                arguments: [functionName, .init("concurrent_executions", .integer)],
                calls: LambdaFunctions.reads + [.change("lambda:PutFunctionConcurrency")], choice: "the function",
                targets: LambdaFunctions.targets, undo: LambdaFunctions.resetConcurrency,
                run: LambdaFunctions.putConcurrency),
            .aws(
                module, "delete_function_concurrency", .action, "Removes the concurrency limit of a function.",
                arguments: [functionName],
                calls: LambdaFunctions.reads + [.change("lambda:DeleteFunctionConcurrency")], choice: "the function",
                targets: LambdaFunctions.targets, undo: LambdaFunctions.resetConcurrency
            ) { invocation, targets in
                try firstTarget(of: targets)
                return try await invocation.client(.lambda)
                    .response("DeleteFunctionConcurrency", ["FunctionName": invocation.argument("function_name")])
            },
            // Without an undo: what a function did cannot be taken back.
            .aws(
                module, "invoke_function", .action, "Invokes a function; its answer is in the output's Payload.",
                arguments: [
                    functionName, .init("function_arguments", .any, .null),
                    .init("invocation_type", .text, "RequestResponse"), .init("client_context", .any, .null),
                    .init("qualifier", .text, .null),
                ], calls: LambdaFunctions.reads + [.change("lambda:InvokeFunction")], choice: "the function",
                targets: LambdaFunctions.targets, run: LambdaFunctions.invoke),
            .aws(
                module, "put_function_timeout", .action, "Sets the timeout of a function in seconds.",
                arguments: [functionName, .init("timeout", .integer)], calls: LambdaConfiguration.calls,
                choice: "the function", targets: LambdaFunctions.targets,
                undo: LambdaConfiguration.reset("Timeout", "timeout", argument: "timeout")
            ) { invocation, targets in
                try await LambdaConfiguration.set(["Timeout": invocation.argument("timeout")], invocation, targets)
            },
            .aws(
                module, "put_function_memory_size", .action, "Sets the memory of a function in megabytes.",
                arguments: [functionName, .init("memory_size", .integer)], calls: LambdaConfiguration.calls,
                choice: "the function", targets: LambdaFunctions.targets,
                undo: LambdaConfiguration.reset("MemorySize", "memory size", argument: "memory_size")
            ) { invocation, targets in
                try await LambdaConfiguration.set(
                    ["MemorySize": invocation.argument("memory_size")], invocation, targets)
            },
        ]
    }

    private static var lambdaMappingActions: [NativeActivity] {
        let uuid = NativeActivity.Argument("event_uuid", .text)
        let reads: [NativeActivity.Call] = [.read("lambda:GetEventSourceMapping"), .read("lambda:ListTags")]
        return [
            .aws(
                lambdaActionModule, "delete_event_source_mapping", .action,
                "Deletes an event source mapping: the function gets nothing more from the source.",
                arguments: [uuid], calls: reads + [.change("lambda:DeleteEventSourceMapping")],
                choice: "the event source mapping", targets: EventSourceMappings.targets,
                undo: EventSourceMappings.recreate, run: EventSourceMappings.delete),
            .aws(
                lambdaActionModule, "toggle_event_source_mapping_state", .action,
                "Enables or disables an event source mapping.", arguments: [uuid, .init("enabled", .flag)],
                calls: reads + [.change("lambda:UpdateEventSourceMapping")], choice: "the event source mapping",
                targets: EventSourceMappings.targets, undo: EventSourceMappings.resetState,
                run: EventSourceMappings.toggle),
        ]
    }

    private static var lambdaLayerActions: [NativeActivity] {
        let module = lambdaActionModule
        let layer = NativeActivity.Argument("layer", .text)
        let chaosLayer = NativeActivity.Argument("layer", .text, .string(ChaosExtension.layer))
        let probability = NativeActivity.Argument("probability", .number, 0.9)
        return [
            .aws(
                module, "add_layer", .action, "Adds a layer to those of a function.", arguments: [functionName, layer],
                calls: LambdaConfiguration.calls, choice: "the function", targets: LambdaFunctions.targets,
                undo: LambdaConfiguration.resetLayersAndVariables([]), run: ChaosExtension.addLayer),
            .aws(
                module, "remove_layer", .action, "Removes a layer of a function.", arguments: [functionName, layer],
                calls: LambdaConfiguration.calls, choice: "the function", targets: LambdaFunctions.targets,
                undo: LambdaConfiguration.resetLayersAndVariables([]), run: ChaosExtension.removeLayer),
            .aws(
                module, "add_latency", .action,
                "Delays answers of a function by the seconds of latency, with the chaos-lambda-extension.",
                arguments: [functionName, .init("latency", .number, 1), probability, chaosLayer],
                calls: LambdaConfiguration.calls, choice: "the function", targets: LambdaFunctions.targets,
                undo: LambdaConfiguration.resetLayersAndVariables(ChaosExtension.latencyVariables),
                run: ChaosExtension.addLatency),
            .aws(
                module, "remove_latency", .action, "Removes what add_latency added.",
                arguments: [functionName, chaosLayer], calls: LambdaConfiguration.calls, choice: "the function",
                targets: LambdaFunctions.targets,
                undo: LambdaConfiguration.resetLayersAndVariables(ChaosExtension.latencyVariables)
            ) { try await ChaosExtension.remove(ChaosExtension.latencyVariables, $0, $1) },
            .aws(
                module, "add_error", .action, "Lets a function answer with body, with the chaos-lambda-extension.",
                arguments: [
                    functionName,
                    .init("body", .text, #"{"statusCode": 500, "body": "Greeting from Chaos Toolkit"}"#), probability,
                    chaosLayer,
                ], calls: LambdaConfiguration.calls, choice: "the function", targets: LambdaFunctions.targets,
                undo: LambdaConfiguration.resetLayersAndVariables(ChaosExtension.errorVariables),
                run: ChaosExtension.addError),
            .aws(
                module, "remove_error", .action, "Removes what add_error added.",
                arguments: [functionName, chaosLayer], calls: LambdaConfiguration.calls, choice: "the function",
                targets: LambdaFunctions.targets,
                undo: LambdaConfiguration.resetLayersAndVariables(ChaosExtension.errorVariables)
            ) { try await ChaosExtension.remove(ChaosExtension.errorVariables, $0, $1) },
        ]
    }

    static var lambdaProbes: [NativeActivity] {
        let module = "chaosaws.awslambda.probes"
        let version: [NativeActivity.Argument] = [functionName, .init("qualifier", .text, .null)]
        return [
            .aws(
                module, "get_function_concurrency", .probe,
                "The concurrency limit of a function; fails when it has none.", arguments: [functionName],
                calls: [.read("lambda:GetFunctionConcurrency")]
            ) { invocation, _ in
                let output = try await invocation.client(.lambda)
                    .call("GetFunctionConcurrency", ["FunctionName": invocation.argument("function_name")])
                guard let limit = output["ReservedConcurrentExecutions"] else {
                    throw ExperimentError(python: "KeyError", "'ReservedConcurrentExecutions'")
                }
                return limit
            },
            .aws(
                module, "get_function_timeout", .probe, "The timeout of a function in seconds.", arguments: version,
                calls: [.read("lambda:GetFunctionConfiguration")]
            ) { invocation, _ in try await member("Timeout", invocation) },
            .aws(
                module, "get_function_memory_size", .probe, "The memory of a function in megabytes.",
                arguments: version, calls: [.read("lambda:GetFunctionConfiguration")]
            ) { invocation, _ in try await member("MemorySize", invocation) },
            .aws(
                module, "list_event_source_mapping", .probe,
                "Lists the event source mappings of a function, or of a source.",
                arguments: [.init("source_arn", .text, .null), .init("function_name", .text, .null)],
                calls: [.read("lambda:ListEventSourceMappings")], run: EventSourceMappings.list),
        ]
    }

    private static func member(
        _ name: String, _ invocation: NativeActivity.Invocation
    ) async throws -> JSONValue {
        var input: JSONObject = ["FunctionName": invocation.argument("function_name")]
        let qualifier = invocation.argument("qualifier")
        if !qualifier.isNull { input["Qualifier"] = qualifier }
        return try await invocation.client(.lambda).call("GetFunctionConfiguration", input)[name] ?? .null
    }
}
