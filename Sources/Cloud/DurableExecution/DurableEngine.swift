internal import Basics
internal import JSON

/// What the scopes of one run share: the record, who waits for what, and whether the run is suspended.
///
/// A flow is a piece of code that goes on by itself: the run's body, or one of the branches that run at the same time.
/// The engine counts the flows that do not wait. When there is none, nothing happens before the earliest of the waits
/// ends, and the process may end until then.
final class DurableEngine: Sendable {
    /// Why a pause ended.
    enum Wake: Sendable { case elapsed, signalled, changed, cancelled, suspended, failed(any Error) }

    private struct Waiter {
        let operation: String?
        let due: Timestamp?
        let continuation: CheckedContinuation<Wake, Never>
    }

    private struct State {
        /// What earlier processes have recorded and this one has not asked for yet, by id.
        var recorded: [String: DurableOperation]
        /// How many operations the backend counts.
        var count: Int
        /// Starts of children: recorded with their first operation.
        var postponed: [DurableUpdate] = []
        /// Callbacks, which others complete, and the retries of this process.
        var watched: [String: DurableOperation] = [:]
        var running = 1
        var waiters: [Int: Waiter] = [:]
        /// Pauses that have begun and do not wait yet.
        var begun: Set<Int> = []
        /// What has ended such pauses.
        var early: [Int: Wake] = [:]
        var lastToken = 0
        var suspension: DurableSuspension?
        /// Why something could not be recorded: what comes after it would be recorded without it.
        var failure: DurableError?

        /// Removes waiters that are to be woken; from now on they count as running.
        mutating func take(_ isMeant: (Waiter) -> Bool) -> [Waiter] {
            let tokens = waiters.filter { isMeant($0.value) }.map(\.key)
            running += tokens.count
            return tokens.compactMap { waiters.removeValue(forKey: $0) }
        }
    }

    let time: TimeSource
    let log: DurableLog
    private let suspendBefore: Timestamp?
    private let state: Locked<State>

    init(_ log: DurableLog, time: TimeSource, suspendBefore: Timestamp? = nil) {
        (self.log, self.time, self.suspendBefore) = (log, time, suspendBefore)
        var recorded: [String: DurableOperation] = [:]
        var count = 0
        for operation in log.operations where operation.identity.kind != .execution {
            recorded[operation.identity.id] = operation
            count += 1 + max(0, operation.attempts - (operation.status.isFinal ? 1 : 0))
        }
        state = Locked(State(recorded: recorded, count: count))
        // Weak: the engine holds the record.
        log.changes.receive { [weak self] in self?.merge($0) }
    }

    var suspension: DurableSuspension? { state.withLock { $0.suspension } }
    var isSuspended: Bool { suspension != nil }
    var failure: DurableError? { state.withLock { $0.failure } }

    /// The name of a recorded operation that was not asked for yet; nil when there is none with this id.
    func recordedName(_ id: String) -> String? { state.withLock { $0.recorded[id]?.identity.name } }
}

// MARK: - Operations

extension DurableEngine {
    /// Begins an operation: gives what is recorded of it, nil when it is new.
    /// - Throws: `DurableSuspension` when the run is suspended; why an earlier operation could not be recorded; a
    ///   mismatch; the limit.
    func begin(_ identity: DurableOperation.Identity) throws -> DurableOperation? {
        let recorded = try state.withLock { state -> DurableOperation? in
            if let suspension = state.suspension { throw suspension }
            if let failure = state.failure { throw failure }
            guard let recorded = state.recorded[identity.id] else {
                try log.check()
                try count(identity, &state)
                return nil
            }
            guard recorded.identity == identity else { throw mismatch(recorded.identity, identity) }
            state.recorded[identity.id] = nil
            return recorded
        }
        if recorded?.status.isFinal != true, let suspendBefore, time.now() >= suspendBefore {
            suspend(until: time.now())
            throw suspension ?? DurableSuspension(until: nil)
        }
        return recorded
    }

    private func count(_ identity: DurableOperation.Identity, _ state: inout State) throws {
        if let maximum = log.maximumOperations, state.count >= maximum {
            throw DurableError(
                .limit,
                "the operation \(identity.quoted) would be one more than the \(maximum) that \(log.place) takes: do "
                    + "more in one step, or split the run")
        }
        state.count += 1
    }

    private func mismatch(_ recorded: DurableOperation.Identity, _ asked: DurableOperation.Identity) -> DurableError {
        func text(_ identity: DurableOperation.Identity) -> String {
            let subtype = identity.subtype.map { " (\($0))" } ?? ""
            return "the \(identity.kind.noun)\(subtype) \"\(identity.name)\""
                + (identity.parent.map { " in \($0)" } ?? "")
        }
        return DurableError(
            .mismatch,
            "position \(asked.id) of the run in \(log.place) is recorded as \(text(recorded)), and the code asks for "
                + "\(text(asked)): the code was changed since the run began, or it decides by time, chance or the "
                + "outside world without a step; finish the run with the code that began it, or begin a new run")
    }

    /// Keeps an update until the next one is recorded.
    func postpone(_ update: DurableUpdate) { state.withLock { $0.postponed.append(update) } }

    /// Records updates, and returns when they are stored.
    func record(_ updates: [DurableUpdate], _ durability: DurableLog.Durability = .process) async throws {
        let all = state.withLock { state -> [DurableUpdate] in
            // What was known of the attempt before.
            for update in updates where update.action == .retry { state.watched[update.identity.id] = nil }
            // The end of a wait goes alone: it may be refused, and what was postponed must not be lost with it.
            guard !state.postponed.isEmpty, !updates.contains(where: { $0.action == .cancel }) else { return updates }
            defer { state.postponed = [] }
            return state.postponed + updates
        }
        do { try await log.record(all, durability) } catch let suspension as DurableSuspension {
            suspend(until: suspension.until)
            throw suspension
        } catch let error as DurableError {
            // The refusal of a single result or of the end of a wait leaves no gap.
            let leavesGap = error.code != .limit && !updates.contains { $0.action == .cancel }
            if leavesGap { state.withLock { $0.failure = $0.failure ?? error } }
            throw error
        }
        for update in updates where update.action == .retry { try state.withLock { try count(update.identity, &$0) } }
    }

    /// Takes over how operations have changed, and wakes who waits for them.
    private func merge(_ changed: [DurableOperation]) {
        let woken = state.withLock { state in
            for operation in changed {
                let id = operation.identity.id
                if state.recorded[id] != nil { state.recorded[id] = operation } else { state.watched[id] = operation }
            }
            let ids = Set(changed.map(\.identity.id))
            return state.take { $0.operation.map(ids.contains) == true }
        }
        for waiter in woken { waiter.continuation.resume(returning: .changed) }
    }

    /// Looks for changes from outside.
    func refresh() async throws { try await log.refresh() }
}

// MARK: - Waits

extension DurableEngine {
    /// Waits for a time.
    /// - Returns: false when the signal ended the wait, which is recorded.
    func wait(
        _ identity: DurableOperation.Identity, until due: Timestamp, unless signal: DurableSignal?
    ) async throws -> Bool {
        // A time that has passed wins over the signal: an earlier process may have gone on from here.
        let signal = time.now() < due ? signal : nil
        while true {
            switch try await pause(identity.id, until: due, unless: signal) {
            case .signalled: return try await cancel(identity)
            case .changed:
                if let operation = watched(identity), operation.status.isFinal { return operation.status != .cancelled }
            default:
                if try await isConfirmed(identity) { return true }
            }
        }
    }

    /// Records that a signal has ended a wait.
    /// - Returns: false; true when the service had completed the wait before.
    private func cancel(_ identity: DurableOperation.Identity) async throws -> Bool {
        do { try await record([DurableUpdate(identity, .cancel)]) } catch let error as DurableError {
            guard error.code == .refused else { throw error }
            try await refresh()
            guard watched(identity)?.status == .succeeded else { throw error }
        }
        return watched(identity)?.status == .succeeded
    }

    /// Waits for the time of a step's next attempt.
    func waitForAttempt(_ identity: DurableOperation.Identity, _ due: Timestamp?) async throws {
        while true {
            let due = log.timing == .service ? watched(identity)?.due ?? due : due
            _ = try await pause(identity.id, until: due ?? time.now(), unless: nil)
            if try await isConfirmed(identity) { return }
        }
    }

    /// Whether the service, where it decides, sees the time as passed too: clocks differ.
    ///
    /// Asks a few times; then the run is suspended, because the service begins it again at its own time.
    private func isConfirmed(_ identity: DurableOperation.Identity) async throws -> Bool {
        guard log.timing == .service else { return true }
        for attempt in 0..<6 {
            if watched(identity)?.isSettled == true { return true }
            if attempt > 0 { try await time.sleep(.milliseconds(25 << attempt)) }
            try await refresh()
        }
        _ = try await pause(identity.id, until: nil, unless: nil, polls: true)
        return false
    }

    /// Waits for one of the events that can end a pause; the process may be suspended in the meantime.
    /// - Parameters:
    ///   - operation: whose changes end the pause.
    ///   - polls: whether to look for changes.
    /// - Throws: `DurableSuspension`, `CancellationError`, or why it could not look.
    func pause(
        _ operation: String, until due: Timestamp?, unless signal: DurableSignal?, polls: Bool = false
    ) async throws -> Wake {
        let token = state.withLock { state in
            state.lastToken += 1
            state.begun.insert(state.lastToken)
            return state.lastToken
        }
        let listener = signal?.listen { self.wake(token, .signalled) }
        defer { if let listener { signal?.remove(listener) } }
        let wake = await withTaskGroup(of: Void.self) { group in
            if let due { group.addTask { await self.sleep(token, until: due) } }
            if polls { group.addTask { await self.poll(token) } }
            let wake = await self.wake(of: token, operation, due)
            group.cancelAll()
            return wake
        }
        switch wake {
        case .suspended: throw suspension ?? DurableSuspension(until: nil)
        case .cancelled: throw CancellationError()
        case .failed(let error): throw error
        case .elapsed, .signalled, .changed: return wake
        }
    }

    private func sleep(_ token: Int, until due: Timestamp) async {
        while time.now() < due {
            do { try await time.sleep(due - time.now()) } catch { return }
        }
        wake(token, .elapsed)
    }

    private func poll(_ token: Int) async {
        do {
            while true {
                try await time.sleep(log.pollInterval)
                try await refresh()
            }
        } catch is CancellationError {
        } catch {
            wake(token, .failed(error))
        }
    }

    private func wake(of token: Int, _ operation: String, _ due: Timestamp?) async -> Wake {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = time.now()
                let woken = state.withLock { state -> [(Waiter, Wake)] in
                    let waiter = Waiter(operation: operation, due: due, continuation: continuation)
                    state.begun.remove(token)
                    if let early = state.early.removeValue(forKey: token) { return [(waiter, early)] }
                    // It may have changed since the flow has looked.
                    if state.watched[operation]?.isSettled == true { return [(waiter, .changed)] }
                    if state.suspension != nil { return [(waiter, .suspended)] }
                    state.waiters[token] = waiter
                    state.running -= 1
                    return suspendIfIdle(&state, now).map { ($0, .suspended) }
                }
                for (waiter, wake) in woken { waiter.continuation.resume(returning: wake) }
            }
        } onCancel: {
            wake(token, .cancelled)
        }
    }

    private func wake(_ token: Int, _ wake: Wake) {
        let waiter = state.withLock { state -> Waiter? in
            if let waiter = state.waiters.removeValue(forKey: token) {
                // Counted here: the flow goes on, though it may take a moment to run.
                state.running += 1
                return waiter
            }
            if state.begun.contains(token), state.early[token] == nil { state.early[token] = wake }
            return nil
        }
        waiter?.continuation.resume(returning: wake)
    }

    private func watched(_ identity: DurableOperation.Identity) -> DurableOperation? {
        state.withLock { $0.watched[identity.id] }
    }
}

// MARK: - Suspension

extension DurableEngine {
    /// Suspends the run: who waits is woken, and who runs is stopped by its next operation.
    func suspend(until: Timestamp?) {
        let woken = state.withLock { state -> [Waiter] in
            if state.suspension == nil { state.suspension = DurableSuspension(until: until) }
            return state.take { _ in true }
        }
        for waiter in woken { waiter.continuation.resume(returning: .suspended) }
    }

    /// When no flow runs and the earliest wait is long, takes all who wait, to be woken with the suspension.
    private func suspendIfIdle(_ state: inout State, _ now: Timestamp) -> [Waiter] {
        guard state.running == 0, state.suspension == nil else { return [] }
        let next = state.waiters.values.compactMap(\.due).min()
        let isLong = log.longestIdleWait.map { longest in next.map { $0 - now > longest } ?? true } ?? false
        let isLate = suspendBefore.map { before in next.map { $0 >= before } ?? true } ?? false
        guard isLong || isLate else { return [] }
        state.suspension = DurableSuspension(until: next)
        return state.take { _ in true }
    }

    /// A further flow begins.
    func flowBegins() { state.withLock { $0.running += 1 } }

    /// A flow ends, or waits for others; `resumed` others that waited for it go on.
    func flowPauses(resuming resumed: Int = 0) {
        let now = time.now()
        let woken = state.withLock { state in
            state.running += resumed - 1
            return suspendIfIdle(&state, now)
        }
        for waiter in woken { waiter.continuation.resume(returning: .suspended) }
    }
}

// MARK: - Callbacks

extension DurableEngine {
    /// Begins to watch a callback that is recorded.
    func watch(_ operation: DurableOperation) { state.withLock { $0.watched[operation.identity.id] = operation } }

    /// Records a new callback.
    /// - Returns: its id, by which it is completed.
    func startCallback(
        _ identity: DurableOperation.Identity, _ timeout: Duration?, _ heartbeat: Duration?, _ now: Timestamp
    ) async throws -> String {
        var update = DurableUpdate.start(identity)
        (update.delay, update.due) = (timeout, timeout.map { now + $0 })
        (update.heartbeat, update.heartbeatDue) = (heartbeat, heartbeat.map { now + $0 })
        try await record([update], .surviving)
        guard let id = watched(identity)?.callbackID else {
            throw DurableError(.unavailable, "\(log.place) gave no id for the callback \(identity.quoted)")
        }
        return id
    }

    /// Waits until a callback is completed.
    func result(of identity: DurableOperation.Identity) async throws -> JSONValue {
        let ownsTime = log.timing == .process
        if ownsTime, watched(identity)?.status.isFinal == false { try await refresh() }
        while let operation = watched(identity) {
            if let outcome = operation.outcome {
                // The service has recorded it; elsewhere this process does, so that replays get the same.
                if ownsTime { try await record([completion(of: operation, outcome)]) }
                return try outcome.get()
            }
            let due = ownsTime ? [operation.due, operation.heartbeatDue].compactMap { $0 }.min() : nil
            if let due, due <= time.now() {
                var late = operation
                late.status = .timedOut
                watch(late)
            } else {
                _ = try await pause(identity.id, until: due, unless: nil, polls: true)
            }
        }
        throw DurableError(.unavailable, "the callback \(identity.quoted) is not recorded in \(log.place)")
    }

    private func completion(
        of operation: DurableOperation, _ outcome: Result<JSONValue, any Error>
    ) -> DurableUpdate {
        switch outcome {
        case .success(let result): .succeed(operation.identity, result)
        case .failure(let failure as DurableFailure): .fail(operation.identity, failure)
        case .failure: DurableUpdate(operation.identity, .timeOut)
        }
    }
}
