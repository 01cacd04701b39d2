import Basics
import Foundation
import JSON
import StateStore
import TestSupport
import Testing

@testable import Notifier

/// Buttons through the whole notifier: what is silenced is not sent, what is acknowledged is not told again.
@Suite(.timeLimit(.minutes(2))) struct ButtonsInNotifierTests {
    private static func rules(_ more: String) -> (ChatServer) -> String {
        { chat in
            """
            outputs:
              ops: {kind: slack-bot, token: t, channel: C1, server: "\(chat.url)/api", \
            slack-signing-secret: \(SlackRequestTests.secret)}
            \(more)
            """
        }
    }

    private func run(_ rules: String = "", _ body: (QuietSimulation) async throws -> Void) async throws {
        try await Workspace.withTemporaryFolder { folder in
            try await body(QuietSimulation(Self.rules(rules), folder: folder.appending(path: "state")))
        }
    }

    private func fire(_ simulation: QuietSimulation, _ name: String, endedAt end: Timestamp? = nil) async throws
        -> JSONValue
    {
        let start = simulation.clock.now
        let event = QuietSimulation.event([QuietSimulation.alert(name, [:], startedAt: start, endedAt: end)])
        return try JSONValue(parsing: try await simulation.handle(event))
    }

    /// The messages that stand in no thread.
    private static func posts(_ simulation: QuietSimulation) -> [(number: Int, json: JSONValue)] {
        simulation.chat.requests.enumerated().compactMap { number, request in
            guard request.target == "/api/chat.postMessage", let json = try? JSONValue(parsing: request.text),
                json["thread_ts"] == nil
            else { return nil }
            return (number, json)
        }
    }

    /// Presses a button of the newest message.
    private func press(_ action: AlarmAction, _ simulation: QuietSimulation) async throws -> String {
        let post = try #require(Self.posts(simulation).last)
        let blocks = post.json["attachments"]?[0]?["blocks"]?.arrayValue ?? []
        let buttons = blocks.first { $0["block_id"]?.stringValue == "tocsin-buttons" }
        let value = try #require(buttons?["elements"]?[0]?["value"]?.stringValue)
        let payload = SlackRequestTests.payload(
            action.actionID, value: value, message: "1700000000.\(1_000_000 + post.number)")
        return try await simulation.handle(SlackRequestTests.event(payload, at: simulation.clock.now))
    }

    @Test("the button silences this alarm and no other, for an hour, and needs no NOTIFY_TOKEN")
    func silence() async throws {
        try await run { simulation in
            #expect(try await fire(simulation, "A")["sent"] == 1)
            #expect(try await press(.silence, simulation).contains("200"))
            let silences = try await simulation.silences.contents().silences
            #expect(silences.map(\.author) == ["ada"])
            #expect(silences.map { $0.end - $0.start } == [.seconds(3_600)])
            #expect(silences.first?.matchers.map(\.description) == [#"incident="alertmanager||A""#])
            simulation.clock.advance(QuietState.maximumAge)
            #expect(try await fire(simulation, "A", endedAt: simulation.clock.now)["muted"] == 1)
            #expect(try await fire(simulation, "B")["sent"] == 1)
        }
    }

    @Test("an acknowledged alarm is not told again while it lasts, its end is")
    func acknowledge() async throws {
        try await run("routes: [{to: ops, repeat: 600s}]") { simulation in
            _ = try await fire(simulation, "A")
            try await simulation.run(for: .seconds(1_500))
            let before = Self.posts(simulation).count
            #expect(before == 3, "the alarm and two reminders")
            #expect(try await press(.acknowledge, simulation).contains("200"))
            try await simulation.run(for: .seconds(7_200))
            #expect(Self.posts(simulation).count == before)
            _ = try await fire(simulation, "A", endedAt: simulation.clock.now)
            try await simulation.run(for: .seconds(600))
            #expect(simulation.chat.requests.contains { $0.text.contains("RESOLVED: A") })
        }
    }

    @Test func withoutASignatureARequestGoesTheUsualWay() async throws {
        try await run { simulation in
            let event: JSONValue = [
                "version": "2.0", "requestContext": ["http": ["method": "POST"]], "headers": [:],
                "body": "payload=%7B%22text%22%3A%22hello%22%7D",
            ]
            let answer = try await simulation.handle(event)
            #expect(answer.contains(#"\"sent\":1"#), "\(answer)")
        }
    }
}
