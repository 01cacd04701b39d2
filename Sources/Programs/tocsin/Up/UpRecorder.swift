import AlarmEvaluation
import Basics
import CloudWatchAlarms
import Console
import LocalCloud
import LocalHistory
import ServiceHistory
import StatusPages
import UptimeChecker

/// What happens in a session of `tocsin up`, for the console: results, alarms, messages, invocations and notes.
///
/// Results, changes of alarms, messages and runs of experiments go to the history, which is kept across restarts; the
/// rest is of this session alone.
final class UpRecorder: Sendable {
    private struct State {
        var system = UpSystem()
        var services: [UpService] = []
        /// What services are known by, by their names in metrics.
        var keys: [String: ServiceKey] = [:]
        var phase: String?
        /// The newest result of each service.
        var latest: [String: MeasuredResult] = [:]
        /// Bad results of checks, whose causes come with the checker's answer, a moment later.
        var pending: [(name: String, result: ServiceResult)] = []
        /// Why services fail, from the newest answers.
        var causes: [String: String] = [:]
        var maintenance = OpenMaintenance()
        var alarms: [(alarm: Alarm, status: AlarmStatus)] = []
        /// Why alarms are not evaluated, by their names.
        var notEvaluated: [String: String] = [:]
        var rules: [String: String] = [:]
        /// The newest changes of each alarm, the newest first.
        var alarmChanges: [String: [AlarmChange]] = [:]
        var messages: [SentMessage] = []
        var runs: [String: ExperimentRun] = [:]
        var functions: [String: FunctionRecord] = [:]
        var notes: [ConsoleSnapshot.Note] = []
        /// Of the newest version of the folder, while an older one is in force.
        var faults: UpFaults?

        /// What a service of the metrics is known by.
        ///
        /// CloudWatch takes ASCII alone: metrics have other bytes percent-encoded.
        func service(_ name: String) -> (name: String, key: ServiceKey)? {
            if let key = keys[name] { return (name, key) }
            let decoded = percentDecoded(name, plusAsSpace: false)
            return keys[decoded].map { (decoded, $0) }
        }

        /// Whether planned work is done on all services of an alarm.
        func isInMaintenance(_ alarm: Alarm, at time: Timestamp) -> Bool {
            let services = alarm.services
            return !services.isEmpty
                && services.allSatisfy { system.isInMaintenance(service($0)?.name ?? $0, at: time) }
        }

        func service(of result: MeasuredResult) -> (name: String, key: ServiceKey)? {
            service(result.group.map { "\($0)/\(result.name)" } ?? result.name)
        }

        /// Takes out the results that pass, with their causes.
        mutating func takePending(where passes: ((name: String, result: ServiceResult)) -> Bool) -> [ServiceResult] {
            let done = pending.filter(passes)
            pending.removeAll(where: passes)
            return done.map { name, result in
                var result = result
                result.cause = causes[name]
                return result
            }
        }
    }

    private static let maximumNotes = 200
    private static let maximumMessages = 200
    /// How many of the changes of each alarm the console gets: one that changes all the time hides no other's.
    private static let changesOfAlarm = 30
    private static let maximumAlarmChanges = 10_000

    private let database: HistoryDatabase
    let silences: Silences
    private let startedAt: Timestamp
    /// Where the user's files are; nil for none.
    private let folder: String?
    private let state = Locked(State())

    /// - Parameter database: what was recorded in earlier sessions is read from it.
    init(database: HistoryDatabase, silences: Silences, folder: String?, startedAt: Timestamp) async {
        (self.database, self.silences) = (database, silences)
        (self.folder, self.startedAt) = (folder, startedAt)
        let changes = await database.alarmChanges(ofEach: Self.changesOfAlarm, limit: Self.maximumAlarmChanges)
        let messages = await database.messages(limit: Self.maximumMessages)
        let runs = await database.runs(limit: 100)
        state.withLock { state in
            (state.alarmChanges, state.messages) = (Dictionary(grouping: changes, by: \.alarm), messages)
            for run in runs.reversed() {
                var run = run
                // Its process was ended before it could say so.
                if run.end == nil { (run.state, run.outcome) = ("interrupted", "The session ended before it did.") }
                state.runs[run.experiment] = run
            }
        }
    }

    // MARK: The session

    /// Another version of the folder is in force.
    func take(_ system: UpSystem) {
        state.withLock { state in
            state.system = system
            state.services = system.services
            state.keys = Dictionary(state.services.map { ($0.name, $0.key) }) { first, _ in first }
            state.faults = nil
        }
    }

    /// What the session is doing before it is ready; nil once it is.
    func take(phase: String?) { state.withLock { $0.phase = phase } }

    /// Whether a service of the metrics is one that is watched.
    func isWatched(_ service: String) -> Bool { state.withLock { $0.service(service) != nil } }

    /// What is wrong with the newest version of the folder, while an older one is in force.
    func take(_ faults: UpFaults) { state.withLock { $0.faults = faults } }

    /// A line for people.
    func note(_ text: String) {
        state.withLock { state in
            state.notes.insert(.init(time: .now(), text: text), at: 0)
            state.notes = Array(state.notes.prefix(Self.maximumNotes))
        }
    }

    // MARK: Results

    /// Results of checks and tests, as their metrics arrive.
    func take(_ results: [MeasuredResult]) {
        let done = state.withLock { state in
            var done: [ServiceResult] = []
            for result in results {
                guard let (name, key) = state.service(of: result) else { continue }
                state.latest[name] = result
                let isGood = result.succeeded
                let kept = ServiceResult(
                    service: key, time: result.time, succeeded: isGood, seconds: result.seconds,
                    cause: isGood ? nil : state.causes[name])
                if isGood || result.source == .test {
                    done.append(kept)
                } else {
                    state.pending.append((name, kept))
                }
            }
            return done
        }
        if !done.isEmpty { database.record(results: done) }
    }

    /// Why endpoints that were checked failed; those without a cause are up, or in maintenance.
    func take(checked: [String], causes: [String: String]) {
        let done = state.withLock { state in
            for name in checked { state.causes[name] = causes[name] }
            let names = Set(checked)
            return state.takePending { names.contains($0.name) }
        }
        if !done.isEmpty { database.record(results: done) }
    }

    /// Why the newest run of a test failed.
    func take(cause: String, of test: String) { state.withLock { $0.causes[test] = cause } }

    /// A second has passed: planned work begins and ends, and what has waited for an answer in vain is kept.
    func tick(at now: Timestamp) {
        let (done, windows) = state.withLock { state in
            let inMaintenance = state.services.filter { state.system.isInMaintenance($0.name, at: now) }.map(\.key)
            let windows = state.maintenance.take(Set(inMaintenance), at: now)
            return (state.takePending { now - $0.result.time > Self.longestAnswer }, windows)
        }
        if !done.isEmpty { database.record(results: done) }
        for (service, range) in windows { database.record(maintenance: range, of: service) }
    }

    /// The session ends: keeps what waits, and planned work until now.
    func close(at now: Timestamp) {
        let (done, windows) = state.withLock { state in
            (state.takePending { _ in true }, state.maintenance.take([], at: now))
        }
        if !done.isEmpty { database.record(results: done) }
        for (service, range) in windows { database.record(maintenance: range, of: service) }
    }

    /// How long after a check its cause is waited for: an invocation lasts as long as its slowest endpoint.
    private static let longestAnswer = Duration.seconds(30)

    // MARK: Alarms and messages

    /// A round of the alarms' evaluation.
    func take(_ round: AlarmRound) {
        let changes = round.changes.filter { $0.contributor == nil && !$0.isAfterHold }.map { change in
            AlarmChange(
                alarm: change.alarm.name, time: change.current.since, state: change.current.state.rawValue,
                reason: change.current.reason.text)
        }
        state.withLock { state in
            (state.alarms, state.notEvaluated) = (round.alarms, round.notEvaluated)
            for change in changes {
                let earlier = state.alarmChanges[change.alarm] ?? []
                state.alarmChanges[change.alarm] = [change] + earlier.prefix(Self.changesOfAlarm - 1)
            }
        }
        for change in changes { database.record(alarmChange: change) }
    }

    /// The rules that made alarms, by the alarms' names.
    func take(rules: [String: String]) { state.withLock { $0.rules.merge(rules) { $1 } } }

    /// The mute rules of planned work on the services of alarms.
    func muteRules(for alarms: [Alarm], at now: Timestamp) -> [MuteRule] {
        let state = state.withLock { $0 }
        let planned = state.system.maintenance.isEmpty ? [] : alarms.filter { state.isInMaintenance($0, at: now) }
        return planned.map { MuteRule(holding: [$0.name], from: now, until: now + .seconds(120)) }
    }

    /// Whether there is an alarm of this name.
    func hasAlarm(_ name: String) -> Bool { state.withLock { $0.alarms.contains { $0.alarm.name == name } } }

    /// A message that was sent.
    func take(_ message: Inbox.Message) {
        let tone = ["critical": "bad", "warning": "warn", "ok": "good"][message.severity] ?? ""
        let sent = SentMessage(
            time: message.time, title: message.title, text: message.text, tone: tone, output: message.output)
        state.withLock { state in
            state.messages = [sent] + state.messages.prefix(Self.maximumMessages - 1)
        }
        database.record(message: sent)
    }

    // MARK: Experiments

    /// A run of an experiment has begun, changed or ended.
    func take(_ run: ExperimentRun) {
        state.withLock { $0.runs[run.experiment] = run }
        database.record(run: run)
    }

    // MARK: Functions

    /// An invocation has ended.
    func take(_ result: InvocationResult, of function: String) {
        let totals = state.withLock { $0.functions[function, default: FunctionRecord()].take(result, function) }
        database.record(totals: totals)
    }

    /// A function has written a line.
    func take(logLine: String, of function: String) {
        state.withLock { $0.functions[function, default: FunctionRecord()].take(logLine) }
    }

    // MARK: The console

    /// Everything, for the console.
    func snapshot(at now: Timestamp) -> ConsoleSnapshot {
        let state = state.withLock { $0 }
        var snapshot = ConsoleSnapshot(time: now, startedAt: startedAt)
        snapshot.folder = folder
        let known = database.histories(until: now)
        let histories = Dictionary(known.map { ($0.key, $0) }) { first, _ in first }
        snapshot.services = state.services.map { service in
            var history =
                histories[service.key]
                ?? ServiceHistory(name: service.key.name, group: service.key.group, kind: service.key.kind)
            history.objective = service.objective ?? state.system.objective(of: service.name)
            let start = state.maintenance.start(of: service.key)
            if let start, start < now { history.add(maintenance: start..<now) }
            return service.entry(
                history, latest: state.latest[service.name], isInMaintenance: start != nil, at: now)
        }.sorted { $0.history.displayName < $1.history.displayName }
        snapshot.alarms = alarms(state, at: now)
        snapshot.messages = state.messages.map {
            .init(time: $0.time, title: $0.title, text: $0.text, tone: $0.tone, output: $0.output)
        }
        snapshot.experiments = shownExperiments(
            state.system.experiments, faulty: state.faults?.experiments ?? [], runs: state.runs, since: startedAt)
        snapshot.functions = state.functions.sorted { $0.key < $1.key }.map { $0.value.shown(as: $0.key) }
        snapshot.faults = state.faults?.lines ?? []
        snapshot.notes = (state.phase.map { [.init(time: now, text: $0)] } ?? []) + state.notes
        return snapshot
    }

    private func alarms(_ state: State, at now: Timestamp) -> [ConsoleSnapshot.Alarm] {
        let order = ["ALARM": 0, "INSUFFICIENT_DATA": 1]
        // Metrics stay when an endpoint goes, and with them alarms that nobody asks for any more.
        let watched = state.alarms.filter { alarm, _ in
            let services = alarm.services
            return services.isEmpty || services.contains { state.service($0) != nil }
        }
        return watched.map { alarm, status in
            ConsoleSnapshot.Alarm(
                name: alarm.name, state: status.state.rawValue,
                reason: state.notEvaluated[alarm.name].map { "It is not evaluated: \($0)" } ?? status.reason.text,
                since: status.since,
                rule: state.rules[alarm.name], condition: alarm.conditionText,
                silencedUntil: silences.end(of: alarm.name, at: now),
                changes: (state.alarmChanges[alarm.name] ?? []).map {
                    .init(time: $0.time, state: $0.state, reason: $0.reason)
                })
        }.sorted { (order[$0.state] ?? 2, $0.name) < (order[$1.state] ?? 2, $1.name) }
    }
}

/// A function's invocations in this session.
private struct FunctionRecord {
    private static let maximumInvocations = 100
    private static let maximumLines = 200

    private var invocations = 0
    private var errors = 0
    private var starts = 0
    private var peakMemory = 0
    private var recent: [ConsoleSnapshot.Function.Invocation] = []
    private var log: [String] = []

    /// Takes an invocation.
    /// - Returns: what it adds to the totals.
    mutating func take(_ result: InvocationResult, _ function: String) -> FunctionTotals {
        invocations += 1
        if result.error != nil { errors += 1 }
        if result.initDuration != nil { starts += 1 }
        peakMemory = max(peakMemory, result.maxMemory)
        let milliseconds = result.duration / .milliseconds(1)
        recent.insert(
            .init(
                time: .now(), milliseconds: milliseconds, coldStart: result.initDuration.map { $0 / .milliseconds(1) },
                error: result.error?.description), at: 0)
        if recent.count > Self.maximumInvocations { recent.removeLast() }
        return FunctionTotals(
            function: function, hour: .now(), invocations: 1, errors: result.error == nil ? 0 : 1,
            starts: result.initDuration == nil ? 0 : 1, milliseconds: milliseconds, maximumMilliseconds: milliseconds,
            peakMemory: result.maxMemory)
    }

    mutating func take(_ line: String) {
        log.append(line)
        if log.count > 2 * Self.maximumLines { log.removeFirst(Self.maximumLines) }
    }

    func shown(as name: String) -> ConsoleSnapshot.Function {
        ConsoleSnapshot.Function(
            name: name, invocations: invocations, errors: errors, starts: starts, peakMemory: peakMemory,
            recent: recent, log: log.suffix(Self.maximumLines))
    }
}
