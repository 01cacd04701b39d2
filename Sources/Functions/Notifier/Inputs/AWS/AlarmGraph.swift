import AWS
import Basics
import JSON

extension CloudWatchAlarm {
    /// A widget of the alarm's metrics around the change of state, with the threshold as a line and the change as a
    /// mark; nil for alarms without metrics.
    ///
    /// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Metric-Widget-Structure.html
    var graph: MetricGraph? {
        guard let region, !metrics.isEmpty else { return nil }
        let window = window
        var annotations: JSONObject = [:]
        if let threshold {
            annotations["horizontal"] = [["label": .string(condition ?? "threshold"), "value": .double(threshold)]]
        }
        annotations["vertical"] = [["label": .string(state.to), "value": .string(time.iso8601(fractionDigits: 0))]]
        var widget: JSONObject = [
            "title": .string(name), "view": "timeSeries", "stacked": false, "region": .string(region),
            "metrics": .array(metrics.enumerated().map { row($0.element, index: $0.offset) }),
            "annotations": .object(annotations), "start": .string(window.start.iso8601(fractionDigits: 0)),
            "end": .string(window.end.iso8601(fractionDigits: 0)), "timezone": "+0000", "width": 800, "height": 300,
            "legend": ["position": "bottom"],
        ]
        if let period { widget["period"] = JSONValue(period) }
        return MetricGraph(region: region, widget: .object(widget))
    }

    /// From about 30 datapoints before the change to two after it; at least an hour and at most 30 days before.
    private var window: (start: Timestamp, end: Timestamp) {
        let period = min(max(Double(period ?? 60), 10), 7 * 86_400)
        let count = min(max(Double(evaluationPeriods ?? 1) * 4, 30), 10_000)
        let before = min(max(period * count, 3_600), 30 * 86_400)
        let after = min(max(period * 2, 300), 86_400)
        return (time - .seconds(before), time + .seconds(after))
    }

    /// A widget's metric: `[namespace, name, dimension, value, …, {options}]`, or `[{expression}]`.
    private func row(_ metric: AlarmMetric, index: Int) -> JSONValue {
        var row: [JSONValue] = []
        var options: JSONObject = ["id": .string(identifier(of: metric, index))]
        switch metric.kind {
        case .expression(let text): options["expression"] = .string(text)
        case .statistic(let namespace, let name, let dimensions, let statistic):
            row = [.string(namespace), .string(name)] + dimensions.flatMap { [.string($0.name), .string($0.value)] }
            if let statistic { options["stat"] = .string(statistic) }
        }
        if let label = metric.label { options["label"] = .string(label) }
        if let period = metric.period { options["period"] = JSONValue(period) }
        if let account = metric.account, account != self.account { options["accountId"] = .string(account) }
        if !metric.isReturned { options["visible"] = false }
        return .array(row + [.object(options)])
    }

    /// Ids in widgets begin with a small letter; the metric of an alarm can have a UUID instead.
    private func identifier(of metric: AlarmMetric, _ index: Int) -> String {
        let isUsable = { (id: String) in
            id.utf8.first.map { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 } == true
                && id.unicodeScalars.allSatisfy {
                    $0.isASCII && ($0.properties.isAlphabetic || "0"..."9" ~= $0 || $0 == "_")
                }
        }
        return metric.id.flatMap { isUsable($0) ? $0 : nil } ?? "m\(index + 1)"
    }
}

/// Fetches the graph of an alarm's metric from CloudWatch.
struct GraphSource: Sendable {
    /// A graph that takes longer is left out, because the alarm waits for it.
    private static let timeout = Duration.seconds(4)

    private let aws: @Sendable () throws -> AWSConfiguration
    private let now: @Sendable () -> Timestamp
    private let breaker: CircuitBreaker

    init(aws: @escaping @Sendable () throws -> AWSConfiguration, now: @escaping @Sendable () -> Timestamp) {
        (self.aws, self.now, breaker) = (aws, now, CircuitBreaker("graphs", now: now))
    }

    /// A PNG; `nil` when CloudWatch does not give one in time.
    ///
    /// - Parameter share: how much of the remaining time it may take; by default a third, so that enough is left to
    ///   send the alarm without it.
    func image(of graph: MetricGraph, until end: Timestamp, share: Double = 1 / 3) async -> [UInt8]? {
        await breaker.attempt {
            var configuration = try aws()
            configuration.region = graph.region
            let client = try AWSClient(.cloudWatch, configuration: configuration)
            let now = now()
            let output = try await client.call(
                "GetMetricWidgetImage", ["MetricWidget": .string(graph.widget.description)],
                deadline: now + min(Self.timeout, (end - now) * share)
            )
            return output["MetricWidgetImage"]?.stringValue.flatMap(Base64.decode)
        } ?? nil
    }
}
