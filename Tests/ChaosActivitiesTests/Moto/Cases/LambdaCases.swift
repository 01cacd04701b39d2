import JSON

extension MotoTests.ChaosawsTests {
    static let lambda: [Case] = [
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
}
