import AWS
import Basics
import Experiments
import JSON

/// Faults of Lambda functions by their configuration, and by the parameter of the failure-lambda library.
///
/// None of them needs a layer.
extension ChaosActivities {
    static var lambdaFaults: [NativeActivity] { lambdaConfigurationFaults + lambdaFailures }

    private static let functionName = NativeActivity.Argument("function_name", .text)

    private static var lambdaConfigurationFaults: [NativeActivity] {
        let module = "tocsin.lambda.actions"
        let name = NativeActivity.Argument("name", .text)
        return [
            .aws(
                module, "limit_concurrency", .action,
                "Lets a function run so many times at once; with 0 every invocation is throttled.",
                arguments: [functionName, .init("concurrent_executions", .integer, 0)],
                calls: LambdaFunctions.reads + [.change("lambda:PutFunctionConcurrency")], choice: "the function",
                targets: LambdaFunctions.targets, undo: LambdaFunctions.resetConcurrency,
                run: LambdaFunctions.putConcurrency),
            .aws(
                module, "set_timeout", .action, "Ends invocations of a function after so many seconds.",
                arguments: [functionName, .init("timeout", .integer)], calls: LambdaConfiguration.calls,
                choice: "the function", targets: LambdaFunctions.targets,
                undo: LambdaConfiguration.reset("Timeout", "timeout", argument: "timeout")
            ) { invocation, targets in
                LambdaConfiguration.masked(
                    try await LambdaConfiguration.set(["Timeout": invocation.argument("timeout")], invocation, targets))
            },
            .aws(
                module, "set_memory_size", .action, "Gives a function so many megabytes, and CPU in proportion.",
                arguments: [functionName, .init("memory_size", .integer)], calls: LambdaConfiguration.calls,
                choice: "the function", targets: LambdaFunctions.targets,
                undo: LambdaConfiguration.reset("MemorySize", "memory size", argument: "memory_size")
            ) { invocation, targets in
                LambdaConfiguration.masked(
                    try await LambdaConfiguration.set(
                        ["MemorySize": invocation.argument("memory_size")], invocation, targets))
            },
            .aws(
                module, "set_environment_variable", .action, "Sets an environment variable of a function.",
                arguments: [functionName, name, .init("value", .text)], calls: LambdaConfiguration.calls,
                choice: "the function", targets: LambdaFunctions.targets, undo: LambdaConfiguration.resetVariable
            ) { invocation, targets in
                let output = try await LambdaConfiguration.change(invocation, targets) { configuration in
                    var variables = try LambdaConfiguration.variables(configuration)
                    variables[invocation.argument("name").pythonText] = .string(invocation.argument("value").pythonText)
                    return ["Environment": ["Variables": .object(variables)]]
                }
                return LambdaConfiguration.masked(output)
            },
            .aws(
                module, "remove_environment_variable", .action, "Removes an environment variable of a function.",
                arguments: [functionName, name], calls: LambdaConfiguration.calls, choice: "the function",
                targets: LambdaFunctions.targets, undo: LambdaConfiguration.resetVariable
            ) { invocation, targets in
                let output = try await LambdaConfiguration.change(invocation, targets) { configuration in
                    var variables = try LambdaConfiguration.variables(configuration)
                    let name = invocation.argument("name").pythonText
                    guard variables[name] != nil else {
                        throw ExperimentError.failedActivity("the function has no environment variable \(name)")
                    }
                    variables[name] = nil
                    return ["Environment": ["Variables": .object(variables)]]
                }
                return LambdaConfiguration.masked(output)
            },
        ]
    }

    private static var lambdaFailures: [NativeActivity] {
        let parameter = NativeActivity.Argument("parameter", .text, .null)
        return [
            .aws(
                "tocsin.lambda.actions", "inject_failure", .action,
                "Lets a function that uses the failure-lambda library fail: latency, exception, statuscode, diskspace, "
                    + "denylist.",
                arguments: [
                    functionName, .init("failure_mode", .text, "latency"), .init("rate", .number, 1),
                    .init("min_latency", .integer, 100), .init("max_latency", .integer, 400),
                    .init("exception_msg", .text, "Exception message!"), .init("status_code", .integer, 404),
                    .init("disk_space", .integer, 100),
                    .init("denylist", .list, ["s3.*.amazonaws.com", "dynamodb.*.amazonaws.com"]), parameter,
                ], calls: FailureParameter.calls, choice: "the parameter that the function reads",
                targets: FailureParameter.targets, undo: FailureParameter.reset, run: FailureParameter.inject),
            // Without an undo: it ends a fault. The values of the fault stay in the parameter.
            .aws(
                "tocsin.lambda.actions", "stop_failure", .action,
                "Ends the failures of a function that uses the failure-lambda library.",
                arguments: [functionName, parameter], calls: FailureParameter.calls,
                choice: "the parameter that the function reads", targets: FailureParameter.targets,
                run: FailureParameter.stop),
            .aws(
                "tocsin.lambda.probes", "get_failure", .probe,
                "The parameter of the failure-lambda library of a function; null without one.",
                arguments: [functionName, parameter],
                calls: [.read("lambda:GetFunctionConfiguration"), .read("ssm:GetParameter")],
                run: FailureParameter.read),
        ]
    }
}
