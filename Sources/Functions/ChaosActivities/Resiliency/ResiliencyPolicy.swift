/// What the permissions of what the activities of resiliencyvr call beside Systems Manager and EC2 can be limited to.
extension PolicyResources {
    private static let interface = Kind(targets: [], service: "ec2") { "network-interface/\($0)" }
    private static let vpc = Kind(targets: [], service: "ec2") { "vpc/\($0)" }

    static let resiliency: [String: [Kind]] = [
        "ec2:CreateSecurityGroup": [securityGroup, vpc], "ec2:DeleteSecurityGroup": [securityGroup],
        "ec2:RevokeSecurityGroupEgress": [securityGroup],
        "ec2:ModifyNetworkInterfaceAttribute": [interface, instance, securityGroup],
    ]
}
