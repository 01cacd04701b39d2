import JSON

extension MotoTests.UndoTests {
    static let lambda: [Case] = [
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
}
