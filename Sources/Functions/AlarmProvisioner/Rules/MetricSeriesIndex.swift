/// The series of some metrics, as `ListMetrics` found them: for dimensions that are listed, such as the disks of an
/// instance, and for ``ResourceKind/metric``.
public struct MetricSeriesIndex: Sendable {
    /// A metric in an account and region.
    private struct Key: Hashable {
        var scope: AlarmScope
        var name: MetricName
    }

    private var found: [Key: [[String: String]]] = [:]

    /// Empty.
    public init() {}

    /// Adds a series.
    public mutating func add(_ dimensions: [String: String], of name: MetricName, in scope: AlarmScope) {
        found[Key(scope: scope, name: name), default: []].append(dimensions)
    }

    /// The dimensions of each series of a metric.
    public func series(namespace: String, metric: String, in scope: AlarmScope) -> [[String: String]] {
        found[Key(scope: scope, name: MetricName(namespace: namespace, metric: metric))] ?? []
    }

    /// The scopes in which a metric has series, in order.
    func scopes(of name: MetricName) -> [AlarmScope] { found.keys.filter { $0.name == name }.map(\.scope).sorted() }
}

/// A metric without its dimensions.
public struct MetricName: Sendable, Hashable {
    public var namespace: String
    public var metric: String

    /// A name.
    public init(namespace: String, metric: String) {
        self.namespace = namespace
        self.metric = metric
    }
}

extension RuleSet {
    /// The metrics whose series the expansion needs.
    public var listedMetrics: Set<MetricName> {
        var names: Set<MetricName> = []
        for rule in rules {
            for metric in rule.template.data.metrics
            where rule.match.kinds.contains(.metric) || metric.dimensions.values.contains(.listed) {
                names.insert(MetricName(namespace: metric.namespace, metric: metric.metric))
            }
        }
        return names
    }

    /// The kinds of resources that rules are for.
    public var watchedKinds: Set<ResourceKind> { rules.reduce(into: []) { $0.formUnion($1.match.kinds) } }
}

extension TemplateData {
    /// The metrics, in the order of their ids.
    var metrics: [TemplateMetric] {
        switch self {
        case .metric(let metric): [metric]
        case .math(let metrics, _, _): metrics.sorted { $0.key < $1.key }.map(\.value)
        case .promQL: []
        }
    }
}
