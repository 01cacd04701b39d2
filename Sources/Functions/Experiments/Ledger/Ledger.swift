public import Basics
internal import JSON
public import StateStore

/// What all runs have changed and not yet put back, in a ``StateStore``.
///
/// A run is in the ledger from its start to its proven end. What it is about to change is written before the change, so
/// that another process can undo it. One process at a time works on a run: it holds a lease, and a process that lost
/// its lease can add nothing any more.
///
///     let run = try await ledger.open(RunRecord(run: id, …))
///     try await run.recordIntent(intent)     // before the change
///     …                                      // the change
///     try await run.recordChange(of: intent.activity)
///     _ = try await restorer.settle(run, …)  // after the rollbacks
///     try await run.close()
public struct Ledger: Sendable {
    let store: StateStore
    let time: TimeSource
    let owner: RunOwner
    let leaseDuration: Duration
    let timeout: Duration

    /// - Parameters:
    ///   - owner: who works on the runs that are opened here.
    ///   - leaseDuration: how long a run stays ours after the last heartbeat.
    ///   - timeout: the longest time of one operation of the ledger, which may take several calls of the store.
    public init(
        store: StateStore, time: TimeSource, owner: RunOwner = .process(), leaseDuration: Duration = .seconds(120),
        timeout: Duration = .seconds(30)
    ) {
        (self.store, self.time, self.owner) = (store, time, owner)
        (self.leaseDuration, self.timeout) = (leaseDuration, timeout)
    }

    /// Enters a run, or goes on with it when the same owner has entered it before.
    /// - Returns: nil when the run has ended, within the last day at least: nothing may be changed for it any more.
    /// - Throws: ``ExperimentError`` with `refused` when another process executes the run; `StateStoreError`.
    public func open(_ record: RunRecord) async throws -> LedgerRun? {
        guard RunRecord.isRunID(record.run) else {
            throw ExperimentError(
                .invalid, "the run's id is \"\(record.run)\": expected 1 to 64 letters, digits, -, _ and .")
        }
        let (keys, deadline) = (LedgerKeys(run: record.run), time.now() + timeout)
        let leases = leases(owner.name)
        switch try await leases.acquire(keys.owner, until: time.now() + leaseDuration, deadline: deadline) {
        case .completed: return nil
        case .heldByOther:
            throw ExperimentError(.refused, "the run \(record.run) is being executed by another process")
        case .acquired(let lease):
            if let known = try await read(record.run) { return LedgerRun(self, lease, known) }
            // The record comes last: a run without one was not begun.
            let pieces = JSONValue.object(record.document).description.pieces(bytes: Self.maximumBytes)
            for (index, piece) in pieces.enumerated() {
                _ = try await store.write(piece, to: keys.piece(index + 1), until: deadline)
            }
            let text = record.json(pieces: pieces.count).description
            guard text.utf8.count <= Self.maximumBytes else {
                throw ExperimentError(.refused, "the run's configuration is larger than 250 KB")
            }
            let outcome = try await store.write(text, to: keys.record, if: .absent, until: deadline)
            if case .written(let version) = outcome {
                return LedgerRun(self, lease, LedgerContent(record: record, version: version, pieces: pieces.count))
            }
            // An earlier write got through and its answer was lost.
            return try await read(record.run).map { LedgerRun(self, lease, $0) }
        }
    }

    /// Whether a run is in the ledger: it has begun and not ended.
    func contains(_ run: String) async throws -> Bool {
        try await store.document(LedgerKeys(run: run).record, until: time.now() + timeout) != nil
    }

    /// Takes a run from an owner that is gone.
    /// - Returns: nil when the owner may still act, or when somebody else was faster.
    /// - Throws: `StateStoreError`; ``ExperimentError`` when a document is damaged.
    func takeOver(_ run: String) async throws -> LedgerRun? {
        let (key, deadline) = (LedgerKeys(run: run).owner, time.now() + timeout)
        let holder = try await leases(owner.name).holder(of: key, deadline: deadline)
        if let name = holder?.name, let end = holder?.end, end > time.now(), name != owner.name {
            guard RunOwner.liveness(of: name) == .gone else { return nil }
            // In the name of the dead process, because its lease has not ended yet.
            let inItsName = leases(name)
            guard case .acquired(let lease) = try await inItsName.acquire(key, until: end, deadline: deadline),
                try await inItsName.release(lease, leaving: .null, deadline: deadline)
            else { return nil }
        }
        let attempt = try await leases(owner.name).acquire(
            key, until: time.now() + leaseDuration, deadline: deadline)
        guard case .acquired(let lease) = attempt else { return nil }
        guard let content = try await read(run) else {
            // It was closed in between.
            _ = try await leases(owner.name).release(lease, leaving: .null, deadline: deadline)
            return nil
        }
        return LedgerRun(self, lease, content)
    }

    func leases(_ holder: String) -> Leases { Leases(in: store, holder: holder, now: time.now) }

    /// The longest text of one document: an item of DynamoDB has at most 400 KB with its key.
    static let maximumBytes = 250_000

    /// Reads a run with all its documents; nil when it has no record.
    private func read(_ run: String) async throws -> LedgerContent? {
        let keys = LedgerKeys(run: run)
        func document(_ key: String) async throws -> StateStore.Document? {
            try await store.document(key, until: time.now() + timeout)
        }
        func damaged(_ key: String) -> ExperimentError {
            ExperimentError(.notReadable, "the ledger's document \(key) is damaged or missing")
        }
        guard let stored = try await document(keys.record) else { return nil }
        guard let json = stored.json, var record = RunRecord(json) else {
            throw damaged(keys.record)
        }
        var content = LedgerContent(
            record: record, version: stored.version, pieces: Int(clamping: json["pieces"]?.intValue ?? 0))
        var text = ""
        for number in 1...max(1, content.pieces) {
            guard let piece = try await document(keys.piece(number)) else { throw damaged(keys.piece(number)) }
            text += piece.text
        }
        guard let experiment = (try? JSONValue(parsing: text))?.objectValue else { throw damaged(keys.piece(1)) }
        record.document = experiment
        content.record = record
        while let next = try await document(keys.part(content.parts.count + 1)) {
            let part = try LedgerPart(next, key: keys.part(content.parts.count + 1))
            content.append(part, next.version)
        }
        return content
    }
}

/// The documents of a run, as this process knows them.
struct LedgerContent {
    var record: RunRecord
    var version: StateStore.Version
    /// In how many documents the experiment is.
    var pieces: Int
    private(set) var parts: [(part: LedgerPart, version: StateStore.Version)] = []
    /// The parts of each activity, by their places: a run may have thousands.
    private(set) var places: [String: [Int]] = [:]

    init(record: RunRecord, version: StateStore.Version, pieces: Int) {
        (self.record, self.version, self.pieces) = (record, version, pieces)
    }

    mutating func append(_ part: LedgerPart, _ version: StateStore.Version) {
        // A part has the entries of one activity.
        if let activity = part.entries.first?.activity { places[activity, default: []].append(parts.count) }
        parts.append((part, version))
    }

    mutating func replace(_ place: Int, by part: LedgerPart) { parts[place].part = part }
    mutating func replace(_ place: Int, version: StateStore.Version) { parts[place].version = version }
}

/// A run of the ledger, for listings.
public struct LedgerSummary: Sendable {
    /// The run; without its document.
    public let record: RunRecord
    /// Who executes it; nil when nobody does.
    public let owner: String?
    /// When the owner's lease ends.
    public let leaseEnd: Timestamp?
    /// What it has changed or is about to change.
    public let entries: [LedgerEntry]

    /// Whether the owner can be taken for gone.
    public func isOrphaned(at now: Timestamp) -> Bool {
        guard let owner, let leaseEnd, leaseEnd > now else { return true }
        return RunOwner.liveness(of: owner) == .gone
    }
}

extension Ledger {
    /// All runs that have not ended, the oldest first, and what is damaged.
    ///
    /// Reads every document of the store once.
    public func runs() async throws -> (runs: [LedgerSummary], faults: [String]) {
        try await Self.summaries(store.documents(until: time.now() + timeout))
    }

    static func summaries(
        _ documents: [String: StateStore.Document]
    ) -> (runs: [LedgerSummary], faults: [String]) {
        var records: [String: RunRecord] = [:]
        var owners: [String: LeaseHolder] = [:]
        var parts: [String: [(number: Int, part: LedgerPart)]] = [:]
        var faults: [String] = []
        for (key, document) in documents.sorted(by: { $0.key < $1.key }) {
            guard let (run, rest) = LedgerKeys.parse(key) else { continue }
            if rest.isEmpty {
                records[run] = document.json.flatMap { RunRecord($0) }
                if records[run] == nil { faults.append("the ledger's document \(key) is damaged") }
            } else if rest == "owner" {
                owners[run] = LeaseHolder(document)
            } else if let number = Int(rest) {
                do throws(ExperimentError) {
                    parts[run, default: []].append((number, try LedgerPart(document, key: key)))
                } catch { faults.append(error.message) }
            }
        }
        // Documents without a record come from a close that was cut off, after everything was proven.
        for (run, list) in parts where records[run] == nil && list.contains(where: { $0.part.isOpen }) {
            faults.append("the ledger has changes of the run \(run) and no record of it")
        }
        let runs = records.map { run, record in
            let entries = (parts[run] ?? []).sorted { $0.number < $1.number }.flatMap { $0.part.entries }
            return LedgerSummary(record: record, owner: owners[run]?.name, leaseEnd: owners[run]?.end, entries: entries)
        }
        return (runs.sorted { ($0.record.started, $0.record.run) < ($1.record.started, $1.record.run) }, faults)
    }

    /// Removes what closed runs have left to keep slow processes out, when it is older than a day.
    /// - Returns: how many documents.
    func removeRemains(_ documents: [String: StateStore.Document]) async throws -> Int {
        var count = 0
        let old = time.now() - .seconds(86_400)
        for (key, document) in documents {
            guard let (run, rest) = LedgerKeys.parse(key), !rest.isEmpty,
                documents[LedgerKeys(run: run).record] == nil
            else { continue }
            let isOld: Bool
            if rest == "owner" {
                let end = document.json?["value"]?.objectValue?.time("ended") ?? LeaseHolder(document).end
                isOld = end < old && (end.microseconds != 0 || LeaseHolder(document).isCompleted)
            } else if Int(rest) != nil, let part = try? LedgerPart(document, key: key), !part.isOpen {
                isOld = (part.sealed ?? part.entries.compactMap(\.settled).max() ?? time.now()) < old
            } else {
                continue
            }
            guard isOld else { continue }
            let deadline = time.now() + timeout
            if try await store.remove(key, if: .unchanged(document.version), until: deadline) { count += 1 }
        }
        return count
    }
}

extension String {
    /// The text in pieces of at most so many bytes each, cut between characters; one empty piece for an empty text.
    fileprivate func pieces(bytes: Int) -> [String] {
        var pieces: [String] = []
        var rest = self[...]
        while rest.utf8.count > bytes {
            var end = rest.utf8.index(rest.startIndex, offsetBy: bytes)
            while end.samePosition(in: unicodeScalars) == nil { end = rest.utf8.index(before: end) }
            pieces.append(String(rest[..<end]))
            rest = rest[end...]
        }
        return pieces + [String(rest)]
    }
}
