import Basics
import Console
import ServiceHistory
import StatusPages

/// A made-up system that changes only when it is told to, at times of its own.
final class DemoSystem: Sendable {
    private struct State {
        var now = DemoSystem.start
        var isFailing = false
        var failedAt: Timestamp?
        var recoveredAt: Timestamp?
        var hasFaults = false
        var hasNewServices = false
        var silencedUntil: Timestamp?
        var messages: [ConsoleSnapshot.Message] = []
        var changes: [ConsoleSnapshot.Alarm.Change] = []
        var notes: [ConsoleSnapshot.Note] = []
        var activities: [ConsoleSnapshot.Experiment.Activity] = []
        var experiment = ConsoleSnapshot.Experiment.State.ready
        var planVersion = 1
    }

    static let start = Timestamp(secondsSinceEpoch: 1_795_874_600)
    static let alarm = "shop/search success"

    private let state = Locked(State())
    private let history: DemoHistory

    init(services: Int) {
        history = DemoHistory(count: services, until: Self.start)
        state.withLock { state in
            state.messages = [
                .init(
                    time: Self.start - .seconds(5_400), title: "Recovered: website/home",
                    text: "Up again after 4 m 10 s.\nCause: connection refused", tone: "good", output: "inbox"),
                .init(
                    time: Self.start - .seconds(5_650), title: "Down: website/home",
                    text: "[CONNECTED] (false) == true\nconnection refused", tone: "bad", output: "team-chat"),
                .init(
                    time: Self.start - .seconds(7_200),
                    title: "<img src=x onerror=alert(1)> is only text",
                    text: "https://example.com/ is no link here\n**neither** is this a format", tone: "warn"),
            ]
            state.notes = [
                .init(time: Self.start - .seconds(900), text: "checks.yaml was read again: 6 endpoints"),
                .init(time: Self.start - .seconds(7_201), text: "alarm-provisioner made 5 alarms by 2 rules"),
                .init(time: Self.start - .seconds(7_210), text: "uptime-checker started in 21 ms"),
            ]
        }
    }

    // MARK: Events

    /// Lets an event happen; false for one that there is not.
    func happen(_ event: String) -> Bool {
        state.withLock { state in
            switch event {
            case "fail": Self.fail(&state)
            case "recover": Self.recover(&state)
            case "faults": state.hasFaults = true
            case "mended": state.hasFaults = false
            case "new services": state.hasNewServices = true
            case "services removed": state.hasNewServices = false
            case "new plan": state.planVersion += 1
            case "experiment goes on": Self.goOn(&state)
            case "experiment ends": Self.end(&state)
            default: return false
            }
            return true
        }
    }

    private static func fail(_ state: inout State) {
        state.failedAt = state.now + .seconds(5)
        state.now += .seconds(30)
        (state.isFailing, state.recoveredAt) = (true, nil)
        state.changes.insert(
            .init(time: state.now, state: "ALARM", reason: "success was 0 in 2 of 2 periods, below 0.7"), at: 0)
        state.messages.insert(
            .init(
                time: state.now, title: "Down: shop/search",
                text: "Alarm “\(alarm)” fires.\n[STATUS] (503) == 200", tone: "bad"), at: 0)
    }

    private static func recover(_ state: inout State) {
        state.now += .seconds(30)
        (state.isFailing, state.recoveredAt) = (false, state.now - .seconds(10))
        state.changes.insert(.init(time: state.now, state: "OK", reason: "success was 1 in 2 of 2 periods"), at: 0)
        state.messages.insert(
            .init(time: state.now, title: "Recovered: shop/search", text: "Up again after 50 s.", tone: "good"), at: 0)
    }

    private static func begin(_ state: inout State) {
        let now = state.now
        state.experiment = .running
        state.activities = [
            .init(name: "search answers", kind: "hypothesis", start: now, end: now + .milliseconds(80), isGood: true),
            .init(name: "stop the search server", kind: "action", start: now + .seconds(1), end: nil, isGood: true),
        ]
        state.now += .seconds(4)
    }

    private static func goOn(_ state: inout State) {
        guard state.experiment == .running else { return }
        state.activities[1].end = state.now
        fail(&state)
        state.activities.append(
            .init(name: "checkout still works", kind: "probe", start: state.now, end: nil, isGood: true))
        state.now += .seconds(8)
    }

    private static func end(_ state: inout State) {
        guard state.experiment == .running else { return }
        for index in state.activities.indices where state.activities[index].end == nil {
            state.activities[index].end = state.now
        }
        let now = state.now
        state.activities += [
            .init(name: "search answers", kind: "hypothesis", start: now, end: now + .seconds(2), isGood: false),
            .init(
                name: "start the search server", kind: "rollback", start: now + .seconds(2), end: now + .seconds(6),
                isGood: true),
        ]
        state.experiment = .deviated
        state.now += .seconds(8)
        recover(&state)
        state.now += .seconds(20)
    }

    // MARK: The snapshot

    func snapshot() -> ConsoleSnapshot {
        let state = state.withLock { $0 }
        var snapshot = ConsoleSnapshot(time: state.now, startedAt: Self.start - .seconds(7_215))
        snapshot.folder = "./shop-watch"
        let failing = state.failedAt.map { $0..<(state.recoveredAt ?? state.now + .seconds(1)) }
        snapshot.services = history.entries(until: state.now, failing: failing, isFailing: state.isFailing)
        if state.hasNewServices {
            // In front of all others: a group that was not there, and one of a group that was.
            for group in ["shop", "a new group"] {
                let history = ServiceHistory(name: "newcomer", group: group, kind: .check)
                snapshot.services.insert(ServiceEntry(history: history, state: .unknown), at: 0)
            }
        }
        snapshot.alarms = alarms(state)
        snapshot.messages = state.messages
        snapshot.notes = state.notes
        snapshot.functions = history.functions(until: state.now)
        if state.hasFaults {
            snapshot.faults = [
                "checks.yaml:12: endpoints[2].urll: unknown key, did you mean 'url'?",
                "alarms.yaml:4: rules[0].threshold: \"<b>0,7</b>\" is not a number",
            ]
        }
        snapshot.experiments = [
            .init(
                id: "search-outage.yaml", title: "The shop lives without its search", state: state.experiment,
                outcome: state.experiment == .deviated
                    ? "Deviated: “search answers” was not met at the end; the rollback brought it back." : "",
                activities: state.activities),
            .init(id: "slow-database.yaml", title: "A slow database", state: .ready),
            .init(
                id: "old.yaml", title: "An old experiment", state: .ready,
                problem: "old.yaml:3: method[0].provider.type is missing"),
        ]
        return snapshot
    }

    private func alarms(_ state: State) -> [ConsoleSnapshot.Alarm] {
        let rule = "the rule “services are up” of alarms.yaml"
        let search = ConsoleSnapshot.Alarm(
            name: Self.alarm, state: state.isFailing ? "ALARM" : "OK",
            reason: state.changes.first?.reason ?? "success was 1 in 2 of 2 periods",
            since: state.changes.first?.time ?? Self.start - .seconds(7_000), rule: rule,
            condition: "Average of success < 0.7 for 10 s", silencedUntil: state.silencedUntil,
            changes: state.changes + [.init(time: Self.start - .seconds(7_000), state: "OK", reason: "first results")])
        let others = ["shop/front-page", "shop/checkout", "website/home"].map { name in
            ConsoleSnapshot.Alarm(
                name: "\(name) success", state: "OK", reason: "success was 1 in 2 of 2 periods",
                since: Self.start - .seconds(7_000), rule: rule, condition: "Average of success < 0.7 for 10 s")
        }
        let slow = ConsoleSnapshot.Alarm(
            name: "api/orders p95", state: "INSUFFICIENT_DATA", reason: "no data for 5 minutes",
            rule: "the rule “slow answers” of alarms.yaml", condition: "p95 of response-time > 800 ms for 5 min")
        return state.isFailing ? [search] + others + [slow] : others + [search, slow]
    }
}

extension DemoSystem: ConsoleActions {
    private struct Refusal: Error, CustomStringConvertible { let description: String }

    func check(service: String?) async throws -> String {
        if service == "api/login" {
            throw Refusal(description: "api/login could not be checked: uptime-checker is busy, try again")
        }
        return service.map { "Checked \($0): 200 in 12 ms." } ?? "Checked all services: 6 of 6 are up."
    }

    func plan(experiment id: String) async throws -> ConsolePlan {
        guard id != "old.yaml" else { throw Refusal(description: "old.yaml:3: method[0].provider.type is missing") }
        let text = """
            1. steady state: search answers (GET /search, tolerance 200)
            2. action: stop the search server, for 30 s
            3. probe: checkout still works (GET /checkout, tolerance 200)
            4. rollback: start the search server
            plan \(state.withLock { $0.planVersion })
            """
        return ConsolePlan(text: text, digest: Digest.sha256Hex(text))
    }

    func run(experiment id: String, plan digest: String) async throws -> String {
        guard try await plan(experiment: id).digest == digest else {
            throw ConsoleError(.planHasChanged, "The plan has changed since you read it: read it again.")
        }
        state.withLock { Self.begin(&$0) }
        return "The experiment has begun."
    }

    func stopExperiment() async throws -> String {
        try state.withLock { state in
            guard state.experiment == .running else { throw Refusal(description: "no experiment is running") }
            Self.end(&state)
            state.experiment = .interrupted
        }
        return "The experiment was stopped and rolled back."
    }

    func sendTestEvent() async throws -> String {
        state.withLock { state in
            state.messages.insert(
                .init(time: state.now, title: "Test event", text: "Sent from the console.", tone: ""), at: 0)
        }
        return "The test event was sent; its message is in the inbox."
    }

    func silence(alarm: String, for duration: Duration) async throws -> String {
        state.withLock { state in
            state.silencedUntil = duration == .zero ? nil : state.now + duration
        }
        return duration == .zero ? "“\(alarm)” is loud again." : "“\(alarm)” is silent for \(duration.text)."
    }
}
