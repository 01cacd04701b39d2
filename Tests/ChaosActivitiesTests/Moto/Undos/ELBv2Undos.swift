import JSON

extension MotoTests.UndoTests {
    private static let noBalancer: (String, String, JSONValue) = (
        "elbv2", "delete_load_balancer", ["LoadBalancerArn": "<web>"]
    )

    static let elbv2: [Case] = [
        Case(
            setup: "balancers", function: "elbv2.actions.deregister_target", arguments: ["tg_name": "front"],
            removal: ("elbv2", "delete_target_group", ["TargetGroupArn": "<front>"])),
        Case(
            setup: "balancers", function: "elbv2.actions.set_security_groups",
            arguments: ["load_balancer_names": ["web"], "security_group_ids": ["<group1>"]], removal: noBalancer),
        Case(
            setup: "balancers", function: "elbv2.actions.set_subnets",
            arguments: ["load_balancer_names": ["web"], "subnet_ids": ["<subnet1>", "<subnet2>"]],
            removal: noBalancer),
        Case(
            setup: "balancers", function: "elbv2.actions.enable_access_log",
            arguments: ["load_balancer_arn": "<web>", "enable": true, "bucket_name": "logs"], removal: noBalancer),
        Case(
            setup: "balancers", function: "elbv2.actions.enable_access_log",
            arguments: ["load_balancer_arn": "<api>"],
            removal: ("elbv2", "delete_load_balancer", ["LoadBalancerArn": "<api>"])),
        Case(
            setup: "balancers", function: "elbv2.actions.enable_access_log",
            arguments: ["load_balancer_arn": "<api>", "enable": true, "bucket_name": "others"]),
    ]
}
