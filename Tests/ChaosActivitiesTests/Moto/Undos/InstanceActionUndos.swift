import JSON

/// The steps of these undos are tested in ResiliencyInstanceTests.
extension MotoTests.UndoTests {
    static let resiliencyInstances: [Case] = [
        Case(
            setup: "named_instances", function: "resiliencyvr.ec2.shared.remove_ec2_security_groups",
            arguments: ["instance_id": "<guarded>", "severity": "<sg-one>"],
            removal: ("ec2", "terminate_instances", ["InstanceIds": ["<guarded>"]]))
    ]
}
