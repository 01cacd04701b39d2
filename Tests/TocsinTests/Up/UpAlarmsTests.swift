import AWS
import JSON
import TestSupport
import Testing
import Transport

@testable import tocsin

/// The alarms of `tocsin up` in a moto of their own.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .timeLimit(.minutes(2)))
struct UpAlarmsTests {
    private static let topic = "arn:aws:sns:eu-central-1:123456789012:alarms"

    @Test("what runs gets alarms once, by the provisioner: endpoints, also with labels, and services, but no groups")
    func alarms() async throws {
        let moto = try MotoServer()
        defer { moto.stop() }
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        let environment = moto.environment
        let cloudWatch = try AWSClient(
            .cloudWatch, configuration: AWSConfiguration(environment: environment, loop: loop))
        @Sendable func write(_ namespace: String, _ metric: String, _ dimensions: KeyValuePairs<String, String>)
            async throws
        {
            let pairs = dimensions.map { JSONValue.object(["Name": .string($0.key), "Value": .string($0.value)]) }
            let datum: JSONValue = ["MetricName": .string(metric), "Value": 1.0, "Dimensions": .array(pairs)]
            _ = try await cloudWatch.call(
                "PutMetricData", ["Namespace": .string(namespace), "MetricData": [datum]])
        }
        try await withTaskExecutorPreference(loop) {
            var alarms = try UpAlarms(environment: environment, topicARN: Self.topic, loop: loop)
            #expect(try await alarms.provision() == [])
            try await write("Monitoring/Uptime", "success", ["name": "web", "group": "shop", "region": "local"])
            try await write("SLA-Monitor", "integration-sla-success", ["Region": "local", "Service": "payments"])
            try await write("SLA-Monitor", "integration-sla-success", ["Group": "shop", "Region": "local"])
            #expect(try await alarms.provision() == ["2 made"])
            #expect(try await alarms.provision() == [])
            try await write("Monitoring/Uptime", "success", ["name": "api", "region": "local", "team": "a b{c}"])
            #expect(try await alarms.provision() == ["1 made"])

            let output = try await cloudWatch.call("DescribeAlarms")
            let made = (output["MetricAlarms"]?.arrayValue ?? []).sorted {
                ($0["AlarmName"]?.stringValue ?? "") < ($1["AlarmName"]?.stringValue ?? "")
            }
            #expect(made.map { $0["AlarmName"] } == ["check-api", "check-shop/web", "sla-payments"])
            for alarm in made {
                #expect(alarm["AlarmActions"] == [.string(Self.topic)])
                #expect(alarm["OKActions"] == [.string(Self.topic)])
                #expect(alarm["Period"] == 10)
                #expect(alarm["Threshold"] == 0.7)
                let tags =
                    try await cloudWatch.call(
                        "ListTagsForResource", ["ResourceARN": alarm["AlarmArn"] ?? ""])["Tags"]?.arrayValue ?? []
                #expect(tags.contains(["Key": "tocsin:owner", "Value": "tocsin"]))
            }
        }
    }
}
