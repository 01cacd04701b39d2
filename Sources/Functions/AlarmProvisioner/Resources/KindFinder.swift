import AWSResources

/// How resources of one kind are found.
struct KindFinder: Sendable {
    let kind: ResourceKind
    /// Whether the service has no regions: it is listed once an account, and its metrics are in the partition's first
    /// region.
    var isGlobal = false
    /// The type by which the tagging API knows it; nil where the kind's own list has the tags.
    var tagType: String?
    /// The IAM actions of its calls.
    let actions: [String]
    /// Those that only these facts need.
    var factActions: [Fact: String] = [:]
    /// The ARN that has the resource's tags.
    var taggedARN: @Sendable (WatchedResource) -> String = { $0.id }
    /// Lists them; what fails is noted in the listing.
    let find: @Sendable (ResourceListing) async -> [WatchedResource]

    /// All kinds that are found by calls, apart from ``ResourceKind/metric``, which ``MetricSeriesFinder`` finds.
    static let all: [KindFinder] =
        computeKinds + networkKinds + loadBalancerKinds + databaseKinds + containerKinds + serverlessKinds
        + messagingKinds + storageKinds + edgeKinds + accountKinds

    /// The kinds of services without regions.
    static let globalKinds = Set(all.filter(\.isGlobal).map(\.kind))

    static let byKind: [ResourceKind: KindFinder] = Dictionary(uniqueKeysWithValues: all.map { ($0.kind, $0) })

    /// The region whose CloudWatch has the metrics of services without regions.
    static func globalRegion(beside region: String) -> String {
        switch ARN(service: "s3", region: region, account: "", resource: "").partition {
        case "aws": "us-east-1"
        case "aws-cn": "cn-northwest-1"
        case "aws-us-gov": "us-gov-west-1"
        default: region
        }
    }
}
