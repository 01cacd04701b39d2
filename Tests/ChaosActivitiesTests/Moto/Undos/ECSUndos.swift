import JSON

extension MotoTests.UndoTests {
    static let ecs: [Case] = [
        Case(
            setup: "cluster", function: "ecs.actions.update_desired_count",
            arguments: ["cluster": "shop", "service": "front", "desired_count": 0],
            removal: ("ecs", "delete_service", ["cluster": "shop", "service": "front", "force": true]))
    ]
}
