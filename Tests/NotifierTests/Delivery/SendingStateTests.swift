import Basics
import JSON
import Testing
import Transport

@testable import Notifier

/// The rules of repeating, as tables of outcomes and the steps they lead to; chance is one half, 10 s are left.
@Suite struct SendingStateTests {
    private static func message(_ url: String) -> OutboundMessage { OutboundMessage(.http(HTTPRequest("POST", url))) }

    private static func retry(_ seconds: Double? = nil) -> SendOutcome {
        .retry(after: seconds.map { .seconds($0) }, reason: "busy")
    }

    static let table: [(outcomes: [SendOutcome], steps: [String])] = [
        ([.delivered(nil)], ["send a", "delivered"]),
        ([.delivered(nil, followUp: message("b"))], ["send a", "delivered, then b"]),
        ([.refused(reason: "no")], ["send a", "failed: no"]),
        ([.unauthorized(reason: "who")], ["send a", "failed: who (unauthorized)"]),
        ([.next(message("b"), reason: "no blocks"), .delivered(nil)], ["send a", "send b", "delivered"]),
        ([retry(), .delivered(nil)], ["send a", "wait 0.3 seconds for a", "delivered"]),
        (
            [retry(), .next(message("b"), reason: "x"), retry(), .delivered(nil)],
            ["send a", "wait 0.3 seconds for a", "send b", "wait 0.3 seconds for b", "delivered"]
        ),
        ([retry(3), .delivered(nil)], ["send a", "wait 3.0 seconds for a", "delivered"]),
        ([retry(0), .delivered(nil)], ["send a", "wait 0.3 seconds for a", "delivered"]),
        ([retry(9.5), .delivered(nil)], ["send a", "wait 9.5 seconds for a", "delivered"]),
        (
            [retry(9.75)],
            [
                "send a",
                "failed: busy; no time left in this invocation after 1 attempt, next try after "
                    + "\((Sample.time + .seconds(9.75)).timeOfDay), not before 9.75 seconds",
            ]
        ),
        (
            [retry(), retry(), retry(), retry(), retry()],
            [
                "send a", "wait 0.3 seconds for a", "wait 0.6 seconds for a", "wait 1.2 seconds for a",
                "wait 2.4 seconds for a", "wait 4.8 seconds for a",
            ]
        ),
        (
            [retry(), retry(), retry(), retry(), retry(), retry()],
            [
                "send a", "wait 0.3 seconds for a", "wait 0.6 seconds for a", "wait 1.2 seconds for a",
                "wait 2.4 seconds for a", "wait 4.8 seconds for a",
                "failed: busy; no time left in this invocation after 6 attempts",
            ]
        ),
    ]

    @Test(arguments: table.indices) func steps(row: Int) {
        let (outcomes, expected) = Self.table[row]
        var now = Sample.time
        var state = SendingState(Self.message("a"), until: now + .seconds(10))
        var steps = [Self.text(state.step)]
        for outcome in outcomes {
            if case .send(_, let pause) = state.step { now += pause }
            state.receive(outcome, at: now, random: 0.5)
            steps.append(Self.text(state.step))
        }
        #expect(steps == expected)
    }

    @Test func attemptsAndFallbacksAreLimited() {
        var state = SendingState(Self.message("a"), until: Sample.time + .seconds(3_600))
        for _ in 0..<SendingState.maximumAttempts { state.receive(Self.retry(), at: Sample.time, random: 0) }
        #expect(Self.text(state.step) == "failed: busy; gave up after 8 attempts")
        state = SendingState(Self.message("a"), until: Sample.time + .seconds(3_600))
        for _ in 0..<SendingState.maximumFallbacks {
            state.receive(.next(Self.message("b"), reason: "layout"), at: Sample.time, random: 0)
        }
        #expect(Self.text(state.step) == "failed: gave up after 8 other forms of the message (last: layout)")
    }

    @Test(arguments: [(0.0, Duration.milliseconds(200)), (0.999_999, .milliseconds(400))])
    func halfOfAPauseIsChance(random: Double, pause: Duration) {
        var state = SendingState(Self.message("a"), until: Sample.time + .seconds(10))
        state.receive(Self.retry(), at: Sample.time, random: random)
        guard case .send(_, let wait) = state.step else {
            Issue.record("no wait")
            return
        }
        #expect(abs(wait / .milliseconds(1) - pause / .milliseconds(1)) < 0.01)
    }

    private static func text(_ step: SendingState.Step) -> String {
        func url(_ message: OutboundMessage) -> String {
            guard case .http(let request) = message.call else { return "" }
            return request.url
        }
        switch step {
        case .send(let message, after: .zero): return "send \(url(message))"
        case .send(let message, let pause): return "wait \(pause) for \(url(message))"
        case .finish(.delivered(_, let followUp)):
            return "delivered" + (followUp.map { ", then \(url($0))" } ?? "")
        case .finish(.failed(let failure)):
            return "failed: \(failure.reason)" + (failure.isUnauthorized ? " (unauthorized)" : "")
                + (failure.notBefore.map { ", not before \($0 - Sample.time)" } ?? "")
        }
    }
}
