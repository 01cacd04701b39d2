/// A metric, whatever its dimensions.
public struct MetricName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Such as `AWS/EC2`.
    public let namespace: String
    /// Such as `CPUUtilization`.
    public let name: String

    /// A metric's name.
    public init(_ namespace: String, _ name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// `AWS/EC2 CPUUtilization`.
    public var description: String { "\(namespace) \(name)" }

    /// By namespace, then by name.
    public static func < (left: Self, right: Self) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

/// The series that `ListMetrics` tells of: for each metric the sets of dimensions under which it has data.
///
/// It is filled before rules are expanded, by ``MetricSeriesFinder``, and then only read. A look-up by a dimension's
/// value takes as long as its answer, so that thousands of resources can ask for theirs.
public struct MetricSeriesIndex: Sendable {
    fileprivate var tables: [Key: Table] = [:]

    fileprivate struct Key: Sendable, Hashable {
        let scope: AlarmScope
        let metric: MetricName
    }

    /// The series of one metric, and where each value of each dimension occurs.
    fileprivate struct Table: Sendable {
        var series: [[String: String]] = []
        var positions: [String: [String: [Int]]] = [:]
    }

    /// An index without series.
    public init() {}

    /// Adds a series; one that is there already counts once.
    public mutating func add(_ dimensions: [String: String], of metric: MetricName, in scope: AlarmScope) {
        tables[Key(scope: scope, metric: metric), default: Table()].add(dimensions)
    }

    /// Adds the series of an index of other scopes or metrics.
    mutating func add(_ other: MetricSeriesIndex) { tables.merge(other.tables) { own, _ in own } }

    /// All series of a metric, as sets of dimensions: `[["InstanceId": "i-1", "path": "/"]]`.
    public func series(namespace: String, metric: String, in scope: AlarmScope) -> [[String: String]] {
        tables[Key(scope: scope, metric: MetricName(namespace, metric))]?.series ?? []
    }

    /// Where a metric has series, in order.
    func scopes(of metric: MetricName) -> [AlarmScope] {
        tables.keys.filter { $0.metric == metric }.map(\.scope).sorted()
    }

    /// The series that have these dimensions with these values, and of further ones exactly the `listed`.
    ///
    /// A series with more dimensions is another metric to CloudWatch, so an alarm on fewer of them would see no data.
    /// - Parameters:
    ///   - fixed: such as `["InstanceId": "i-1"]`.
    ///   - listed: names of dimensions with any value, such as `["path", "fstype"]`.
    public func series(
        namespace: String, metric: String, in scope: AlarmScope, fixed: [String: String], listed: [String]
    ) -> [[String: String]] {
        guard let table = tables[Key(scope: scope, metric: MetricName(namespace, metric))] else { return [] }
        let names = Set(fixed.keys).union(listed)
        return table.candidates(fixed).filter { series in
            series.count == names.count && series.keys.allSatisfy { names.contains($0) }
                && fixed.allSatisfy { series[$0.key] == $0.value }
        }
    }
}

extension MetricSeriesIndex.Table {
    mutating func add(_ dimensions: [String: String]) {
        guard !candidates(dimensions).contains(dimensions) else { return }
        for (name, value) in dimensions { positions[name, default: [:]][value, default: []].append(series.count) }
        series.append(dimensions)
    }

    /// The series that may have these dimensions: those with the rarest of the values.
    func candidates(_ dimensions: [String: String]) -> [[String: String]] {
        guard !dimensions.isEmpty else { return series }
        let lists = dimensions.map { positions[$0.key]?[$0.value] ?? [] }
        return (lists.min { $0.count < $1.count } ?? []).map { series[$0] }
    }
}

extension MetricSeriesIndex {
    /// The series of a metric as resources of kind ``ResourceKind/metric``, for rules on what has no list of its own.
    ///
    /// Two metrics of a namespace with the same dimensions give the same resource.
    public func resources(of metric: MetricName, in scope: AlarmScope) -> [WatchedResource] {
        series(namespace: metric.namespace, metric: metric.name, in: scope).map { dimensions in
            let pairs = dimensions.sorted { $0.key < $1.key }
            let text = pairs.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
            let name = pairs.map(\.value).joined(separator: "/")
            return WatchedResource(
                kind: .metric, scope: scope, id: "metric:\(metric.namespace){\(text)}",
                name: name.isEmpty ? metric.namespace : name, dimensions: dimensions,
                attributes: ["namespace": metric.namespace])
        }
    }
}
