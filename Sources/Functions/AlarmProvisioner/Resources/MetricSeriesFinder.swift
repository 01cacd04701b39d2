import AWS
public import Basics

/// Asks `ListMetrics` under which dimensions metrics have data.
public struct MetricSeriesFinder: Sendable {
    /// What was found, and what could not be listed whole: an index that is not whole must not delete anything.
    public struct Outcome: Sendable {
        public var index = MetricSeriesIndex()
        public var incomplete: [IncompleteDiscovery] = []
        public var calls = 0
    }

    /// Lists the series of these metrics in these scopes.
    public func find(
        _ metrics: Set<MetricName>, in scopes: [AlarmScope], deadline: Timestamp? = nil
    ) async -> Outcome {
        Outcome()
    }
}
