/// The dimensions that make a namespace's metrics those of a resource, by kind: those of ``KindMetrics``, and more.
///
/// Only where one set is right for most of the namespace's metrics; what else a metric has, such as `FilterId` of S3,
/// stands in the tag. The original knows instances, databases and functions.
enum AutoAlarmDimensions {
    /// One namespace of a kind.
    struct Row: Sendable {
        var kind: ResourceKind
        var namespace: String
        var names: [String]

        init(_ kind: ResourceKind, _ namespace: String, _ names: String...) {
            (self.kind, self.namespace, self.names) = (kind, namespace, names)
        }
    }

    /// What differs from ``KindMetrics``, or is in a further namespace.
    static let rows = [
        Row(.autoScalingGroup, "AWS/EC2", "AutoScalingGroupName"),
        Row(.ecsCluster, "ECS/ContainerInsights", "ClusterName"),
        Row(.ecsService, "ECS/ContainerInsights", "ClusterName", "ServiceName"),
        Row(.eksCluster, "ContainerInsights", "ClusterName"),
        Row(.targetGroup, "AWS/ApplicationELB", "LoadBalancer", "TargetGroup"),
        Row(.targetGroup, "AWS/NetworkELB", "LoadBalancer", "TargetGroup"),
        Row(.bucket, "AWS/S3", "BucketName"),
        // The client stands in the tag, since a pool has several.
        Row(.userPool, "AWS/Cognito", "UserPool"),
    ]

    /// The names for a metric of a resource; empty in namespaces where the tag must give all of them.
    static func names(_ kind: ResourceKind, _ namespace: String, _ settings: AutoAlarmSettings) -> [String] {
        if kind == .ec2Instance, namespace == settings.agentNamespace { return settings.agentDimensions }
        if let row = rows.first(where: { $0.kind == kind && $0.namespace == namespace }) { return row.names }
        let own = KindMetrics.of(kind)
        return own.namespace == namespace ? own.dimensions ?? [] : []
    }

    /// The value of one of them; nil when discovery does not tell it.
    static func value(_ name: String, of resource: WatchedResource) -> String? {
        if let value = resource.dimensions[name] { return value }
        switch name {
        case "AutoScalingGroupName": return resource.tags["aws:autoscaling:groupName"]
        case "Region" where resource.kind == .distribution: return "Global"
        default: return nil
        }
    }

    /// Names that keys may have: those above, and those of the CloudWatch agent and of services' further dimensions.
    static let known: Set<String> = Set(
        rows.flatMap(\.names) + ResourceKind.allCases.flatMap { KindMetrics.of($0).dimensions ?? [] } + [
            "ImageId", "InstanceType", "AutoScalingGroupName", "InstanceId", "device", "fstype", "path", "cpu",
            "interface", "name", "objectname", "instance", "host", "pid", "pid_finder", "exe", "pattern",
            "process_name", "driver", "index", "user", "cgroup", "pidfile", "VolumeId", "FilterId", "StorageType",
            "Resource", "ExecutedVersion", "AvailabilityZone", "CacheNodeId", "Operation", "GlobalSecondaryIndexName",
            "Stage", "Method", "ApiName", "Protocol", "DBClusterIdentifier", "DatabaseClass", "EngineName", "Role",
            "ReadSource", "ShardId", "Consumer Group", "Topic", "Broker ID", "UserPoolClient", "TunnelIpAddress",
        ])
}
