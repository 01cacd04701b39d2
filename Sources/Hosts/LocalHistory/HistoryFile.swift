import Basics
import Glibc
import ServiceHistory

/// The history's file, or a database in memory in its place.
///
/// An actor, because a connection is not for several threads; the thread on which it waits for the disk is that of the
/// task that calls it.
actor HistoryFile {
    private var connection: SQLiteConnection
    /// The file; nil for a history in memory.
    private var path: String?
    /// Held for as long as the file is written.
    private let lock: FileLock?
    private var identity: FileIdentity?
    private let memory: HistoryMemory
    private let limits: HistoryLimits
    private let now: @Sendable () -> Timestamp
    private let note: @Sendable (String) -> Void

    /// Why nothing can be written at the moment, and when that was tried last.
    private var failure: (reason: String, time: Timestamp)?
    private var lastCleaning: Timestamp?

    private static let retryInterval = Duration.seconds(10)
    private static let cleaningInterval = Duration.seconds(60)

    /// Takes over a database that has been opened, and whose content is in the memory already.
    init(
        _ opened: sending OpenedHistory, memory: HistoryMemory, limits: HistoryLimits,
        now: @escaping @Sendable () -> Timestamp,
        note: @escaping @Sendable (String) -> Void
    ) {
        connection = opened.connection
        path = opened.path
        identity = opened.path.flatMap { FileIdentity($0) }
        lock = opened.lock
        self.memory = memory
        self.limits = limits
        self.now = now
        self.note = note
    }

    // MARK: Writing

    /// Writes what has been recorded; what cannot be written stays recorded.
    func write() {
        let time = now()
        if let failure, !Self.isOver(Self.retryInterval, since: failure.time, at: time) { return }
        var batch = memory.takeBatch()
        do throws(LocalHistoryError) {
            if let path, identity != FileIdentity(path) {
                // SQLite would go on in a file that has no name any more.
                throw LocalHistoryError(.moved, "another file is in its place, or none")
            }
            if !batch.isEmpty { try batch.write(to: connection) }
            // What fails from here on must not lead to its being written twice: points are added to those in the file.
            batch = HistoryBatch()
            if let failure {
                self.failure = nil
                note("The history is written again, after: \(failure.reason)")
            }
            if lastCleaning.map({ Self.isOver(Self.cleaningInterval, since: $0, at: time) }) ?? true {
                lastCleaning = time
                try clean(at: time.millisecondsSinceEpoch)
            }
        } catch {
            memory.putBack(batch)
            handle(error)
        }
    }

    /// Whether a time has passed; so it has when the clock was set back.
    private static func isOver(_ interval: Duration, since start: Timestamp, at time: Timestamp) -> Bool {
        time < start || time - start >= interval
    }

    private func handle(_ error: LocalHistoryError) {
        switch error.code {
        case .damaged, .moved:
            if startAnew(after: error) { return }
            fallthrough
        default:
            let reason = error.code == .full ? "there is no room on the disk" : error.message
            if failure == nil {
                note(
                    "The history cannot be written: \(reason). New results are kept in memory until it can; "
                        + "\(error.code == .full ? "make room on the disk" : "what is there stays as it is").")
            }
            failure = (reason, now())
        }
        if memory.shrinkBatch() {
            note("The history could not be written for long: single results and minutes of that time are lost.")
        }
    }

    /// Begins a new file with what is in memory, in the place of one that is damaged or gone.
    private func startAnew(after error: LocalHistoryError) -> Bool {
        guard let path else { return false }
        let (everything, waiting) = memory.takeEverything()
        do throws(LocalHistoryError) {
            // Closed first: SQLite would go on in files that have other names then.
            connection = try SQLiteConnection(":memory:")
            try HistorySchema.prepare(connection)
            let kept = error.code == .damaged ? try OpenedHistory.setAside(path, at: now()) : nil
            let new = try SQLiteConnection(path)
            try HistorySchema.prepare(new)
            try everything.write(to: new)
            connection = new
            identity = FileIdentity(path)
            try writeKept()
            let reason = kept.map { "is damaged (\(error.message)); it is kept as \($0)" } ?? "is gone"
            note("The history \(path) \(reason). A new one goes on; older messages and runs are not in it.")
        } catch {
            // In memory from now on; what is in the series need not be written there.
            self.path = nil
            memory.putBack(waiting)
            note("The history \(path) cannot be made anew: \(error.message). This run keeps it in memory only.")
        }
        return true
    }

    // MARK: Age and size

    /// Removes what is too old, and the oldest of what is finest while the file is too large.
    private func clean(at time: Int64) throws(LocalHistoryError) {
        var kept = memory.kept
        kept.raise(.result, to: time - limits.results.milliseconds)
        kept.raise(.minute, to: PointLength.minute.start(of: time - limits.minutes.milliseconds))
        kept.raise(.hour, to: PointLength.hour.start(of: time - limits.age.milliseconds))
        try remove(kept)
        // Each step takes the oldest third of the finest points that may still go.
        while try bytesInUse() > limits.bytes / 10 * 9 {
            guard let step = Self.nextStep(kept, until: time, oldest: try oldestTimes()) else { break }
            kept.raise(step.length, to: step.time)
            try remove(kept)
        }
        try connection.execute("PRAGMA incremental_vacuum")
    }

    /// What stays however full the file is.
    private static func floor(_ length: PointLength) -> Int64 {
        switch length {
        case .result: 600_000
        case .minute: 7_200_000
        case .hour: 86_400_000
        }
    }

    private static func nextStep(
        _ kept: KeptSince, until time: Int64, oldest: [Int64?]
    ) -> (length: PointLength, time: Int64)? {
        for length in PointLength.allCases {
            guard let oldest = oldest[length.rawValue] else { continue }
            let latest = length.start(of: time - floor(length))
            let start = max(oldest, kept[length])
            guard start < latest else { continue }
            return (length, min(latest, length.next(start + max(1, (time - start) / 3))))
        }
        return nil
    }

    private func oldestTimes() throws(LocalHistoryError) -> [Int64?] {
        var times: [Int64?] = []
        for length in PointLength.allCases {
            times.append(try connection.number("SELECT time FROM \(length.table) ORDER BY time LIMIT 1"))
        }
        return times
    }

    private func bytesInUse() throws(LocalHistoryError) -> Int {
        let pages = try connection.number("PRAGMA page_count") ?? 0
        let free = try connection.number("PRAGMA freelist_count") ?? 0
        return Int((pages - free) * (try connection.number("PRAGMA page_size") ?? 4_096))
    }

    private func remove(_ kept: KeptSince) throws(LocalHistoryError) {
        try connection.transaction { () throws(LocalHistoryError) in
            for length in PointLength.allCases {
                try connection.run("DELETE FROM \(length.table) WHERE time < ?", [.number(kept[length])])
            }
            let oldest = SQLiteValue.number(kept[.hour])
            for table in ["cause", "alarm_change", "message", "function_hour"] {
                try connection.run("DELETE FROM \(table) WHERE time < ?", [oldest])
            }
            for table in ["outage", "maintenance"] {
                try connection.run("DELETE FROM \(table) WHERE end < ?", [oldest])
            }
            try connection.run("DELETE FROM run WHERE start < ?", [oldest])
            try connection.run("DELETE FROM activity WHERE run < ?", [oldest])
            for id in memory.forget(kept) {
                try connection.run("DELETE FROM service WHERE id = ?", [.number(id)])
            }
            try writeKept()
        }
    }

    private func writeKept() throws(LocalHistoryError) {
        for length in PointLength.allCases {
            try connection.run(
                "INSERT OR REPLACE INTO kept (points, since) VALUES (?, ?)",
                [.text(length.table), .number(memory.kept[length])])
        }
    }

    // MARK: Reading

    /// What a statement finds, the newest of what was recorded included; empty when the file cannot be read.
    func read<Value>(
        _ text: String, _ values: [SQLiteValue], _ value: (borrowing SQLiteRow) -> Value
    ) -> [Value] {
        write()
        var found: [Value] = []
        do throws(LocalHistoryError) {
            try connection.rows(text, values) { found.append(value($0)) }
        } catch {
            note("The history cannot be read: \(error.message)")
        }
        return found
    }
}

/// Which file has a name.
private struct FileIdentity: Equatable {
    private let device: UInt
    private let number: UInt

    /// Nil when there is no file of this name.
    init?(_ path: String) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        (device, number) = (facts.st_dev, facts.st_ino)
    }
}

extension KeptSince {
    /// Moves a time on, never back.
    fileprivate mutating func raise(_ length: PointLength, to time: Int64) {
        self[length] = max(self[length], time)
    }
}
