import Basics
import CloudWatchMetrics
import Events
import JSON
import TestSupport
import Testing

@testable import UptimeChecker

/// How suites look in reports, metrics and changes.
@Suite(.timeLimit(.minutes(1))) struct SuiteReportTests {
    /// A suite of which the second step has failed.
    private static func suite() throws -> CheckResult {
        var suite = Suite(name: "flow", group: "g")
        let steps = [("login", 200), ("use", 500), ("more", nil), ("logout", 200)] as [(String, Int?)]
        suite.steps = try steps.map { name, _ in
            var endpoint = try Endpoint.sample(name, group: "g")
            endpoint.step = SuiteStep(suite: "flow", alwaysRuns: name == "logout")
            return endpoint
        }
        var progress = SuiteProgress(of: suite, startedAt: runTime, deadline: runTime + .seconds(60))
        for (endpoint, (_, status)) in zip(suite.steps, steps) {
            guard let limit = progress.limit(of: endpoint, at: runTime + .seconds(1)), let status else { continue }
            let attempt = CheckAttempt(.status(status), of: endpoint, startedAt: runTime, endedAt: runTime)
            var result = CheckResult(of: endpoint, endedAt: runTime)
            result.take(attempt, of: endpoint)
            progress.take(result, attempt, of: endpoint, isCutOff: false, at: limit)
        }
        return progress.result(at: runTime + .seconds(2))
    }

    private static func report(inMaintenance: Bool = false) throws -> CheckReport {
        CheckReport(
            [try .sample("web", .up), try suite().inMaintenance(inMaintenance)], startedAt: runTime,
            duration: .seconds(2))
    }

    @Test func rows() throws {
        let report = try Self.report()
        #expect(!report.isUp)
        #expect(report.rows.map(\.endpoint) == ["g/web", "g/flow"])
        #expect(report.rows.map(\.state) == [.up, .down])
        #expect(report.rows[1].problems == ["use: [STATUS] (500) == 200"])
        #expect(report.rows[1].responseTime == .seconds(2))
        #expect(report.rows[1].steps.map(\.endpoint) == ["login", "use", "more", "logout"])
        #expect(report.rows[1].steps.map(\.state) == [.up, .down, .skipped, .up])
        #expect(report.rows[1].withSteps.count == 5)
        #expect((report.endpointCount, report.suiteCount) == (1, 1))
    }

    @Test func json() throws {
        let json = try Self.report().json
        #expect(json["checked"] == 2)
        #expect(json["up"] == 1)
        #expect(json["down"] == 1)
        #expect(json["endpoints"]?.arrayValue?.map { $0["name"] } == ["web"])
        let suite = try #require(json["suites"]?[0])
        #expect(suite["name"] == "flow")
        #expect(suite["group"] == "g")
        #expect(suite["outcome"] == "down")
        #expect(suite["durationMs"] == 2_000.0)
        let steps = try #require(suite["steps"]?.arrayValue)
        #expect(steps.map { $0["outcome"] } == ["up", "down", "skipped", "up"])
        #expect(steps[2]["notes"] == ["not run: use failed before"])
        #expect(steps[1]["conditions"] == [["condition": "[STATUS] (500) == 200", "success": false]])
    }

    @Test("JUnit XML has a test suite of its own, with a test case for each step")
    func junit() throws {
        let lines = try Self.report().junit.split(separator: "\n").map(String.init)
        #expect(lines[1].contains(#"tests="5" failures="1" errors="0" skipped="1""#), "\(lines[1])")
        for line in [
            #"  <testsuite name="g" tests="1" failures="0" errors="0" skipped="0""#,
            #"  <testsuite name="suite g/flow" tests="4" failures="1" errors="0" skipped="1""#,
            #"    <testcase classname="suite g/flow" name="login" time="0.0"/>"#,
            #"    <testcase classname="suite g/flow" name="use" time="0.0"><failure type="down" message="[STATUS] (500) == 200">"#,
            #"    <testcase classname="suite g/flow" name="more" time="0.0"><skipped message="not run: use failed before"/>"#,
        ] {
            #expect(lines.contains { $0.hasPrefix(line) }, "\(line) in \(lines)")
        }
    }

    @Test("a group of a suite's name is another test suite")
    func junitOfAGroupWithTheName() throws {
        var suite = try Self.suite()
        suite.group = nil
        suite.name = "g"
        let lines = CheckReport([try .sample("web", .up), suite], startedAt: runTime, duration: .zero).junit
            .split(separator: "\n").filter { $0.hasPrefix("  <testsuite ") }
        #expect(lines.count == 2, "\(lines)")
    }

    @Test("a suite that never began is an error in JUnit XML")
    func junitOfNothing() throws {
        var suite = CheckResult(of: Suite(name: "flow", group: "g"), startedAt: runTime)
        suite.errors = ["the run's time was over before the check had begun"]
        let report = CheckReport([suite], startedAt: runTime, duration: .zero)
        let line = #"<testcase classname="suite g/flow" name="flow" time="0.0"><error type="timed-out""#
        #expect(report.junit.contains(line))
        #expect(report.rows[0].state == .timedOut)
    }

    @Test func inMaintenance() throws {
        let report = try Self.report(inMaintenance: true)
        #expect(report.isUp)
        #expect(report.rows[1].state == .inMaintenance)
        #expect(report.rows[1].steps.map(\.state) == [.up, .inMaintenance, .skipped, .up])
        #expect(report.junit.contains(#"failures="0" errors="0" skipped="2""#))
    }

    private static func metrics(_ sets: Set<MetricSet>) throws -> [String] {
        try suite().metrics(sets, region: "r", resolution: 60, runTime: runTime).map { datum in
            let dimensions = datum.dimensions.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
            return "\(datum.name) \(datum.value) \(dimensions)"
        }
    }

    @Test("a suite has the metrics of an endpoint, and with the full set its steps have their own")
    func metrics() throws {
        #expect(
            try Self.metrics([.standard]) == [
                "success 0.0 name=flow,group=g,region=r", "response-time 2000.0 name=flow,group=g,region=r",
            ])
        #expect(try Self.metrics([.compatible]) == ["uptime 0.0 url=g/flow"])
        let full = try Self.metrics([.full])
        #expect(full.contains("conditions-failed 1.0 name=flow,group=g,region=r"))
        #expect(full.contains("success 1.0 name=login,suite=flow,group=g,region=r"))
        #expect(full.contains("success 0.0 name=use,suite=flow,group=g,region=r"))
        #expect(full.contains("status-code 500.0 name=use,suite=flow,group=g,region=r"))
        #expect(!full.contains { $0.contains("name=more") }, "a step that did not run has none")
    }

    @Test("one change tells that a suite is down, with the step that failed")
    func changes() throws {
        let (state, change) = EndpointState.next(nil, try Self.suite(), Thresholds(), region: "r")
        #expect(state?.state == .down)
        #expect(change?.endpoint == .init(name: "flow", group: "g", url: nil))
        #expect(change?.failedConditions == ["use: [STATUS] (500) == 200"])
    }

    /// The whole function, with a scripted CloudWatch and SNS.
    @Test func theFunction() async throws {
        let site = try ItemServer(putStatus: 500)
        let published =
            "<R><PublishBatchResult><Successful><member><Id>0</Id></member></Successful></PublishBatchResult></R>"
        let amazon = try ScriptedServer { request in
            .http(200, body: request.text.hasPrefix("Action=PublishBatch") ? published : "{}")
        }
        let text =
            "endpoints: [{name: web, url: '\(site.server.url)/items/x', conditions: ['[STATUS] == 404']}]\n"
            + SuiteRunTests.orderFlow(site.server.url)
        let function = try await TestFunction(
            ["UPTIME_CONFIG_TEXT": text, "UPTIME_TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:changes"],
            aws: amazon.url)
        let answer = try await function.invoke()
        #expect(answer["checked"] == 2)
        #expect(answer["up"] == 1)
        #expect(answer["notChecked"] == nil)
        #expect(answer["changes"] == [["endpoint": "shop-tests/order-flow", "state": "down"]])
        let down = try #require(answer["endpointsDown"]?[0])
        #expect(down["failedSteps"] == ["change-order"])
        #expect(down["failedConditions"] == ["change-order: [STATUS] (500) == 200"])
        #expect(function.log.logged("suite down").count == 1)
        let message = try #require(amazon.requests.first { $0.text.hasPrefix("Action=PublishBatch") })
        #expect(percentDecoded(message.text, plusAsSpace: true).contains("change-order: [STATUS] (500) == 200"))
        #expect(site.left == [])
        // Its own interval has not passed; that of the endpoint has neither.
        #expect(try await function.invoke()["skipped"] == 2)
        #expect(try await function.invoke(#"{"endpoints": ["shop-tests/order-flow"]}"#)["checked"] == 1)
    }
}
