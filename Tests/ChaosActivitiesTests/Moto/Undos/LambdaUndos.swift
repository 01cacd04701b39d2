import JSON

extension MotoTests.UndoTests {
    static let lambda: [Case] = lambdaConcurrency + lambdaConfiguration

    private static let lambdaConcurrency: [Case] = [
        Case(
            setup: "functions", function: "awslambda.actions.put_function_concurrency",
            arguments: ["function_name": "free", "concurrent_executions": 0],
            removal: ("lambda", "delete_function", ["FunctionName": "free"])),
        Case(
            setup: "functions", function: "awslambda.actions.put_function_concurrency",
            arguments: ["function_name": "limited", "concurrent_executions": 0],
            removal: ("lambda", "delete_function", ["FunctionName": "limited"])),
        Case(
            setup: "functions", function: "awslambda.actions.delete_function_concurrency",
            arguments: ["function_name": "limited"],
            removal: ("lambda", "delete_function", ["FunctionName": "limited"])),
    ]

    private static let noFunction: (String, String, JSONValue) = (
        "lambda", "delete_function", ["FunctionName": "layered"]
    )

    private static let lambdaConfiguration: [Case] = [
        Case(
            setup: "lambda", function: "awslambda.actions.put_function_timeout",
            arguments: ["function_name": "layered", "timeout": 7], removal: noFunction),
        Case(
            setup: "lambda", function: "awslambda.actions.put_function_memory_size",
            arguments: ["function_name": "layered", "memory_size": 512], removal: noFunction),
        Case(
            setup: "lambda", function: "awslambda.actions.add_layer",
            arguments: ["function_name": "layered", "layer": "<layer2>"], removal: noFunction),
        Case(
            setup: "lambda", function: "awslambda.actions.remove_layer",
            arguments: ["function_name": "layered", "layer": "<layer1>"], removal: noFunction),
        Case(
            setup: "lambda", function: "awslambda.actions.add_latency",
            arguments: ["function_name": "layered", "layer": "<layer2>"], removal: noFunction),
        Case(
            setup: "lambda", function: "awslambda.actions.remove_latency",
            arguments: ["function_name": "layered", "layer": "<layer1>"], removal: noFunction),
        Case(
            setup: "lambda", function: "awslambda.actions.add_error",
            arguments: ["function_name": "layered", "layer": "<layer2>"], removal: noFunction),
        Case(
            setup: "lambda", function: "awslambda.actions.remove_error",
            arguments: ["function_name": "layered", "layer": "<layer1>"], removal: noFunction),
        Case(
            setup: "lambda", function: "awslambda.actions.toggle_event_source_mapping_state",
            arguments: ["event_uuid": "<mapping>", "enabled": false],
            removal: ("lambda", "delete_event_source_mapping", ["UUID": "<mapping>"])),
        Case(
            setup: "lambda", function: "awslambda.actions.delete_event_source_mapping",
            arguments: ["event_uuid": "<mapping>"],
            removal: ("lambda", "delete_function", ["FunctionName": "front"])),
    ]
}
