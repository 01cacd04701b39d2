public import Basics
public import ServiceHistory
import Transport

/// How much history is kept.
public struct HistoryLimits: Sendable {
    /// How long single results are kept.
    public var results: Duration
    /// How long totals by the minute are kept.
    public var minutes: Duration
    /// How long totals by the hour and all else are kept.
    public var age: Duration
    /// Bytes of the file at the most; when it is full, the oldest of what is finest goes first.
    public var bytes: Int

    /// Makes limits.
    public init(
        results: Duration = .seconds(2 * 3_600), minutes: Duration = .seconds(48 * 3_600),
        age: Duration = .seconds(90 * 86_400), bytes: Int = 100_000_000
    ) {
        (self.results, self.minutes, self.age, self.bytes) = (results, minutes, age, bytes)
    }
}

/// How far back the points of a history have which length.
public struct HistoryDetail: Sendable {
    /// How far back there is a point for each result.
    public var results: Duration
    /// How far back before that there is a point for each minute.
    public var minutes: Duration
    /// How far back before that there is a point for each hour.
    public var hours: Duration

    /// Makes a detail.
    public init(results: Duration, minutes: Duration, hours: Duration) {
        (self.results, self.minutes, self.hours) = (results, minutes, hours)
    }

    /// For a page with all services: results of 10 minutes, minutes of 6 hours, hours of 90 days.
    public static let page = HistoryDetail(
        results: .seconds(600), minutes: .seconds(6 * 3_600), hours: .seconds(90 * 86_400))

    /// All that is kept.
    public static let full = HistoryDetail(
        results: .seconds(2 * 3_600), minutes: .seconds(48 * 3_600), hours: .seconds(365 * 86_400))
}

/// The history of `tocsin up`, in an SQLite file.
///
/// What is recorded is in memory at once, and in the file with the next write of ``run()``, a second later at the most.
/// Histories are read from memory. Nothing here throws: the note tells people what cannot be kept and what to do.
public final class HistoryDatabase: Sendable {
    private let memory: HistoryMemory
    private let file: HistoryFile
    /// Whether the file is written, and by this process alone.
    public let isKept: Bool

    private init(memory: HistoryMemory, file: HistoryFile, isKept: Bool) {
        (self.memory, self.file, self.isKept) = (memory, file, isKept)
    }

    /// Opens the file, or makes it, in a folder that exists.
    ///
    /// A file that cannot be used leads to a note, and to a history in memory or to a new file.
    /// - Parameters:
    ///   - path: `.tocsin/history.sqlite`; nil to keep the history in memory.
    ///   - limits: how much is kept.
    ///   - now: the clock.
    ///   - note: called with a line for people.
    public static func open(
        _ path: String?, limits: HistoryLimits = HistoryLimits(),
        now: @escaping @Sendable () -> Timestamp = Timestamp.now,
        note: @escaping @Sendable (String) -> Void
    ) async -> HistoryDatabase {
        let memory = HistoryMemory()
        let opened = OpenedHistory.open(path, memory: memory, now: now(), note: note)
        let isKept = opened.path != nil
        return HistoryDatabase(
            memory: memory, file: HistoryFile(opened, memory: memory, limits: limits, now: now, note: note),
            isKept: isKept)
    }

    /// Writes once a second on a thread of its own, until the task is cancelled; then for a last time.
    public func run() async {
        let loop = try? EventLoop.onOwnThread()
        defer { loop?.stop() }
        await withTaskExecutorPreference(loop) { [file] in
            while !Task.isCancelled {
                await file.write()
                try? await Task.sleep(for: .seconds(1))
            }
            await file.write()
        }
    }

    /// Writes what has been recorded.
    public func flush() async { await file.write() }

    // MARK: Recording

    /// Takes the results of checks and tests.
    public func record(results: [ServiceResult]) { memory.record(results) }

    /// Takes why a service fails, when that is known later than the result.
    public func record(cause: String, of service: ServiceKey, at time: Timestamp) {
        memory.record(cause: cause, of: service, at: time)
    }

    /// Takes planned work on a service.
    public func record(maintenance: Range<Timestamp>, of service: ServiceKey) {
        memory.record(maintenance: maintenance, of: service)
    }

    /// Takes a change of an alarm.
    public func record(alarmChange: AlarmChange) { memory.record { $0.alarmChanges.append(alarmChange) } }

    /// Takes a message that was sent.
    public func record(message: SentMessage) { memory.record { $0.messages.append(message) } }

    /// Takes a run of an experiment; again with each change.
    public func record(run: ExperimentRun) {
        let key = HistoryBatch.RunKey(start: run.start.millisecondsSinceEpoch, experiment: run.experiment)
        memory.record { $0.runs[key] = run }
    }

    /// Adds to the totals of a function's hour.
    public func record(totals: FunctionTotals) { memory.record { $0.add(totals) } }

    // MARK: Reading

    /// The histories of all services that are known, in the order of their groups and names; without objectives.
    public func histories(until now: Timestamp, detail: HistoryDetail = .page) -> [ServiceHistory] {
        memory.histories(until: now, detail)
    }

    /// The history of one service; nil when it is not known.
    public func history(
        of service: ServiceKey, until now: Timestamp, detail: HistoryDetail = .full
    ) -> ServiceHistory? { memory.history(of: service, until: now, detail) }

    /// The outages of all services that touch a time, the oldest first.
    public func outages(in range: Range<Timestamp>) -> [ServiceKey: [Outage]] { memory.outages(in: range) }

    /// The newest changes of each alarm, the newest first: one that changes all the time takes no other's place.
    /// - Parameters:
    ///   - count: so many of each alarm.
    ///   - limit: so many of all.
    public func alarmChanges(ofEach count: Int = .max, limit: Int) async -> [AlarmChange] {
        await file.read(
            """
            SELECT alarm, time, state, reason FROM (
                SELECT *, row_number() OVER (PARTITION BY alarm ORDER BY time DESC, id DESC) AS place FROM alarm_change
            ) WHERE place <= ? ORDER BY time DESC, id DESC LIMIT ?
            """,
            [.number(count), .number(limit)]
        ) { row in
            AlarmChange(
                alarm: row.text(0) ?? "", time: row.time(1), state: row.text(2) ?? "", reason: row.text(3) ?? "")
        }
    }

    /// The newest messages, the newest first.
    public func messages(limit: Int) async -> [SentMessage] {
        await file.read(
            "SELECT time, title, text, tone, output FROM message ORDER BY time DESC, id DESC LIMIT ?",
            [.number(limit)]
        ) { row in
            SentMessage(
                time: row.time(0), title: row.text(1) ?? "", text: row.text(2) ?? "", tone: row.text(3) ?? "",
                output: row.text(4) ?? "")
        }
    }

    /// The newest runs of experiments, the newest first.
    public func runs(limit: Int) async -> [ExperimentRun] {
        var runs = await file.read(
            "SELECT start, experiment, end, title, state, outcome FROM run ORDER BY start DESC, experiment LIMIT ?",
            [.number(limit)]
        ) { row in
            ExperimentRun(
                experiment: row.text(1) ?? "", title: row.text(3) ?? "", start: row.time(0), end: row.optionalTime(2),
                state: row.text(4) ?? "", outcome: row.text(5) ?? "")
        }
        for index in runs.indices {
            runs[index].activities = await file.read(
                "SELECT name, kind, start, end, good FROM activity WHERE run = ? AND experiment = ? ORDER BY position",
                [.time(runs[index].start), .text(runs[index].experiment)]
            ) { row in
                ExperimentRun.Activity(
                    name: row.text(0) ?? "", kind: row.text(1) ?? "", start: row.time(2), end: row.optionalTime(3),
                    isGood: row.integer(4) != 0)
            }
        }
        return runs
    }

    /// What functions did in the hours of a time, the oldest first.
    public func totals(in range: Range<Timestamp>) async -> [FunctionTotals] {
        await file.read(
            """
            SELECT time, function, invocations, errors, starts, total, longest, memory FROM function_hour
            WHERE time >= ? AND time < ? ORDER BY time, function
            """, [.time(range.lowerBound), .time(range.upperBound)]
        ) { row in
            FunctionTotals(
                function: row.text(1) ?? "", hour: row.time(0), invocations: Int(row.integer(2)),
                errors: Int(row.integer(3)), starts: Int(row.integer(4)), milliseconds: Double(row.integer(5)) / 1e3,
                maximumMilliseconds: Double(row.integer(6)) / 1e3, peakMemory: Int(row.integer(7)))
        }
    }
}
