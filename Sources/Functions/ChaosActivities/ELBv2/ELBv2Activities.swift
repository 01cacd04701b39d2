import AWS
import Basics
import Experiments
import JSON

/// The actions and probes of `chaosaws.elbv2`.
extension ChaosActivities {
    static var elbv2: [NativeActivity] { elbv2Actions + elbv2Probes }

    private static var elbv2Actions: [NativeActivity] {
        let module = "chaosaws.elbv2.actions"
        let names = NativeActivity.Argument("load_balancer_names", .list)
        let reads: [NativeActivity.Call] = [
            .read("elasticloadbalancing:DescribeLoadBalancers"), .read("elasticloadbalancing:DescribeTags"),
        ]
        return [
            .aws(
                module, "deregister_target", .action, "Deregisters a random target of a target group.",
                arguments: [.init("tg_name", .text)],
                calls: [
                    .read("elasticloadbalancing:DescribeTargetGroups"), .read("elasticloadbalancing:DescribeTags"),
                    .read("elasticloadbalancing:DescribeTargetHealth"),
                    .change("elasticloadbalancing:DeregisterTargets"),
                ], choice: "a random target that is not being deregistered", targets: TargetGroups.random,
                undo: TargetGroups.registerAgain, run: TargetGroups.deregister),
            .aws(
                module, "set_security_groups", .action,
                "Gives application load balancers these security groups instead of theirs.",
                arguments: [names, .init("security_group_ids", .list)],
                calls: reads + [
                    .read("ec2:DescribeSecurityGroups"), .change("elasticloadbalancing:SetSecurityGroups"),
                ], choice: "the load balancers", targets: LoadBalancers.ofSecurityGroups,
                undo: LoadBalancers.resetSecurityGroups, run: LoadBalancers.setSecurityGroups),
            .aws(
                module, "set_subnets", .action, "Gives application load balancers these subnets instead of theirs.",
                arguments: [names, .init("subnet_ids", .list)],
                calls: reads + [.read("ec2:DescribeSubnets"), .change("elasticloadbalancing:SetSubnets")],
                choice: "the load balancers", targets: LoadBalancers.ofSubnets, undo: LoadBalancers.resetSubnets,
                run: LoadBalancers.setSubnets),
            // Without an undo: a new load balancer has another address.
            .aws(
                module, "delete_load_balancer", .action, "Deletes load balancers.", arguments: [names],
                calls: reads + [.change("elasticloadbalancing:DeleteLoadBalancer")], choice: "the load balancers",
                targets: LoadBalancers.all, run: LoadBalancers.delete),
            .aws(
                module, "enable_access_log", .action, "Turns the access log of a load balancer on or off.",
                arguments: [
                    .init("load_balancer_arn", .text), .init("enable", .flag, false),
                    .init("bucket_name", .text, .null),
                ],
                calls: [
                    .read("elasticloadbalancing:DescribeTags"),
                    .change("elasticloadbalancing:ModifyLoadBalancerAttributes"),
                ], choice: "the load balancer", targets: AccessLogs.targets, undo: AccessLogs.reset,
                run: AccessLogs.set),
        ]
    }

    private static var elbv2Probes: [NativeActivity] {
        let module = "chaosaws.elbv2.probes"
        let names = NativeActivity.Argument("tg_names", .list)
        let health: [NativeActivity.Call] = [
            .read("elasticloadbalancing:DescribeTargetGroups"), .read("elasticloadbalancing:DescribeTargetHealth"),
        ]
        return [
            .aws(
                module, "targets_health_count", .probe, "Counts the targets of target groups by their health.",
                arguments: [names], calls: health
            ) { invocation, _ in
                .object(
                    JSONObject(
                        try await TargetGroups.health(invocation).map { name, states in
                            var counts: JSONObject = [:]
                            for state in states { counts[state] = JSONValue((counts[state]?.intValue ?? 0) + 1) }
                            return (name, .object(counts))
                        }))
            },
            .aws(
                module, "all_targets_healthy", .probe, "Whether all targets of target groups are healthy.",
                arguments: [names], calls: health
            ) { invocation, _ in
                .bool(try await TargetGroups.health(invocation).allSatisfy { $1.allSatisfy { $0 == "healthy" } })
            },
            .aws(
                module, "is_access_log_enabled", .probe, "Whether a load balancer writes an access log.",
                arguments: [.init("load_balancer_arn", .text)],
                calls: [.read("elasticloadbalancing:DescribeLoadBalancerAttributes")], run: AccessLogs.isEnabled),
        ]
    }
}
