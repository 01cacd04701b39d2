/// The namespace and dimensions that a rule means when it only names a metric of a kind.
struct KindMetrics: Sendable {
    /// Nil where the kind's metrics are in several namespaces.
    let namespace: String?
    /// Nil where they differ from metric to metric.
    let dimensions: [String]?

    /// What a kind's own metrics have.
    static func of(_ kind: ResourceKind) -> KindMetrics { table[kind] ?? KindMetrics(namespace: nil, dimensions: nil) }

    private init(namespace: String?, dimensions: [String]?) {
        self.namespace = namespace
        self.dimensions = dimensions
    }

    private init(_ namespace: String?, _ dimensions: String...) {
        self.init(namespace: namespace, dimensions: dimensions)
    }

    private static let table: [ResourceKind: KindMetrics] = [
        .ec2Instance: KindMetrics("AWS/EC2", "InstanceId"),
        .autoScalingGroup: KindMetrics("AWS/AutoScaling", "AutoScalingGroupName"),
        .ebsVolume: KindMetrics("AWS/EBS", "VolumeId"),
        .natGateway: KindMetrics("AWS/NATGateway", "NatGatewayId"),
        .vpnConnection: KindMetrics("AWS/VPN", "VpnId"),
        .vpcEndpoint: KindMetrics(namespace: "AWS/PrivateLinkEndpoints", dimensions: nil),
        .vpcEndpointService: KindMetrics("AWS/PrivateLinkServices", "Service Id"),
        .rdsInstance: KindMetrics("AWS/RDS", "DBInstanceIdentifier"),
        .rdsCluster: KindMetrics("AWS/RDS", "DBClusterIdentifier"),
        .cacheCluster: KindMetrics("AWS/ElastiCache", "CacheClusterId"),
        .ecsCluster: KindMetrics("AWS/ECS", "ClusterName"),
        .ecsService: KindMetrics("AWS/ECS", "ClusterName", "ServiceName"),
        .eksCluster: KindMetrics("AWS/EKS", "ClusterName"),
        .lambdaFunction: KindMetrics("AWS/Lambda", "FunctionName"),
        .queue: KindMetrics("AWS/SQS", "QueueName"),
        .topic: KindMetrics("AWS/SNS", "TopicName"),
        .table: KindMetrics("AWS/DynamoDB", "TableName"),
        .applicationLoadBalancer: KindMetrics("AWS/ApplicationELB", "LoadBalancer"),
        .networkLoadBalancer: KindMetrics("AWS/NetworkELB", "LoadBalancer"),
        // Of an application or of a network load balancer.
        .targetGroup: KindMetrics(nil, "LoadBalancer", "TargetGroup"),
        .restAPI: KindMetrics("AWS/ApiGateway", "ApiName"),
        .httpAPI: KindMetrics("AWS/ApiGateway", "ApiId"),
        .fileSystem: KindMetrics("AWS/EFS", "FileSystemId"),
        // Requests have a filter, sizes a storage class.
        .bucket: KindMetrics(namespace: "AWS/S3", dimensions: nil),
        .certificate: KindMetrics("AWS/CertificateManager", "CertificateArn"),
        .healthCheck: KindMetrics("AWS/Route53", "HealthCheckId"),
        .distribution: KindMetrics("AWS/CloudFront", "DistributionId", "Region"),
        .kinesisStream: KindMetrics("AWS/Kinesis", "StreamName"),
        .stateMachine: KindMetrics("AWS/States", "StateMachineArn"),
        .kafkaCluster: KindMetrics("AWS/Kafka", "Cluster Name"),
        .userPool: KindMetrics("AWS/Cognito", "UserPool", "UserPoolClient"),
        .account: KindMetrics(namespace: nil, dimensions: []),
    ]
}
