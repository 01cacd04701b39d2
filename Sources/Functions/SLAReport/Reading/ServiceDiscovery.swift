import AWS
import Basics
import JSON
import ServiceHistory

/// A dimension of a metric.
struct MetricDimension: Sendable, Hashable, Comparable {
    let name: String
    let value: String

    static func < (left: MetricDimension, right: MetricDimension) -> Bool {
        (left.name, left.value) < (right.name, right.value)
    }
}

/// A service, and the metrics in which its results are.
struct MeasuredService: Sendable, Hashable {
    /// The name in the metrics, without the group.
    var name: String
    /// The group in the metrics; `sla-runner`'s groups are metrics of their own, so tests have none.
    var group: String?
    /// Which program writes the metrics.
    var kind: ServiceHistory.Kind
    /// The dimensions of each series: one for each region, and one more after labels of an endpoint were changed.
    var series: [[MetricDimension]]

    /// `group/name`, or the name alone: as the configuration has it.
    var fullName: String { group.map { "\($0)/\(name)" } ?? name }
}

/// The namespaces that are read; nil for one that is not.
struct MetricNamespaces: Sendable, Hashable {
    /// Of `metric-writer`.
    var tests: String?
    /// Of `uptime-checker`.
    var checks: String?
}

/// Finds the services that have metrics: CloudWatch lists those with data of the last two weeks.
struct ServiceDiscovery: Sendable {
    let client: AWSClient
    let namespaces: MetricNamespaces
    let deadline: Timestamp?

    /// The services of both namespaces by name, each once.
    func services(progress: @Sendable (String) -> Void) async throws -> [MeasuredService] {
        var found = FoundServices()
        if let namespace = namespaces.tests {
            try await list(namespace, .test) { metrics in
                found.add(metrics, .test)
                progress("Looking for services: \(found.count) so far …")
            }
        }
        if let namespace = namespaces.checks {
            try await list(namespace, .check) { metrics in
                found.add(metrics, .check)
                progress("Looking for services: \(found.count) so far …")
            }
        }
        return found.services
    }

    /// A test with its series in all regions; nil while it is not listed, as a new metric is for up to 15 minutes.
    func test(named name: String) async throws -> MeasuredService? {
        guard let namespace = namespaces.tests else { return nil }
        var found = FoundServices()
        try await list(namespace, .test, ["Dimensions": [["Name": "Service", "Value": .string(name)]]]) { metrics in
            found.add(metrics, .test)
        }
        return found.services.first { $0.name == name }
    }

    private func list(
        _ namespace: String, _ kind: ServiceHistory.Kind, _ filter: JSONObject = [:],
        _ page: ([[MetricDimension]]) -> Void
    ) async throws {
        var input = filter
        input["Namespace"] = .string(namespace)
        // One metric of each service suffices; a service without it has no results.
        input["MetricName"] = .string(kind.metrics.attempts.name)
        for try await result in client.pages("ListMetrics", .object(input), deadline: deadline) {
            page(
                (result["Metrics"]?.arrayValue ?? []).map { metric in
                    (metric["Dimensions"]?.arrayValue ?? []).compactMap { dimension in
                        guard let name = dimension["Name"]?.stringValue, let value = dimension["Value"]?.stringValue
                        else { return nil }
                        return MetricDimension(name: name, value: value)
                    }
                })
        }
    }
}

/// Puts series together by service: pages may repeat a metric, and a service may have several.
struct FoundServices {
    private struct Key: Hashable {
        let kind: ServiceHistory.Kind
        let group: String?
        let name: String
    }

    /// The dimensions of each series as they are listed, by the sorted ones.
    private var found: [Key: [[MetricDimension]: [MetricDimension]]] = [:]

    /// How many there are.
    var count: Int { found.count }

    /// Tests before checks of the same name, otherwise by group and name.
    var services: [MeasuredService] {
        found.map { key, series in
            MeasuredService(
                name: key.name, group: key.group, kind: key.kind,
                series: series.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value))
        }.sorted {
            ($0.group ?? "", $0.name, $0.kind == .test ? 0 : 1) < ($1.group ?? "", $1.name, $1.kind == .test ? 0 : 1)
        }
    }

    /// Adds series; those of other metrics, such as a group's, are passed over.
    mutating func add(_ series: [[MetricDimension]], _ kind: ServiceHistory.Kind) {
        for listed in series {
            let dimensions = listed.sorted()
            func value(_ name: String) -> String? { dimensions.first { $0.name == name }?.value }
            switch kind {
            case .test:
                guard dimensions.map(\.name) == ["Region", "Service"], let name = value("Service") else { continue }
                found[Key(kind: kind, group: nil, name: name), default: [:]][dimensions] = listed
            case .check:
                guard value("region") != nil, let name = value("name") else { continue }
                let key = Key(kind: kind, group: value("group").map(Self.plain), name: Self.plain(name))
                found[key, default: [:]][dimensions] = listed
            }
        }
    }

    /// `uptime-checker` percent-encodes what CloudWatch refuses; a text that was only ASCII was not changed by it.
    private static func plain(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        let decoded = percentDecoded(text, plusAsSpace: false)
        return decoded.utf8.contains { $0 >= 0x80 } && !decoded.unicodeScalars.contains("\u{FFFD}") ? decoded : text
    }
}

/// Which metrics and statistics hold the results of a kind of service.
struct ResultMetrics: Sendable {
    /// A metric's statistic.
    struct Statistic: Sendable, Hashable {
        let name: String
        let statistic: String
    }

    let attempts: Statistic
    let successes: Statistic
    let mean: Statistic
    let longest: Statistic
    /// Seconds in a unit of the duration.
    let secondsPerUnit: Double
}

extension ServiceHistory.Kind {
    /// The metrics of docs/metric-writer.md and docs/uptime-checker.md.
    ///
    /// A check's `success` has a value for each result, so that its sample count is the number of results.
    var metrics: ResultMetrics {
        switch self {
        case .test:
            ResultMetrics(
                attempts: .init(name: "integration-sla-attempts", statistic: "Sum"),
                successes: .init(name: "integration-sla-success", statistic: "Sum"),
                mean: .init(name: "sla-test-duration-secs", statistic: "Average"),
                longest: .init(name: "sla-test-duration-secs", statistic: "Maximum"), secondsPerUnit: 1)
        case .check:
            ResultMetrics(
                attempts: .init(name: "success", statistic: "SampleCount"),
                successes: .init(name: "success", statistic: "Sum"),
                mean: .init(name: "response-time", statistic: "Average"),
                longest: .init(name: "response-time", statistic: "Maximum"), secondsPerUnit: 0.001)
        }
    }
}
