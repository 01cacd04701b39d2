import AWS
public import Basics
import JSON

/// Reads from CloudWatch the metrics that metric-writer and uptime-checker have written.
public struct MetricReader: Sendable {
    let cloudWatch: AWSClient

    /// How far back a service's newest test is searched; every second is a datapoint, so not further than needed.
    private static let recent = Duration.seconds(120)

    /// The status of every service that has metrics, sorted by name.
    /// - Parameters:
    ///   - start: earlier tests do not count.
    ///   - previous: the last result; it supplies the newest test of services without a recent one.
    /// - Throws: `AWSError`.
    public func read(
        since start: Timestamp, now: Timestamp, previous: [ServiceStatus]
    ) async throws -> [ServiceStatus] {
        let known = Dictionary(previous.map { ($0.service, $0.last) }) { first, _ in first }
        var statuses: [ServiceStatus] = []
        for layout in [MetricLayout.slaTests, .checks] {
            statuses += try await read(layout, since: start, now: now, known: known)
        }
        return statuses
    }

    private func read(
        _ layout: MetricLayout, since start: Timestamp, now: Timestamp, known: [String: ServiceStatus.Test?]
    ) async throws -> [ServiceStatus] {
        let services = try await services(layout)
        guard !services.isEmpty else { return [] }
        let totals = try await values(layout, of: services, from: start, to: now, period: 86_400)
        let recent = try await values(layout, of: services, from: max(start, now - Self.recent), to: now, period: 1)
        return services.enumerated().map { index, service in
            let latest = Self.latest(recent, index, layout.durationUnit)
            return ServiceStatus(
                service: service.name, attempts: Self.sum(totals["a\(index)"]),
                successes: Self.sum(totals["s\(index)"]), last: latest ?? known[service.name] ?? nil
            )
        }
    }

    private struct Service: Sendable {
        let name: String
        let dimensions: JSONValue
    }

    /// One metric's values by time.
    private typealias Series = [Timestamp: Double]

    /// The services that have a metric of attempts.
    private func services(_ layout: MetricLayout) async throws -> [Service] {
        let metrics = cloudWatch.pages(
            "ListMetrics",
            ["Namespace": .string(layout.namespace), "MetricName": .string(layout.attempts.metric)]
        )
        var services: [String: Service] = [:]
        for try await page in metrics {
            for metric in page["Metrics"]?.arrayValue ?? [] {
                let dimensions = metric["Dimensions"]?.arrayValue ?? []
                let names = layout.nameDimensions.compactMap { name in
                    dimensions.first { $0["Name"]?.stringValue == name }?["Value"]?.stringValue
                }
                guard !names.isEmpty else { continue }  // the metric of a group
                let name = names.joined(separator: "/")
                services[name] = Service(name: name, dimensions: .array(dimensions))
            }
        }
        return services.values.sorted { $0.name < $1.name }
    }

    /// Attempts, successes and durations by query id: `a0`, `s0` and `d0` are the first service's.
    private func values(
        _ layout: MetricLayout, of services: [Service], from start: Timestamp, to end: Timestamp, period: Int64
    ) async throws -> [String: Series] {
        let metrics = [("a", layout.attempts), ("s", layout.successes), ("d", layout.duration)]
        let queries = services.enumerated().flatMap { index, service in
            metrics.map { letter, query -> JSONValue in
                let metric: JSONValue = [
                    "Namespace": .string(layout.namespace), "MetricName": .string(query.metric),
                    "Dimensions": service.dimensions,
                ]
                return [
                    "Id": .string("\(letter)\(index)"),
                    "MetricStat": ["Metric": metric, "Period": .integer(period), "Stat": .string(query.statistic)],
                ]
            }
        }
        let pages = cloudWatch.pages(
            "GetMetricData",
            [
                "MetricDataQueries": .array(queries), "StartTime": .string(start.iso8601),
                "EndTime": .string((end + .seconds(1)).iso8601),
            ]
        )
        var found: [String: Series] = [:]
        for try await page in pages {
            for result in page["MetricDataResults"]?.arrayValue ?? [] {
                let times = (result["Timestamps"]?.arrayValue ?? []).map { Timestamp(iso8601: $0.stringValue ?? "") }
                let values = (result["Values"]?.arrayValue ?? []).map(\.doubleValue)
                for case (let time?, let value?) in zip(times, values) {
                    found[result["Id"]?.stringValue ?? "", default: [:]][time] = value
                }
            }
        }
        return found
    }

    private static func sum(_ series: Series?) -> Int { Int((series ?? [:]).values.reduce(0, +)) }

    /// The newest second with an attempt.
    ///
    /// It counts as a success when all attempts in that second succeeded.
    private static func latest(_ found: [String: Series], _ index: Int, _ unit: Double) -> ServiceStatus.Test? {
        let attempts = (found["a\(index)"] ?? [:]).filter { $0.value > 0 }
        guard let newest = attempts.max(by: { $0.key < $1.key }) else { return nil }
        return ServiceStatus.Test(
            succeeded: found["s\(index)"]?[newest.key] ?? 0 >= newest.value,
            duration: found["d\(index)"]?[newest.key].map { .seconds($0 * unit) }, time: newest.key
        )
    }
}

/// The metrics that hold the results of one kind of test.
private struct MetricLayout: Sendable {
    /// The name of a metric and the statistic to read.
    typealias Query = (metric: String, statistic: String)

    let namespace: String
    /// The dimensions whose values make the service's name, joined by `/`.
    ///
    /// A dimension that a metric lacks is left out.
    let nameDimensions: [String]
    let attempts: Query
    let successes: Query
    let duration: Query
    /// The duration's unit in seconds.
    let durationUnit: Double

    /// The metrics of metric-writer.
    static let slaTests = MetricLayout(
        namespace: "SLA-Monitor", nameDimensions: ["Service"], attempts: ("integration-sla-attempts", "Sum"),
        successes: ("integration-sla-success", "Sum"), duration: ("sla-test-duration-secs", "Maximum"), durationUnit: 1
    )

    /// The metrics of uptime-checker.
    static let checks = MetricLayout(
        namespace: "Monitoring/Uptime", nameDimensions: ["group", "name"], attempts: ("success", "SampleCount"),
        successes: ("success", "Sum"), duration: ("response-time", "Maximum"), durationUnit: 0.001
    )
}
