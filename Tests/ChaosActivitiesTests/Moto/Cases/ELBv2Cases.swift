import JSON

extension MotoTests.ChaosawsTests {
    static let elbv2: [Case] = elbv2Actions + elbv2Probes

    private static let elbv2Actions: [Case] = [
        Case("balancers", "elbv2.actions.deregister_target", ["tg_name": "front"]),
        Case("balancers", "elbv2.actions.deregister_target", ["tg_name": "nope"]),
        Case(
            "balancers", "elbv2.actions.set_security_groups",
            ["load_balancer_names": ["web", "api"], "security_group_ids": ["<group1>"]]),
        Case(
            "balancers", "elbv2.actions.set_security_groups",
            ["load_balancer_names": ["web"], "security_group_ids": ["sg-0123456789abcdef0"]]),
        Case(
            "balancers", "elbv2.actions.set_security_groups",
            ["load_balancer_names": ["web", "nope"], "security_group_ids": ["<group1>"]]),
        Case(
            "balancers", "elbv2.actions.set_security_groups",
            ["load_balancer_names": ["web", "net"], "security_group_ids": ["<group1>"]]),
        Case(
            "balancers", "elbv2.actions.set_subnets",
            ["load_balancer_names": ["web"], "subnet_ids": ["<subnet1>", "<subnet2>"]]),
        Case(
            "balancers", "elbv2.actions.set_subnets",
            ["load_balancer_names": ["web"], "subnet_ids": ["subnet-0123456789abcdef0"]]),
        Case(
            "balancers", "elbv2.actions.set_subnets",
            ["load_balancer_names": ["net"], "subnet_ids": ["<subnet1>", "<subnet2>"]]),
        Case("balancers", "elbv2.actions.delete_load_balancer", ["load_balancer_names": ["web", "net"]]),
        Case("balancers", "elbv2.actions.delete_load_balancer", ["load_balancer_names": ["nope"]]),
        Case(
            "", "elbv2.actions.delete_load_balancer", ["load_balancer_names": ["web"]],
            script: [
                "elbv2:DescribeLoadBalancers": [
                    [
                        "LoadBalancers": [
                            [
                                "LoadBalancerName": "web", "LoadBalancerArn": "a", "Type": "application",
                                "State": ["Code": "provisioning"],
                            ]
                        ]
                    ]
                ]
            ]),
        Case(
            "balancers", "elbv2.actions.enable_access_log",
            ["load_balancer_arn": "<web>", "enable": true, "bucket_name": "logs"]),
        Case("balancers", "elbv2.actions.enable_access_log", ["load_balancer_arn": "<api>"]),
        Case("balancers", "elbv2.actions.enable_access_log", ["load_balancer_arn": "<web>", "enable": true]),
        Case("balancers", "elbv2.actions.enable_access_log", ["load_balancer_arn": ""]),
        Case("balancers", "elbv2.actions.enable_access_log", ["load_balancer_arn": "<web>0"]),
    ]

    private static let elbv2Probes: [Case] = [
        Case("balancers", "elbv2.probes.targets_health_count", ["tg_names": ["front", "empty"]]),
        Case("balancers", "elbv2.probes.targets_health_count", ["tg_names": ["nope"]]),
        Case("balancers", "elbv2.probes.targets_health_count", ["tg_names": []]),
        Case("balancers", "elbv2.probes.all_targets_healthy", ["tg_names": ["front", "empty"]]),
        Case("balancers", "elbv2.probes.all_targets_healthy", ["tg_names": []]),
        Case(
            "balancers", "elbv2.probes.all_targets_healthy", ["tg_names": ["front"]],
            script: [
                "elbv2:DescribeTargetHealth": [
                    [
                        "TargetHealthDescriptions": [
                            ["Target": ["Id": "i-1", "Port": 80], "TargetHealth": ["State": "healthy"]],
                            ["Target": ["Id": "i-2", "Port": 80], "TargetHealth": ["State": "draining"]],
                        ]
                    ]
                ]
            ]),
        Case("balancers", "elbv2.probes.is_access_log_enabled", ["load_balancer_arn": "<web>"]),
        Case("balancers", "elbv2.probes.is_access_log_enabled", ["load_balancer_arn": "<api>"]),
        Case("balancers", "elbv2.probes.is_access_log_enabled", ["load_balancer_arn": ""]),
        Case("balancers", "elbv2.probes.is_access_log_enabled", ["load_balancer_arn": "<web>0"]),
    ]
}
