/// What the permissions of the failure of a zone can be limited to.
extension PolicyResources {
    private static let subnet = Kind(targets: ["ec2:subnet"], service: "ec2") { "subnet/\($0)" }
    private static let vpc = Kind(targets: [], service: "ec2") { "vpc/\($0)" }
    private static let loadBalancer = Kind(
        targets: ["elasticloadbalancing:loadbalancer"], service: "elasticloadbalancing"
    ) { $0 == "*" ? "loadbalancer/*" : "loadbalancer/\($0)" }
    private static let cluster = Kind(targets: ["rds:cluster"], service: "rds") { "cluster:\($0)" }
    private static let database = Kind(targets: ["rds:db"], service: "rds") { "db:\($0)" }
    private static let replicationGroup = Kind(targets: ["elasticache:replicationgroup"], service: "elasticache") {
        "replicationgroup:\($0)"
    }

    static let availabilityZones: [String: [Kind]] = [
        "ec2:CreateNetworkAcl": [networkACL, vpc], "ec2:DeleteNetworkAcl": [networkACL],
        "ec2:ReplaceNetworkAclAssociation": [networkACL, subnet],
        "elasticloadbalancing:SetSubnets": [loadBalancer], "elasticloadbalancing:AddTags": [loadBalancer],
        "elasticloadbalancing:RemoveTags": [loadBalancer], "rds:FailoverDBCluster": [cluster],
        "rds:RebootDBInstance": [database], "elasticache:TestFailover": [replicationGroup],
    ]
}
