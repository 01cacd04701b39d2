import Basics
public import Configuration

/// Where and how metrics are sent by OTLP: OpenTelemetry's own variables
/// (opentelemetry.io/docs/specs/otel/protocol/exporter).
public struct OTLPSettings: Sendable, Hashable {
    /// The URL of the metrics; nil for CloudWatch's endpoint.
    public var endpoint: String?
    /// Sent with each request, such as a collector's token.
    public var headers: [String: String] = [:]
    /// Whether bodies are JSON and not protobuf.
    public var isJSON = false
    /// The longest time of one attempt.
    public var timeout = Duration.seconds(10)
    /// Whether bodies are compressed with gzip.
    public var compresses = false
    /// Attributes of the resource, `service.name` among them.
    public var resource: [String: String] = ["service.name": "tocsin"]

    /// CloudWatch's endpoint, and the defaults of OpenTelemetry.
    public init() {}
}

extension ConfigurationSection {
    /// The variables `OTEL_EXPORTER_OTLP_…`, each also as `OTEL_EXPORTER_OTLP_METRICS_…`, which goes before;
    /// `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`.
    ///
    /// They are read only for the destination that uses them: other programs have them set, too.
    public func otlpSettings(for destination: MetricDestination) -> OTLPSettings {
        var settings = OTLPSettings()
        guard destination == .otlp else { return settings }
        func name(_ part: String) -> String {
            let own = "OTEL_EXPORTER_OTLP_METRICS_\(part)"
            return has(own) ? own : "OTEL_EXPORTER_OTLP_\(part)"
        }
        if has("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT") {
            settings.endpoint = url("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", default: "")
        } else if has("OTEL_EXPORTER_OTLP_ENDPOINT") {
            settings.endpoint = url("OTEL_EXPORTER_OTLP_ENDPOINT", default: "") + "/v1/metrics"
        }
        settings.isJSON = value(
            name("PROTOCOL"), default: false,
            expected: "http/protobuf or http/json (gRPC is not supported: collectors take HTTP on port 4318)",
            read: { ["http/protobuf": false, "http/json": true][$0] })
        settings.compresses = value(
            name("COMPRESSION"), default: false, expected: "gzip or none", read: { ["gzip": true, "none": false][$0] })
        settings.timeout = value(
            name("TIMEOUT"), default: settings.timeout, expected: "a number of milliseconds above 0",
            read: { text in Int(text).flatMap { $0 > 0 && $0 <= 3_600_000 ? .milliseconds($0) : nil } })
        let pairs = "a list such as name=value,other=value, with % before special characters' codes"
        settings.headers = value(name("HEADERS"), default: [:], expected: pairs, secret: true, read: Self.pairs)
        let attributes = value("OTEL_RESOURCE_ATTRIBUTES", default: [:], expected: pairs, read: Self.pairs)
        let service = text("OTEL_SERVICE_NAME") ?? attributes["service.name"] ?? text("AWS_LAMBDA_FUNCTION_NAME")
        settings.resource = attributes.merging(["service.name": service ?? "tocsin"]) { $1 }
        return settings
    }

    /// `name=value,other=value`, each percent-encoded.
    private static func pairs(_ text: String) -> [String: String]? {
        var result: [String: String] = [:]
        for part in text.split(separator: ",") where !part.trimmingWhitespace.isEmpty {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, !pair[0].trimmingWhitespace.isEmpty else { return nil }
            let (name, value) = (pair[0].trimmingWhitespace, pair[1].trimmingWhitespace)
            result[percentDecoded(name, plusAsSpace: false)] = percentDecoded(value, plusAsSpace: false)
        }
        return result
    }
}
