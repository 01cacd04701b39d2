/// What the permissions of ECS can be limited to.
extension PolicyResources {
    private static let cluster = Kind(
        targets: ["ecs:service", "ecs:task", "ecs:cluster", "ecs:container-instance"], service: "ecs"
    ) { id in "cluster/\(id.prefix { $0 != "/" })" }
    private static let service = Kind(targets: ["ecs:service"], service: "ecs") { id in
        "service/\(id == "*" ? "*/*" : id)"
    }
    private static let task = Kind(targets: ["ecs:task"], service: "ecs") { id in "task/\(id == "*" ? "*/*" : id)" }
    private static let containerInstance = Kind(targets: ["ecs:container-instance"], service: "ecs") { id in
        "container-instance/\(id == "*" ? "*/*" : id)"
    }
    /// What has tags; the ids have the type: `service/shop/front`.
    private static let tagged = [Kind(targets: ["ecs:resource"], service: "ecs") { $0 }]

    static let ecs: [String: [Kind]] = [
        "ecs:DescribeClusters": [cluster], "ecs:UpdateService": [service], "ecs:DescribeServices": [service],
        "ecs:StopTask": [task], "ecs:DescribeTasks": [task], "ecs:DeleteService": [service],
        "ecs:CreateService": [service], "ecs:DeleteCluster": [cluster],
        "ecs:DescribeContainerInstances": [containerInstance], "ecs:UpdateContainerInstancesState": [containerInstance],
        "ecs:DeregisterContainerInstance": [cluster, containerInstance],
        "ecs:ListTagsForResource": tagged, "ecs:TagResource": tagged, "ecs:UntagResource": tagged,
    ]
}
