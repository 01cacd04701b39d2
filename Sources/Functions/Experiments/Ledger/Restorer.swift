public import Basics

/// Puts back what a run has changed, and proves it: each target is read again, whatever the calls answered.
public struct Restorer: Sendable {
    /// How hard it is tried.
    public struct Limits: Sendable {
        /// How often a target is put back and read again, in one call of ``Restorer/settle(_:restores:until:)``.
        public var attempts = 6
        /// The pause after the first attempt; each further one is twice as long.
        public var firstPause = Duration.seconds(2)
        /// The longest pause.
        public var longestPause = Duration.seconds(30)
        /// How long a change may take to show after a crash: a target that looks untouched is read again after it.
        public var settling = Duration.seconds(10)
        /// How long a change may take to show that was made: a target is not believed to be restored before.
        public var visibility = Duration.seconds(5)
        /// How many targets of one activity are put back at the same time.
        public var concurrency = 8

        /// For about a minute of trying.
        public init() {}
    }

    /// Makes the calls of an undo: credentials and secrets come from where the recovery runs.
    ///
    /// Without an invocation no attempt is made: waiting would not help.
    public typealias MakeInvocation =
        @Sendable (_ run: RunRecord, _ entry: LedgerEntry) async throws -> NativeActivity.Invocation

    private let registry: ActivityRegistry
    private let time: TimeSource
    private let limits: Limits
    private let invocation: MakeInvocation

    /// A restorer with the undos of a registry.
    public init(
        _ registry: ActivityRegistry, time: TimeSource, limits: Limits = Limits(),
        invocation: @escaping MakeInvocation
    ) {
        (self.registry, self.time, self.limits, self.invocation) = (registry, time, limits, invocation)
    }

    /// Settles all open entries of a run, the last change first, and records what was found.
    ///
    /// It may be called again, also by two processes at the same time: an undo is made only where the target was read
    /// as changed, and undos can be repeated.
    /// - Parameters:
    ///   - restores: whether targets that are still changed are put back; otherwise they are left, and told.
    ///   - attempts: another number of attempts than the limits allow.
    ///   - end: no attempt begins after it; what is not done by then is still broken.
    ///   - progress: told of each entry as soon as it is settled.
    /// - Returns: all entries of the run.
    /// - Throws: what the ledger throws; failures of an undo are in the entries.
    @discardableResult
    public func settle(
        _ run: LedgerRun, restores: Bool, attempts: Int? = nil, until end: Timestamp? = nil,
        progress: @escaping @Sendable (LedgerEntry) -> Void = { _ in }
    ) async throws -> [LedgerEntry] {
        var rest = Array(run.entries.filter(\.state.isOpen).reversed())
        while let first = rest.first {
            // The targets of one activity were changed together, so their order does not matter.
            let group = rest.prefix { $0.activity == first.activity }.prefix(limits.concurrency)
            rest.removeFirst(group.count)
            try await run.renewIfDue()
            let record = run.record
            let settled = await withTaskGroup(of: LedgerEntry.self) { tasks in
                for entry in group {
                    tasks.addTask {
                        let settled = await self.settled(
                            entry, record, attempts: restores ? attempts ?? limits.attempts : 0, end)
                        progress(settled)
                        return settled
                    }
                }
                return await tasks.reduce(into: []) { $0.append($1) }
            }
            try await run.settle(settled)
            try Task.checkCancellation()
        }
        return run.entries
    }

    /// The entry without what may hold secrets, for reports.
    func masked(_ entry: LedgerEntry) -> LedgerEntry { entry.masked(by: registry) }

    // MARK: One entry

    private func settled(
        _ entry: LedgerEntry, _ run: RunRecord, attempts: Int, _ end: Timestamp?
    ) async -> LedgerEntry {
        var entry = entry
        guard let undo = registry.activity(module: entry.module, function: entry.function)?.undo else {
            entry.settle(.stillBroken("this program knows no undo of \(entry.module).\(entry.function)"), time.now())
            return entry
        }
        let call: NativeActivity.Invocation
        do { call = try await invocation(run, entry) } catch {
            entry.settle(.stillBroken("its state could not be read: \(error)"), time.now())
            return entry
        }
        var (outcome, isRead) = await check(undo, entry, call)
        if outcome == .restored, let pause = doubt(entry) {
            try? await time.sleep(pause)
            (outcome, isRead) = await check(undo, entry, call)
        }
        if case .stillBroken = outcome, attempts == 0 {
            entry.settle(outcome, time.now())
            // What nobody could read is not left on purpose.
            if isRead { entry.state = .left }
            return entry
        }
        var pause = limits.firstPause
        for attempt in 1...max(1, attempts) {
            guard case .stillBroken = outcome, end.map({ time.now() < $0 }) ?? true, !Task.isCancelled else { break }
            entry.attempts += 1
            let failure = await restore(undo, entry, call)
            outcome = await check(undo, entry, call).outcome
            guard case .stillBroken(let reason) = outcome else { break }
            if let failure { outcome = .stillBroken("\(reason); the last attempt failed: \(failure)") }
            guard attempt < attempts else { break }
            try? await time.sleep(pause)
            pause = min(pause * 2, limits.longestPause)
            // It may have become whole without another call.
            let later = await check(undo, entry, call).outcome
            if case .stillBroken = later { continue }
            outcome = later
        }
        entry.settle(outcome, time.now())
        return entry
    }

    /// How long the change of a target that looks untouched may still not show; nil when it must show.
    private func doubt(_ entry: LedgerEntry) -> Duration? {
        switch entry.state {
        case .intended: return limits.settling  // it may have been asked for
        case .changed:
            let rest = (entry.changed ?? entry.intended) + limits.visibility - time.now()
            return rest > .zero ? rest : nil
        default: return nil
        }
    }

    private func check(
        _ undo: NativeActivity.Undo, _ entry: LedgerEntry, _ call: NativeActivity.Invocation
    ) async -> (outcome: RestoreOutcome, isRead: Bool) {
        do {
            return (try await undo.check(call, entry.target, entry.before), true)
        } catch {
            return (.stillBroken("its state could not be read: \(error)"), false)
        }
    }

    /// - Returns: why it failed; nil when the calls succeeded, which proves nothing yet.
    private func restore(
        _ undo: NativeActivity.Undo, _ entry: LedgerEntry, _ call: NativeActivity.Invocation
    ) async -> String? {
        do {
            try await undo.restore(call, entry.target, entry.before)
            return nil
        } catch {
            return "\(error)"
        }
    }
}

extension LedgerEntry {
    fileprivate mutating func settle(_ outcome: RestoreOutcome, _ now: Timestamp) {
        settled = now
        switch outcome {
        case .restored: (state, reason) = (.restored, nil)
        case .nothingLeft(let why): (state, reason) = (.nothingLeft, why)
        case .stillBroken(let why): (state, reason) = (.stillBroken, why)
        }
        // A service's answer may be long, and every attempt writes it.
        if let text = reason, text.utf8.count > 1_000 { reason = text.prefix(1_000) + "…" }
    }
}
