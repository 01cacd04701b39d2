public import AlarmEvaluation
public import Basics
import CloudWatchAlarms

/// The metrics of the local CloudWatch, in memory.
///
/// moto keeps every datum in one list for ever, and reads the whole list for each period of each query. Here they are
/// kept by metric, up to a number; the oldest go first.
public final class LocalMetrics: Sendable {
    /// A metric with the samples that are kept.
    struct Series: Sendable {
        let metric: MetricSamples.Identity
        /// Larger for those that came later; never given twice.
        let number: Int
        /// The names of the dimensions in the order in which they came.
        let dimensionNames: [String]
        /// As in the last datum; nil for none.
        var unit: String?
        /// Oldest first.
        var samples: [Sample] = []
        /// Of all samples there have been.
        var total = Total()
    }

    /// A value that occurred once or several times.
    struct Sample: Sendable {
        var time: Timestamp
        var value: Double
        var count: Double
    }

    /// Number and sum of samples.
    struct Total: Sendable, Hashable {
        var count = 0.0
        var sum = 0.0
    }

    private struct State: Sendable {
        var positions: [MetricSamples.Identity: Int] = [:]
        /// The oldest first.
        var series: [Series] = []
        var nextNumber = 1
        /// Whether a service is watched, by its name; nil while all are.
        var isWatched: (@Sendable (String) -> Bool)?
    }

    /// 24 MB of samples.
    private static let maximumSamples = 1_000_000
    /// However many metrics there are, each keeps some: an alarm needs five periods.
    private static let minimumSamples = 64
    static let maximumSeries = 20_000

    private let state = Locked(State())
    private let onResults: @Sendable ([MeasuredResult]) -> Void

    /// - Parameter onResults: called with the results of checks and tests as their metrics arrive.
    public init(onResults: @escaping @Sendable ([MeasuredResult]) -> Void = { _ in }) { self.onResults = onResults }

    /// Takes the data of one `PutMetricData`; false when there are too many metrics already, and nothing was taken.
    func put(_ data: [PutDatum], namespace: String) -> Bool {
        // Asked outside of the lock: the answer may wait for another.
        let isWatched = state.withLock { $0.isWatched }
        let data = isWatched.map { isWatched in data.filter { $0.metric.service.map(isWatched) ?? true } } ?? data
        let isTaken = state.withLock { state in
            let new = Set(data.lazy.map(\.metric)).count { state.positions[$0] == nil }
            guard state.series.count + new <= Self.maximumSeries else { return false }
            for datum in data { Self.add(datum, &state) }
            return true
        }
        if isTaken {
            let results = MeasuredResult.results(of: data, namespace: namespace)
            if !results.isEmpty { onResults(results) }
        }
        return isTaken
    }

    private static func add(_ datum: PutDatum, _ state: inout State) {
        let position = state.positions[datum.metric] ?? state.series.count
        if position == state.series.count {
            state.positions[datum.metric] = position
            state.series.append(
                Series(metric: datum.metric, number: state.nextNumber, dimensionNames: datum.dimensionNames))
            state.nextNumber += 1
        }
        let limit = max(minimumSamples, maximumSamples / state.series.count)
        state.series[position].add(datum, limit: limit)
    }

    /// Keeps the metrics of services that are watched alone, from now on: alarms go with their metrics, and a removed
    /// endpoint must not hold the place of a new one.
    ///
    /// A result that is still on its way brings none back. Metrics of a group go with its last service, and all others
    /// stay.
    /// - Parameter isWatched: given the name of a service as it is in metrics, `group/name` where it has a group.
    func keep(watched isWatched: @escaping @Sendable (String) -> Bool) {
        // What is put in between is looked at next time.
        let known = state.withLock { state in
            state.isWatched = isWatched
            return state.series.map(\.metric)
        }
        let gone = Set(known.filter { metric in metric.service.map { !isWatched($0) } ?? false })
        let groups = Set(known.filter { $0.service != nil && !gone.contains($0) }.compactMap(\.group))
        let goneGroups = Set(
            known.filter { metric in metric.service == nil && metric.group.map { !groups.contains($0) } ?? false })
        state.withLock { state in
            state.series.removeAll { gone.contains($0.metric) || goneGroups.contains($0.metric) }
            state.positions = Dictionary(uniqueKeysWithValues: state.series.enumerated().map { ($1.metric, $0) })
        }
    }

    /// The metrics that pass, the oldest first.
    func series(where passes: (Series) -> Bool) -> [Series] { state.withLock { $0.series.filter(passes) } }

    /// One metric; nil when there is none.
    func series(of metric: MetricSamples.Identity) -> Series? {
        state.withLock { state in state.positions[metric].map { state.series[$0] } }
    }

    /// What alarms are evaluated on.
    public var data: MetricData {
        MetricData { [self] statistic, slot throws(AlarmEvaluationError) in
            let metric = MetricSamples.Identity(
                namespace: statistic.namespace, metric: statistic.metric, dimensions: statistic.dimensions)
            guard let series = series(of: metric), statistic.unit == nil || statistic.unit == series.unit else {
                return nil
            }
            let values = series.samples(from: slot.start, to: slot.end).map {
                MetricSamples.Weighted($0.value, count: $0.count)
            }
            let value = try Statistic(parsing: statistic.statistic).value(of: values)
            return value.map { Datapoint(value: $0, sampleCount: values.reduce(0) { $0 + $1.count }) }
        }
    }
}

extension LocalMetrics.Series {
    /// The samples of a time, without the end.
    func samples(from start: Timestamp, to end: Timestamp) -> ArraySlice<LocalMetrics.Sample> {
        let low = position(of: start)
        return samples[low..<max(low, position(of: end))]
    }

    /// The values of a statistic by the starts of its periods, oldest first; periods start at multiples of their
    /// length.
    func points(
        _ statistic: Statistic, period: Duration, from start: Timestamp, to end: Timestamp
    ) -> [(start: Timestamp, value: Double)] {
        let length = min(max(1, period.components.seconds), 1 << 40) * 1_000_000
        func slot(_ time: Timestamp) -> Int64 { time.microseconds / length * length }
        var points: [(start: Timestamp, value: Double)] = []
        var rest = samples(from: Timestamp(microseconds: slot(start)), to: end)
        while let first = rest.first {
            let begin = slot(first.time)
            let values = rest.prefix { $0.time.microseconds < begin + length }
            rest = rest.dropFirst(values.count)
            let weighted = values.map { MetricSamples.Weighted($0.value, count: $0.count) }
            if let value = statistic.value(of: weighted) { points.append((Timestamp(microseconds: begin), value)) }
        }
        return points
    }

    fileprivate mutating func add(_ datum: PutDatum, limit: Int) {
        unit = datum.unit
        for value in datum.values {
            let sample = LocalMetrics.Sample(time: datum.time, value: value.value, count: value.count)
            // Usually the newest one.
            if let last = samples.last, last.time > datum.time {
                samples.insert(sample, at: position(of: datum.time))
            } else {
                samples.append(sample)
            }
            total.count += value.count
            total.sum += value.value * value.count
        }
        // Not each time: what is behind moves up.
        if samples.count > limit + limit / 4 { samples.removeFirst(samples.count - limit) }
    }

    /// The position of the first sample that is not earlier.
    private func position(of time: Timestamp) -> Int { samples.partitionPoint { $0.time < time } }
}

/// The result of one check or test, as its metrics tell it.
public struct MeasuredResult: Sendable, Hashable {
    /// Which function measured it.
    public enum Source: Sendable {
        /// uptime-checker.
        case check
        /// sla-runner, through metric-writer.
        case test
    }

    /// Which function measured it.
    public var source: Source
    /// The endpoint's group; nil for none.
    public var group: String?
    /// The name of the endpoint or of the service.
    public var name: String
    /// When it was measured.
    public var time: Timestamp
    /// Whether it was good.
    public var succeeded: Bool
    /// The response time or run time; nil when there is none.
    public var seconds: Double?
    /// Days until the certificate of an endpoint ends; nil when there is none.
    public var certificateDays: Double?

    /// The results in the data of one request, in which all metrics of a result are.
    static func results(of data: [PutDatum], namespace: String) -> [MeasuredResult] {
        guard let layout = MetricLayout.all.first(where: { $0.namespace == namespace }) else { return [] }
        struct Key: Hashable {
            let dimensions: [String: String]
            let time: Timestamp
        }
        var positions: [Key: Range<Int>] = [:]
        var results: [MeasuredResult] = []
        for datum in data where datum.metric.metric == layout.successes {
            guard let name = layout.name(datum.metric.dimensions) else { continue }
            let first = results.count
            for value in datum.values {
                let result = MeasuredResult(
                    source: layout.source, group: layout.group(datum.metric.dimensions), name: name, time: datum.time,
                    succeeded: value.value >= 1)
                results += Array(repeating: result, count: Int(max(1, min(value.count, 1_000))))
            }
            positions[Key(dimensions: datum.metric.dimensions, time: datum.time)] = first..<results.count
        }
        for datum in data {
            let key = Key(dimensions: datum.metric.dimensions, time: datum.time)
            guard let value = datum.values.first?.value, let range = positions[key] else { continue }
            for index in range {
                if datum.metric.metric == layout.duration { results[index].seconds = layout.seconds(value) }
                // Within what can be counted in days, as the seconds are.
                if datum.metric.metric == "certificate-days" {
                    results[index].certificateDays = min(max(-1e6, value), 1e6)
                }
            }
        }
        return results
    }
}
