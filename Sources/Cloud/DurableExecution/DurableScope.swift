public import Basics
public import JSON
import Synchronization

/// A durable run, or one of its children: a sequence of named operations whose results are remembered.
///
/// When another process takes the run up again, it executes the same code from the start. Operations that were recorded
/// return their recorded results without being executed again, so the code goes on where the last process ended. For
/// that, the code must ask for the same operations in the same order each time: time, chance and the outside world are
/// read only inside of steps. An operation of another kind or name than the recorded one is an error.
///
///     let before = try await scope.step("count tasks") { try await count() }
///     try await scope.wait("settle", for: .seconds(3_600))
///     _ = try await scope.step("scale", .atMostOnce) { try await scale(before) }
///
/// A scope belongs to one flow of code: operations of one scope are not asked for by several tasks at a time. What runs
/// at the same time gets scopes of its own from ``concurrently(_:)``.
///
/// All operations throw ``DurableSuspension`` when this process is to end before the run does. The code must let that
/// error through. When something could not be recorded, that operation and all further ones throw why.
public final class DurableScope: Sendable {
    let engine: DurableEngine
    /// The operation whose scope this is; nil for the run itself.
    let parent: String?
    private let position = Atomic(0)
    /// The operation that goes on; there is one at a time.
    private let current = Locked<DurableOperation.Identity?>(nil)

    init(_ engine: DurableEngine, parent: String? = nil) { (self.engine, self.parent) = (engine, parent) }

    /// A scope that remembers nothing beyond this process.
    public convenience init(inMemory time: TimeSource) {
        self.init(DurableEngine(.memory(), time: time))
    }

    /// Whether the next operation is already recorded, so that messages about it were given before.
    public var isReplaying: Bool { engine.recordedName(id(at: position.load(ordering: .relaxed) + 1)) != nil }

    /// Whether the next operation was recorded, and with this name.
    ///
    /// For decisions that depend on the outside world: take the recorded one before making a new one.
    public func isNext(_ name: String) -> Bool {
        engine.recordedName(id(at: position.load(ordering: .relaxed) + 1)) == DurableOperation.recordedName(of: name)
    }

    /// Takes the next position, for an operation of this kind.
    func next(
        _ kind: DurableOperation.Kind, _ name: String, subtype: String? = nil
    ) -> DurableOperation.Identity {
        let position = position.add(1, ordering: .relaxed).newValue
        return DurableOperation.Identity(
            id: id(at: position), parent: parent, kind: kind, subtype: subtype,
            name: DurableOperation.recordedName(of: name))
    }

    /// Begins an operation.
    ///
    /// Each operation calls ``end()`` when it is over.
    /// - Returns: what is recorded of it, nil when it is new.
    private func begin(_ identity: DurableOperation.Identity) throws -> DurableOperation? {
        let other = current.withLock { current in
            defer { if current == nil { current = identity } }
            return current
        }
        if let other {
            throw DurableError(
                .mismatch,
                "the \(identity.kind.noun) \(identity.quoted) is asked for while the \(other.kind.noun) \(other.quoted) of "
                    + "the same scope goes on: a child has a scope of its own for its operations, and what runs at the "
                    + "same time belongs into branches of `concurrently`")
        }
        do { return try engine.begin(identity) } catch {
            end()
            throw error
        }
    }

    private func end() { current.withLock { $0 = nil } }

    private func id(at position: Int) -> String { parent.map { "\($0)-\(position)" } ?? "\(position)" }
}

extension DurableScope {
    /// Runs a body once and remembers its result.
    ///
    /// What the body throws is remembered only when `failure` says so. Code that catches a step's error and goes on
    /// with other operations must have it remembered, because the next process would otherwise run the body again and
    /// might get a result.
    /// - Parameters:
    ///   - name: For people, and compared on replay. Recorded as up to 256 printable ASCII characters.
    ///   - repetition: What happens when a process ended inside the body.
    ///   - retry: How often the body runs again after an error. `CancellationError` is not retried.
    ///   - failure: Whether the last error is remembered.
    /// - Throws: What the body throws; ``DurableFailure`` in its place when it is remembered, now as on replay;
    ///   `DurableError.interrupted` for a step that may run at most once and whose process ended inside it.
    public func step(
        _ name: String, _ repetition: StepRepetition = .atLeastOnce, retry: StepRetry = .never,
        failure: StepFailure = .forgotten, _ body: () async throws -> JSONValue
    ) async throws -> JSONValue {
        let identity = next(.step, name)
        let recorded = try begin(identity)
        defer { end() }
        if let outcome = recorded?.outcome { return try outcome.get() }
        if repetition == .atMostOnce, recorded?.status == .started {
            throw DurableError(
                .interrupted,
                "a process ended inside the step \(identity.quoted), which may run at most once: whether it had an "
                    + "effect must be found out by other means")
        }
        var attempt = (recorded?.attempts ?? 0) + 1
        var isStarted = recorded != nil
        if let recorded, recorded.status == .pending { try await engine.waitForAttempt(identity, recorded.due) }
        while true {
            if repetition == .atMostOnce {
                try await engine.record([.start(identity)], .surviving)
                isStarted = true
            }
            let start = isStarted ? [] : [DurableUpdate.start(identity)]
            isStarted = true
            let failed: any Error
            switch await Result(catching: body) {
            case .success(let result):
                try await engine.record(start + [.succeed(identity, result)])
                return result
            case .failure(let error): failed = error
            }
            if failed is DurableSuspension || failed is CancellationError || engine.isSuspended { throw failed }
            guard let delay = retry.delay(after: attempt) else {
                guard failure == .remembered else { throw failed }
                let failure = DurableFailure(failed)
                try await engine.record(start + [.fail(identity, failure)])
                throw failure
            }
            let due = engine.time.now() + delay
            try await engine.record(start + [.retry(identity, .failure(DurableFailure(failed)), delay, due)])
            try await engine.waitForAttempt(identity, due)
            attempt += 1
        }
    }

    /// Asks again and again until a condition holds, without a process between two checks where the backend can do so.
    ///
    /// Counts as one operation and one more for each further check. What `check` throws is not remembered.
    /// - Parameters:
    ///   - interval: the time between two checks; from one second on.
    ///   - state: what the first check gets; each further one gets what the one before left.
    /// - Returns: the value with which a check ended the waiting.
    public func waitForCondition(
        _ name: String, every interval: Duration, from state: JSONValue = .null,
        _ check: (_ state: JSONValue) async throws -> DurableCheck
    ) async throws -> JSONValue {
        let identity = next(.step, name, subtype: "WaitForCondition")
        let recorded = try begin(identity)
        defer { end() }
        if let outcome = recorded?.outcome { return try outcome.get() }
        var state = recorded?.result ?? state
        var start = recorded == nil ? [DurableUpdate.start(identity)] : []
        if let recorded, recorded.status == .pending { try await engine.waitForAttempt(identity, recorded.due) }
        while true {
            switch try await check(state) {
            case .holds(let value):
                try await engine.record(start + [.succeed(identity, value)])
                return value
            case .again(let next):
                state = next
                let delay = max(interval, .seconds(1))
                let due = engine.time.now() + delay
                try await engine.record(start + [.retry(identity, .success(state), delay, due)])
                start = []
                try await engine.waitForAttempt(identity, due)
            }
        }
    }

    /// Waits, without a process where the backend can do so.
    ///
    /// - Parameter signal: ends the wait early when it is raised.
    /// - Returns: `false` when the signal ended the wait. The answer is remembered.
    @discardableResult
    public func wait(_ name: String, for duration: Duration, unless signal: DurableSignal? = nil) async throws -> Bool {
        let identity = next(.wait, name)
        let recorded = try begin(identity)
        defer { end() }
        if let recorded, recorded.status.isFinal { return recorded.status != .cancelled }
        let due = recorded?.due ?? engine.time.now() + max(duration, .zero)
        if recorded == nil { try await engine.record([.wait(identity, duration, due)]) }
        return try await engine.wait(identity, until: due, unless: signal)
    }

    /// Runs a part of the run with operations of its own, and remembers its result.
    ///
    /// The caller waits for it; ``concurrently(_:)`` runs several at a time. What the body throws is not remembered.
    public func child(
        _ name: String, _ body: @Sendable (DurableScope) async throws -> JSONValue
    ) async throws -> JSONValue {
        let identity = next(.context, name)
        let recorded = try begin(identity)
        defer { end() }
        return try await run(identity, recorded, body)
    }

    /// Runs the body of a branch, beside the operations of this scope.
    func runBranch(
        _ identity: DurableOperation.Identity, _ body: (DurableScope) async throws -> JSONValue
    ) async throws -> JSONValue {
        try await run(identity, try engine.begin(identity), body)
    }

    private func run(
        _ identity: DurableOperation.Identity, _ recorded: DurableOperation?,
        _ body: (DurableScope) async throws -> JSONValue
    ) async throws -> JSONValue {
        // A result that was too large for the service is made again from the child's operations.
        let isReplayed = recorded?.replaysChildren == true
        if !isReplayed, let outcome = recorded?.outcome { return try outcome.get() }
        if recorded == nil { engine.postpone(.start(identity)) }
        let result = try await body(DurableScope(engine, parent: identity.id))
        if !isReplayed { try await engine.record([.succeed(identity, result)]) }
        return result
    }

    /// Makes a callback: something outside completes it by its id, and ``DurableCallback/result()`` waits for that.
    ///
    /// - Parameters:
    ///   - timeout: after this time without a result it has timed out; nil for never.
    ///   - heartbeat: the same after this time without a heartbeat.
    /// - Throws: `DurableError.unavailable` when it cannot be recorded.
    public func callback(
        _ name: String, timeout: Duration? = nil, heartbeat: Duration? = nil
    ) async throws -> DurableCallback {
        let identity = next(.callback, name)
        let recorded = try begin(identity)
        defer { end() }
        if let recorded {
            engine.watch(recorded)
            return DurableCallback(engine, identity, id: recorded.callbackID ?? "")
        }
        let now = engine.time.now()
        let id = try await engine.startCallback(identity, timeout, heartbeat, now)
        return DurableCallback(engine, identity, id: id)
    }
}

extension Result where Failure == any Error {
    fileprivate init(catching body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
