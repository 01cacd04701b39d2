public import Basics
public import CloudWatchAlarms

/// Raw samples of metrics, from which statistics are made as CloudWatch makes them.
public struct MetricSamples: Sendable {
    /// Values with how often each occurred, at one time.
    public struct Sample: Sendable, Hashable {
        /// When they were measured.
        public var time: Timestamp
        /// Every value once, with its count.
        public var values: [Weighted]
        /// As in `PutMetricData`; nil for none.
        public var unit: String?

        /// A sample; a count is how often the value occurred, as in `Values` and `Counts` of `PutMetricData`.
        public init(time: Timestamp, values: [Weighted], unit: String? = nil) {
            (self.time, self.values, self.unit) = (time, values, unit)
        }
    }

    /// A value and how often it occurred.
    public struct Weighted: Sendable, Hashable {
        /// The value.
        public var value: Double
        /// More than 0.
        public var count: Double

        /// A value that occurred so often.
        public init(_ value: Double, count: Double = 1) { (self.value, self.count) = (value, count) }
    }

    /// Which metric: namespace, name and dimensions.
    public struct Identity: Sendable, Hashable {
        /// Such as `AWS/Lambda`.
        public var namespace: String
        /// Such as `Errors`.
        public var metric: String
        /// Name and value; a metric with other dimensions is another metric.
        public var dimensions: [String: String]

        /// A metric.
        public init(namespace: String, metric: String, dimensions: [String: String] = [:]) {
            (self.namespace, self.metric, self.dimensions) = (namespace, metric, dimensions)
        }
    }

    private var series: [Identity: [Sample]] = [:]

    /// None.
    public init() {}

    /// Adds samples, in any order.
    public mutating func add(_ samples: [Sample], to metric: Identity) {
        series[metric, default: []] += samples
        series[metric]?.sort { $0.time < $1.time }
    }

    /// The metrics that have samples.
    public var metrics: [Identity] { Array(series.keys) }

    /// A metric's statistic in a period; nil without a sample in it.
    /// - Throws: ``AlarmEvaluationError`` for a statistic that is not known here.
    public func datapoint(
        _ statistic: MetricStatistic, in slot: MetricSlot
    ) throws(AlarmEvaluationError) -> Datapoint? {
        let metric = Identity(
            namespace: statistic.namespace, metric: statistic.metric, dimensions: statistic.dimensions)
        guard let samples = series[metric] else { return nil }
        var low = samples.partitionPoint { $0.time < slot.start }
        var values: [Weighted] = []
        while low < samples.count, samples[low].time < slot.end {
            if statistic.unit == nil || samples[low].unit == statistic.unit { values += samples[low].values }
            low += 1
        }
        guard !values.isEmpty else { return nil }
        let count = values.reduce(0) { $0 + $1.count }
        let value = try Statistic(parsing: statistic.statistic).value(of: values)
        return value.map { Datapoint(value: $0, sampleCount: count) }
    }
}

/// A statistic by its name in CloudWatch.
public enum Statistic: Sendable, Hashable {
    case average, sum, minimum, maximum, sampleCount
    /// `p99.9`: the value below which this percentage of the samples lies.
    case percentile(Double)
    /// `tm90` or `TM(10%:90%)`: the mean without what lies outside of these percentages.
    case trimmedMean(from: Double, to: Double)
    /// `wm98`: as the trimmed mean, but what lies outside counts as the border.
    case winsorizedMean(from: Double, to: Double)

    private static let names: [String: Statistic] = [
        "Average": .average, "Sum": .sum, "Minimum": .minimum, "Maximum": .maximum, "SampleCount": .sampleCount,
    ]

    /// A statistic by its name.
    /// - Throws: ``AlarmEvaluationError`` for an unknown one, with the nearest name.
    public init(parsing text: String) throws(AlarmEvaluationError) {
        if let known = Self.names[text] {
            self = known
        } else if text.hasPrefix("p"), let percent = Double(text.dropFirst()), 0...100 ~= percent {
            self = .percentile(percent)
        } else if text.hasPrefix("tm"), let percent = Double(text.dropFirst(2)), 0...100 ~= percent {
            self = .trimmedMean(from: 0, to: percent)
        } else if text.hasPrefix("wm"), let percent = Double(text.dropFirst(2)), 0...100 ~= percent {
            self = .winsorizedMean(from: 0, to: percent)
        } else if let (name, from, to) = Self.range(text) {
            self = name == "TM" ? .trimmedMean(from: from, to: to) : .winsorizedMean(from: from, to: to)
        } else {
            let near = Self.names.keys.sorted().nearest(to: text).map { ", did you mean \($0)?" } ?? ""
            throw AlarmEvaluationError(
                .notEvaluated,
                "the statistic \"\(text)\" is not evaluated locally\(near) Known are Average, Sum, Minimum, Maximum, "
                    + "SampleCount, p0 to p100, tm90, wm90, TM(10%:90%) and WM(10%:90%)")
        }
    }

    /// `TM(10%:90%)` or `WM(:95%)`.
    private static func range(_ text: String) -> (String, Double, Double)? {
        let name = text.prefix(2)
        guard name == "TM" || name == "WM", text.dropFirst(2).first == "(", text.last == ")" else { return nil }
        let parts = text.dropFirst(3).dropLast().split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        func percent(_ part: Substring, _ missing: Double) -> Double? {
            part.isEmpty ? missing : part.last == "%" ? Double(part.dropLast()) : nil
        }
        guard let from = percent(parts[0], 0), let to = percent(parts[1], 100), 0 <= from, from < to, to <= 100
        else { return nil }
        return (String(name), from, to)
    }

    /// The statistic of some values; nil for none.
    ///
    /// CloudWatch estimates percentiles from buckets that are up to 10 % wide; here they are exact: linear between the
    /// two nearest ranks, as `PERCENTILE.INC` has it.
    public func value(of values: [MetricSamples.Weighted]) -> Double? {
        let count = values.reduce(0) { $0 + $1.count }
        guard count > 0 else { return nil }
        switch self {
        case .sampleCount: return count
        case .sum: return values.reduce(0) { $0 + $1.value * $1.count }
        case .average: return values.reduce(0) { $0 + $1.value * $1.count } / count
        case .minimum: return values.map(\.value).min()
        case .maximum: return values.map(\.value).max()
        case .percentile(let percent): return Self.percentile(percent, values.sorted { $0.value < $1.value }, count)
        case .trimmedMean(let from, let to): return Self.mean(from, to, values, count, keepsBorder: false)
        case .winsorizedMean(let from, let to): return Self.mean(from, to, values, count, keepsBorder: true)
        }
    }

    private static func percentile(
        _ percent: Double, _ sorted: [MetricSamples.Weighted], _ count: Double
    ) -> Double {
        let rank = (count - 1) * percent / 100
        let (lower, upper) = (value(at: rank.rounded(.down), sorted), value(at: rank.rounded(.up), sorted))
        return lower + (upper - lower) * (rank - rank.rounded(.down))
    }

    /// The value with an index from 0, as if each value stood there as often as it occurred.
    private static func value(at index: Double, _ sorted: [MetricSamples.Weighted]) -> Double {
        var passed = 0.0
        for entry in sorted {
            passed += entry.count
            if index < passed { return entry.value }
        }
        return sorted.last?.value ?? 0
    }

    private static func mean(
        _ from: Double, _ to: Double, _ values: [MetricSamples.Weighted], _ count: Double, keepsBorder: Bool
    ) -> Double {
        let sorted = values.sorted { $0.value < $1.value }
        let (start, end) = (count * from / 100, count * to / 100)
        var (passed, sum, weight) = (0.0, 0.0, 0.0)
        for entry in sorted {
            let inside = max(0, min(passed + entry.count, end) - max(passed, start))
            sum += entry.value * inside
            weight += inside
            passed += entry.count
        }
        guard weight > 0 else { return percentile(to, sorted, count) }
        guard keepsBorder else { return sum / weight }
        let (low, high) = (percentile(from, sorted, count), percentile(to, sorted, count))
        return (sum + low * start + high * (count - end)) / count
    }
}
