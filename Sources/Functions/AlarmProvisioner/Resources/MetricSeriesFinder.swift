import AWS
public import Basics
import JSON

/// Asks `ListMetrics` under which dimensions metrics have data.
///
/// New series appear there up to 15 minutes late, and old ones stay for two weeks.
public struct MetricSeriesFinder: Sendable {
    /// The IAM action that it needs.
    public static let action = "cloudwatch:ListMetrics"

    /// What was found, and what could not be listed whole: for want of a series that is missing there, nothing may be
    /// deleted.
    public struct Outcome: Sendable {
        /// The series that were found.
        public var index = MetricSeriesIndex()
        /// All of kind ``ResourceKind/metric``.
        public var incomplete: [IncompleteDiscovery] = []
        /// How many calls it took.
        public var calls = 0
    }

    private let limits: ResourceFinder.Limits
    private let configuration: ResourceFinder.Configurations

    /// A finder with the bounds and settings of ``ResourceFinder``.
    public init(
        limits: ResourceFinder.Limits = ResourceFinder.Limits(),
        configuration: @escaping ResourceFinder.Configurations
    ) {
        self.limits = limits
        self.configuration = configuration
    }

    /// Lists the series of these metrics in these scopes, all pages, with one chain of calls for each metric and scope.
    /// - Parameters:
    ///   - dimensions: only series with these, such as the instance of an event; none for all.
    ///   - recentlyActive: only series with data in the last three hours. Those of a resource that is stopped for
    ///     longer are then not found.
    public func find(
        _ metrics: Set<MetricName>, in scopes: [AlarmScope], dimensions: [String: String] = [:],
        recentlyActive: Bool = false, deadline: Timestamp? = nil
    ) async -> Outcome {
        let budget = CallBudget(maximumCalls: limits.maximumCalls, parallelCalls: limits.parallelCalls)
        let filter = Self.filter(dimensions, recentlyActive: recentlyActive)
        var outcome = Outcome()
        await withTaskGroup(of: [SeriesList].self) { group in
            for scope in Set(scopes) {
                group.addTask { await list(metrics.sorted(), in: scope, filter, budget, deadline: deadline) }
            }
            for await lists in group { outcome.add(lists) }
        }
        outcome.calls = budget.made
        outcome.incomplete.sort { ($0.scope, $0.reason) < ($1.scope, $1.reason) }
        return outcome
    }

    /// The series of one metric in one scope.
    fileprivate struct SeriesList: Sendable {
        let metric: MetricName?
        let scope: AlarmScope
        var series: [[String: String]] = []
        var failure: DiscoveryFailure?
    }

    private static func filter(_ dimensions: [String: String], recentlyActive: Bool) -> JSONObject {
        var filter: JSONObject = [:]
        if recentlyActive { filter["RecentlyActive"] = "PT3H" }
        if !dimensions.isEmpty {
            filter["Dimensions"] = .array(
                dimensions.sorted { $0.key < $1.key }.map { ["Name": .string($0.key), "Value": .string($0.value)] })
        }
        return filter
    }

    private func list(
        _ metrics: [MetricName], in scope: AlarmScope, _ filter: JSONObject, _ budget: CallBudget,
        deadline: Timestamp?
    ) async -> [SeriesList] {
        let calls: ScopeCalls
        do {
            calls = ScopeCalls(
                scope, configuration: try await configuration(scope), budget: budget,
                limits: limits, deadline: deadline)
        } catch {
            let reason = "account \(scope.account) cannot be used in \(scope.region): \(error)"
            return [SeriesList(metric: nil, scope: scope, failure: DiscoveryFailure(reason))]
        }
        return await withTaskGroup(of: SeriesList.self) { group in
            for metric in metrics { group.addTask { await Self.list(metric, filter, calls) } }
            var lists: [SeriesList] = []
            for await list in group { lists.append(list) }
            return lists
        }
    }

    private static func list(_ metric: MetricName, _ filter: JSONObject, _ calls: ScopeCalls) async -> SeriesList {
        var list = SeriesList(metric: metric, scope: calls.scope)
        var input = filter
        input["Namespace"] = .string(metric.namespace)
        input["MetricName"] = .string(metric.name)
        do {
            try await calls.pages(.cloudWatch, "ListMetrics", .object(input)) { page in
                for item in page["Metrics"]?.arrayValue ?? [] { list.series.append(Self.dimensions(of: item)) }
            }
        } catch {
            list.failure = DiscoveryFailure(error, "cloudwatch", "ListMetrics", in: calls.scope)
        }
        return list
    }

    private static func dimensions(of item: JSONValue) -> [String: String] {
        var dimensions: [String: String] = [:]
        for dimension in item["Dimensions"]?.arrayValue ?? [] {
            if let name = dimension.text("Name") { dimensions[name] = dimension.text("Value") ?? "" }
        }
        return dimensions
    }
}

extension MetricSeriesFinder.Outcome {
    fileprivate mutating func add(_ lists: [MetricSeriesFinder.SeriesList]) {
        for list in lists {
            if let metric = list.metric {
                for series in list.series { index.add(series, of: metric, in: list.scope) }
            }
            guard let failure = list.failure else { continue }
            let of = list.metric.map { "\($0): " } ?? ""
            incomplete.append(IncompleteDiscovery(kind: .metric, scope: list.scope, reason: of + failure.reason))
        }
    }
}
