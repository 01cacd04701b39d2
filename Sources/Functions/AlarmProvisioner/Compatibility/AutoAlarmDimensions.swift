/// The dimensions that make a namespace's metrics those of a resource, by kind.
///
/// Only where one set is right for most of the namespace's metrics; what else a metric has, such as `FilterId` of S3,
/// stands in the tag. The original knows the first two rows, RDS and Lambda.
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

    static let rows = [
        Row(.ec2Instance, "AWS/EC2", "InstanceId"),
        Row(.rdsInstance, "AWS/RDS", "DBInstanceIdentifier"),
        Row(.rdsCluster, "AWS/RDS", "DBClusterIdentifier"),
        Row(.lambdaFunction, "AWS/Lambda", "FunctionName"),
        Row(.autoScalingGroup, "AWS/AutoScaling", "AutoScalingGroupName"),
        Row(.autoScalingGroup, "AWS/EC2", "AutoScalingGroupName"),
        Row(.ebsVolume, "AWS/EBS", "VolumeId"),
        Row(.natGateway, "AWS/NATGateway", "NatGatewayId"),
        Row(.vpnConnection, "AWS/VPN", "VpnId"),
        Row(.cacheCluster, "AWS/ElastiCache", "CacheClusterId"),
        Row(.ecsCluster, "AWS/ECS", "ClusterName"),
        Row(.ecsCluster, "ECS/ContainerInsights", "ClusterName"),
        Row(.ecsService, "AWS/ECS", "ClusterName", "ServiceName"),
        Row(.ecsService, "ECS/ContainerInsights", "ClusterName", "ServiceName"),
        Row(.eksCluster, "AWS/EKS", "ClusterName"),
        Row(.eksCluster, "ContainerInsights", "ClusterName"),
        Row(.queue, "AWS/SQS", "QueueName"),
        Row(.topic, "AWS/SNS", "TopicName"),
        Row(.table, "AWS/DynamoDB", "TableName"),
        Row(.applicationLoadBalancer, "AWS/ApplicationELB", "LoadBalancer"),
        Row(.networkLoadBalancer, "AWS/NetworkELB", "LoadBalancer"),
        Row(.targetGroup, "AWS/ApplicationELB", "LoadBalancer", "TargetGroup"),
        Row(.targetGroup, "AWS/NetworkELB", "LoadBalancer", "TargetGroup"),
        Row(.restAPI, "AWS/ApiGateway", "ApiName"),
        Row(.httpAPI, "AWS/ApiGateway", "ApiId"),
        Row(.fileSystem, "AWS/EFS", "FileSystemId"),
        Row(.bucket, "AWS/S3", "BucketName"),
        Row(.certificate, "AWS/CertificateManager", "CertificateArn"),
        Row(.healthCheck, "AWS/Route53", "HealthCheckId"),
        Row(.distribution, "AWS/CloudFront", "DistributionId", "Region"),
        Row(.kinesisStream, "AWS/Kinesis", "StreamName"),
        Row(.stateMachine, "AWS/States", "StateMachineArn"),
        Row(.kafkaCluster, "AWS/Kafka", "Cluster Name"),
        Row(.userPool, "AWS/Cognito", "UserPool"),
    ]

    /// The names for a metric of a resource; empty in namespaces where the tag must give all of them.
    static func names(_ kind: ResourceKind, _ namespace: String, _ settings: AutoAlarmSettings) -> [String] {
        if kind == .ec2Instance, namespace == settings.agentNamespace { return settings.agentDimensions }
        return rows.first { $0.kind == kind && $0.namespace == namespace }?.names ?? []
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
        rows.flatMap(\.names) + [
            "ImageId", "InstanceType", "AutoScalingGroupName", "InstanceId", "device", "fstype", "path", "cpu",
            "interface", "name", "objectname", "instance", "host", "pid", "pid_finder", "exe", "pattern",
            "process_name", "driver", "index", "user", "cgroup", "pidfile", "VolumeId", "FilterId", "StorageType",
            "Resource", "ExecutedVersion", "AvailabilityZone", "CacheNodeId", "Operation", "GlobalSecondaryIndexName",
            "Stage", "Method", "ApiName", "Protocol", "DBClusterIdentifier", "DatabaseClass", "EngineName", "Role",
            "ReadSource", "ShardId", "Consumer Group", "Topic", "Broker ID", "UserPoolClient", "TunnelIpAddress",
        ])
}
