import JSON

/// The network, and each step of a failure, are tested in ZoneTests and ZoneStateTests.
extension MotoTests.UndoTests {
    static let availabilityZones: [Case] = [
        Case(
            setup: "zones", function: "tocsin.az.fail",
            arguments: [
                "availability_zone": "eu-central-1a", "network": false, "auto_scaling": "none", "databases": false,
                "allow_own_account": true,
            ], removal: ("elbv2", "delete_load_balancer", ["LoadBalancerArn": "<front>"]))
    ]
}
