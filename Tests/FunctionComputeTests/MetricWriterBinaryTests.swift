import Basics
import JSON
import TestSupport
import Testing
import Transport

/// The program of `fc/metric-writer`, called as Function Compute calls it.
@Suite(.enabled(if: MonitoringProgram.canRun, "\(MonitoringProgram.reason)"), .timeLimit(.minutes(3)))
struct MetricWriterBinaryTests {
    /// A result as SLA tests send it, of this minute: CloudMonitor takes nothing old.
    private static func result(_ service: String, succeeded: Bool = true) -> String {
        """
        {"timestamp":\(FunctionTime.now),"succeeded":\(succeeded),"service":"\(service)","testExecutionSecs":12,"groups":["web"]}
        """
    }

    private static func mns(_ id: String, _ message: String) -> String {
        let event: JSONValue = [
            "TopicOwner": "1", "TopicName": "results", "Subscriber": "1", "SubscriptionName": "s",
            "MessageId": .string(id), "Message": .string(message), "PublishTime": .init(FunctionTime.now * 1_000),
        ]
        return event.description
    }

    private static let ofShop = [
        "integration_sla_attempts - 1", "integration_sla_attempts shop 1", "integration_sla_failure - 0",
        "integration_sla_failure shop 0", "integration_sla_success - 1", "integration_sla_success shop 1",
        "sla_test_duration_secs shop 12",
    ]

    @Test(
        "the result itself, a message of an MNS topic, and an event of EventBridge",
        arguments: [
            { result("shop") }, { "[\(result("shop"))]" }, { mns("m-1", result("shop")) },
            { #"{"specversion":"1.0","id":"e","source":"tests","type":"sla:result","data":\#(result("shop"))}"# },
        ] as [@Sendable () -> String])
    func everyTrigger(event: @Sendable () -> String) async throws {
        let function = try MonitoringProgram("metric-writer-fc", [:])
        let response = try await function.invoke(event())
        #expect(response.status == 200, "\(function.program.log)")
        #expect(try JSONValue(parsing: response.body)["written"] == 1)
        #expect(try function.data(by: "Service") == Self.ofShop)
        #expect(try function.monitor.state()["faults"] == [])
        let region = try function.monitor.state()["data"]?[0]?["dimensions"]?["Region"]
        #expect(region == "cn-hangzhou")
        #expect(function.program.stop() == 0)
        #expect(!function.program.log.contains("hidden"), "a secret is in the log: \(function.program.log)")
    }

    @Test func aMessageThatMNSDeliversTwiceIsWrittenOnce() async throws {
        let function = try MonitoringProgram("metric-writer-fc", [:])
        let event = Self.mns("m-1", Self.result("shop"))
        for id in ["r-1", "r-2"] { #expect(try await function.invoke(event, id: id).status == 200) }
        #expect(try await function.invoke(Self.mns("m-2", Self.result("shop")), id: "r-3").status == 200)
        #expect(try function.data(by: "Service").count == 2 * Self.ofShop.count)
    }

    @Test("what CloudMonitor did not take fails the invocation; Function Compute's next attempt writes it")
    func anInvocationFailsUntilItsResultsAreWritten() async throws {
        let denied: JSONValue = ["status": 403, "code": "Forbidden.RAM", "message": "not allowed"]
        let function = try MonitoringProgram("metric-writer-fc", [:], answers: [denied])
        let failed = try await function.invoke(Self.mns("m-1", Self.result("shop")))
        #expect(failed.status == 404)
        #expect(failed.headers["x-fc-status"] == "404")
        #expect(function.program.log.contains("cms:PutCustomMetric"), "\(function.program.log)")
        #expect(try await function.invoke(Self.mns("m-1", Self.result("shop"))).status == 200)
        #expect(try function.data(by: "Service") == Self.ofShop)
    }

    @Test func whatIsNoResultIsTold() async throws {
        let function = try MonitoringProgram("metric-writer-fc", [:])
        let events = [
            (#"{"hello":1}"#, "testExecutionSecs"), (Self.mns("m-1", "hello"), "testExecutionSecs"),
            ("hello", "not JSON"),
        ]
        for (event, reason) in events {
            let response = try await function.invoke(event)
            #expect(response.status == 404, "\(event)")
            #expect(String(decoding: response.body, as: UTF8.self).contains(reason), "\(event)")
        }
        #expect(try function.monitor.state()["requests"] == 0)
    }

    @Test(
        arguments: [
            (["METRIC_OUTPUT": "emf"], #"METRIC_OUTPUT is "emf", expected one of cloudmonitor, otlp, cloudwatch"#),
            (["METRIC_OUTPUT": "cloudwatch"], "METRIC_OUTPUT"), (["CLOUDMONITOR_GROUP": "web"], "CLOUDMONITOR_GROUP"),
            (["CLOUDMONITOR_ENDPOINT": "http://metrics.cn-hangzhou.aliyuncs.com"], "CLOUDMONITOR_ENDPOINT"),
            (["UPTIME_STATE": "s3://bucket/key"], "AWS_REGION"),
        ])
    func aWrongSettingIsNamed(variables: [String: String], message: String) throws {
        let program = try FunctionProgram(
            path: FunctionProgram.path(of: "metric-writer-fc") ?? "",
            ["FC_REGION": "cn-hangzhou"].merging(variables) { $1 }, waits: false)
        #expect(program.waitForEnd() == 1)
        #expect(program.log.contains(message), "\(program.log)")
    }
}

/// The time now in seconds, for events that must not be old.
private enum FunctionTime {
    static var now: Int64 { Timestamp.now().millisecondsSinceEpoch / 1_000 }
}
