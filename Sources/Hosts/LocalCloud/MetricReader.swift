import AlarmEvaluation
import Basics

/// Reads from the local CloudWatch the metrics that metric-writer and uptime-checker have written.
public struct MetricReader: Sendable {
    let metrics: LocalMetrics

    /// The status of every service that has metrics, sorted by name.
    public func read() -> [ServiceStatus] {
        MetricLayout.all.flatMap { layout in
            metrics.series { $0.metric.namespace == layout.namespace && $0.metric.metric == layout.successes }
                .compactMap { status($0, layout) }.sorted { $0.service < $1.service }
        }
    }

    /// A service by its metric of successes, which has a sample of 1 or 0 for each test.
    private func status(_ successes: LocalMetrics.Series, _ layout: MetricLayout) -> ServiceStatus? {
        guard let service = successes.metric.service else { return nil }  // the metric of a group
        let last = successes.samples.last.map { newest in
            var metric = successes.metric
            metric.metric = layout.duration
            let duration = metrics.series(of: metric)?.samples.last { $0.time == newest.time }
            return ServiceStatus.Test(
                succeeded: newest.value >= 1, duration: duration.map { .seconds(layout.seconds($0.value)) },
                time: newest.time)
        }
        return ServiceStatus(
            service: service, attempts: Self.count(successes.total.count),
            successes: Self.count(successes.total.sum), last: last)
    }

    /// Any program may write these metrics, with values that are no counts.
    private static func count(_ value: Double) -> Int { Int(min(max(0, value), 1e15)) }
}

extension MetricSamples.Identity {
    private var layout: MetricLayout? { MetricLayout.all.first { $0.namespace == namespace } }

    /// The service that the metric is of, `group/name` where it has a group; nil for other metrics.
    var service: String? {
        guard let layout, let name = layout.name(dimensions) else { return nil }
        return layout.group(dimensions).map { "\($0)/\(name)" } ?? name
    }

    /// The group that the metric, or its service, is of; nil for none.
    var group: String? { layout?.group(dimensions) }
}

/// The metrics that hold the results of one kind of test.
struct MetricLayout: Sendable {
    let source: MeasuredResult.Source
    let namespace: String
    /// The metric with 1 for each good result, and 0 for each bad one.
    let successes: String
    let duration: String
    /// The duration's unit in seconds.
    let durationUnit: Double
    /// The dimensions with the names of group and service.
    private let groupDimension: String?
    private let nameDimension: String

    /// Those of metric-writer and of uptime-checker.
    static let all = [
        MetricLayout(
            source: .test, namespace: "SLA-Monitor", successes: "integration-sla-success",
            duration: "sla-test-duration-secs", durationUnit: 1, groupDimension: nil, nameDimension: "Service"),
        MetricLayout(
            source: .check, namespace: "Monitoring/Uptime", successes: "success", duration: "response-time",
            durationUnit: 0.001, groupDimension: "group", nameDimension: "name"),
    ]

    /// The duration in seconds, within what can be counted: any program may write these metrics.
    func seconds(_ value: Double) -> Double { min(max(0, value * durationUnit), 1e9) }

    /// The name of the service; nil for the metric of a group.
    func name(_ dimensions: [String: String]) -> String? { dimensions[nameDimension] }

    /// The name of its group; nil for none.
    func group(_ dimensions: [String: String]) -> String? { groupDimension.flatMap { dimensions[$0] } }
}
