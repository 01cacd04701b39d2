import Basics
import CloudWatchMetrics
import Configuration

extension UptimeChecker {
    /// What the environment tells the uptime checker, beside the endpoints.
    struct Configuration: Sendable, Hashable {
        /// Where the endpoints are, `CLOUDWATCH_NAMESPACE` and `PROXY`.
        var settings: ConfigurationSettings
        /// `UPTIME_METRICS`, comma-separated: by default `compatible` with `URLS_TO_MONITOR`, else `standard`.
        var metrics: Set<MetricSet>
        /// `METRIC_OUTPUT`: `cloudwatch`, `emf` or `otlp`; on Function Compute `cloudmonitor`.
        var output: MetricDestination
        /// `OTEL_…`, for the output `otlp`.
        var otlp = OTLPSettings()
        /// `METRIC_RESOLUTION` in seconds: 60 or 1.
        var resolution: Int
        /// `AWS_REGION`, on Function Compute `FC_REGION`: the dimension region.
        var region: String
        /// `UPTIME_CONCURRENCY`: how many checks run at once.
        var concurrency: Int?
        /// `UPTIME_HOST_CONCURRENCY`: how many of them to one host.
        var hostConcurrency: Int?
        /// `UPTIME_TOPIC_ARN`: the topic that changes of state are published to.
        var topic: String?
        /// `UPTIME_STATE`.
        var state: StateLocation
        /// `UPTIME_FAILURE_THRESHOLD` and `UPTIME_SUCCESS_THRESHOLD`.
        var thresholds: Thresholds
        /// `UPTIME_FAIL_ON`, comma-separated.
        var failsOn: Set<Duty>
        /// `UPTIME_HEARTBEATS_SINCE`: no heartbeat is missed before one interval from then on.
        var heartbeatsSince: Timestamp?
    }

    /// What a run does beside checking, and fails the invocation when it could not be done.
    enum Duty: String, Sendable, CaseIterable {
        case metrics, changes, state
    }

    /// Where the state of the endpoints is kept.
    enum StateLocation: Sendable, Hashable {
        case memory
        /// `s3://bucket/key`.
        case object(bucket: String, key: String)
        /// `file:///folder`, for a checker that runs on one machine.
        case folder(String)
        /// `dynamodb://table` or `dynamodb://table/name`.
        case table(String, checker: String)
    }
}

extension UptimeChecker.Configuration {
    /// Reads the variables.
    /// - Throws: `ConfigurationError` that names every fault.
    init(environment: Environment) throws {
        self = try environment.parse { variables in
            let settings = ConfigurationSettings(variables)
            let name = variables.text("AWS_LAMBDA_FUNCTION_NAME", default: "uptime-checker")
            var configuration = UptimeChecker.Configuration(
                settings: settings,
                metrics: variables.choices(
                    "UPTIME_METRICS", default: settings.source.isOriginal ? [.compatible] : [.standard]),
                output: variables.metricDestination(),
                resolution: variables.value("METRIC_RESOLUTION", default: 60, expected: "1 or 60") {
                    ["1": 1, "60": 60][$0]
                },
                region: variables.metricRegion(),
                concurrency: variables.integer("UPTIME_CONCURRENCY", in: 1...100_000),
                hostConcurrency: variables.integer("UPTIME_HOST_CONCURRENCY", in: 1...100_000),
                topic: variables.value("UPTIME_TOPIC_ARN", expected: "the ARN of an SNS topic") {
                    $0.hasPrefix("arn:") ? $0 : nil
                },
                state: variables.value(
                    "UPTIME_STATE", default: .memory,
                    expected: settings.shard == nil
                        ? "memory, s3://bucket/key, dynamodb://table[/name] or file:///folder"
                        : "s3://bucket/key, dynamodb://table/name or file:///folder: with UPTIME_SHARD the shards share "
                            + "one state, so the name has to be given, the same for all of them"
                ) { UptimeChecker.StateLocation($0, checker: settings.shard == nil ? name : nil) },
                thresholds: Thresholds(
                    failures: variables.integer("UPTIME_FAILURE_THRESHOLD", default: 1, in: 1...100),
                    successes: variables.integer("UPTIME_SUCCESS_THRESHOLD", default: 1, in: 1...100)
                ),
                failsOn: variables.text("UPTIME_FAIL_ON") == "nothing"
                    ? [] : variables.choices("UPTIME_FAIL_ON", default: [.metrics, .changes])
            )
            configuration.otlp = variables.otlpSettings(for: configuration.output)
            configuration.heartbeatsSince = variables.value(
                "UPTIME_HEARTBEATS_SINCE", expected: "a time such as 2026-11-29T06:00:00Z"
            ) { Timestamp(iso8601: $0) }
            if settings.shard != nil, ["memory", nil].contains(variables.text("UPTIME_STATE")) {
                variables.fault(
                    "UPTIME_STATE",
                    "the shards of a file share one state: s3://bucket/key, dynamodb://table/name or file:///folder")
            }
            return configuration
        }
    }

    /// What is odd about a file together with the variables.
    func warnings(about file: UptimeConfiguration) -> [String] {
        let awaited = file.external.filter { $0.isEnabled && $0.heartbeat != nil }
        guard state == .memory, let first = awaited.first else { return [] }
        return [
            "UPTIME_STATE is memory, which each instance of the function has for itself: a result that is pushed to "
                + "another one does not count as the heartbeat of \(first.displayName); set UPTIME_STATE"
        ]
    }

    /// The limits of a file's checks; the environment goes before the file.
    func limits(of file: UptimeConfiguration) -> CheckLimits {
        var limits = file.limits
        if let concurrency { limits.total = concurrency }
        if let hostConcurrency { limits.perHost = hostConcurrency }
        return limits
    }
}

extension UptimeChecker.StateLocation {
    /// - Parameter checker: the name in a table where the text has none; nil when it must have one.
    fileprivate init?(_ text: String, checker: String?) {
        func parts(after scheme: String) -> (String, String)? {
            guard text.hasPrefix(scheme) else { return nil }
            let rest = text.dropFirst(scheme.count)
            let name = rest.prefix { $0 != "/" }
            return name.isEmpty ? nil : (String(name), String(rest.dropFirst(name.count + 1)))
        }
        if text == "memory" {
            self = .memory
        } else if let (bucket, key) = parts(after: "s3://"), !key.isEmpty {
            self = .object(bucket: bucket, key: key)
        } else if text.hasPrefix("file:///"), text.utf8.count > 8 {
            self = .folder(String(text.dropFirst(7)))
        } else if let (table, name) = parts(after: "dynamodb://"), let checker = name.isEmpty ? checker : name {
            self = .table(table, checker: checker)
        } else {
            return nil
        }
    }
}
