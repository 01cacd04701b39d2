import Basics
import ServiceHistory

/// What has been recorded and is not in the file yet.
///
/// Points are what is to be added to the file's; of all else the newest state counts.
struct HistoryBatch: Sendable {
    /// What begins at a time, in milliseconds since 1970, and belongs to a service.
    struct Key: Sendable, Hashable {
        let start: Int64
        let service: Int64
    }

    /// What is to be written of planned work.
    enum MaintenanceChange: Sendable, Hashable {
        /// In milliseconds since 1970.
        case ends(at: Int64)
        /// It has become part of another.
        case isGone
    }

    struct RunKey: Sendable, Hashable {
        let start: Int64
        let experiment: String
    }

    struct TotalsKey: Sendable, Hashable {
        let hour: Int64
        let function: String
    }

    var services: [Int64: ServiceKey] = [:]
    /// By length.
    private(set) var points: [[Key: StoredPoint]] = PointLength.allCases.map { _ in [:] }
    var outages: [Key: StoredOutage] = [:]
    var causes: [Key: String] = [:]
    var maintenance: [Key: MaintenanceChange] = [:]
    var alarmChanges: [AlarmChange] = []
    var messages: [SentMessage] = []
    var runs: [RunKey: ExperimentRun] = [:]
    var totals: [TotalsKey: FunctionTotals] = [:]

    /// Single results and minutes that wait for a disk that is full; hours are few.
    private static let maximumPoints = 500_000
    private static let maximumEvents = 10_000

    mutating func add(_ point: StoredPoint, _ length: PointLength, of service: Int64) {
        let key = Key(start: point.start, service: service)
        points[length.rawValue][key, default: StoredPoint(start: point.start)].add(point)
    }

    mutating func add(_ totals: FunctionTotals) {
        let hour = PointLength.hour.start(of: totals.hour.millisecondsSinceEpoch)
        let key = TotalsKey(hour: hour, function: totals.function)
        guard var sum = self.totals[key] else { return self.totals[key] = totals }
        sum.invocations += totals.invocations
        sum.errors += totals.errors
        sum.starts += totals.starts
        sum.milliseconds += totals.milliseconds
        sum.maximumMilliseconds = max(sum.maximumMilliseconds, totals.maximumMilliseconds)
        sum.peakMemory = max(sum.peakMemory, totals.peakMemory)
        self.totals[key] = sum
    }

    /// Adds what was recorded later.
    mutating func add(_ later: HistoryBatch) {
        services.merge(later.services) { $1 }
        for length in PointLength.allCases {
            for (key, point) in later.points[length.rawValue] { add(point, length, of: key.service) }
        }
        outages.merge(later.outages) { $1 }
        causes.merge(later.causes) { $1 }
        maintenance.merge(later.maintenance) { $1 }
        alarmChanges += later.alarmChanges
        messages += later.messages
        runs.merge(later.runs) { $1 }
        for totals in later.totals.values { add(totals) }
    }

    /// Drops the finest when there is too much; whether anything was dropped.
    mutating func shrink() -> Bool {
        var isDropped = false
        for length in [PointLength.result, .minute] where points[length.rawValue].count > Self.maximumPoints {
            points[length.rawValue] = [:]
            isDropped = true
        }
        for excess in [alarmChanges.count - Self.maximumEvents] where excess > 0 {
            alarmChanges.removeFirst(excess)
            isDropped = true
        }
        for excess in [messages.count - Self.maximumEvents] where excess > 0 {
            messages.removeFirst(excess)
            isDropped = true
        }
        return isDropped
    }

    var isEmpty: Bool {
        services.isEmpty && points.allSatisfy(\.isEmpty) && outages.isEmpty && causes.isEmpty && maintenance.isEmpty
            && alarmChanges.isEmpty && messages.isEmpty && runs.isEmpty && totals.isEmpty
    }
}

// MARK: - Writing

extension HistoryBatch {
    /// Writes all of it in one transaction, or nothing.
    func write(to file: SQLiteConnection) throws(LocalHistoryError) {
        try file.transaction { () throws(LocalHistoryError) in
            for (id, key) in services {
                try file.run(
                    #"INSERT OR IGNORE INTO service (id, kind, "group", name) VALUES (?, ?, ?, ?)"#,
                    [.number(id), .text(key.kind.rawValue), .optional(key.group), .text(key.name)])
            }
            for length in PointLength.allCases { try write(length, to: file) }
            for (key, outage) in outages {
                try file.run(
                    "INSERT OR REPLACE INTO outage (start, service, end, failures, cause) VALUES (?, ?, ?, ?, ?)",
                    [
                        .number(key.start), .number(key.service), outage.end.map { .number($0) } ?? .null,
                        .number(outage.failures), .optional(outage.cause),
                    ])
            }
            for (key, text) in causes {
                try file.run(
                    "INSERT OR REPLACE INTO cause (time, service, text) VALUES (?, ?, ?)",
                    [.number(key.start), .number(key.service), .text(text)])
            }
            for (key, change) in maintenance { try write(maintenance: key, change, to: file) }
            try writeEvents(to: file)
        }
    }

    private func write(_ length: PointLength, to file: SQLiteConnection) throws(LocalHistoryError) {
        let text = """
            INSERT INTO \(length.table) (time, service, attempts, successes, timed, total, longest)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (time, service) DO UPDATE SET
                attempts = attempts + excluded.attempts, successes = successes + excluded.successes,
                timed = timed + excluded.timed, total = total + excluded.total,
                longest = max(longest, excluded.longest)
            """
        for (key, point) in points[length.rawValue] {
            try file.run(
                text,
                [
                    .number(key.start), .number(key.service), .number(point.attempts), .number(point.successes),
                    .number(point.timed), .number(point.total), .number(Int64((Double(point.longest) * 1e6).rounded())),
                ])
        }
    }

    private func write(
        maintenance key: Key, _ change: MaintenanceChange, to file: SQLiteConnection
    ) throws(LocalHistoryError) {
        switch change {
        case .ends(let end):
            try file.run(
                "INSERT OR REPLACE INTO maintenance (start, service, end) VALUES (?, ?, ?)",
                [.number(key.start), .number(key.service), .number(end)])
        case .isGone:
            try file.run(
                "DELETE FROM maintenance WHERE start = ? AND service = ?", [.number(key.start), .number(key.service)])
        }
    }

    private func writeEvents(to file: SQLiteConnection) throws(LocalHistoryError) {
        for change in alarmChanges {
            try file.run(
                "INSERT INTO alarm_change (time, alarm, state, reason) VALUES (?, ?, ?, ?)",
                [.time(change.time), .text(change.alarm), .text(change.state), .text(change.reason)])
        }
        for message in messages {
            try file.run(
                "INSERT INTO message (time, title, text, tone, output) VALUES (?, ?, ?, ?, ?)",
                [
                    .time(message.time), .text(message.title), .text(message.text), .text(message.tone),
                    .text(message.output),
                ])
        }
        for (key, run) in runs { try write(run, key, to: file) }
        for (key, sum) in totals {
            try file.run(
                """
                INSERT INTO function_hour (time, function, invocations, errors, starts, total, longest, memory)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (time, function) DO UPDATE SET
                    invocations = invocations + excluded.invocations, errors = errors + excluded.errors,
                    starts = starts + excluded.starts, total = total + excluded.total,
                    longest = max(longest, excluded.longest), memory = max(memory, excluded.memory)
                """,
                [
                    .number(key.hour), .text(key.function), .number(sum.invocations), .number(sum.errors),
                    .number(sum.starts), .microseconds(sum.milliseconds), .microseconds(sum.maximumMilliseconds),
                    .number(sum.peakMemory),
                ])
        }
    }

    private func write(_ run: ExperimentRun, _ key: RunKey, to file: SQLiteConnection) throws(LocalHistoryError) {
        try file.run(
            "INSERT OR REPLACE INTO run (start, experiment, end, title, state, outcome) VALUES (?, ?, ?, ?, ?, ?)",
            [
                .number(key.start), .text(key.experiment), run.end.map { .time($0) } ?? .null, .text(run.title),
                .text(run.state), .text(run.outcome),
            ])
        for (position, activity) in run.activities.enumerated() {
            try file.run(
                """
                INSERT OR REPLACE INTO activity (run, experiment, position, name, kind, start, end, good)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    .number(key.start), .text(key.experiment), .number(position), .text(activity.name),
                    .text(activity.kind), .time(activity.start), activity.end.map { .time($0) } ?? .null,
                    .number(activity.isGood ? 1 : 0),
                ])
        }
    }
}

extension SQLiteValue {
    /// Milliseconds since 1970.
    static func time(_ time: Timestamp) -> SQLiteValue { .integer(time.millisecondsSinceEpoch) }

    fileprivate static func microseconds(_ milliseconds: Double) -> SQLiteValue {
        .integer(Int64((min(max(milliseconds, 0), 1e15) * 1e3).rounded()))
    }
}
