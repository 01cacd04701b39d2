import Experiments
import JSON

/// The failure of an Availability Zone.
extension ChaosActivities {
    static var availabilityZones: [NativeActivity] {
        [
            .aws(
                "tocsin.az", "fail", .action,
                "Fails an Availability Zone: subnets cut off, capacity taken away, databases and caches failed over.",
                arguments: ZoneFailure.arguments,
                calls: OwnPlace.reads + ZoneFailure.reads + ZoneFailure.changes,
                choice: "what is in the zone, limited by vpc_ids, by tags and by the parts that are selected",
                targets: ZoneFailure.targets, undo: ZoneFailure.undo, run: ZoneFailure.fail),
            // Without an undo: it is what puts the zone back.
            .aws(
                "tocsin.az", "recover", .action,
                "Puts back what tocsin.az.fail has changed in a zone, as the tags of the resources tell.",
                arguments: [.init("availability_zone", .text)],
                calls: [
                    .read("ec2:DescribeNetworkAcls"), .read("autoscaling:DescribeAutoScalingGroups"),
                ] + ZoneLoadBalancers.reads + ZoneNetwork.backChanges + ZoneGroups.backChanges
                    + ZoneLoadBalancers.backChanges,
                choice: "what has the tag of the failed zone", targets: ZoneFailure.failed, run: ZoneFailure.recover),
            .aws(
                "resiliencyvr.az.actions", "disable_az", .action,
                "Cuts all subnets of a zone off by a network ACL that denies everything.",
                arguments: [
                    .init("availability_zone", .text), .init("state_file_name", .text, "disable_az.json"),
                    .init("allow_own_subnets", .flag, false),
                ],
                calls: [.read("lambda:GetFunctionConfiguration")] + ZoneNetwork.reads + ZoneNetwork.changes
                    + [.change("ec2:DeleteNetworkAcl"), .read("s3:GetObject"), .change("s3:PutObject")],
                choice: "all subnets of the zone, in all VPCs", targets: ZoneStateFile.toDisable,
                undo: ZoneStateFile.undo, run: ZoneStateFile.disable),
            .aws(
                "resiliencyvr.az.actions", "reenable_az", .action,
                "Gives the subnets of a zone the network ACLs back that disable_az has saved.",
                arguments: [.init("state_file_name", .text, "disable_az.json")],
                calls: [.read("ec2:DescribeNetworkAcls"), .read("s3:GetObject"), .change("s3:DeleteObject")]
                    + ZoneNetwork.backChanges,
                choice: "the subnets that the state file names", targets: ZoneStateFile.disabled,
                run: ZoneStateFile.reenable),
        ]
    }
}
