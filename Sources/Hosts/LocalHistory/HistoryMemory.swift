import Basics
import ServiceHistory

/// All series, and what has been recorded and is not in the file yet.
final class HistoryMemory: Sendable {
    private struct State: Sendable {
        var series: [HistorySeries] = []
        var positions: [ServiceKey: Int] = [:]
        /// Never used twice.
        var nextID: Int64 = 1
        var kept = KeptSince()
        var batch = HistoryBatch()

        mutating func append(_ new: HistorySeries) {
            positions[new.key] = series.count
            series.append(new)
            nextID = max(nextID, new.id + 1)
        }

        /// The position of a service's series, which is made when there is none.
        mutating func position(of key: ServiceKey) -> Int {
            if let known = positions[key] { return known }
            batch.services[nextID] = key
            append(HistorySeries(key: key, id: nextID))
            return series.count - 1
        }
    }

    private let state = Locked(State())

    // MARK: Recording

    func record(_ results: [ServiceResult]) {
        state.withLock { state in
            for result in results {
                let position = state.position(of: result.service)
                state.series[position].add(result, &state.batch)
            }
        }
    }

    func record(cause: String, of service: ServiceKey, at time: Timestamp) {
        state.withLock { state in
            let position = state.position(of: service)
            state.series[position].explain(cause, at: time, &state.batch)
        }
    }

    func record(maintenance: Range<Timestamp>, of service: ServiceKey) {
        state.withLock { state in
            let position = state.position(of: service)
            state.series[position].add(maintenance: maintenance, &state.batch)
        }
    }

    /// Changes what is to be written.
    func record(_ change: (inout HistoryBatch) -> Void) { state.withLock { change(&$0.batch) } }

    // MARK: Writing

    /// What is to be written, which is no longer here then.
    func takeBatch() -> HistoryBatch {
        state.withLock { state in
            defer { state.batch = HistoryBatch() }
            return state.batch
        }
    }

    /// Takes back what could not be written.
    func putBack(_ batch: HistoryBatch) {
        state.withLock { state in
            var all = batch
            all.add(state.batch)
            state.batch = all
        }
    }

    /// Drops what has waited for too long; whether anything was dropped.
    func shrinkBatch() -> Bool { state.withLock { $0.batch.shrink() } }

    /// All that is here, for a new file, and the part of it that waits to be written; nothing waits then.
    func takeEverything() -> (all: HistoryBatch, waiting: HistoryBatch) {
        state.withLock { state in
            var all = HistoryBatch()
            for series in state.series { series.write(to: &all) }
            // The points that wait are in the series.
            all.alarmChanges = state.batch.alarmChanges
            all.messages = state.batch.messages
            all.runs = state.batch.runs
            all.totals = state.batch.totals
            defer { state.batch = HistoryBatch() }
            return (all, state.batch)
        }
    }

    var kept: KeptSince { state.withLock { $0.kept } }

    /// Forgets what is older than is kept; the numbers of services of which nothing is known any more.
    func forget(_ kept: KeptSince) -> [Int64] {
        state.withLock { state in
            state.kept = kept
            for index in state.series.indices { state.series[index].forget(kept) }
            let gone = state.series.filter(\.isEmpty).map(\.id)
            guard !gone.isEmpty else { return [] }
            state.series.removeAll(where: \.isEmpty)
            let positions = state.series.enumerated().map { ($1.key, $0) }
            state.positions = Dictionary(positions) { $1 }
            return gone
        }
    }

    // MARK: Reading

    func histories(until time: Timestamp, _ detail: HistoryDetail) -> [ServiceHistory] {
        // Taken out of the lock first: recording must not wait for a page.
        let (series, kept) = state.withLock { ($0.series, $0.kept) }
        let now = time.millisecondsSinceEpoch
        return series.sorted { $0.key < $1.key }.map { $0.history(until: now, detail, kept) }
    }

    func history(of service: ServiceKey, until time: Timestamp, _ detail: HistoryDetail) -> ServiceHistory? {
        let (series, kept) = state.withLock { state in (state.positions[service].map { state.series[$0] }, state.kept) }
        return series?.history(until: time.millisecondsSinceEpoch, detail, kept)
    }

    func outages(in range: Range<Timestamp>) -> [ServiceKey: [Outage]] {
        let series = state.withLock { $0.series }
        let (start, end) = (range.lowerBound.millisecondsSinceEpoch, range.upperBound.millisecondsSinceEpoch)
        var found: [ServiceKey: [Outage]] = [:]
        for one in series {
            let outages = one.outages.filter { $0.start < end && ($0.end ?? .max) > start }
            if !outages.isEmpty { found[one.key] = outages.map(\.outage) }
        }
        return found
    }
}

extension HistoryMemory {
    /// Reads all series from a file.
    /// - Throws: `LocalHistoryError`, with `.damaged` for what SQLite finds damaged.
    func load(_ file: SQLiteConnection) throws(LocalHistoryError) {
        var series: [Int64: HistorySeries] = [:]
        try file.rows(#"SELECT id, kind, "group", name FROM service"#) { row in
            guard let kind = ServiceHistory.Kind(rawValue: row.text(1) ?? "") else { return }
            let key = ServiceKey(kind, group: row.text(2), name: row.text(3) ?? "")
            series[row.integer(0)] = HistorySeries(key: key, id: row.integer(0))
        }
        let ids = series.keys.sorted()
        var all = ids.compactMap { series[$0] }
        // By the number, without hashing: there are millions of points.
        var positions = [Int](repeating: -1, count: Int(ids.last ?? 0) + 1)
        for (position, id) in ids.enumerated() { positions[Int(id)] = position }
        func position(_ id: Int64) -> Int? {
            guard positions.indices.contains(Int(id)), positions[Int(id)] >= 0 else { return nil }
            return positions[Int(id)]
        }
        for length in PointLength.allCases {
            let columns = "time, service, attempts, successes, timed, total, longest"
            try file.rows("SELECT \(columns) FROM \(length.table) ORDER BY time, service") { row in
                guard let position = position(row.integer(1)) else { return }
                all[position].points[length.rawValue].append(StoredPoint(row))
            }
        }
        try file.rows("SELECT service, start, end, failures, cause FROM outage ORDER BY start") { row in
            guard let position = position(row.integer(0)) else { return }
            all[position].outages.append(
                StoredOutage(
                    start: row.integer(1), end: row.optionalInteger(2), failures: Int(row.integer(3)),
                    cause: row.text(4)))
        }
        try file.rows("SELECT service, time, text FROM cause ORDER BY time") { row in
            guard let position = position(row.integer(0)) else { return }
            all[position].causes.append(ServiceHistory.Cause(time: row.time(1), text: row.text(2) ?? ""))
        }
        try file.rows("SELECT service, start, end FROM maintenance ORDER BY start") { row in
            guard let position = position(row.integer(0)), row.integer(1) < row.integer(2) else { return }
            all[position].maintenance.append(row.time(1)..<row.time(2))
        }
        var kept = KeptSince()
        for length in PointLength.allCases {
            let since = try file.number("SELECT since FROM kept WHERE points = ?", [.text(length.table)])
            kept[length] = since ?? .min
        }
        for index in all.indices { all[index].resume() }
        let (loaded, since) = (all, kept)
        state.withLock { state in
            state = State()
            for one in loaded { state.append(one) }
            state.kept = since
        }
    }
}

extension StoredPoint {
    /// The columns time, service, attempts, successes, timed, total and longest.
    fileprivate init(_ row: borrowing SQLiteRow) {
        start = row.integer(0)
        attempts = UInt32(clamping: row.integer(2))
        successes = UInt32(clamping: row.integer(3))
        timed = UInt32(clamping: row.integer(4))
        total = row.integer(5)
        longest = Float(Double(row.integer(6)) / 1e6)
    }
}

extension StoredOutage {
    fileprivate var outage: Outage {
        Outage(
            start: Timestamp(millisecondsSinceEpoch: start), end: end.map { Timestamp(millisecondsSinceEpoch: $0) },
            failures: failures, cause: cause)
    }
}

extension SQLiteRow {
    /// A column with a time.
    func time(_ column: Int32) -> Timestamp { Timestamp(millisecondsSinceEpoch: integer(column)) }

    /// A column with a time; nil for null.
    func optionalTime(_ column: Int32) -> Timestamp? {
        optionalInteger(column).map { Timestamp(millisecondsSinceEpoch: $0) }
    }
}

extension ServiceKey: Comparable {
    /// By group, then by name.
    public static func < (left: ServiceKey, right: ServiceKey) -> Bool {
        (left.group ?? "", left.name, left.kind.rawValue) < (right.group ?? "", right.name, right.kind.rawValue)
    }
}
