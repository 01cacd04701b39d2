import Basics
import Foundation
import JSON
import TestSupport
import Testing

/// `metric-writer.zip` under AWS's own Runtime Interface Emulator, writing into moto, read back through boto3.
@Suite(
    .enabled(if: BuiltFunction.canRun, "needs dist/lambda/metric-writer.zip and the Python helpers: run ./build.sh"),
    .serialized
)
struct MetricWriterZipTests {
    private static let now = Int(Date().timeIntervalSince1970)

    private static func message(_ service: String, succeeded: Bool, secs: Int, groups: [String] = []) -> String {
        let value: JSONValue = [
            "timestamp": .init(now), "succeeded": .bool(succeeded), "service": .string(service),
            "testExecutionSecs": .init(secs), "testExecutionSeconds": .double(Double(secs) + 0.25),
            "groups": .array(groups.map { .string($0) }), "tagID": nil, "slaTarget": 99.9, "interval": 30,
        ]
        return value.description
    }

    @Test func classicMode() async throws {
        let moto = try MotoServer.shared.get()
        var environment = moto.environment
        environment["METRIC_NAMESPACE"] = "Classic"
        let emulator = try RuntimeInterfaceEmulator(zip: BuiltFunction.metricWriter, environment: environment)
        defer { emulator.stop() }

        let message = Self.message("shop", succeeded: true, secs: 3, groups: ["web"])
        let twice = SampleEvents.notification(id: "a", message)
        let queue: JSONValue = [
            "Records": [
                SampleEvents.queueRecord(id: "1", twice), SampleEvents.queueRecord(id: "2", twice),
                SampleEvents.queueRecord(id: "3", "nonsense"),
                SampleEvents.queueRecord(
                    id: "4", Self.message("shop", succeeded: false, secs: 5, groups: ["web", "eu"])),
            ]
        ]
        let answer = try emulator.invoke(queue.serialized())
        #expect(answer.body == #"{"batchItemFailures":[{"itemIdentifier":"3"}]}"#, "\(emulator.log)")
        #expect(emulator.log.contains("record rejected"))

        let topic = SampleEvents.topic([Self.message("blog", succeeded: true, secs: 7)])
        #expect(try emulator.invoke(topic.serialized()).body.hasPrefix(#"{"records":1,"written":1,"data":4,"#))
        let direct = Self.message("blog", succeeded: true, secs: 9)
        #expect(try emulator.invoke(Array(direct.utf8)).body.hasPrefix(#"{"records":1,"written":1,"data":4,"#))

        let metrics = try metrics(of: "Classic", in: moto)
        #expect(
            metrics == [
                "integration-sla-attempts Group=eu,Region=eu-central-1 1 1.0 Count",
                "integration-sla-attempts Group=web,Region=eu-central-1 2 2.0 Count",
                "integration-sla-attempts Region=eu-central-1,Service=blog 2 2.0 Count",
                "integration-sla-attempts Region=eu-central-1,Service=shop 2 2.0 Count",
                "integration-sla-failure Group=eu,Region=eu-central-1 1 1.0 Count",
                "integration-sla-failure Group=web,Region=eu-central-1 2 1.0 Count",
                "integration-sla-failure Region=eu-central-1,Service=blog 2 0.0 Count",
                "integration-sla-failure Region=eu-central-1,Service=shop 2 1.0 Count",
                "integration-sla-success Group=eu,Region=eu-central-1 1 0.0 Count",
                "integration-sla-success Group=web,Region=eu-central-1 2 1.0 Count",
                "integration-sla-success Region=eu-central-1,Service=blog 2 2.0 Count",
                "integration-sla-success Region=eu-central-1,Service=shop 2 1.0 Count",
                "sla-test-duration-secs Region=eu-central-1,Service=blog 2 16.0 Count",
                "sla-test-duration-secs Region=eu-central-1,Service=shop 2 8.0 Count",
            ])
    }

    @Test(
        .enabled(
            if: RuntimeInterfaceEmulator.canRunConcurrently,
            "the emulator takes the function from /var/task: needs root, and no such folder"
        ))
    func concurrentMode() async throws {
        let moto = try MotoServer.shared.get()
        var environment = moto.environment
        environment["METRIC_NAMESPACE"] = "Concurrent"
        let emulator = try RuntimeInterfaceEmulator(
            zip: BuiltFunction.metricWriter, environment: environment, concurrency: 4)
        defer { emulator.stop() }
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<8 {
                group.addTask {
                    let message = Self.message("shop", succeeded: index % 2 == 0, secs: index)
                    let records: [JSONValue] = [
                        SampleEvents.queueRecord(id: "q-\(index)", message),
                        SampleEvents.queueRecord(id: "bad-\(index)", "{"),
                    ]
                    return try emulator.invoke(JSONValue.object(["Records": .array(records)]).serialized()).body
                }
            }
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(Set(answers) == Set((0..<8).map { #"{"batchItemFailures":[{"itemIdentifier":"bad-\#($0)"}]}"# }))
        let metrics = try metrics(of: "Concurrent", in: moto)
        #expect(
            metrics == [
                "integration-sla-attempts Region=eu-central-1,Service=shop 8 8.0 Count",
                "integration-sla-failure Region=eu-central-1,Service=shop 8 4.0 Count",
                "integration-sla-success Region=eu-central-1,Service=shop 8 4.0 Count",
                "sla-test-duration-secs Region=eu-central-1,Service=shop 8 28.0 Count",
            ])
    }

    @Test("METRIC_DOUBLE makes every value count twice in CloudWatch")
    func doubled() async throws {
        let moto = try MotoServer.shared.get()
        let environment = moto.environment.merging(["METRIC_NAMESPACE": "Doubled", "METRIC_DOUBLE": "true"]) { $1 }
        let emulator = try RuntimeInterfaceEmulator(zip: BuiltFunction.metricWriter, environment: environment)
        defer { emulator.stop() }
        let event = SampleEvents.queue([Self.message("shop", succeeded: true, secs: 3)])
        #expect(try emulator.invoke(event.serialized()).body == #"{"batchItemFailures":[]}"#)
        #expect(
            try metrics(of: "Doubled", in: moto) == [
                "integration-sla-attempts Region=eu-central-1,Service=shop 2 2.0 Count",
                "integration-sla-failure Region=eu-central-1,Service=shop 2 0.0 Count",
                "integration-sla-success Region=eu-central-1,Service=shop 2 2.0 Count",
                "sla-test-duration-secs Region=eu-central-1,Service=shop 2 6.0 Count",
            ])
    }

    @Test func embeddedMetricFormat() async throws {
        let emulator = try RuntimeInterfaceEmulator(
            zip: BuiltFunction.metricWriter, environment: ["METRIC_OUTPUT": "emf", "AWS_REGION": "eu-central-1"]
        )
        defer { emulator.stop() }
        let event = SampleEvents.queue([Self.message("shop", succeeded: true, secs: 3, groups: ["web"])])
        #expect(try emulator.invoke(event.serialized()).body == #"{"batchItemFailures":[]}"#)
        let documents = emulator.log.split(separator: "\n").filter { $0.hasPrefix(#"{"_aws":"#) }
        #expect(
            try documents.map { try JSONValue(parsing: String($0))["_aws"]?["Timestamp"] }
                == [.init(Self.now * 1_000), .init(Self.now * 1_000)])
    }

    @Test func wrongVariablesAreNamedAtTheStart() async throws {
        let emulator = try RuntimeInterfaceEmulator(
            zip: BuiltFunction.metricWriter,
            environment: ["METRIC_OUTPUT": "file", "METRIC_RESOLUTION": "7", "AWS_REGION": "eu-central-1"]
        )
        defer { emulator.stop() }
        let body = try emulator.invoke(Array("{}".utf8)).body
        #expect(body.contains("METRIC_RESOLUTION is \\\"7\\\""), "\(body)")
        #expect(body.contains("METRIC_OUTPUT is \\\"file\\\""), "\(body)")
    }

    /// Every metric as `name dimensions count sum unit`, sorted.
    private func metrics(of namespace: String, in moto: MotoServer) throws -> [String] {
        let script = """
            import boto3, datetime, sys
            cloudwatch = boto3.client("cloudwatch", endpoint_url=sys.argv[1], region_name="eu-central-1",
                                      aws_access_key_id="test", aws_secret_access_key="test")
            at = datetime.datetime.fromtimestamp(int(sys.argv[3]), datetime.timezone.utc)
            for page in cloudwatch.get_paginator("list_metrics").paginate(Namespace=sys.argv[2]):
                for metric in page["Metrics"]:
                    points = cloudwatch.get_metric_statistics(
                        Namespace=sys.argv[2], MetricName=metric["MetricName"], Dimensions=metric["Dimensions"],
                        StartTime=at - datetime.timedelta(minutes=5), EndTime=at + datetime.timedelta(minutes=5),
                        Period=3600, Statistics=["Sum", "SampleCount"])["Datapoints"]
                    dimensions = ",".join(d["Name"] + "=" + d["Value"] for d in metric["Dimensions"])
                    print(metric["MetricName"], dimensions, int(sum(p["SampleCount"] for p in points)),
                          sum(p["Sum"] for p in points), points[0]["Unit"])
            """
        let result = try Command.run(Workspace.python, ["-c", script, moto.url, namespace, "\(Self.now)"])
        try #require(result.status == 0, "\(result.errors)")
        // moto lists a metric once for each of its data.
        return Set(result.output.split(separator: "\n").map(String.init)).sorted()
    }
}
