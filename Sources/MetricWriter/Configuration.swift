public import FunctionRuntime

extension MetricWriter {
    /// What the environment tells the metric writer.
    public struct Configuration: Sendable, Hashable {
        /// Where the metrics go.
        public enum Output: String, Sendable, CaseIterable {
            /// CloudWatch's `PutMetricData`.
            case cloudwatch
            /// Embedded metric format on standard output, which CloudWatch Logs turns into metrics.
            case emf
        }

        /// How durations are stated.
        public enum Units: String, Sendable, CaseIterable {
            /// Whole seconds with the unit Count, as sla-monitor-store-results writes them.
            case compatible
            /// Seconds with their fraction and the unit Seconds.
            case correct
        }

        /// `METRIC_NAMESPACE`, by default `SLA-Monitor`.
        public var namespace: String
        /// `AWS_REGION`: the dimension Region.
        public var region: String
        /// `METRIC_RESOLUTION` in seconds: 60, the default, or 1.
        public var resolution: Int
        /// `METRIC_OUTPUT`, by default `cloudwatch`.
        public var output: Output
        /// `METRIC_UNITS`, by default `compatible`.
        public var units: Units
        /// `METRIC_GROUP_DURATION`: whether groups have a duration too; by default not.
        public var groupDuration: Bool
    }
}

extension MetricWriter.Configuration {
    /// Reads the variables.
    /// - Throws: `EnvironmentError` that names every fault.
    public init(environment: Environment) throws {
        self = try environment.parse { variables in
            let region = variables.string("AWS_REGION") ?? variables.string("AWS_DEFAULT_REGION")
            return MetricWriter.Configuration(
                namespace: variables.value(
                    "METRIC_NAMESPACE", default: "SLA-Monitor",
                    expected: "1 to 255 ASCII characters that begin neither with a colon nor with AWS/"
                ) { Self.isNamespace($0) ? $0 : nil },
                region: region ?? variables.required("AWS_REGION", expected: "the region the metrics are about"),
                resolution: variables.value("METRIC_RESOLUTION", default: 60, expected: "1 or 60") {
                    ["1": 1, "60": 60][$0]
                },
                output: variables.choice("METRIC_OUTPUT", default: .cloudwatch),
                units: variables.choice("METRIC_UNITS", default: .compatible),
                groupDuration: variables.flag("METRIC_GROUP_DURATION")
            )
        }
    }

    private static func isNamespace(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
            && !text.hasPrefix(":") && !text.hasPrefix("AWS/")
    }
}
