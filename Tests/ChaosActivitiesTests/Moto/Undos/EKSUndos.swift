import JSON

extension MotoTests.UndoTests {
    static let eks: [Case] = [
        Case(
            setup: "eks", function: "eks.actions.create_cluster",
            arguments: ["name": "new", "role_arn": "<role>", "vpc_config": ["subnetIds": ["subnet-1"]]])
    ]
}
