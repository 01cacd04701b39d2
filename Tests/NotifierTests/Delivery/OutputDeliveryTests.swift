import AWS
import Basics
import Configuration
import ConfigurationSources
import JSON
import Synchronization
import TestSupport
import Testing
import Transport

@testable import Notifier

/// One output and a chat service that fails as told.
@Suite struct OutputDeliveryTests {
    private let clock = TestClock(Sample.time)

    private func webhook(_ server: ChatServer, name: String = "ops") -> OutputDefinition {
        OutputDefinition(name: name, kind: "slack", secrets: ["url": .plain(server.url + "/hook")])
    }

    private func bot(_ server: ChatServer) -> OutputDefinition {
        OutputDefinition(
            name: "bot", kind: "slack-bot", secrets: ["token": .plain("xoxb-1")],
            options: ["server": .string(server.url + "/api"), "channel": "C1"]
        )
    }

    private func deliver(
        _ notifications: [Notification], to definition: OutputDefinition, _ delivery: DeliveryContext,
        within time: Duration = .seconds(30)
    ) async -> [OutputDelivery.Outcome] {
        await OutputDelivery(definition: definition, delivery: delivery)
            .deliver(notifications.map { PendingNotification(notification: $0) }, until: clock.now + time)
    }

    /// The numbers of the notifications that were taken, in their order.
    private func numbers(_ server: ChatServer) -> [Int] {
        server.accepted.map { request in
            (0..<1_000).first { request.text.contains("title-\($0)-end") } ?? -1
        }
    }

    static let behaviours: [(behaviours: [ChatServer.Behaviour], sleeps: [Double])] = [
        ([.accepts], []), ([.limits(seconds: 7)], [7]), ([.limits(seconds: nil)], [0.3]), ([.fails], [0.3]),
        ([.fails, .fails, .fails], [0.3, 0.6, 1.2]), ([.stalls], [0.3]), ([.hangsUp], [0.3]), ([.breaksOff], [0.3]),
        ([.answersWithAPage], [0.3]), ([.declines("invalid_blocks")], []),
        ([.limits(seconds: 1), .fails, .fails], [1, 0.6, 1.2]),
    ]

    @Test(arguments: behaviours.indices) func aNotificationArrivesAfterFailures(row: Int) async throws {
        let (behaviours, sleeps) = Self.behaviours[row]
        let server = try ChatServer(behaviours)
        defer { server.stop() }
        let outcomes = await deliver([.numbered(1), .numbered(2)], to: webhook(server), try .test(clock))
        #expect(outcomes == [.sent, .sent])
        #expect(numbers(server) == [1, 2])
        #expect(clock.sleeps.map { ($0 / .milliseconds(1)).rounded() } == sleeps.map { $0 * 1_000 })
    }

    @Test(arguments: [ChatServer.Behaviour.declines("invalid_token"), .declines("no_text")])
    func aRefusalIsFinal(behaviour: ChatServer.Behaviour) async throws {
        let server = try ChatServer([behaviour])
        defer { server.stop() }
        let outcomes = await deliver([.numbered(1), .numbered(2)], to: webhook(server), try .test(clock))
        #expect(outcomes.count == 2 && outcomes[1] == .sent)
        guard let reason = outcomes[0].failure else {
            Issue.record("\(outcomes)")
            return
        }
        #expect(reason.contains("Slack answered 40") && !reason.contains("/hook"))
        #expect(clock.sleeps.isEmpty)
    }

    @Test func whatWasSentIsNotSentAgain() async throws {
        let server = try ChatServer([.accepts, .declines("no_text"), .accepts])
        defer { server.stop() }
        let delivery = try DeliveryContext.test(clock)
        let all = (1...3).map { Notification.numbered($0) }
        let first = await deliver(all, to: webhook(server), delivery)
        #expect(first[0] == .sent && first[2] == .sent)
        #expect(await deliver(all, to: webhook(server), delivery) == [.duplicate, .sent, .duplicate])
        #expect(numbers(server) == [1, 3, 2])
        #expect(await deliver(all, to: webhook(server, name: "another"), delivery) == [.sent, .sent, .sent])
    }

    @Test func twiceInOneEventIsSentOnce() async throws {
        let server = try ChatServer([.accepts, .declines("no_text")])
        defer { server.stop() }
        let delivery = try DeliveryContext.test(clock)
        let twice = [1, 2, 1, 2].map { Notification.numbered($0) }
        let outcomes = await deliver(twice, to: webhook(server), delivery)
        #expect(outcomes[0] == .sent && outcomes[2] == .duplicate && outcomes[1] == outcomes[3])
        #expect(numbers(server) == [1])
    }

    @Test func anotherInvocationIsSendingIt() async throws {
        let server = try ChatServer()
        defer { server.stop() }
        let ledger = DeliveryLedger(aws: noAWS, now: { [clock] in clock.now })
        #expect(await ledger.claim("ops|key-1", until: clock.now + .seconds(5)).sentParts == 0)
        let delivery = try DeliveryContext.test(clock, ledger: ledger)
        #expect(
            await deliver([.numbered(1)], to: webhook(server), delivery)
                == [.failed("another invocation is sending it now")])
        clock.advance(.seconds(5))
        #expect(await deliver([.numbered(1)], to: webhook(server), delivery) == [.sent])
    }

    @Test func aLongWaitIsLeftToThePlatformAndRemembered() async throws {
        let server = try ChatServer([.limits(seconds: 60)])
        defer { server.stop() }
        let delivery = try DeliveryContext.test(clock)
        let outcomes = await deliver([.numbered(1), .numbered(2)], to: webhook(server), delivery, within: .seconds(10))
        #expect(outcomes.count { $0.failure != nil } == 2)
        #expect(
            outcomes[1]
                == .failed(
                    "not sent: the service asked to wait until \((Sample.time + .seconds(60)).timeOfDay), "
                        + "which is after this invocation ends"))
        #expect(server.requests.count == 1, "the second is not tried")
        clock.advance(.seconds(55))
        #expect(await deliver([.numbered(1), .numbered(2)], to: webhook(server), delivery) == [.sent, .sent])
        #expect(clock.sleeps == [.seconds(5)])
        #expect(numbers(server) == [1, 2])
    }

    @Test func noTimeIsLeft() async throws {
        let server = try ChatServer()
        defer { server.stop() }
        let outcomes = await deliver([.numbered(1)], to: webhook(server), try .test(clock), within: .milliseconds(100))
        #expect(outcomes == [.failed("not sent: no time left in this invocation")])
        #expect(server.requests.isEmpty)
    }

    @Test func aPartlySentNotificationGoesOnWhereItStopped() async throws {
        var long = Notification.numbered(1)
        long.text = String(repeating: "line of text\n", count: 3_000)
        let server = try ChatServer([.accepts, .declines("no_text")])
        defer { server.stop() }
        let delivery = try DeliveryContext.test(clock)
        let first = await deliver([long], to: webhook(server), delivery)
        #expect(first != [.sent])
        #expect(await deliver([long], to: webhook(server), delivery) == [.sent])
        let texts = server.accepted.map(\.text)
        #expect(texts.count > 2)
        #expect(Set(texts).count == texts.count, "no part twice")
    }

    @Test func aChangedSecretIsFetchedAnew() async throws {
        let server = try ChatServer { request, _ in request.target == "/new" ? .accepts : .declines("invalid_token") }
        let count = Atomic(0)
        let ssm = try ScriptedServer { _ in
            let path = count.add(1, ordering: .relaxed).oldValue == 0 ? "/old" : "/new"
            return .http(200, body: #"{"Parameter":{"Value":"\#(server.url + path)"}}"#)
        }
        defer {
            ssm.stop()
            server.stop()
        }
        let delivery = try DeliveryContext.test(clock, aws: aws(at: ssm))
        let definition = OutputDefinition(name: "ops", kind: "slack", secrets: ["url": .parameter("/slack")])
        #expect(await deliver([.numbered(1), .numbered(2)], to: definition, delivery) == [.sent, .sent])
        #expect(ssm.requests.count == 2)
        #expect(server.requests.map(\.target) == ["/old", "/new", "/new"])
    }

    @Test func aMissingSecretFailsItsOutputOnly() async throws {
        let ssm = try ScriptedServer { _ in .http(400, body: #"{"__type":"ParameterNotFound"}"#) }
        defer { ssm.stop() }
        let delivery = try DeliveryContext.test(clock, aws: aws(at: ssm))
        let definition = OutputDefinition(name: "ops", kind: "slack", secrets: ["url": .parameter("/slack")])
        let outcomes = await deliver([.numbered(1)], to: definition, delivery)
        guard let reason = outcomes[0].failure else {
            Issue.record("\(outcomes)")
            return
        }
        #expect(reason.hasPrefix("the parameter /slack cannot be fetched: ssm GetParameter"))
        _ = await deliver([.numbered(1)], to: definition, delivery)
        #expect(ssm.requests.count == 2, "a failure is not remembered")
    }

    private func aws(at server: ScriptedServer) -> @Sendable () throws -> AWSConfiguration {
        { [clock] in
            try AWSConfiguration(
                environment: awsVariables(at: server.url).merging(["AWS_MAX_ATTEMPTS": "1"]) { $1 },
                http: Network.http.get(), time: clock.source
            )
        }
    }
}

extension OutputDeliveryTests {
    @Test func theOKJoinsItsAlarmAndRecoloursIt() async throws {
        let server = try ChatServer()
        defer { server.stop() }
        let delivery = try DeliveryContext.test(clock)
        #expect(await deliver([Sample.alarm], to: bot(server), delivery) == [.sent])
        #expect(await deliver([Sample.ok], to: bot(server), delivery) == [.sent])
        let requests = server.accepted
        #expect(requests.map(\.target) == ["/api/chat.postMessage", "/api/chat.postMessage", "/api/chat.update"])
        let bodies = try requests.map { try JSONValue(parsing: $0.body) }
        #expect(bodies[0]["thread_ts"] == nil)
        #expect(bodies[1]["thread_ts"] == "1700000000.1000000")
        #expect(bodies[2]["ts"] == "1700000000.1000000")
        var next = Sample.alarm
        next.dedupeKey = "alarm-2"
        _ = await deliver([next], to: bot(server), delivery)
        #expect(try JSONValue(parsing: server.accepted[3].body)["thread_ts"] == nil, "the incident is over")
    }

    @Test func anotherAlarmOfTheIncidentIsAMessageOfItsOwn() async throws {
        let server = try ChatServer()
        defer { server.stop() }
        let delivery = try DeliveryContext.test(clock)
        var (again, missing, ok) = (Sample.alarm, Sample.alarm, Sample.ok)
        (again.dedupeKey, missing.dedupeKey, missing.severity, ok.dedupeKey) = (
            "alarm-2", "missing-1", .warning, "ok-2"
        )
        _ = await deliver([Sample.alarm, missing, again, ok], to: bot(server), delivery)
        let threads = try server.accepted.filter { $0.target.hasSuffix("postMessage") }
            .map { try JSONValue(parsing: $0.body)["thread_ts"]?.stringValue }
        #expect(threads[0] == nil && threads[1] == "1700000000.1000000" && threads[2] == nil)
        #expect(threads[3] != nil && threads[3] != "1700000000.1000000", "the OK joins the newest")
    }

    @Test func aFollowUpThatFailsCostsNothing() async throws {
        let server = try ChatServer { request, _ in
            request.target.hasSuffix("update") ? .declines("cant_update_message") : .accepts
        }
        defer { server.stop() }
        let delivery = try DeliveryContext.test(clock)
        #expect(await deliver([Sample.alarm, Sample.ok], to: bot(server), delivery) == [.sent, .sent])
    }

    @Test func noTimeForAFollowUpFailsNoDelivery() async throws {
        let server = try ChatServer { [clock] _, number in
            if number == 1 { clock.advance(.seconds(9.8)) }
            return .accepts
        }
        defer { server.stop() }
        let delivery = try DeliveryContext.test(clock)
        #expect(await deliver([Sample.alarm], to: bot(server), delivery) == [.sent])
        #expect(await deliver([Sample.ok], to: bot(server), delivery, within: .seconds(10)) == [.sent])
        #expect(server.requests.count == 2, "the alarm keeps its colour")
    }

    @Test func aBurstIsOneMessageWithEverythingInIt() async throws {
        let server = try ChatServer()
        defer { server.stop() }
        let delivery = try DeliveryContext.test(clock, digestAbove: 3)
        let few = (1...3).map { Notification.numbered($0) }
        #expect(await deliver(few, to: webhook(server), delivery).allSatisfy { $0 == .sent })
        #expect(server.accepted.count == 3)
        let many = (1...40).map { Notification.numbered($0) }
        let outcomes = await deliver(many, to: webhook(server), delivery)
        #expect(outcomes == Array(repeating: .duplicate, count: 3) + Array(repeating: .sent, count: 37))
        let digests = server.accepted.dropFirst(3).map(\.text)
        #expect((1...4).contains(digests.count))
        for number in 4...40 {
            #expect(digests.count { $0.contains("title-\(number)-end") && $0.contains("text \(number)") } == 1)
        }
    }

    @Test func aDigestThatFailsComesAgainWhole() async throws {
        let server = try ChatServer(Array(repeating: .fails, count: SendingState.maximumAttempts))
        defer { server.stop() }
        let delivery = try DeliveryContext.test(clock, digestAbove: 1)
        let two = (1...2).map { Notification.numbered($0) }
        let first = await deliver(two, to: webhook(server), delivery)
        #expect(!first.contains(.sent))
        clock.advance(.seconds(30))
        #expect(await deliver(two, to: webhook(server), delivery) == [.sent, .sent])
        #expect(server.accepted.count == 1)
    }

    /// Mentions make a digest longer; one that is split could arrive in part.
    @Test(arguments: SampleOutput.all) func aDigestIsOneMessage(of sample: SampleOutput) throws {
        let output = try sample.make()
        let jobs = (0..<60).map { number in
            PendingNotification(
                notification: .numbered(number), mentions: [.user("U" + String(repeating: "\(number)", count: 40))])
        }
        for range in Burst.bundles(of: jobs, above: 5, for: output) where range.count > 1 {
            let (digest, options) = Burst.content(of: Array(jobs[range]), now: clock.now)
            #expect(output.messages(for: digest, options).count == 1, "\(range)")
        }
    }

    @Test func failingGraphsAreNotRequestedAgain() async throws {
        let server = try ChatServer()
        let cloudWatch = try ScriptedServer { _ in .http(400, body: #"{"__type":"AccessDenied"}"#) }
        defer {
            server.stop()
            cloudWatch.stop()
        }
        let aws = aws(at: cloudWatch)
        let delivery = try DeliveryContext.test(
            clock, graphs: GraphSource(aws: aws, now: { [clock] in clock.now }), aws: aws)
        let alarms = (1...3).map { number in
            var alarm = Notification.numbered(number)
            alarm.graph = MetricGraph(region: "us-east-1", widget: ["metrics": []])
            return alarm
        }
        #expect(await deliver(alarms, to: bot(server), delivery) == [.sent, .sent, .sent])
        #expect(cloudWatch.requests.count == 1)
    }

    @Test(arguments: [true, false]) func theGraphNeverStopsTheText(works: Bool) async throws {
        let server = try ChatServer { request, _ in
            request.target.hasSuffix("getUploadURLExternal") ? .declines("missing_scope") : .accepts
        }
        let image = Base64.encode(Array("PNG".utf8))
        let cloudWatch = try ScriptedServer { _ in
            let body = #"{"MetricWidgetImage":"\#(image)"}"#
            return works ? .http(200, headers: [("Content-Type", "application/json")], body: body) : .hang
        }
        defer {
            server.stop()
            cloudWatch.stop()
        }
        let aws = aws(at: cloudWatch)
        let delivery = try DeliveryContext.test(
            clock, graphs: GraphSource(aws: aws, now: { [clock] in clock.now }), aws: aws)
        var alarm = Sample.alarm
        alarm.graph = MetricGraph(region: "us-east-1", widget: ["metrics": []])
        // A third of it is the graph's.
        let outcomes = await deliver([alarm], to: bot(server), delivery, within: .milliseconds(works ? 30_000 : 900))
        #expect(outcomes == [.sent])
        #expect(cloudWatch.requests.count == 1)
        #expect(cloudWatch.requests[0]["Authorization"]?.contains("/us-east-1/monitoring/") == true)
        #expect(server.requests.map(\.target).contains("/api/files.getUploadURLExternal") == works)
    }
}
