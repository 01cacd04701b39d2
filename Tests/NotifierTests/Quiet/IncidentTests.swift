import Basics
import Foundation
import JSON
import StateStore
import TestSupport
import Testing

@testable import Notifier

/// The end of an alarm goes where its beginning went, whatever the routes ask for.
@Suite(.timeLimit(.minutes(2))) struct IncidentTests {
    private static let eu = ["region": "eu"]

    /// A notifier with the outputs `ops` and `phone`, which are told apart by the paths of their webhooks.
    private func run(_ rules: String, _ body: (QuietSimulation) async throws -> Void) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let outputs: (ChatServer) -> String = { chat in
                """
                outputs:
                  ops: {kind: slack, url: "\(chat.url)/ops"}
                  phone: {kind: slack, url: "\(chat.url)/phone"}
                \(rules)
                """
            }
            try await body(QuietSimulation(outputs, folder: folder.appending(path: "state")))
        }
    }

    private func fire(
        _ simulation: QuietSimulation, _ name: String = "A", startedAt start: Timestamp? = nil,
        labels: [String: String] = eu
    ) async throws -> String {
        let alert = QuietSimulation.alert(name, labels, startedAt: start ?? simulation.clock.now)
        return try await simulation.handle(QuietSimulation.event([alert]))
    }

    private func resolve(
        _ simulation: QuietSimulation, _ name: String = "A", startedAt start: Timestamp, labels: [String: String] = eu
    ) async throws -> String {
        let alert = QuietSimulation.alert(name, labels, startedAt: start, endedAt: simulation.clock.now)
        return try await simulation.handle(QuietSimulation.event([alert]))
    }

    /// Which webhook got what: `/ops A firing`.
    private func told(_ simulation: QuietSimulation, _ names: [String] = ["A"]) -> [String] {
        zip(simulation.chat.accepted, simulation.messages(naming: names)).map { "\($0.target) \($1)" }
    }

    private func isEmpty(_ simulation: QuietSimulation) async throws -> Bool {
        try await simulation.store.documents(prefix: GroupID.prefix, until: .now() + .seconds(5)).isEmpty
    }

    @Test(
        "a route by severity or state gets the end of what it got, and its group forgets it",
        arguments: [
            "match: {at-least: warning}", "match: {severity: critical}", "match: {state: firing}",
            #"match: {title: "FIRING*"}"#,
        ])
    func grouped(match: String) async throws {
        let rules = """
            routes:
              - {\(match), to: ops, group-by: tags.region, group-wait: 30s, group-interval: 60s, repeat: 600s}
            default: phone
            """
        try await run(rules) { simulation in
            let start = simulation.clock.now
            _ = try await fire(simulation)
            try await simulation.run(untilMessages: 1)
            #expect(try await resolve(simulation, startedAt: start).contains(#""grouped":1"#))
            try await simulation.run(for: .seconds(7_200))
            #expect(told(simulation) == ["/ops A firing", "/ops A resolved"])
            #expect(try await isEmpty(simulation))
        }
    }

    @Test("without a group the end follows as well, also the one of an alarm that has changed its place")
    func direct() async throws {
        let rules = """
            routes:
              - {match: {severity: critical}, to: phone}
              - {match: {severity: warning}, to: ops}
            default: drop
            """
        try await run(rules) { simulation in
            let start = simulation.clock.now
            _ = try await fire(simulation, labels: ["severity": "warning"])
            simulation.clock.advance(.seconds(60))
            _ = try await fire(simulation, labels: ["severity": "critical"])
            simulation.clock.advance(.seconds(60))
            _ = try await resolve(simulation, startedAt: start, labels: ["severity": "critical"])
            #expect(
                told(simulation).sorted() == [
                    "/ops A firing", "/ops A resolved", "/phone A firing", "/phone A resolved",
                ])
        }
    }

    @Test("a route that takes ends for itself does not keep them from the group")
    func endsElsewhere() async throws {
        let rules = """
            routes:
              - {match: {severity: ok}, to: phone}
              - {to: ops, group-by: severity, group-wait: 30s, group-interval: 60s, repeat: 600s}
            """
        try await run(rules) { simulation in
            let start = simulation.clock.now
            _ = try await fire(simulation)
            try await simulation.run(untilMessages: 1)
            _ = try await resolve(simulation, startedAt: start)
            try await simulation.run(for: .seconds(7_200))
            #expect(told(simulation) == ["/ops A firing", "/phone A resolved", "/ops A resolved"])
            #expect(try await isEmpty(simulation))
        }
    }

    @Test("a group by what changes with the end, such as the severity, hears of it")
    func groupBySeverity() async throws {
        let rules = "routes: [{to: ops, group-by: severity, group-wait: 30s, group-interval: 60s, repeat: 600s}]"
        try await run(rules) { simulation in
            let start = simulation.clock.now
            _ = try await fire(simulation)
            try await simulation.run(untilMessages: 1)
            _ = try await resolve(simulation, startedAt: start)
            try await simulation.run(for: .seconds(7_200))
            #expect(told(simulation) == ["/ops A firing", "/ops A resolved"])
            #expect(try await isEmpty(simulation))
        }
    }

    @Test("what a silence keeps is forgotten when the end comes by another route")
    func heldElsewhere() async throws {
        let rules = "routes: [{match: {severity: ok}, to: phone}, {to: ops}]"
        try await run(rules) { simulation in
            try await simulation.silences.add(
                Silence(
                    id: "s1", matchers: [Matcher("severity=critical")], author: "ada", reason: "",
                    start: simulation.clock.now, end: simulation.clock.now + .seconds(1_800)))
            simulation.clock.advance(QuietState.maximumAge)
            let start = simulation.clock.now
            _ = try await fire(simulation)
            simulation.clock.advance(.seconds(60))
            _ = try await resolve(simulation, startedAt: start)
            try await simulation.run(for: .seconds(7_200))
            #expect(told(simulation) == ["/phone A resolved"])
            #expect(try await isEmpty(simulation))
        }
    }

    @Test("an end whose beginning cannot be looked up is sent where it matches, and comes again")
    func unknown() async throws {
        try await run("routes: [{match: {at-least: warning}, to: ops}]\ndefault: phone") { simulation in
            let start = simulation.clock.now
            _ = try await fire(simulation)
            let folder = simulation.folder
            try FileManager.default.moveItem(at: folder, to: folder.appendingPathExtension("away"))
            try Data().write(to: folder)
            let error = await #expect(throws: NotifierError.self) {
                try await resolve(simulation, startedAt: start)
            }
            #expect(error?.message.contains("it is not known where its alarm was sent") == true, "\(error as Any)")
            try FileManager.default.removeItem(at: folder)
            try FileManager.default.moveItem(at: folder.appendingPathExtension("away"), to: folder)
            simulation.clock.advance(.seconds(10))
            let alert = QuietSimulation.alert(
                "A", Self.eu, startedAt: start, endedAt: simulation.clock.now + .seconds(-10))
            _ = try await simulation.handle(QuietSimulation.event([alert]))
            #expect(told(simulation).last == "/ops A resolved")
        }
    }

    // MARK: Order and time

    @Test("an alarm that comes after its end is no news for a group")
    func overtaken() async throws {
        let rules = "routes: [{to: ops, group-by: tags.region, group-wait: 30s, group-interval: 60s, repeat: 600s}]"
        try await run(rules) { simulation in
            let start = simulation.clock.now
            simulation.clock.advance(.seconds(60))
            _ = try await resolve(simulation, startedAt: start)
            try await simulation.run(untilMessages: 1)
            #expect(try await fire(simulation, startedAt: start).contains(#""duplicates":1"#))
            try await simulation.run(for: .seconds(7_200))
            #expect(told(simulation) == ["/ops A resolved"])
            #expect(try await isEmpty(simulation))
            _ = try await fire(simulation)
            try await simulation.run(untilMessages: 2)
            #expect(told(simulation).last == "/ops A firing", "one that fires again is told")
        }
    }

    @Test("an alarm that comes after its end inhibits nothing")
    func overtakenSource() async throws {
        try await run("inhibit: [{source-matchers: alarm=A, target-matchers: alarm=B}]\ndefault: ops") { simulation in
            let start = simulation.clock.now
            simulation.clock.advance(.seconds(60))
            _ = try await resolve(simulation, startedAt: start)
            _ = try await fire(simulation, startedAt: start)
            #expect(try await fire(simulation, "B").contains(#""sent":1"#))
        }
    }

    @Test("a time in the future does not make all that follows old")
    func future() async throws {
        let rules = "routes: [{to: ops, group-by: tags.region, group-wait: 30s, group-interval: 60s, repeat: 600s}]"
        try await run(rules) { simulation in
            let start = simulation.clock.now
            _ = try await fire(simulation, startedAt: start + .seconds(86_400 * 365))
            try await simulation.run(untilMessages: 1)
            _ = try await resolve(simulation, startedAt: start)
            try await simulation.run(for: .seconds(7_200))
            #expect(told(simulation) == ["/ops A firing", "/ops A resolved"])
        }
    }

    @Test("what was told before a silence is ended after it, also when the alarm was heard of again meanwhile")
    func heardAgainInASilence() async throws {
        try await run("default: ops") { simulation in
            let start = simulation.clock.now
            _ = try await fire(simulation)
            try await simulation.silences.add(
                Silence(
                    id: "s1", matchers: [Matcher("alarm=A")], author: "ada", reason: "", start: simulation.clock.now,
                    end: simulation.clock.now + .seconds(1_800)))
            simulation.clock.advance(QuietState.maximumAge)
            _ = try await fire(simulation)
            simulation.clock.advance(.seconds(60))
            _ = try await resolve(simulation, startedAt: start)
            try await simulation.run(for: .seconds(7_200))
            #expect(told(simulation) == ["/ops A firing", "/ops A resolved"])
        }
    }

    @Test("the stored form is read again")
    func stored() throws {
        var incident = Incident()
        var notification = Sample.alarm
        (notification.incidentKey, notification.severity) = ("i", .critical)
        notification.state = StateChange(to: "ALARM")
        incident.take(notification, places: ["ops": "quiet/group/1"], at: notification.time)
        incident.tell("ops")
        #expect(Incident(incident.json) == incident)
        (notification.severity, notification.time) = (.ok, notification.time + .seconds(1))
        incident.take(notification, places: [:], at: notification.time)
        #expect(Incident(incident.json) == incident)
        #expect(incident.forms.map(\.severity) == [.critical])
        #expect(Incident("nonsense") == nil)
    }
}
