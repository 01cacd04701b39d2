import JSON

extension MotoTests.ChaosawsTests {
    static let lambda: [Case] = lambdaFunctions + lambdaConfigurations + lambdaMappings

    private static let lambdaFunctions: [Case] = [
        Case(
            "functions", "awslambda.actions.put_function_concurrency",
            ["function_name": "free", "concurrent_executions": 0]),
        Case(
            "functions", "awslambda.actions.put_function_concurrency",
            ["function_name": "nope", "concurrent_executions": 1]),
        Case(
            "functions", "awslambda.actions.put_function_concurrency",
            ["function_name": "", "concurrent_executions": 1]),
        Case("functions", "awslambda.actions.delete_function_concurrency", ["function_name": "limited"]),
        Case("functions", "awslambda.actions.delete_function_concurrency", ["function_name": "nope"]),
        Case(
            "functions", "awslambda.actions.invoke_function",
            ["function_name": "free", "function_arguments": ["a": [1, "é"]], "client_context": ["b": 2]]),
        Case("functions", "awslambda.actions.invoke_function", ["function_name": "free", "function_arguments": [:]]),
        Case("functions", "awslambda.actions.invoke_function", ["function_name": "nope"]),
        Case("functions", "awslambda.probes.get_function_concurrency", ["function_name": "limited"]),
        Case("functions", "awslambda.probes.get_function_concurrency", ["function_name": "free"]),
        Case("functions", "awslambda.probes.get_function_concurrency", ["function_name": "nope"]),
    ]

    private static let lambdaConfigurations: [Case] = [
        Case("lambda", "awslambda.actions.put_function_timeout", ["function_name": "front", "timeout": 7]),
        Case("lambda", "awslambda.actions.put_function_timeout", ["function_name": "nope", "timeout": 7]),
        Case("lambda", "awslambda.actions.put_function_memory_size", ["function_name": "front", "memory_size": 256]),
        Case("lambda", "awslambda.actions.put_function_memory_size", ["function_name": "nope", "memory_size": 256]),
        Case("lambda", "awslambda.actions.add_layer", ["function_name": "front", "layer": "<layer1>"]),
        Case("lambda", "awslambda.actions.add_layer", ["function_name": "front", "layer": "<layer1>0"]),
        Case("lambda", "awslambda.actions.remove_layer", ["function_name": "layered", "layer": "<layer1>"]),
        Case("lambda", "awslambda.actions.remove_layer", ["function_name": "front", "layer": "<layer1>"]),
        Case("lambda", "awslambda.actions.remove_layer", ["function_name": "nope", "layer": "<layer1>"]),
        Case(
            "lambda", "awslambda.actions.add_latency",
            ["function_name": "front", "latency": 3, "probability": 0.25, "layer": "<layer1>"]),
        Case("lambda", "awslambda.actions.add_latency", ["function_name": "front", "layer": "<layer1>"]),
        Case("lambda", "awslambda.actions.add_latency", ["function_name": "front"]),
        Case("lambda", "awslambda.actions.add_latency", ["function_name": "nope"]),
        Case("lambda", "awslambda.actions.remove_latency", ["function_name": "layered", "layer": "<layer1>"]),
        Case("lambda", "awslambda.actions.remove_latency", ["function_name": "nope"]),
        Case(
            "lambda", "awslambda.actions.add_error",
            ["function_name": "front", "body": "no", "probability": 1, "layer": "<layer1>"]),
        Case("lambda", "awslambda.actions.add_error", ["function_name": "front", "layer": "<layer1>"]),
        Case("lambda", "awslambda.actions.add_error", ["function_name": "nope"]),
        Case("lambda", "awslambda.actions.remove_error", ["function_name": "layered", "layer": "<layer1>"]),
        Case("lambda", "awslambda.actions.remove_error", ["function_name": "nope"]),
        Case("lambda", "awslambda.probes.get_function_timeout", ["function_name": "front"]),
        Case("lambda", "awslambda.probes.get_function_timeout", ["function_name": "front", "qualifier": "$LATEST"]),
        Case("lambda", "awslambda.probes.get_function_timeout", ["function_name": "nope"]),
        Case("lambda", "awslambda.probes.get_function_memory_size", ["function_name": "front"]),
        Case("lambda", "awslambda.probes.get_function_memory_size", ["function_name": "nope"]),
    ]

    private static let lambdaMappings: [Case] = [
        Case("lambda", "awslambda.actions.delete_event_source_mapping", ["event_uuid": "<mapping>"]),
        Case("lambda", "awslambda.actions.delete_event_source_mapping", ["event_uuid": "nope"]),
        Case(
            "lambda", "awslambda.actions.toggle_event_source_mapping_state",
            ["event_uuid": "<mapping>", "enabled": false]),
        Case(
            "lambda", "awslambda.actions.toggle_event_source_mapping_state",
            ["event_uuid": "nope", "enabled": false]),
        Case("lambda", "awslambda.probes.list_event_source_mapping", ["source_arn": "<queue>"]),
        Case("lambda", "awslambda.probes.list_event_source_mapping", ["function_name": "front"]),
        Case("lambda", "awslambda.probes.list_event_source_mapping", [:]),
        Case(
            "", "awslambda.probes.list_event_source_mapping", ["function_name": "nope"],
            script: [
                "lambda:ListEventSourceMappings": [
                    ["error": "ResourceNotFoundException", "message": "Function not found", "status": 404]
                ]
            ]),
    ]
}
