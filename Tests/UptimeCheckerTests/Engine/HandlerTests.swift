import Basics
import Configuration
import Foundation
import FunctionRuntime
import JSON
import Logging
import Synchronization
import TestSupport
import Testing

@testable import UptimeChecker

/// The whole handler: real checks of a scripted server, a scripted CloudWatch and SNS.
@Suite(.timeLimit(.minutes(1))) struct HandlerTests {
    private static func site() throws -> ScriptedServer {
        try ScriptedServer { request in
            switch request.target.prefix(while: { $0 != "?" }) {
            case "/stuck": .hang
            case "/bad": .http(500, body: "oops")
            default: .http(200, body: "hello")
            }
        }
    }

    /// SNS's answer to a batch of one.
    private static let published = Reply.http(
        200,
        body: "<R><PublishBatchResult><Successful><member><Id>0</Id></member></Successful></PublishBatchResult></R>")

    /// Takes metrics and messages.
    private static func amazon(metrics: Reply = .http(200, body: "{}"), topic: Reply? = nil) throws -> ScriptedServer {
        try ScriptedServer { request in
            guard request.text.hasPrefix("Action=PublishBatch") else { return metrics }
            return topic ?? published
        }
    }

    private static func file(_ site: ScriptedServer, _ paths: String...) -> String {
        "endpoints:\n"
            + paths.map { path in
                """
                  - name: \(path)
                    group: g
                    url: "http://user:pa55@\(site.authority)/\(path)?token=s3cret"
                    client: { timeout: 30s }
                    conditions: ["[STATUS] == 200"]

                """
            }.joined()
    }

    private func metrics(_ server: ScriptedServer) throws -> [String] {
        try server.requests.filter { $0["X-Amz-Target"] != nil }.flatMap { request in
            (try JSONValue(parsing: request.body)["MetricData"]?.arrayValue ?? []).map { datum in
                let dimensions = (datum["Dimensions"]?.arrayValue ?? []).compactMap { $0["Value"]?.stringValue }
                return "\(datum["MetricName"]?.stringValue ?? "") \(datum["Value"]?.doubleValue ?? -1) "
                    + dimensions.joined(separator: ",")
            }
        }
    }

    @Test func aRun() async throws {
        let (site, amazon) = (try Self.site(), try Self.amazon())
        let function = try await TestFunction(
            [
                "UPTIME_CONFIG_TEXT": Self.file(site, "a", "bad"), "UPTIME_METRICS": "compatible,full",
                "UPTIME_TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:changes",
            ], aws: amazon.url)
        let answer = try await function.invoke()
        #expect(answer["checked"] == 2 && answer["up"] == 1 && answer["down"] == 1 && answer["timedOut"] == 0)
        #expect(answer["changes"] == [["endpoint": "g/bad", "state": "down"]])
        let down = try #require(answer["endpointsDown"]?[0])
        #expect(down["name"] == "bad" && down["group"] == "g" && down["outcome"] == "down")
        #expect(down["failedConditions"] == ["[STATUS] (500) == 200"])
        #expect(down["since"] != nil)
        let written = try metrics(amazon)
        #expect(answer["metrics"]?.intValue == Int64(written.count))
        #expect(written.contains("uptime 1.0 http://\(site.authority)/a?token=***"))
        #expect(written.contains("uptime 0.0 http://\(site.authority)/bad?token=***"))
        #expect(written.contains("success 1.0 a,g,eu-central-1"))
        #expect(written.contains("status-code 500.0 bad,g,eu-central-1"))
        #expect(function.log.logged("endpoints checked").count == 1)
        #expect(function.log.logged("state changed").count == 1)
        #expect(function.log.logged("endpoint down").count == 1)
        for text in [answer.description] + function.log.lines + amazon.requests.map(\.text) {
            #expect(!text.contains("pa55") && !text.contains("s3cret"))
        }
    }

    @Test func variablesOfTheFunctionThatTocsinReplaces() async throws {
        let (site, amazon) = (try Self.site(), try Self.amazon())
        let function = try await TestFunction(
            ["URLS_TO_MONITOR": "\(site.url)/a | \(site.url)/bad |", "TIMEOUT": "5"], aws: amazon.url)
        _ = try await function.invoke()
        #expect(try metrics(amazon).sorted() == ["uptime 0.0 \(site.url)/bad", "uptime 1.0 \(site.url)/a"])
        let body = try JSONValue(parsing: try #require(amazon.requests.first).body)
        #expect(body["Namespace"] == "Monitoring/Uptime")
        let data = body["MetricData"]?.arrayValue ?? []
        #expect(data.allSatisfy { $0["Unit"] == nil && $0["Dimensions"]?[0]?["Name"] == "url" })
        #expect(Set(data.map { $0["Timestamp"] }).count == 1, "one time for the run")
    }

    @Test("an odd entry of URLS_TO_MONITOR is its own 0, named without its password, and the others are checked")
    func oddEntriesOfTheOriginalsList() async throws {
        let (site, amazon) = (try Self.site(), try Self.amazon())
        let function = try await TestFunction(
            [
                "URLS_TO_MONITOR": "\(site.url)/a | me:hush@example.com | ftp://me:hush@c/ "
                    + "| HTTP://\(site.authority)/d e"
            ], aws: amazon.url)
        let answer = try await function.invoke()
        #expect(
            try metrics(amazon).sorted() == [
                "uptime 0.0 example.com", "uptime 0.0 ftp://c/", "uptime 1.0 HTTP://\(site.authority)/d e",
                "uptime 1.0 \(site.url)/a",
            ])
        #expect(site.requests.map(\.target).sorted() == ["/a", "/d%20e"])
        let faults = [
            "URLS_TO_MONITOR: entry 2, example.com, has no scheme, did you mean https://example.com?",
            "URLS_TO_MONITOR: entry 3, ftp://c/, begins with ftp://, and only http:// and https:// are checked",
        ]
        #expect(answer["endpointsDown"]?.arrayValue?.compactMap { $0["errors"]?[0]?.stringValue } == faults)
        #expect(function.log.logged("odd configuration").compactMap { $0["reason"]?.stringValue } == faults)
        #expect(!(answer.description + function.log.lines.joined()).contains("hush"))
    }

    @Test func theDeadlineLeavesTimeToWrite() async throws {
        let (site, amazon) = (try Self.site(), try Self.amazon())
        let function = try await TestFunction(
            ["UPTIME_CONFIG_TEXT": Self.file(site, "a", "stuck", "bad"), "UPTIME_CONCURRENCY": "3"], aws: amazon.url)
        let answer = try await function.invoke(within: .seconds(10))
        #expect(answer["up"] == 1 && answer["down"] == 1 && answer["timedOut"] == 1)
        #expect(answer["endpointsDown"]?[0]?["errors"]?[0]?.stringValue?.isEmpty == false)
        #expect(
            try metrics(amazon).filter { $0.hasPrefix("success") }.sorted() == [
                "success 0.0 bad,g,eu-central-1", "success 0.0 stuck,g,eu-central-1", "success 1.0 a,g,eu-central-1",
            ])
    }

    @Test func metricsThatAreNotWrittenFailTheInvocationAfterEverythingElse() async throws {
        let site = try Self.site()
        let amazon = try Self.amazon(
            metrics: .http(
                403, headers: [("Content-Type", "application/x-amz-json-1.0")],
                body: #"{"__type":"AccessDenied","message":"not authorized"}"#))
        let function = try await TestFunction(
            [
                "UPTIME_CONFIG_TEXT": Self.file(site, "bad"),
                "UPTIME_TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:changes",
            ], aws: amazon.url)
        let error = await #expect(throws: UptimeCheckerError.self) { try await function.invoke() }
        #expect(error?.code == .notWritten)
        #expect(error?.message.contains("metrics not written: cloudwatch PutMetricData") == true)
        #expect(amazon.requests.contains { $0.text.hasPrefix("Action=PublishBatch") })
        #expect(function.log.logged("endpoints checked").count == 1)
    }

    /// Lambda tries again, or the next run comes: neither may wait for the interval of an endpoint whose data are lost,
    /// nor check one again whose data are written.
    @Test(arguments: [
        ("metrics not written", #"{"__type":"AccessDenied"}"#, nil, 2), ("1 change not published", "{}", refusal, 1),
    ])
    func endpointsStayDueUntilTheirResultsAreWritten(
        reason: String, metrics: String, topic: Reply?, lost: Int64
    ) async throws {
        let site = try Self.site()
        let fails = Mutex(true)
        let published = Self.published
        let amazon = try ScriptedServer { request in
            let isFailing = fails.withLock { $0 }
            if request.text.hasPrefix("Action=PublishBatch") { return isFailing ? topic ?? published : published }
            return isFailing && metrics != "{}" ? .http(403, body: metrics) : .http(200, body: "{}")
        }
        let function = try await TestFunction(
            [
                "UPTIME_CONFIG_TEXT": Self.file(site, "a", "bad"),
                "UPTIME_TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:changes",
            ], aws: amazon.url)
        for _ in 0..<2 {
            let error = await #expect(throws: UptimeCheckerError.self) { try await function.invoke() }
            #expect(error?.message.hasPrefix(reason) == true, "\(String(describing: error))")
        }
        fails.withLock { $0 = false }
        #expect(try await function.invoke()["checked"]?.intValue == lost)
        #expect(try await function.invoke()["checked"] == 0, "written: the interval counts from here")
    }

    private static let refusal = Reply.http(
        403, body: "<ErrorResponse><Error><Code>AuthorizationError</Code><Message>no</Message></Error></ErrorResponse>")

    @Test func aTopicThatRefusesLosesNoMetrics() async throws {
        let (site, amazon) = (try Self.site(), try Self.amazon(topic: Self.refusal))
        let variables = [
            "UPTIME_CONFIG_TEXT": Self.file(site, "bad"),
            "UPTIME_TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:changes",
        ]
        let strict = try await TestFunction(variables, aws: amazon.url)
        let error = await #expect(throws: UptimeCheckerError.self) { try await strict.invoke() }
        #expect(error?.message.hasPrefix("1 change not published, the next run tries again") == true)
        #expect(try metrics(amazon).contains("success 0.0 bad,g,eu-central-1"))
        let lenient = try await TestFunction(variables.merging(["UPTIME_FAIL_ON": "nothing"]) { $1 }, aws: amazon.url)
        let answer = try await lenient.invoke()
        #expect(answer["failures"]?[0]?.stringValue?.contains("AuthorizationError") == true)
    }

    @Test("what a run that may go on could not write is counted in Tocsin's PartialFailures")
    func partialFailures() async throws {
        let (site, amazon) = (try Self.site(), try Self.amazon(topic: Self.refusal))
        let counts = Locked<[Int]>([])
        let context = InvocationContext(
            requestID: "r", deadline: .now() + .seconds(20),
            partialFailures: PartialFailures(environment: Environment(["AWS_LAMBDA_FUNCTION_NAME": "u"])) { line in
                let count = (try? JSONValue(parsing: line))?["PartialFailures"]?.intValue ?? -1
                counts.withLock { $0.append(Int(count)) }
            },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        for failsOn in ["nothing", "changes"] {
            let function = try await TestFunction(
                [
                    "UPTIME_CONFIG_TEXT": Self.file(site, "bad", "a", "worse"), "UPTIME_FAIL_ON": failsOn,
                    "UPTIME_TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:changes",
                ], aws: amazon.url)
            _ = try? await withTaskExecutorPreference(TestAWS.loop.get()) {
                try await function.handler.handle(Array("{}".utf8), context)
            }
        }
        #expect(counts.withLock { $0 } == [1], "a run that throws is counted by Lambda itself")
    }

    @Test func aStateThatCannotBeReadFailsNothingByDefault() async throws {
        let site = try Self.site()
        let amazon = try Self.amazon(metrics: .http(200, body: "{}"))
        let state = try ScriptedServer { _ in .http(403, body: "<Error><Code>AccessDenied</Code></Error>") }
        let function = try await TestFunction(
            [
                "UPTIME_CONFIG_TEXT": Self.file(site, "bad"), "UPTIME_STATE": "s3://bucket/state.json",
                "AWS_ENDPOINT_URL_S3": state.url,
            ], aws: amazon.url)
        let answer = try await function.invoke()
        #expect(answer["down"] == 1)
        #expect(answer["failures"]?[0]?.stringValue?.hasPrefix("state not kept: s3 GetObject") == true)
        #expect(function.log.logged("run incomplete").count == 1)
    }

    @Test("an outage that one process has published is not published by the next one, which publishes its end")
    func stateInAFolder() async throws {
        let isUp = Locked(false)
        let site = try ScriptedServer { _ in .http(isUp.withLock { $0 } ? 200 : 500) }
        let amazon = try Self.amazon()
        try await Workspace.withTemporaryFolder { folder in
            var states: [[String?]] = []
            for up in [false, false, true, true] {
                isUp.withLock { $0 = up }
                let function = try await TestFunction(
                    [
                        "UPTIME_CONFIG_TEXT": Self.file(site, "a"),
                        "UPTIME_STATE": "file://\(folder.appending(path: "state").path)",
                    ], aws: amazon.url)
                let changes = try await function.invoke()["changes"]?.arrayValue ?? []
                states.append(changes.map { $0["state"]?.stringValue })
            }
            #expect(states == [["down"], [], ["up"], []])
        }
    }

    @Test func runsByName() async throws {
        let (site, amazon) = (try Self.site(), try Self.amazon())
        let function = try await TestFunction(
            ["UPTIME_CONFIG_TEXT": Self.file(site, "a", "b")], aws: amazon.url)
        #expect(try await function.invoke()["checked"] == 2)
        #expect(try await function.invoke()["checked"] == 0, "the interval is not over")
        let one = try await function.invoke(#"{"endpoints":["g/b"]}"#)
        #expect(one["checked"] == 1 && one["skipped"] == 1)
        #expect(try await function.invoke(#"{"endpoints":[]}"#)["checked"] == 2)
        let error = await #expect(throws: UptimeCheckerError.self) {
            try await function.invoke(#"{"endpoints":["g/c"]}"#)
        }
        #expect(error?.code == .unknownEndpoint)
    }

    @Test func settingsWithoutEffectAreLoggedOnce() async throws {
        let (site, amazon) = (try Self.site(), try Self.amazon())
        let text = "storage: { type: sqlite }\n" + Self.file(site, "a$NOT_SET_HERE")
        let function = try await TestFunction(["UPTIME_CONFIG_TEXT": text], aws: amazon.url)
        for _ in 0..<2 { _ = try await function.invoke() }
        #expect(function.log.logged("key not used").count == 1)
        #expect(function.log.logged("variable not set").isEmpty == false)
        #expect(function.log.logged("endpoints checked").count == 2)
    }

    @Test func theAnswerIsBounded() async throws {
        let (site, amazon) = (try Self.site(), try Self.amazon())
        let paths = (0..<300).map {
            "  - { name: e\($0), url: \"\(site.url)/bad\", conditions: [\"[STATUS] == 200\"] }\n"
        }
        let function = try await TestFunction(
            ["UPTIME_CONFIG_TEXT": "endpoints:\n" + paths.joined()], aws: amazon.url)
        let answer = try await function.invoke()
        #expect(answer["down"] == 300)
        #expect(answer["endpointsDown"]?.arrayValue?.count == 100)
        #expect(answer["changes"]?.arrayValue?.count == 100)
        #expect(function.log.lines.count <= 201)
    }

    @Test func faultsOfTheConfigurationAreErrorsAtTheStart() async throws {
        let amazon = try Self.amazon()
        await #expect(throws: UptimeCheckerError.self) {
            try await TestFunction(["UPTIME_CONFIG_TEXT": "endpoints:\n  - name: a\n"], aws: amazon.url)
        }
        let error = await #expect(throws: ConfigurationError.self) {
            try await TestFunction(
                [
                    "UPTIME_CONFIG_TEXT": "endpoints: []", "UPTIME_METRICS": "all", "UPTIME_STATE": "s3://bucket",
                    "UPTIME_TOPIC_ARN": "changes", "UPTIME_FAIL_ON": "metrics,coffee", "UPTIME_CONCURRENCY": "0",
                    "UPTIME_FAILURE_THRESHOLD": "0",
                ], aws: amazon.url)
        }
        #expect(
            error?.faults.map(\.path) == [
                "UPTIME_METRICS", "UPTIME_CONCURRENCY", "UPTIME_TOPIC_ARN", "UPTIME_STATE", "UPTIME_FAILURE_THRESHOLD",
                "UPTIME_FAIL_ON",
            ])
    }

    @Test(arguments: [
        (Duration.seconds(60), 10, 3_001), (.seconds(60), 10_000, 4_000), (.seconds(8), 10, 2_000),
        (.seconds(2), 10_000, 500), (.seconds(-1), 1, 0),
    ])
    func timeKeptForWriting(time: Duration, endpoints: Int, milliseconds: Int) {
        #expect(UptimeChecker.writingTime(of: time, endpoints: endpoints) == .milliseconds(milliseconds))
    }
}
