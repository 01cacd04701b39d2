import AWS
import Basics
import Foundation
import FunctionRuntime
import JSON
import Logging
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Notifier

/// What the handler answers, throws, logs and plans, for each way an event comes.
@Suite struct NotifierHandlerTests {
    private let clock = TestClock(Sample.time)
    private let log = LogLines()

    /// For what waits for a file or for AWS: a sleep that takes no time would be the end of the wait.
    private var waitingTime: TimeSource { clock.source(realSleep: { try await Task.sleep(for: $0) }) }

    private func notifier(_ server: ChatServer, rules: String? = nil) async throws -> Notifier {
        let variables =
            rules.map { ["NOTIFY_CONFIG_TEXT": $0] } ?? ["SLACK_WEBHOOK_URL": server.url + "/s3cr3t"]
        let environment = Environment(variables)
        return try await Notifier(
            Notifier.Configuration(environment: environment), environment: environment, http: Network.http.get(),
            time: clock.source, executor: Network.loop.get(), attemptTimeout: .seconds(3), aws: noAWS
        )
    }

    private func handle(_ notifier: Notifier, _ event: JSONValue) async throws -> String {
        try await notifier.handle(event.serialized(), .test(clock, log: log)).text
    }

    private static let http: JSONValue = [
        "version": "v1", "rawPath": "/", "headers": ["content-type": "application/json"], "queryParameters": [:],
        "body": #"{"hello":"world"}"#, "isBase64Encoded": false, "requestContext": ["http": ["method": "POST"]],
    ]

    @Test func everythingArrives() async throws {
        let server = try ChatServer()
        defer { server.stop() }
        let notifier = try await notifier(server)
        let summary = #"{"records":2,"notifications":2,"sent":2,"duplicates":0,"dropped":0,"failed":0}"#
        #expect(try await handle(notifier, SampleEvents.topic(["one", "two"])) == summary)
        #expect(try await handle(notifier, SampleEvents.queue(["three", "four"])) == #"{"batchItemFailures":[]}"#)
        #expect(try await handle(notifier, ["source": "mine", "text": "five"]).contains(#""sent":1"#))
        let answer = try JSONValue(parsing: try await handle(notifier, Self.http))
        #expect(answer["statusCode"] == 200)
        #expect(server.accepted.count == 6)
        #expect(
            log.metadata(of: "notifications delivered").first
                == #"{"dropped":"0","duplicates":"0","failed":"0","notifications":"2","records":"2","sent":"2"}"#
                || log.metadata(of: "notifications delivered").first
                    == #"{"dropped":0,"duplicates":0,"failed":0,"notifications":2,"records":2,"sent":2}"#
        )
        #expect(log.metadata(of: "notifications delivered").count == 4, "one line an invocation")
    }

    @Test("records of a queue or an HTTP request that were not delivered are counted in Tocsin's PartialFailures")
    func partialFailures() async throws {
        let server = try ChatServer { request, _ in request.text.contains("bad") ? .declines("no_text") : .accepts }
        defer { server.stop() }
        let notifier = try await notifier(server)
        let counts = Locked<[Int]>([])
        let context = InvocationContext(
            requestID: "r", deadline: clock.now + .seconds(30),
            partialFailures: PartialFailures(environment: Environment(["AWS_LAMBDA_FUNCTION_NAME": "n"])) { line in
                let count = (try? JSONValue(parsing: line))?["PartialFailures"]?.intValue ?? -1
                counts.withLock { $0.append(Int(count)) }
            },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        var http = Self.http.objectValue ?? [:]
        http["body"] = "bad"
        for event in [
            SampleEvents.queue(["bad 1", "good", "bad 2"]), .object(http), SampleEvents.topic(["bad 3"]), Self.http,
        ] {
            _ = try? await notifier.handle(event.serialized(), context)
        }
        #expect(counts.withLock { $0 } == [2, 1], "a topic's event fails as a whole, which Lambda counts itself")
    }

    @Test func whatFailsComesAgainAndNothingElse() async throws {
        let server = try ChatServer { request, _ in request.text.contains("bad") ? .declines("no_text") : .accepts }
        defer { server.stop() }
        let notifier = try await notifier(server)
        #expect(
            try await handle(notifier, SampleEvents.queue(["good", "bad", "fine"]))
                == #"{"batchItemFailures":[{"itemIdentifier":"sqs-1"}]}"#)
        let error = await #expect(throws: NotifierError.self) {
            try await handle(notifier, SampleEvents.topic(["good 2", "bad 2", "fine 2"]))
        }
        #expect(error?.code == .notSent)
        #expect(
            error?.message.hasPrefix(
                "1 of 3 notifications need another delivery; record 2 to slack: Slack answered 400") == true,
            "\(String(describing: error))")
        #expect(server.accepted.count == 4, "every record is tried")
        let http = JSONValue.object(
            Self.http.objectValue.map { object in
                var object = object
                object["body"] = #"{"hello":"bad"}"#
                return object
            } ?? [:])
        let answer = try JSONValue(parsing: try await handle(notifier, http))
        #expect(answer["statusCode"] == 502)
        #expect(answer["body"]?.stringValue?.contains(#""failed":1,"requestId":"request-"#) == true)
        #expect(log.metadata(of: "notification not sent").count == 3)
        #expect(!log.text.contains("s3cr3t"))
    }

    @Test func rulesDecideAndOutputsDoNotWaitForOneAnother() async throws {
        let server = try ChatServer()
        let broken = try ChatServer { _, _ in .fails }
        defer {
            server.stop()
            broken.stop()
        }
        let rules = """
            outputs:
              good: {kind: slack, url: "\(server.url)"}
              broken: {kind: slack, url: "\(broken.url)"}
            routes:
              - {match: {title: "*noise*"}, drop: true}
            """
        let notifier = try await notifier(server, rules: rules)
        let answer = try await handle(notifier, SampleEvents.queue(["signal", "noise", "signal 2"]))
        #expect(answer == #"{"batchItemFailures":[{"itemIdentifier":"sqs-0"},{"itemIdentifier":"sqs-2"}]}"#)
        #expect(server.accepted.count == 2)
    }

    @Test func aPlanSendsNothingAndShowsNoSecret() async throws {
        let server = try ChatServer()
        defer { server.stop() }
        let rules = """
            outputs:
              ops: {kind: slack, url: "\(server.url)/s3cr3t"}
              bot: {kind: slack-bot, token: "ssm:/slack", channel: C1}
            routes:
              - {match: {title: "*noise*"}, drop: true}
            """
        let notifier = try await notifier(server, rules: rules)
        let plan = try await notifier.plan(SampleEvents.queue(["signal", "noise"]).serialized(), .test(clock))
        #expect(plan.notifications == 2)
        #expect(
            plan.messages.map(\.address) == ["POST 127.0.0.1:\(server.url.split(separator: ":")[2])", "POST slack.com"])
        #expect(plan.messages.map(\.records) == [["sqs-0"], ["sqs-0"]])
        #expect(plan.messages.allSatisfy { $0.body.contains("signal") && !$0.body.contains("s3cr3t") })
        #expect(plan.dropped.map(\.record) == ["sqs-1"])
        #expect(server.requests.isEmpty)
    }

    @Test("a dry run names the place of a URL that it does not fetch, and counts records from 1")
    func planOfReferences() async throws {
        let server = try ChatServer()
        defer { server.stop() }
        let rules = "outputs: {ops: {kind: slack, url: 'ssm:/slack'}}"
        let notifier = try await notifier(server, rules: rules)
        let plan = try await notifier.plan(SampleEvents.topic(["a", "b"]).serialized(), .test(clock))
        #expect(plan.messages.map(\.address) == ["POST the parameter /slack", "POST the parameter /slack"])
        #expect(plan.messages.map(\.records) == [["1"], ["2"]])
    }

    @Test func rulesFromAFileAreReadAgainWhenOld() async throws {
        let server = try ChatServer()
        defer { server.stop() }
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "notifier.yaml")
            func write(_ action: String) throws {
                try "outputs: {ops: {kind: slack, url: '\(server.url)'}}\ndefault: \(action)\n"
                    .write(to: file, atomically: true, encoding: .utf8)
            }
            try write("ops")
            let environment = Environment(["NOTIFY_CONFIG": file.path])
            let notifier = try await Notifier(
                Notifier.Configuration(environment: environment), environment: environment,
                http: Network.http.get(), time: waitingTime, executor: Network.loop.get(), aws: noAWS
            )
            try write("drop")
            #expect(try await handle(notifier, SampleEvents.topic(["a"])).contains(#""sent":1"#))
            clock.advance(.seconds(60))
            #expect(try await handle(notifier, SampleEvents.topic(["b"])).contains(#""dropped":1"#))
            try write("nobody")
            clock.advance(.seconds(60))
            #expect(
                try await handle(notifier, SampleEvents.topic(["c"])).contains(#""dropped":1"#), "the old ones go on")
        }
    }

    /// Function Compute allows a day; a claim, and the wait for a rate limit, are limited to 15 minutes.
    @Test func noInvocationWaitsForHours() async throws {
        let server = try ChatServer([.limits(seconds: 3_600)])
        defer { server.stop() }
        let notifier = try await notifier(server)
        let context = InvocationContext.test(clock, remaining: .seconds(86_400), log: log)
        await #expect(throws: NotifierError.self) {
            try await notifier.handle(SampleEvents.topic(["a"]).serialized(), context)
        }
        #expect(clock.sleeps.isEmpty)
    }

    @Test func allCallsOfAWSShareTheirCredentials() async throws {
        let server = try ChatServer()
        let ssm = try ScriptedServer { _ in .http(200, body: #"{"Parameter":{"Value":"\#(server.url)"}}"#) }
        defer {
            server.stop()
            ssm.stop()
        }
        let rules = "outputs: {a: {kind: slack, url: 'ssm:/a'}, b: {kind: slack, url: 'ssm:/b'}}"
        let environment = Environment(["NOTIFY_CONFIG_TEXT": rules])
        let made = Atomic(0)
        let variables = awsVariables(at: ssm.url)
        let time = waitingTime
        let notifier = try await Notifier(
            Notifier.Configuration(environment: environment), environment: environment, http: Network.http.get(),
            time: time, executor: Network.loop.get()
        ) {
            made.add(1, ordering: .relaxed)
            return try AWSConfiguration(environment: variables, http: Network.http.get(), time: time)
        }
        #expect(try await handle(notifier, SampleEvents.topic(["a"])).contains(#""sent":2"#))
        #expect(ssm.requests.count == 2 && made.load(ordering: .relaxed) == 1)
    }

    @Test func aWrongFileStopsTheStart() async throws {
        let environment = Environment(["NOTIFY_CONFIG": "/nowhere/notifier.yaml"])
        let error = await #expect(throws: NotifierError.self) {
            try await Notifier(
                Notifier.Configuration(environment: environment), environment: environment,
                http: Network.http.get(), time: waitingTime, executor: nil, aws: noAWS
            )
        }
        #expect(error?.code == .unreadableConfiguration)
        #expect(error?.message.contains("/nowhere/notifier.yaml cannot be read: No such file") == true)
    }

    @Test func warmUpHasNoEffect() async throws {
        let server = try ChatServer()
        defer { server.stop() }
        await (try await notifier(server)).warmUp()
        #expect(server.requests.isEmpty)
    }
}
