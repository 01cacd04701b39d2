import AWSResources

/// A kind of resource that alarms are made for.
///
/// The raw value is what rules files and `--kind` take: the service's ARN prefix and type, as the tagging API has them.
public enum ResourceKind: String, Sendable, CaseIterable, Comparable {
    case ec2Instance = "ec2:instance"
    case autoScalingGroup = "autoscaling:autoScalingGroup"
    case ebsVolume = "ec2:volume"
    case natGateway = "ec2:natgateway"
    case vpnConnection = "ec2:vpn-connection"
    case vpcEndpoint = "ec2:vpc-endpoint"
    case vpcEndpointService = "ec2:vpc-endpoint-service"
    case rdsInstance = "rds:db"
    case rdsCluster = "rds:cluster"
    case cacheCluster = "elasticache:cluster"
    case ecsCluster = "ecs:cluster"
    case ecsService = "ecs:service"
    case eksCluster = "eks:cluster"
    case eksNodeGroup = "eks:nodegroup"
    case lambdaFunction = "lambda:function"
    case queue = "sqs"
    case topic = "sns"
    case table = "dynamodb:table"
    case applicationLoadBalancer = "elasticloadbalancing:loadbalancer/app"
    case networkLoadBalancer = "elasticloadbalancing:loadbalancer/net"
    case targetGroup = "elasticloadbalancing:targetgroup"
    case restAPI = "apigateway:restapis"
    case httpAPI = "apigateway:apis"
    case fileSystem = "elasticfilesystem:file-system"
    case bucket = "s3"
    case certificate = "acm:certificate"
    case healthCheck = "route53:healthcheck"
    case distribution = "cloudfront:distribution"
    case kinesisStream = "kinesis:stream"
    case stateMachine = "states:stateMachine"
    case kafkaCluster = "kafka:cluster"
    case userPool = "cognito-idp:userpool"
    /// The account in its region, for metrics without a resource: `AWS/Lambda ClaimedAccountConcurrency`.
    case account = "account"
    /// What only its metrics tell of: one for each set of dimensions that `ListMetrics` finds for a rule's metric, such
    /// as pods, or endpoints that `uptime-checker` checks.
    case metric = "metric"

    /// In the order of their names.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

extension ResourceKind {
    /// Whether no two resources of the kind in a scope have the same ``WatchedResource/name``.
    ///
    /// Names of services and node groups are unique in their cluster only, and those of APIs and user pools nowhere.
    var hasUniqueNames: Bool { ![.ecsService, .eksNodeGroup, .restAPI, .httpAPI, .userPool].contains(self) }

    /// The kinds that have ARNs, with the service and the type in these; nil for ARNs without a type.
    private static let ofARNs = allCases.filter { $0 != .account && $0 != .metric }.map { kind in
        let parts = kind.rawValue.split(separator: ":", maxSplits: 1).map { String($0) }
        return (kind: kind, service: parts[0], type: parts.count == 2 ? parts[1] : nil)
    }

    /// The kind of the resource with this ARN, and the resource without its type; nil for what gets no alarms.
    static func find(_ arn: ARN) -> (kind: ResourceKind, resource: Substring)? {
        let resource = arn.resource.hasPrefix("/") ? arn.resource.dropFirst() : arn.resource[...]
        for (kind, service, type) in ofARNs where service == arn.service {
            guard let type else { return (kind, resource) }
            guard resource.hasPrefix(type) else { continue }
            let rest = resource.dropFirst(type.count)
            if rest.first == "/" || rest.first == ":" { return (kind, rest.dropFirst()) }
        }
        return nil
    }
}
