public import Basics
public import ServiceHistory

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
        HistoryDatabase()
    }

    /// Writes once a second on a thread of its own, until the task is cancelled; then for a last time.
    public func run() async {}

    /// Writes what has been recorded.
    public func flush() async {}

    // MARK: Recording

    /// Takes the results of checks and tests.
    public func record(results: [ServiceResult]) {}
    /// Takes planned work on a service.
    public func record(maintenance: Range<Timestamp>, of service: ServiceKey) {}
    /// Takes a change of an alarm.
    public func record(alarmChange: AlarmChange) {}
    /// Takes a message that was sent.
    public func record(message: SentMessage) {}
    /// Takes a run of an experiment; again with each change.
    public func record(run: ExperimentRun) {}
    /// Adds to the totals of a function's hour.
    public func record(totals: FunctionTotals) {}

    // MARK: Reading

    /// The histories of all services that are known, in the order of their names; without objectives.
    public func histories(until now: Timestamp, detail: HistoryDetail = .page) -> [ServiceHistory] { [] }
    /// The history of one service; nil when it is not known.
    public func history(
        of service: ServiceKey, until now: Timestamp, detail: HistoryDetail = .full
    ) -> ServiceHistory? { nil }
    /// The outages of all services that touch a time, the oldest first.
    public func outages(in range: Range<Timestamp>) -> [ServiceKey: [Outage]] { [:] }
    /// The newest changes of alarms, the newest first.
    public func alarmChanges(limit: Int) async -> [AlarmChange] { [] }
    /// The newest messages, the newest first.
    public func messages(limit: Int) async -> [SentMessage] { [] }
    /// The newest runs of experiments, the newest first.
    public func runs(limit: Int) async -> [ExperimentRun] { [] }
    /// What functions did in the hours of a time, the oldest first.
    public func totals(in range: Range<Timestamp>) async -> [FunctionTotals] { [] }
}
