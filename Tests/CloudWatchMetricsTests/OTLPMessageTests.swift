import Basics
import JSON
import TestSupport
import Testing

@testable import CloudWatchMetrics

/// What is sent by OTLP, read by OpenTelemetry's own classes.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup")) struct OTLPMessageTests {
    private static let program = """
        import base64, json, sys
        from google.protobuf import json_format
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
        sent = json.load(sys.stdin)
        binary = ExportMetricsServiceRequest.FromString(base64.b64decode(sent["protobuf"]))
        # Fails for an unknown name; fields of unknown numbers make the two differ.
        text = json_format.Parse(sent["json"], ExportMetricsServiceRequest())
        print(json.dumps({"same": binary == text, "message": json_format.MessageToDict(binary)}))
        """

    /// The message as Python's protobuf reads it, and whether protobuf and JSON say the same.
    private static func read(_ data: [MetricDatum], _ resource: [String: String]) throws -> (same: Bool, JSONValue) {
        let message = OTLPMessage(data, scope: "SLA-Monitor", resource: resource)
        let input: JSONValue = [
            "protobuf": .string(Base64.encode(message.protobuf)), "json": .string(message.json.description),
        ]
        let result = try Command.run(Workspace.python, ["-c", program], input: input.description)
        #expect(result.errors == "")
        let output = try JSONValue(parsing: Array(result.output.utf8))
        return (output["same"] == true, output["message"] ?? .null)
    }

    @Test func everyFieldArrives() throws {
        let (same, message) = try Self.read(
            [.sample(), .sample("response-time", value: 12.5, unit: .milliseconds)],
            ["service.name": "writer", "a": String(repeating: "ü", count: 200)])
        func attributes(_ pairs: [(String, String)]) -> JSONValue {
            .array(pairs.map { ["key": .string($0.0), "value": ["stringValue": .string($0.1)]] })
        }
        let dimensions = attributes([("Region", "eu-central-1"), ("Service", "shop")])
        let time = "1795232520000000000"
        let expected: JSONValue = [
            "resourceMetrics": [
                [
                    "resource": [
                        "attributes": attributes([
                            ("a", String(repeating: "ü", count: 200)), ("service.name", "writer"),
                        ])
                    ],
                    "scopeMetrics": [
                        [
                            "scope": ["name": "SLA-Monitor"],
                            "metrics": [
                                [
                                    "name": "attempts", "unit": "1",
                                    "sum": [
                                        "dataPoints": [
                                            [
                                                "attributes": dimensions, "startTimeUnixNano": "1795232519000000000",
                                                "timeUnixNano": .string(time), "asDouble": 1.0,
                                            ]
                                        ],
                                        "aggregationTemporality": "AGGREGATION_TEMPORALITY_DELTA", "isMonotonic": true,
                                    ],
                                ],
                                [
                                    "name": "response-time", "unit": "ms",
                                    "gauge": [
                                        "dataPoints": [
                                            [
                                                "attributes": dimensions, "timeUnixNano": .string(time),
                                                "asDouble": 12.5,
                                            ]
                                        ]
                                    ],
                                ],
                            ],
                        ]
                    ],
                ]
            ]
        ]
        #expect(same)
        #expect(message == expected, "\(message)")
    }

    /// Names, units and forms: what is a number of events is a delta sum, everything else is a gauge.
    @Test(arguments: [
        ("integration-sla-attempts", MetricDatum.Unit.count, "sum", "1"), ("success", .count, "sum", "1"),
        ("sla-test-duration-secs", .count, "gauge", "1"), ("sla-test-duration-secs", .seconds, "gauge", "s"),
        ("response-time", .milliseconds, "gauge", "ms"), ("certificate-days", .none, "gauge", ""),
    ])
    private func forms(name: String, unit: MetricDatum.Unit, form: String, expected: String) throws {
        let (same, message) = try Self.read([.sample(name, unit: unit)], [:])
        let metric = message["resourceMetrics"]?[0]?["scopeMetrics"]?[0]?["metrics"]?[0]
        #expect(same)
        #expect(metric?[form] != nil)
        #expect(metric?["unit"]?.stringValue ?? "" == expected)
    }

    /// Two results of a service in the same second would else replace each other.
    @Test(arguments: [
        ("attempts", MetricDatum.Unit.count, 1, [3.0]), ("attempts", .count, 2, [6.0]),
        ("duration", .seconds, 1, [2.0]), ("duration", .seconds, 2, [2.0]),
    ])
    private func dataOfTheSameTimeAreOnePoint(
        name: String, unit: MetricDatum.Unit, count: Int, expected: [Double]
    ) throws {
        let data = [1.0, 2.0].map { value in
            var datum = MetricDatum.sample(name, value: value, unit: unit)
            datum.count = count
            return datum
        }
        let (_, message) = try Self.read(data, [:])
        let metric = message["resourceMetrics"]?[0]?["scopeMetrics"]?[0]?["metrics"]?[0]
        let points = (metric?["sum"] ?? metric?["gauge"])?["dataPoints"]?.arrayValue
        #expect(points?.compactMap { $0["asDouble"]?.doubleValue } == expected)
    }

    @Test func dataOfOneNameAreOneMetric() throws {
        let data = (0..<300).map { MetricDatum.sample(service: "s\($0)") } + [.sample("other")]
        let (same, message) = try Self.read(data, [:])
        let metrics = message["resourceMetrics"]?[0]?["scopeMetrics"]?[0]?["metrics"]?.arrayValue ?? []
        #expect(same)
        #expect(metrics.map { $0["sum"]?["dataPoints"]?.arrayValue?.count } == [300, 1])
    }
}

@Suite struct OTLPAnswerTests {
    private static let partial: [UInt8] = [0x0A, 0x06, 0x08, 0x96, 0x01, 0x12, 0x01, 0x78]  // {1: {1: 150, 2: "x"}}

    @Test(
        arguments: [
            ([], false, 0, ""), (partial, false, 150, "x"), ([0x0A, 0x00], false, 0, ""),
            // Cut off, and of unknown fields: what can be read counts.
            (Array(partial.dropLast(2)), false, 0, ""), ([0x0A, 0x02, 0x08], false, 0, ""),
            ([0x25, 1, 2, 3, 4, 0x21, 1, 2, 3, 4, 5, 6, 7, 8] + partial, false, 150, "x"),
            ([0x0B], false, 0, ""), ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], false, 0, ""),
            (Array(#"{"partialSuccess":{"rejectedDataPoints":"150","errorMessage":"x"}}"#.utf8), true, 150, "x"),
            (Array(#"{"partialSuccess":{"rejectedDataPoints":150}}"#.utf8), true, 150, ""),
            (Array("{}".utf8), true, 0, ""), (Array("<html>".utf8), true, 0, ""),
        ] as [([UInt8], Bool, Int, String)])
    private func partialSuccess(body: [UInt8], isJSON: Bool, rejected: Int, message: String) {
        let answer = OTLPAnswer(body, isJSON: isJSON, isFailure: false)
        #expect(answer.rejected == rejected)
        #expect(answer.message == message)
    }

    @Test(
        arguments: [
            ([0x08, 0x03, 0x12, 0x02, 0x6E, 0x6F], false, "no"),
            (Array(#"{"code":3,"message":"no"}"#.utf8), true, "no"),
            (Array("plain".utf8), true, "plain"), ([], true, ""), ([], false, ""),
        ] as [([UInt8], Bool, String)])
    private func failure(body: [UInt8], isJSON: Bool, message: String) {
        #expect(OTLPAnswer(body, isJSON: isJSON, isFailure: true).message == message)
    }
}
