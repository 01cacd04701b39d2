/// What the permissions of Auto Scaling can be limited to.
extension PolicyResources {
    private static let group = Kind(targets: ["autoscaling:autoScalingGroup"], service: "autoscaling") {
        "autoScalingGroup:*:autoScalingGroupName/\($0)"
    }

    static let autoScaling: [String: [Kind]] = [
        "autoscaling:SuspendProcesses": [group], "autoscaling:ResumeProcesses": [group],
        "autoscaling:DetachInstances": [group], "autoscaling:AttachInstances": [group],
        "autoscaling:SetDesiredCapacity": [group], "autoscaling:UpdateAutoScalingGroup": [group],
        "autoscaling:TerminateInstanceInAutoScalingGroup": [group], "autoscaling:CreateOrUpdateTags": [group],
        "autoscaling:DeleteTags": [group],
    ]
}
