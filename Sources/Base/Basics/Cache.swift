internal import Synchronization

/// Keeps each value until its own expiry, and makes one fetch for all callers that ask at the same time.
///
/// A fetch is not a child of the task that asked first: it goes on when that task is cancelled, and the others get its
/// value. ``Fetched`` says how long a value serves, ``Policy`` what follows a failed fetch.
public final class Cache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// A fetched value, and how long it serves.
    public struct Fetched: Sendable {
        /// The value.
        public var value: Value
        /// Until then callers get the value without a fetch.
        public var freshUntil: Timestamp
        /// From `freshUntil` until then callers get the old value at once, and the first of them starts a fetch.
        public var renewsInBackgroundUntil: Timestamp
        /// Until then callers get the old value when a fetch fails; nil for without end.
        public var usableUntil: Timestamp?

        /// A value with its times.
        /// - Parameters:
        ///   - renewsInBackgroundUntil: nil when callers wait for the renewal.
        ///   - usableUntil: nil when an old value is always better than none; `freshUntil` when it must not be used.
        public init(
            _ value: Value, freshUntil: Timestamp, renewsInBackgroundUntil: Timestamp? = nil, usableUntil: Timestamp?
        ) {
            self.value = value
            self.freshUntil = freshUntil
            self.renewsInBackgroundUntil = renewsInBackgroundUntil ?? freshUntil
            self.usableUntil = usableUntil
        }
    }

    /// What follows a failed fetch, and how many keys are kept.
    public struct Policy: Sendable {
        /// How long after a failed fetch callers get the old value without another fetch.
        public var pauseAfterFailure: Duration
        /// How long after a failed fetch callers get its error without another fetch, when there is no usable value.
        ///
        /// Spares a service that is down. With zero, each caller fetches again.
        public var failureTimeToLive: Duration
        /// How many keys are kept; the least recently fetched ones are dropped.
        public var capacity: Int

        /// The usual: no fetch for 10 seconds after a failure while there is an old value, failures not kept.
        public init(
            pauseAfterFailure: Duration = .seconds(10), failureTimeToLive: Duration = .zero, capacity: Int = 10_000
        ) {
            self.pauseAfterFailure = pauseAfterFailure
            self.failureTimeToLive = failureTimeToLive
            self.capacity = capacity
        }
    }

    /// A value, and why it is an old one.
    public struct Lookup: Sendable {
        /// The value.
        public let value: Value
        /// Why the value could not be renewed the last time; nil when it is not older than it should be.
        public let renewalError: (any Error)?
    }

    private typealias Waiter = AsyncThrowingStream<Lookup, any Error>.Continuation

    private struct Slot {
        var fetched: Fetched?
        var lastError: (any Error)?
        /// No fetch before then; set by a failure.
        var pausedUntil: Timestamp?
        var isFetching = false
        var waiters: [Waiter] = []
    }

    private enum Step {
        case use(Lookup)
        case fail(any Error)
        case wait(AsyncThrowingStream<Lookup, any Error>)
    }

    private let slots = Mutex<[Key: Slot]>([:])
    private let policy: Policy
    private let time: TimeSource
    private let executor: (any TaskExecutor)?
    private let fetch: @Sendable (Key, _ deadline: Timestamp?) async throws -> Fetched

    /// Nothing is fetched yet.
    /// - Parameters:
    ///   - executor: where fetches run: the event loop.
    ///   - fetch: gets a value; must end by itself, and by the deadline of the caller that was first, if there is one.
    public init(
        time: TimeSource, executor: (any TaskExecutor)? = nil, policy: Policy = Policy(),
        fetch: @escaping @Sendable (Key, _ deadline: Timestamp?) async throws -> Fetched
    ) {
        self.policy = policy
        self.time = time
        self.executor = executor
        self.fetch = fetch
    }

    /// The kept value, or that of a fetch.
    /// - Throws: what the fetch threw, now or lately; `CacheError` with `timedOut` at the deadline; `CancellationError`
    ///   when the caller's task is cancelled.
    public func value(_ key: Key, deadline: Timestamp? = nil) async throws -> Value {
        try await lookup(key, deadline: deadline).value
    }

    /// Like ``value(_:deadline:)``, and tells whether the value is an old one.
    public func lookup(_ key: Key, deadline: Timestamp? = nil) async throws -> Lookup {
        switch next(key, deadline: deadline) {
        case .use(let lookup): return lookup
        case .fail(let error): throw error
        case .wait(let stream): return try await wait(for: stream, until: deadline)
        }
    }

    /// The value if it is fresh; never fetches and never waits.
    public func freshValue(_ key: Key) -> Value? {
        slots.withLock { slots in
            guard let fetched = slots[key]?.fetched, time.now() < fetched.freshUntil else { return nil }
            return fetched.value
        }
    }

    /// Makes the next caller fetch; the old value still serves when that fails.
    ///
    /// For a value that may be outdated.
    public func expire(_ key: Key) {
        slots.withLock { slots in
            let now = time.now()
            slots[key]?.fetched?.freshUntil = now
            slots[key]?.fetched?.renewsInBackgroundUntil = now
            slots[key]?.pausedUntil = nil
        }
    }

    /// Forgets a value, so that no caller gets it again.
    ///
    /// For a value that a service has rejected.
    /// - Parameter isRejected: whether the value that is kept now is the rejected one, and not a newer one.
    public func remove(_ key: Key, where isRejected: (Value) -> Bool = { _ in true }) {
        slots.withLock { slots in
            guard let fetched = slots[key]?.fetched, isRejected(fetched.value) else { return }
            slots[key]?.fetched = nil
            slots[key]?.pausedUntil = nil
        }
    }

    private func next(_ key: Key, deadline: Timestamp?) -> Step {
        slots.withLock { slots in
            var slot = slots[key] ?? Slot()
            defer { slots[key] = slot }
            let now = time.now()
            let isPaused = slot.pausedUntil.map { now < $0 } ?? false
            if let fetched = slot.fetched {
                let lookup = Lookup(value: fetched.value, renewalError: slot.lastError)
                if now < fetched.freshUntil { return .use(Lookup(value: fetched.value, renewalError: nil)) }
                if isPaused, fetched.isUsable(at: now) { return .use(lookup) }
                if now < fetched.renewsInBackgroundUntil {
                    if !slot.isFetching { start(key, deadline: nil) }
                    slot.isFetching = true
                    return .use(lookup)
                }
            } else if isPaused, let error = slot.lastError {
                return .fail(error)
            }
            let (stream, waiter) = AsyncThrowingStream<Lookup, any Error>.makeStream()
            slot.waiters.append(waiter)
            if !slot.isFetching { start(key, deadline: deadline) }
            slot.isFetching = true
            return .wait(stream)
        }
    }

    private func wait(
        for stream: AsyncThrowingStream<Lookup, any Error>, until deadline: Timestamp?
    ) async throws -> Lookup {
        guard let deadline else { return try await Self.first(of: stream) }
        return try await withThrowingTaskGroup(of: Lookup.self) { group in
            group.addTask(executorPreference: executor) { try await Self.first(of: stream) }
            group.addTask(executorPreference: executor) { [time] in
                let limit = max(.zero, deadline - time.now())
                try await time.sleep(limit)
                throw CacheError(.timedOut, "no answer came within \(limit.text)")
            }
            defer { group.cancelAll() }
            guard let lookup = try await group.next() else { throw CancellationError() }
            return lookup
        }
    }

    private static func first(of stream: AsyncThrowingStream<Lookup, any Error>) async throws -> Lookup {
        for try await lookup in stream { return lookup }
        throw CancellationError()  // The stream ends without a value only for a cancelled waiter.
    }

    private func start(_ key: Key, deadline: Timestamp?) {
        Task(executorPreference: executor) { [self] in
            do { finish(key, .success(try await fetch(key, deadline))) } catch { finish(key, .failure(error)) }
        }
    }

    private func finish(_ key: Key, _ result: Result<Fetched, any Error>) {
        let (outcome, waiters): (Result<Lookup, any Error>, [Waiter]) = slots.withLock { slots in
            var slot = slots[key] ?? Slot()
            defer {
                slots[key] = slot
                if slots.count > policy.capacity { Self.dropOldest(&slots, except: key) }
            }
            let waiters = slot.waiters
            (slot.isFetching, slot.waiters) = (false, [])
            let now = time.now()
            switch result {
            case .success(let fetched):
                (slot.fetched, slot.lastError, slot.pausedUntil) = (fetched, nil, nil)
                return (.success(Lookup(value: fetched.value, renewalError: nil)), waiters)
            case .failure(let error):
                slot.lastError = error
                if let fetched = slot.fetched, fetched.isUsable(at: now) {
                    slot.pausedUntil = now + policy.pauseAfterFailure
                    return (.success(Lookup(value: fetched.value, renewalError: error)), waiters)
                }
                slot.fetched = nil
                slot.pausedUntil = now + policy.failureTimeToLive
                return (.failure(error), waiters)
            }
        }
        for waiter in waiters {
            switch outcome {
            case .success(let lookup):
                waiter.yield(lookup)
                waiter.finish()
            case .failure(let error): waiter.finish(throwing: error)
            }
        }
    }

    private static func dropOldest(_ slots: inout [Key: Slot], except kept: Key) {
        let idle = slots.filter { $0.key != kept && !$0.value.isFetching }
        let oldest = idle.min { age($0.value) < age($1.value) }
        if let oldest { slots[oldest.key] = nil }
    }

    private static func age(_ slot: Slot) -> Timestamp {
        slot.fetched?.freshUntil ?? slot.pausedUntil ?? Timestamp(microseconds: 0)
    }
}

extension Cache.Fetched {
    fileprivate func isUsable(at now: Timestamp) -> Bool { usableUntil.map { now < $0 } ?? true }
}

/// Why a cache gave no value, though no fetch has failed.
public enum CacheErrorCode: String, ErrorCode {
    /// The caller's deadline came before the fetch ended; the fetch goes on.
    case timedOut
}

/// Why a cache gave no value, though no fetch has failed.
public typealias CacheError = CodedError<CacheErrorCode>
