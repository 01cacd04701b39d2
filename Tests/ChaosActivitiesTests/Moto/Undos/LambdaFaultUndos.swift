import JSON

extension MotoTests.UndoTests {
    private static let noFunction: (String, String, JSONValue) = (
        "lambda", "delete_function", ["FunctionName": "layered"]
    )

    static let lambdaFaults: [Case] = [
        Case(
            setup: "lambda", function: "tocsin.lambda.actions.limit_concurrency",
            arguments: ["function_name": "layered", "concurrent_executions": 0], removal: noFunction),
        Case(
            setup: "lambda", function: "tocsin.lambda.actions.set_timeout",
            arguments: ["function_name": "layered", "timeout": 1], removal: noFunction),
        Case(
            setup: "lambda", function: "tocsin.lambda.actions.set_memory_size",
            arguments: ["function_name": "layered", "memory_size": 1024], removal: noFunction),
        Case(
            setup: "lambda", function: "tocsin.lambda.actions.set_environment_variable",
            arguments: ["function_name": "layered", "name": "URL", "value": "http://127.0.0.1:1"],
            removal: noFunction),
        Case(
            setup: "lambda", function: "tocsin.lambda.actions.set_environment_variable",
            arguments: ["function_name": "layered", "name": "NEW", "value": ""]),
        Case(
            setup: "lambda", function: "tocsin.lambda.actions.remove_environment_variable",
            arguments: ["function_name": "layered", "name": "URL"], removal: noFunction),
        Case(
            setup: "lambda", function: "tocsin.lambda.actions.inject_failure",
            arguments: ["function_name": "front", "failure_mode": "exception", "rate": 0.5],
            removal: ("ssm", "delete_parameter", ["Name": "failures"])),
        Case(
            setup: "lambda", function: "tocsin.lambda.actions.inject_failure",
            arguments: ["function_name": "front", "parameter": "/new/failures"]),
    ]
}
