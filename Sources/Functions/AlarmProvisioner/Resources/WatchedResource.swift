/// An account and a region, for one set of calls.
public struct AlarmScope: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Twelve digits.
    public let account: String
    /// Such as `eu-central-1`.
    public let region: String

    /// A scope.
    public init(account: String, region: String) {
        self.account = account
        self.region = region
    }

    /// `123456789012/eu-central-1`.
    public var description: String { "\(account)/\(region)" }

    /// By account, then by region.
    public static func < (left: Self, right: Self) -> Bool {
        (left.account, left.region) < (right.account, right.region)
    }
}

/// A resource that alarms are made for, with what rules may ask about it.
public struct WatchedResource: Sendable, Hashable {
    /// What it is.
    public let kind: ResourceKind
    /// Where it is, and where its alarms belong: metrics of global services are in `us-east-1`.
    public let scope: AlarmScope
    /// Its ARN; for ``ResourceKind/metric`` and ``ResourceKind/account`` a text that is as unique.
    public let id: String
    /// Its short name for people and for the names of alarms: `i-0123456789`, `checkout`.
    public let name: String
    /// The tag `Name` where there is one, else ``name``.
    public var displayName: String { tags["Name"].flatMap { $0.isEmpty ? nil : $0 } ?? name }
    /// Its tags.
    public let tags: [String: String]
    /// Every dimension of CloudWatch that is known of it, by name: `["ClusterName": "web", "ServiceName": "api"]`.
    public let dimensions: [String: String]
    /// What thresholds are derived from, by ``Fact``.
    public let facts: [Fact: Double]
    /// What rules match as text: `engine`, `class`, `platform`, `state`, `runtime`, `type`.
    public let attributes: [String: String]

    /// A resource.
    public init(
        kind: ResourceKind, scope: AlarmScope, id: String, name: String, tags: [String: String] = [:],
        dimensions: [String: String] = [:], facts: [Fact: Double] = [:], attributes: [String: String] = [:]
    ) {
        self.kind = kind
        self.scope = scope
        self.id = id
        self.name = name
        self.tags = tags
        self.dimensions = dimensions
        self.facts = facts
        self.attributes = attributes
    }
}

/// A number that a service tells about a resource, for thresholds: a formula in a rules file names it by its raw value.
public enum Fact: String, Sendable, CaseIterable {
    /// Lambda: the time-out in milliseconds.
    case timeoutMilliseconds = "timeout_ms"
    /// Lambda: the reserved concurrency; absent when none is reserved.
    case reservedConcurrency = "reserved_concurrency"
    /// The account's limit of concurrent executions in the region.
    case accountConcurrency = "account_concurrency"
    /// Memory in bytes: of the instance class, or what a function or task has.
    case memoryBytes = "memory_bytes"
    /// Allocated storage in bytes.
    case storageBytes = "storage_bytes"
    /// Most storage that autoscaling may allocate, in bytes.
    case maximumStorageBytes = "maximum_storage_bytes"
    /// Virtual processors.
    case processors = "vcpus"
    /// Connections that the engine takes at most.
    case maximumConnections = "maximum_connections"
    /// DynamoDB: provisioned read units; absent for on-demand tables.
    case readCapacity = "read_capacity"
    /// DynamoDB: provisioned write units.
    case writeCapacity = "write_capacity"
    /// SQS: how long messages are kept, in seconds.
    case retentionSeconds = "retention_seconds"
    /// SQS: the visibility time-out in seconds.
    case visibilityTimeoutSeconds = "visibility_timeout_seconds"
    /// Kinesis: how long records are kept, in milliseconds.
    case retentionMilliseconds = "retention_ms"
    /// Shards of a stream, brokers of a cluster, nodes of a group or cluster.
    case units = "units"
    /// The least number of instances of a group.
    case minimumSize = "minimum_size"
    /// How many are wanted: of instances, tasks, nodes.
    case desiredSize = "desired_size"
    /// The most that may be.
    case maximumSize = "maximum_size"
    /// Targets that are registered with a target group.
    case registeredTargets = "registered_targets"
    /// A limit of the service in dollars: SNS's spending on text messages in a month.
    case monthlyLimitDollars = "monthly_limit_usd"
}

/// What was found in all scopes, and how sure that is.
public struct DiscoveredResources: Sendable {
    /// What was found, each once.
    public var resources: [WatchedResource]
    /// What could not be listed whole: nothing may be deleted for want of a resource of this kind in this scope.
    public var incomplete: [IncompleteDiscovery]
    /// How many calls it took.
    public var calls: Int
    /// Which kinds were looked for; nil for all.
    ///
    /// That a resource of another kind was not found says nothing.
    public var kinds: Set<ResourceKind>?

    /// What was found.
    public init(
        resources: [WatchedResource] = [], incomplete: [IncompleteDiscovery] = [], calls: Int = 0,
        kinds: Set<ResourceKind>? = nil
    ) {
        self.resources = resources
        self.incomplete = incomplete
        self.calls = calls
        self.kinds = kinds
    }
}

/// A kind of resource that could not be listed whole in a scope.
public struct IncompleteDiscovery: Sendable, Hashable {
    /// Nil for every kind: the scope itself could not be reached.
    public let kind: ResourceKind?
    /// Where.
    public let scope: AlarmScope
    /// What went wrong, and what to do: `AccessDenied for rds:DescribeDBInstances: …`.
    public let reason: String

    /// An incomplete list.
    public init(kind: ResourceKind?, scope: AlarmScope, reason: String) {
        self.kind = kind
        self.scope = scope
        self.reason = reason
    }
}
