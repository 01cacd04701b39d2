public import Basics
public import JSON
internal import StateStore

/// Works off the runs whose owner is gone: puts back what they changed, plays their rollbacks, and proves it.
///
/// `tocsin chaos recover` and the scheduled sweep are this. Two at the same time are harmless: each run is in the hands
/// of one of them, and the one that lost it stops.
public struct Recovery: Sendable {
    /// Plays the rollbacks of a run, with a new journal, and returns what became of them; throws when they cannot be
    /// played.
    ///
    /// The run must be kept by heartbeats meanwhile. May be called again after a crash.
    public typealias PlayRollbacks = @Sendable (LedgerRun) async throws -> [PlayedRollback]

    private let ledger: Ledger
    private let restorer: Restorer
    private let prepare: @Sendable (RunRecord) async throws -> Void
    private let playRollbacks: PlayRollbacks

    /// A recovery.
    /// - Parameters:
    ///   - ledger: its owner is the recovery.
    ///   - prepare: called before a run is worked on; when it throws, nothing of the run is read or changed.
    public init(
        _ ledger: Ledger, _ restorer: Restorer,
        playRollbacks: @escaping PlayRollbacks = { _ in [] },
        prepare: @escaping @Sendable (RunRecord) async throws -> Void = { _ in }
    ) {
        (self.ledger, self.restorer, self.prepare, self.playRollbacks) = (ledger, restorer, prepare, playRollbacks)
    }

    /// Works off all orphaned runs, or some.
    /// - Parameters:
    ///   - runs: their ids; nil for all.
    ///   - end: no attempt begins after it; the rest stays for the next recovery.
    ///   - progress: told of each entry as soon as it is settled.
    /// - Throws: `StateStoreError` when the ledger cannot be read; what goes wrong with one run is in the report.
    public func run(
        only runs: Set<String>? = nil, until end: Timestamp? = nil,
        progress: @escaping @Sendable (RunRecord, LedgerEntry) -> Void = { _, _ in }
    ) async throws -> RecoveryReport {
        let documents = try await ledger.store.documents(until: ledger.time.now() + ledger.timeout)
        let (summaries, faults) = Ledger.summaries(documents)
        var report = RecoveryReport(runs: [], faults: faults)
        for summary in summaries where runs?.contains(summary.record.run) ?? true {
            report.runs.append(await recover(summary, end, progress))
        }
        for run in (runs ?? []).sorted() where !summaries.contains(where: { $0.record.run == run }) {
            report.faults.append("the ledger has no run \(run): it has ended, or there never was one")
        }
        _ = try await ledger.removeRemains(documents)
        return report
    }

    private func recover(
        _ summary: LedgerSummary, _ end: Timestamp?, _ progress: @escaping @Sendable (RunRecord, LedgerEntry) -> Void
    ) async -> RecoveryReport.Run {
        var result = RecoveryReport.Run(
            run: summary.record.run, title: summary.record.title, entries: summary.entries.map(restorer.masked),
            state: .stillBroken)
        do {
            guard summary.isOrphaned(at: ledger.time.now()),
                let run = try await ledger.takeOver(summary.record.run)
            else {
                result.state = .running
                return result
            }
            do { try await recover(run, &result, end, progress) } catch {
                result.failure = "\(error)"
                try? await run.release()
            }
            result.entries = run.entries.map(restorer.masked)
        } catch {
            result.failure = "\(error)"
        }
        return result
    }

    private func recover(
        _ run: LedgerRun, _ result: inout RecoveryReport.Run, _ end: Timestamp?,
        _ progress: @escaping @Sendable (RunRecord, LedgerEntry) -> Void
    ) async throws {
        try await run.seal()
        let record = run.record
        try await prepare(record)
        let restores = record.restore.restores(afterInterruption: true)
        try await restorer.settle(run, restores: restores, until: end) { progress(record, $0) }
        if !record.rollbacksPlayed {
            guard end.map({ ledger.time.now() < $0 }) ?? true else {
                result.failure = "no time was left for the rollbacks: the next recovery plays them"
                return try await run.release()
            }
            do {
                // Those of a run that was never permitted may be actions that the guard denies.
                let played = record.awaitsPermission ? [] : try await playRollbacks(run)
                result.rollbacks = played
                let failed = played.filter { $0.failure != nil }.map(\.name)
                try await run.update { record in
                    record.rollbacksPlayed = failed.isEmpty
                    record.openRollbacks = failed
                }
            } catch { result.failure = "the rollbacks could not be played: \(error)" }
            // The rollbacks may have put back what the undos could not, or made it possible.
            try await restorer.settle(run, restores: restores, attempts: 1, until: end) { progress(record, $0) }
        }
        if run.record.rollbacksPlayed, try await run.close() {
            result.state = run.entries.contains { $0.state == .left } ? .left : .restored
        } else {
            try await run.release()
        }
    }

    /// Takes a run out of the ledger on the word of a person, whatever state its targets are in.
    /// - Returns: the entries that are left as they are; nil when the run is not in the ledger or is being executed.
    public func discharge(_ run: String, by person: String, reason: String) async throws -> [LedgerEntry]? {
        guard let run = try await ledger.takeOver(run) else { return nil }
        try await run.seal()
        let left = run.entries.filter(\.state.isOpen).map { entry in
            var entry = entry
            (entry.state, entry.settled) = (.left, ledger.time.now())
            entry.reason = "left by \(person): \(reason)"
            return entry
        }
        try await run.settle(left)
        try await run.close()
        return left
    }
}

/// What a recovery has found and done, for people, the notifier and a metric.
public struct RecoveryReport: Sendable {
    /// One run of the ledger.
    public struct Run: Sendable {
        /// What became of a run.
        public enum State: String, Sendable {
            /// Its owner is at work on it: nothing was done.
            case running
            /// Everything is proven to be as before, or nothing is left of it, and the rollbacks were played; the run
            /// left the ledger.
            case restored
            /// Something stays changed because the run's policy wants it so; the run left the ledger.
            case left
            /// Something is still broken or could not be read, or a rollback failed: the run stays in the ledger.
            case stillBroken = "still-broken"
        }

        /// The run's id.
        public let run: String
        /// The experiment's title.
        public let title: String
        /// The targets, with what was found of each.
        public internal(set) var entries: [LedgerEntry]
        /// The rollbacks that were played.
        public internal(set) var rollbacks: [PlayedRollback] = []
        /// What became of the run.
        public internal(set) var state: State
        /// What went wrong with the run itself.
        public internal(set) var failure: String?
    }

    /// The runs, the oldest first.
    public internal(set) var runs: [Run]
    /// What is damaged in the ledger.
    public internal(set) var faults: [String]

    /// How many targets of runs that were worked on are in a state.
    public func count(_ state: LedgerEntry.State) -> Int {
        runs.filter { $0.state != .running }.flatMap(\.entries).count { $0.state == state }
    }

    /// How many targets are still broken and rollbacks have failed; a run that could not be worked on counts as one.
    public var stillBroken: Int {
        runs.filter { $0.state == .stillBroken }.reduce(0) { count, run in
            count
                + max(1, run.entries.count { $0.state.isOpen } + run.rollbacks.count { $0.failure != nil })
        }
    }

    /// Whether nothing needs another recovery or a person.
    public var isClean: Bool {
        faults.isEmpty && runs.allSatisfy { $0.state != .stillBroken && $0.failure == nil }
    }

    /// `{"restored", "nothing-left", "left", "still-broken", "runs": [{"run", "title", "state", "failure", "entries",
    /// "rollbacks": [{"name", "failure"}]}], "faults"}`: the first three are numbers of targets, the fourth is
    /// ``stillBroken``.
    public var json: JSONValue {
        var object: JSONObject = [:]
        for state in [LedgerEntry.State.restored, .nothingLeft, .left] {
            object[state.rawValue] = .integer(Int64(count(state)))
        }
        object[LedgerEntry.State.stillBroken.rawValue] = .integer(Int64(stillBroken))
        object["runs"] = .array(
            runs.map { run in
                var object: JSONObject = [
                    "run": .string(run.run), "title": .string(run.title), "state": .string(run.state.rawValue),
                ]
                object["failure"] = run.failure.map { .string($0) }
                object["entries"] = .array(run.entries.map(\.json))
                object["rollbacks"] = .array(run.rollbacks.map(\.json))
                return .object(object)
            })
        object["faults"] = .array(faults.map { .string($0) })
        return .object(object)
    }

    /// One line a target and a rollback, for terminals and messages.
    public var lines: [String] {
        runs.flatMap { run -> [String] in
            let title = "\(run.run) (\(run.title)): "
            if run.state == .running { return [title + "is being executed, nothing was done"] }
            let failure = run.failure.map { [title + $0] } ?? []
            let targets = run.entries.map {
                "\(title)\($0.title): \($0.state.rawValue)" + ($0.reason.map { ", \($0)" } ?? "")
            }
            let rollbacks = run.rollbacks.map { "\(title)rollback \($0.name): " + ($0.failure ?? "played") }
            let lines = failure + targets + rollbacks
            return lines.isEmpty ? [title + "has nothing to put back"] : lines
        } + faults
    }
}
