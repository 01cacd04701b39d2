/// What the permissions of EC2 can be limited to.
extension PolicyResources {
    static let instance = Kind(targets: ["ec2:instance"], service: "ec2") { "instance/\($0)" }
    private static let spotRequest = Kind(targets: ["ec2:spot-instances-request"], service: "ec2", hasTags: false) {
        "spot-instances-request/\($0)"
    }

    static let volume = Kind(targets: ["ec2:volume"], service: "ec2") { "volume/\($0)" }
    static let securityGroup = Kind(targets: [], service: "ec2") { "security-group/\($0)" }
    static let networkACL = Kind(targets: ["ec2:network-acl"], service: "ec2") { "network-acl/\($0)" }

    static let ec2: [String: [Kind]] = [
        "ec2:StopInstances": [instance], "ec2:StartInstances": [instance], "ec2:TerminateInstances": [instance],
        "ec2:RebootInstances": [instance], "ec2:CancelSpotInstanceRequests": [spotRequest],
        "ec2:DetachVolume": [volume, instance], "ec2:AttachVolume": [volume, instance],
        "ec2:CreateTags": [instance, volume, networkACL, securityGroup], "ec2:DeleteTags": [instance, volume],
        "ec2:ModifyInstanceAttribute": [instance, volume, securityGroup],
    ]
}
