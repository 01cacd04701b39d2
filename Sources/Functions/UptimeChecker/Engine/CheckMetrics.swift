import Basics
import CloudWatchMetrics
import JSON
import Transport

extension CheckResult {
    /// The metrics of a result; a value that was not measured has none.
    /// - Parameter runTime: the time of the compatible metric, one for the whole run.
    func metrics(_ sets: Set<MetricSet>, region: String, resolution: Int, runTime: Timestamp) -> [MetricDatum] {
        var data: [MetricDatum] = []
        func add(
            _ name: String, _ value: Double?, _ unit: MetricDatum.Unit, _ dimensions: [MetricDatum.Dimension],
            at time: Timestamp
        ) {
            guard let value else { return }
            data.append(
                MetricDatum(
                    name: name, dimensions: dimensions, timestamp: time, value: value, unit: unit,
                    resolution: resolution
                ))
        }
        if sets.contains(.compatible) {
            let dimension = MetricDatum.Dimension(name: "url", text: url ?? displayName)
            add("uptime", isUp ? 1 : 0, .none, [dimension], at: runTime)
        }
        let isFull = sets.contains(.full)
        if isFull || sets.contains(.standard) {
            let dimensions = dimensions(region: region)
            for metric in standardMetrics + (isFull ? detailedMetrics : []) {
                add(metric.name, metric.value, metric.unit, dimensions, at: startedAt)
            }
        }
        // Each metric costs money, and the suite's own say that it is down.
        for step in isFull ? steps ?? [] : [] where step.attempts > 0 {
            data += step.metrics([.full], region: region, resolution: resolution, runTime: runTime)
        }
        return data
    }

    private typealias Metric = (name: String, value: Double?, unit: MetricDatum.Unit)

    private var standardMetrics: [Metric] {
        [
            ("success", isUp ? 1 : 0, .count),
            ("response-time", connected?.responseTime.inMilliseconds, .milliseconds),
            ("certificate-days", measurements?.certificateExpiration?.days, .none),
        ]
    }

    private var detailedMetrics: [Metric] {
        let phases = connected?.timings
        func phase(_ name: String, _ duration: Duration?) -> Metric {
            (name, duration == .zero ? nil : duration?.inMilliseconds, .milliseconds)
        }
        let transfer = phases.map { $0.total - $0.nameLookup - $0.connect - $0.tls - $0.firstByte }
        let status = connected?.status ?? 0
        return [
            phase("name-lookup-time", phases?.nameLookup), phase("connect-time", phases?.connect),
            phase("tls-time", phases?.tls), phase("first-byte-time", phases?.firstByte),
            phase("transfer-time", transfer.map { max(.zero, $0) }),
            ("status-code", status == 0 ? nil : Double(status), .none),
            ("domain-days", measurements?.domainExpiration?.days, .none),
            ("conditions-failed", Double(failedConditionCount), .count), ("attempts", Double(attempts), .count),
            ("maintenance", isInMaintenance ? 1 : 0, .count),
        ]
    }

    private var connected: Measurements? { measurements.flatMap { $0.isConnected ? $0 : nil } }

    /// Name, of a step its suite, group if there is one, region, and the labels, up to CloudWatch's limit of 30
    /// dimensions.
    ///
    /// A suite has those of an endpoint, so that the same alarms and reports are made for it.
    private func dimensions(region: String) -> [MetricDatum.Dimension] {
        var dimensions = [MetricDatum.Dimension(name: "name", text: name)]
        if let suite { dimensions.append(.init(name: "suite", text: suite)) }
        if let group { dimensions.append(.init(name: "group", text: group)) }
        dimensions.append(.init(name: "region", text: region))
        let taken: Set<String> = suite == nil ? ["name", "group", "region"] : ["name", "suite", "group", "region"]
        for label in labels.prefix(30 - dimensions.count) where !taken.contains(label.name) && !label.value.isEmpty {
            dimensions.append(.init(name: label.name, text: label.value))
        }
        return dimensions
    }
}

/// How many endpoints of a group are up and down: the metrics of a run that has too many endpoints for one metric each.
///
/// The shards of a file count their own endpoints, so the sum of a minute is that of the group.
struct GroupMetrics: Sendable {
    /// The keys of the results that are counted.
    private(set) var keys: [String] = []
    private let group: String?
    private var up = 0

    private init(group: String?) { self.group = group }

    /// The groups of some results, in the order of their first results.
    static func all(of results: [CheckResult]) -> [GroupMetrics] {
        var groups: [GroupMetrics] = []
        var positions: [String?: Int] = [:]
        for result in results {
            let position = positions[result.group] ?? groups.count
            if position == groups.count {
                groups.append(GroupMetrics(group: result.group))
                positions[result.group] = position
            }
            groups[position].keys.append(result.key)
            if result.isUp { groups[position].up += 1 }
        }
        return groups
    }

    /// Both counts; as in `success`, whatever is not up is down.
    func metrics(region: String, resolution: Int, runTime: Timestamp) -> [MetricDatum] {
        let dimensions =
            (group.map { [MetricDatum.Dimension(name: "group", text: $0)] } ?? [])
            + [MetricDatum.Dimension(name: "region", text: region)]
        return [("endpoints-up", up), ("endpoints-down", keys.count - up)].map { name, count in
            MetricDatum(
                name: name, dimensions: dimensions, timestamp: runTime, value: Double(count), unit: .count,
                resolution: resolution)
        }
    }
}

extension MetricDatum.Dimension {
    /// A dimension that CloudWatch accepts, whatever the text.
    ///
    /// Bytes other than printable ASCII are percent-encoded. A value above 1,024 bytes is cut and ends with a hash of
    /// the whole.
    init(name: String, text: String) {
        let isFine = text.utf8.count <= 1_024 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        self.init(name: name, value: isFine ? text : Self.fitted(text))
    }

    private static func fitted(_ text: String) -> String {
        var bytes = text.utf8.flatMap { byte in
            (0x20...0x7E).contains(byte) ? [byte] : Array("%\([byte].hex.uppercased())".utf8)
        }
        if bytes.count > 1_024 {
            bytes = Array(bytes.prefix(1_007)) + "~\(text.stableHash)".utf8
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Which metrics a run writes: `UPTIME_METRICS`, one or more.
enum MetricSet: String, Sendable, CaseIterable {
    /// `uptime` with the dimension `url`, as the function that Tocsin replaces writes it.
    case compatible
    /// `success`, `response-time` and `certificate-days` for each endpoint and region.
    case standard
    /// The standard ones, phases, status, domain, attempts, conditions and maintenance.
    case full
    /// `endpoints-up` and `endpoints-down` for each group and region: two metrics however many endpoints it has.
    case groups
}

extension String {
    /// A hash that is the same in every process: FNV-1a with 64 bits, in hexadecimal.
    var stableHash: String {
        let hash = utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return String(hash, radix: 16)
    }
}
