public import Basics
public import CloudWatchMetrics
import Configuration

extension MetricWriter {
    /// What the environment tells the metric writer.
    public struct Configuration: Sendable, Hashable {
        /// How durations are stated.
        public enum Units: String, Sendable, CaseIterable {
            /// Whole seconds with the unit Count, as sla-monitor-store-results writes them.
            case compatible
            /// Seconds with their fraction and the unit Seconds.
            case correct
        }

        /// `METRIC_NAMESPACE`, by default `SLA-Monitor`.
        public var namespace: String
        /// `AWS_REGION`, on Function Compute `FC_REGION`: the dimension Region.
        public var region: String
        /// `METRIC_RESOLUTION` in seconds: 60, the default, or 1.
        public var resolution: Int
        /// `METRIC_OUTPUT`, by default `cloudwatch`, on Function Compute `cloudmonitor`.
        public var output: MetricDestination
        /// `OTEL_…`, for the output `otlp`.
        public var otlp = OTLPSettings()
        /// `METRIC_UNITS`, by default `compatible`.
        public var units: Units
        /// `METRIC_GROUP_DURATION`: whether groups have a duration too; by default not.
        public var groupDuration: Bool
        /// `METRIC_DOUBLE`: whether every value counts twice, as sla-monitor-store-results sent it; by default not.
        public var countsTwice: Bool
    }
}

extension MetricWriter.Configuration {
    /// Reads the variables.
    /// - Throws: `ConfigurationError` that names every fault.
    public init(environment: Environment) throws {
        self = try environment.parse { variables in
            var configuration = MetricWriter.Configuration(
                namespace: variables.metricNamespace("METRIC_NAMESPACE", default: "SLA-Monitor"),
                region: variables.metricRegion(),
                resolution: variables.value("METRIC_RESOLUTION", default: 60, expected: "1 or 60") {
                    ["1": 1, "60": 60][$0]
                },
                output: variables.metricDestination(),
                units: variables.choice("METRIC_UNITS", default: .compatible),
                groupDuration: variables.flag("METRIC_GROUP_DURATION", default: false),
                countsTwice: variables.flag("METRIC_DOUBLE", default: false)
            )
            configuration.otlp = variables.otlpSettings(for: configuration.output)
            return configuration
        }
    }
}
