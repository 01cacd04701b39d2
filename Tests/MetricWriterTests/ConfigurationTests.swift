import Basics
import CloudWatchMetrics
import Configuration
import Testing

@testable import MetricWriter

@Suite struct ConfigurationTests {
    @Test func defaults() throws {
        let environment = Environment(["AWS_REGION": "eu-central-1", "METRIC_NAMESPACE": ""])
        #expect(try MetricWriter.Configuration(environment: environment) == .standard)
    }

    @Test func everyVariable() throws {
        let environment = Environment([
            "AWS_REGION": "us-east-1", "METRIC_NAMESPACE": "My/Namespace", "METRIC_RESOLUTION": "1",
            "METRIC_OUTPUT": "EMF", "METRIC_UNITS": "correct", "METRIC_GROUP_DURATION": "true",
            "METRIC_DOUBLE": "true",
        ])
        let expected = MetricWriter.Configuration(
            namespace: "My/Namespace", region: "us-east-1", resolution: 1, output: .emf, units: .correct,
            groupDuration: true, countsTwice: true
        )
        #expect(try MetricWriter.Configuration(environment: environment) == expected)
    }

    @Test func allFaultsAtOnce() {
        let environment = Environment([
            "METRIC_NAMESPACE": "AWS/EC2", "METRIC_RESOLUTION": "30", "METRIC_OUTPUT": "file", "METRIC_UNITS": "si",
            "METRIC_GROUP_DURATION": "maybe", "METRIC_DOUBLE": "2",
        ])
        let error = #expect(throws: ConfigurationError.self) {
            try MetricWriter.Configuration(environment: environment)
        }
        #expect(
            error?.faults.map(\.description) == [
                #"METRIC_NAMESPACE is "AWS/EC2", expected 1 to 255 ASCII characters that begin neither with a colon nor with AWS/"#,
                "AWS_REGION is not set, expected the region the metrics are about",
                #"METRIC_RESOLUTION is "30", expected 1 or 60"#,
                #"METRIC_OUTPUT is "file", expected one of cloudwatch, emf, otlp"#,
                #"METRIC_UNITS is "si", expected one of compatible, correct"#,
                #"METRIC_GROUP_DURATION is "maybe", expected true or false"#,
                #"METRIC_DOUBLE is "2", expected true or false"#,
            ])
    }

    @Test func otlp() throws {
        let environment = Environment([
            "AWS_REGION": "us-east-1", "METRIC_OUTPUT": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
        ])
        let configuration = try MetricWriter.Configuration(environment: environment)
        #expect(configuration.output == .otlp)
        #expect(configuration.otlp.endpoint == "http://collector:4318/v1/metrics")
    }

    @Test func wrongSettingsOfOTLPAreFaults() {
        let environment = Environment([
            "AWS_REGION": "us-east-1", "METRIC_OUTPUT": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
        ])
        let error = #expect(throws: ConfigurationError.self) {
            try MetricWriter.Configuration(environment: environment)
        }
        #expect(error?.description.contains("gRPC is not supported") == true)
    }

    @Test(arguments: [
        (":a", false), ("AWS/", false), ("AWS", true), (" ", true), ("é", false), ("a\n", false),
        (String(repeating: "n", count: 255), true), (String(repeating: "n", count: 256), false),
    ])
    func namespaces(text: String, isFine: Bool) {
        let environment = Environment(["AWS_DEFAULT_REGION": "eu-central-1", "METRIC_NAMESPACE": text])
        let namespace = try? MetricWriter.Configuration(environment: environment).namespace
        #expect(namespace == (isFine ? text : nil))
    }
}
