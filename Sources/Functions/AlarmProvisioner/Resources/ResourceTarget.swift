public import AWSResources

/// One resource that an event names, by its ARN or by an id that tells its kind.
public struct ResourceTarget: Sendable, Hashable {
    /// What it is.
    public let kind: ResourceKind
    /// The ARN; nil for an id.
    public let arn: ARN?
    /// What follows the type: `i-1`, `checkout`, `cluster/service`.
    public let name: String

    /// Reads an ARN or an id: `arn:aws:sqs:eu-central-1:123456789012:orders`, `i-0123456789`.
    ///
    /// Nil for what no alarms are made for, such as a security group.
    public init?(_ text: String) {
        if let arn = ARN(text) {
            guard let (kind, name) = Self.kind(of: arn) else { return nil }
            self.init(kind: kind, arn: arn, name: name)
        } else {
            guard let row = Self.ids.first(where: { text.hasPrefix($0.prefix) }) else { return nil }
            self.init(kind: row.kind, arn: nil, name: text)
        }
    }

    private init(kind: ResourceKind, arn: ARN?, name: String) {
        self.kind = kind
        self.arn = arn
        self.name = name
    }

    /// The ARN without a version or alias, or nil for an id.
    var plainARN: String? {
        guard let arn else { return nil }
        guard kind == .lambdaFunction else { return arn.description }
        return arn.description.split(separator: ":", omittingEmptySubsequences: false).prefix(7).joined(separator: ":")
    }

    /// Whether it may be in a scope: ARNs name account and region, except those of buckets and global services.
    func belongs(to scope: AlarmScope) -> Bool {
        (arn?.account ?? scope.account) == scope.account && (arn?.region ?? scope.region) == scope.region
    }

    /// Whether a resource is the one, or a part of it such as a stage of an API.
    func matches(_ resource: WatchedResource) -> Bool {
        guard let plainARN else { return resource.id.hasSuffix("/" + name) || resource.name == name }
        return resource.id == plainARN || resource.id.hasPrefix(plainARN + "/")
    }

    private static func kind(of arn: ARN) -> (ResourceKind, String)? {
        guard let (kind, resource) = ResourceKind.find(arn) else { return nil }
        guard kind.rawValue == arn.service else { return (kind, name(resource, kind)) }
        // Without a type in ARNs, a bucket's object or a topic's subscription is another thing.
        return resource.contains { $0 == "/" || $0 == ":" } ? nil : (kind, String(resource))
    }

    private static func name(_ text: Substring, _ kind: ResourceKind) -> String {
        switch kind {
        case .autoScalingGroup: ARN.lastPart(String(text)) ?? String(text)
        case .ecsService, .eksNodeGroup, .kafkaCluster, .applicationLoadBalancer, .networkLoadBalancer, .targetGroup:
            String(text)
        default: String(text.prefix { $0 != "/" && $0 != ":" })
        }
    }

    /// The longer prefix of two that fit comes first.
    private static let ids: [(prefix: String, kind: ResourceKind)] = [
        ("i-", .ec2Instance), ("vol-", .ebsVolume), ("nat-", .natGateway), ("vpn-", .vpnConnection),
        ("vpce-svc-", .vpcEndpointService), ("vpce-", .vpcEndpoint), ("fs-", .fileSystem),
    ]
}
