/// What the permissions of ECS can be limited to.
extension PolicyResources {
    private static let cluster = Kind(targets: ["ecs:service", "ecs:task"], service: "ecs") { id in
        "cluster/\(id.prefix { $0 != "/" })"
    }
    private static let service = Kind(targets: ["ecs:service"], service: "ecs") { id in
        "service/\(id == "*" ? "*/*" : id)"
    }
    private static let task = Kind(targets: ["ecs:task"], service: "ecs") { id in "task/\(id == "*" ? "*/*" : id)" }

    static let ecs: [String: [Kind]] = [
        "ecs:DescribeClusters": [cluster], "ecs:UpdateService": [service], "ecs:DescribeServices": [service],
        "ecs:StopTask": [task], "ecs:DescribeTasks": [task],
    ]
}
