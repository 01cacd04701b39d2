import Basics
import ConfigurationSources
import FunctionRuntime
import JSON
import TestSupport
import Testing

@testable import Notifier

/// Bursts: what a refused notification costs the others, and how later messages find a list.
@Suite struct DigestTests {
    private let clock = TestClock(Sample.time)

    private func bot(_ server: ChatServer) -> OutputDefinition {
        OutputDefinition(
            name: "bot", kind: "slack-bot", secrets: ["token": .plain("xoxb-1")],
            options: ["server": .string(server.url + "/api"), "channel": "C1"]
        )
    }

    private func deliver(
        _ notifications: [Notification], to definition: OutputDefinition, _ delivery: DeliveryContext
    ) async -> [OutputDelivery.Outcome] {
        await OutputDelivery(definition: definition, delivery: delivery)
            .deliver(notifications.map { PendingNotification(notification: $0) }, until: clock.now + .seconds(60))
    }

    private static func alarm(_ number: Int, _ severity: Severity, _ key: String) -> Notification {
        var notification = Notification.numbered(number)
        (notification.severity, notification.incidentKey) = (severity, "incident-\(number)")
        notification.dedupeKey = "\(key)-\(number)"
        return notification
    }

    @Test("one refused notification of a digest does not put the others back", arguments: [1, 5, 10])
    func oneRefused(bad: Int) async throws {
        let server = try ChatServer { request, _ in
            request.text.contains("title-\(bad)-end") ? .declines("no_text") : .accepts
        }
        defer { server.stop() }
        let hook = OutputDefinition(name: "ops", kind: "slack", secrets: ["url": .plain(server.url)])
        let delivery = try DeliveryContext.test(clock, digestAbove: 3)
        let outcomes = await deliver((1...10).map { .numbered($0) }, to: hook, delivery)
        for (index, outcome) in outcomes.enumerated() {
            guard index + 1 == bad else {
                #expect(outcome == .sent, "\(index + 1)")
                continue
            }
            #expect(outcome == .refused("Slack answered 400: no_text"))
        }
        for number in 1...10 where number != bad {
            #expect(server.accepted.count { $0.text.contains("title-\(number)-end") } == 1)
        }
        #expect(server.accepted.count <= 5, "still lists where possible")
    }

    @Test("an OK finds the list in which its incident began, and does not turn it green")
    func theOKAfterABurst() async throws {
        let server = try ChatServer()
        defer { server.stop() }
        let delivery = try DeliveryContext.test(clock, digestAbove: 2)
        let burst = (1...4).map { Self.alarm($0, .critical, "alarm") }
        #expect(await deliver(burst, to: bot(server), delivery) == Array(repeating: .sent, count: 4))
        #expect(server.accepted.count == 1)
        for number in 1...4 {
            #expect(await deliver([Self.alarm(number, .ok, "ok")], to: bot(server), delivery) == [.sent])
        }
        let bodies = try server.accepted.map { try JSONValue(parsing: $0.body) }
        #expect(bodies.map { $0["thread_ts"]?.stringValue } == [nil] + Array(repeating: "1700000000.1000000", count: 4))
        #expect(server.accepted.allSatisfy { $0.target == "/api/chat.postMessage" }, "the list keeps its colour")
        _ = await deliver([Self.alarm(2, .warning, "again")], to: bot(server), delivery)
        #expect(try JSONValue(parsing: server.accepted[5].body)["thread_ts"] == nil, "the incident is over")
    }

    @Test("an OK in a list ends its incident")
    func theOKInABurst() async throws {
        let server = try ChatServer()
        defer { server.stop() }
        let delivery = try DeliveryContext.test(clock, digestAbove: 2)
        _ = await deliver([Self.alarm(1, .critical, "alarm")], to: bot(server), delivery)
        let burst = [Self.alarm(1, .ok, "ok"), Self.alarm(2, .ok, "ok"), Self.alarm(3, .critical, "alarm")]
        #expect(await deliver(burst, to: bot(server), delivery) == [.sent, .sent, .sent])
        _ = await deliver([Self.alarm(1, .warning, "next")], to: bot(server), delivery)
        let bodies = try server.accepted.map { try JSONValue(parsing: $0.body) }
        #expect(bodies.map { $0["thread_ts"]?.stringValue } == [nil, nil, nil])
    }

    @Test(
        "a webhook that answers 200 with another body gets one copy, and the log a warning",
        arguments: ["accepted", "", #"{"id":"m1"}"#, "OK then"], ["slack", "slack-form", "mattermost"])
    func anotherBody(body: String, kind: String) async throws {
        let server = try ChatServer { _, _ in .acceptsSaying(body) }
        defer { server.stop() }
        let delivery = try DeliveryContext.test(clock)
        let hook = OutputDefinition(name: "ops", kind: kind, secrets: ["url": .plain(server.url)])
        let log = LogLines()
        let outcomes = await InvocationContext.$current.withValue(.test(clock, log: log)) {
            await deliver([.numbered(1)], to: hook, delivery)
        }
        #expect(outcomes == [.sent])
        #expect(server.requests.count == 1)
        #expect(log.metadata(of: "unusual answer, taken as delivered").count == 1)
    }
}
