import Basics
import Events
import JSON
import Testing

@testable import Notifier

@Suite struct FargateMessageTests {
    private typealias State = FargateAdjustment.State

    /// A run with services in these states; its own state is that of the first.
    private func notification(
        _ states: [State], run state: State? = nil, at seconds: Int64 = 0,
        change: (inout FargateAdjustment) -> Void = { _ in }
    ) throws -> Notification {
        let at = Timestamp(microseconds: 1_795_232_520_000_000) + .seconds(seconds)
        var adjustment = FargateAdjustment(
            id: "r", state: try #require(state ?? states.first), at: at, message: "all",
            outcomes: states.enumerated().map { number, state in
                let name = "c\(number)"
                return .init(
                    component: name, service: "arn:aws:ecs:us-east-1:123456789012:service/prod/\(name)", state,
                    "\(name) is \(state.rawValue)")
            })
        change(&adjustment)
        let message = IncomingMessage(value: adjustment.json, id: "m", time: at)
        return try #require(message.notifications.first)
    }

    @Test(
        arguments: [
            (.succeeded, "adjusted", .info), (.unchanged, "unchanged", .info), (.restored, "put back", .warning),
            (.nothingToRestore, "failed, nothing to put back", .warning), (.stillBroken, "still broken", .critical),
        ] as [(FargateAdjustment.State, String, Severity)])
    func ofOneService(state: FargateAdjustment.State, words: String, severity: Severity) throws {
        let notification = try notification([state])
        #expect(notification.title == "Fargate service prod/c0, component c0: \(words)")
        #expect(notification.severity == severity)
        #expect(notification.text == "c0 is \(state.rawValue)")
        #expect(notification.resource == "arn:aws:ecs:us-east-1:123456789012:service/prod/c0")
        #expect(notification.region == "us-east-1")
        #expect(notification.account == "123456789012")
    }

    @Test(arguments: [(.refused, .warning), (.failed, .critical)] as [(FargateAdjustment.State, Severity)])
    func ofNoService(state: FargateAdjustment.State, severity: Severity) throws {
        let notification = try notification([], run: state) { $0.error = "invalidInput" }
        #expect(notification.title == "Fargate adjustment: \(state.rawValue)")
        #expect(notification.severity == severity)
        #expect(notification.text == "all")
        #expect(notification.fields.first == Field("Error", "invalid input"))
        #expect(notification.incidentKey == nil)
    }

    @Test("a title names five components", arguments: [2, 5, 6, 7])
    func names(count: Int) throws {
        let title = try notification(Array(repeating: .restored, count: count)).title
        let names = (0..<min(count, 5)).map { "c\($0)" }.joined(separator: ", ")
        #expect(title == "Fargate components \(names)\(count > 5 ? " and \(count - 5) more" : ""): put back")
    }

    @Test("a text has twenty lines, the worst first", arguments: [20, 21])
    func lines(count: Int) throws {
        let states = Array(repeating: State.restored, count: count - 1) + [.stillBroken]
        let lines = try notification(states, run: .stillBroken).text.split(separator: "\n")
        #expect(lines.first == "c\(count - 1): c\(count - 1) is still broken")
        #expect(lines.count == min(count, 21))
        #expect(lines.last == (count > 20 ? "… and 1 more" : "c\(count - 2): c\(count - 2) is restored"))
    }

    @Test func secondPublicationOfOneRunIsTheSame() throws {
        let first = try notification([.restored])
        #expect(try notification([.restored], at: 60).dedupeKey == first.dedupeKey)
        #expect(try notification([.stillBroken]).dedupeKey != first.dedupeKey)
        #expect(try notification([.stillBroken]).incidentKey == first.incidentKey)
        #expect(try notification([.restored]) { $0.outcomes[0].service = "other" }.incidentKey != first.incidentKey)
    }

    @Test("a variable is hidden by its name, in what is shown and in what is handed on")
    func secrets() throws {
        let notification = try notification([.succeeded]) {
            $0.outcomes[0].changes = [
                .init("DB_PASSWORD", from: "one", to: "two"), .init("API_TOKEN", from: nil, to: "three"),
                .init("MODE", from: "four", to: "five"),
            ]
        }
        #expect(
            notification.fields.first { $0.name == "Changes" }?.value
                == "DB_PASSWORD: *** → ***\nAPI_TOKEN (new): ***\nMODE: four → five")
        for secret in ["one", "two", "three"] { #expect(!notification.message.description.contains("\"\(secret)\"")) }
        #expect(notification.message.description.contains("\"four\""))
    }
}
