/// What the permissions of Elastic Load Balancing can be limited to.
extension PolicyResources {
    // Between type and name, and after the name, ARNs have what targets do not tell.
    private static let loadBalancer = Kind(
        targets: ["elasticloadbalancing:loadbalancer"], service: "elasticloadbalancing"
    ) { "loadbalancer/*/\($0)/*" }
    private static let targetGroup = Kind(
        targets: ["elasticloadbalancing:targetgroup"], service: "elasticloadbalancing"
    ) { id in "targetgroup/\(id.prefix { $0 != "/" })/*" }

    static let elbv2: [String: [Kind]] = [
        "elasticloadbalancing:SetSecurityGroups": [loadBalancer], "elasticloadbalancing:SetSubnets": [loadBalancer],
        "elasticloadbalancing:DeleteLoadBalancer": [loadBalancer],
        "elasticloadbalancing:ModifyLoadBalancerAttributes": [loadBalancer],
        "elasticloadbalancing:RegisterTargets": [targetGroup],
        "elasticloadbalancing:DeregisterTargets": [targetGroup],
    ]
}
