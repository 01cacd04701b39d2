import Basics
import JSON
import Synchronization
import Transport

/// Keeps values by key for a time of their own, and lets one fetch serve everybody who asks meanwhile.
///
/// A failure is kept too, so that a service that is down is not asked by every endpoint. A fetch goes on when those who wait
/// for it give up: the next ones find what it brought.
final class SharedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// What a fetch brought.
    struct Fetched: Sendable {
        var value: Value
        var lifetime: Duration
    }

    private typealias Waiter = AsyncThrowingStream<Value, any Error>.Continuation

    private struct Slot: Sendable {
        var result: Result<Value, any Error>?
        var freshUntil = Timestamp(microseconds: 0)
        /// Those who wait for the fetch under way; `nil` when there is none.
        var waiters: [Waiter]?
    }

    private let slots = Mutex<[Key: Slot]>([:])
    private let loop: EventLoop
    private let time: TimeSource
    private let failureLifetime: Duration
    private let givesStale: Bool
    private let fetch: @Sendable (Key) async throws -> Fetched

    /// - Parameters:
    ///   - failureLifetime: how long a failure is kept.
    ///   - givesStale: whether an older value is better than a failure.
    ///   - fetch: gets a value; bounded in time by itself.
    init(
        loop: EventLoop, time: TimeSource, failureLifetime: Duration, givesStale: Bool = false,
        fetch: @escaping @Sendable (Key) async throws -> Fetched
    ) {
        self.loop = loop
        self.time = time
        self.failureLifetime = failureLifetime
        self.givesStale = givesStale
        self.fetch = fetch
    }

    /// The value if there is a fresh one; asks nobody.
    func kept(_ key: Key) -> Value? {
        slots.withLock { slots in
            guard let slot = slots[key], slot.freshUntil > time.now() else { return nil }
            return try? slot.result?.get()
        }
    }

    /// The kept value, or that of a fetch.
    /// - Throws: what the fetch threw, now or lately; `CheckFailure` when it takes longer than the limit.
    func value(_ key: Key, within limit: Duration) async throws -> Value {
        let (stream, continuation) = AsyncThrowingStream<Value, any Error>.makeStream()
        let kept: Result<Value, any Error>? = slots.withLock { slots in
            var slot = slots[key] ?? Slot()
            defer { slots[key] = slot }
            if let result = slot.result, slot.freshUntil > time.now() { return result }
            if slot.waiters == nil { start(key) }
            slot.waiters = (slot.waiters ?? []) + [continuation]
            return nil
        }
        if let kept { return try kept.get() }
        let timer = Task(executorPreference: loop) { [loop] in
            try await loop.sleep(for: limit)
            continuation.finish(throwing: CheckFailure("no answer came within \(limit.text)", isTimeout: true))
        }
        defer { timer.cancel() }
        for try await value in stream { return value }
        throw CancellationError()
    }

    /// Drops a value, so that the next one who asks gets a new one.
    func forget(_ key: Key) {
        slots.withLock { $0[key]?.freshUntil = Timestamp(microseconds: 0) }
    }

    private func start(_ key: Key) {
        // Not a child of the caller's task: its end must not reach the others who wait.
        Task(executorPreference: loop) { [self] in
            do { finish(key, .success(try await fetch(key))) } catch { finish(key, .failure(error)) }
        }
    }

    private func finish(_ key: Key, _ fetched: Result<Fetched, any Error>) {
        let (result, waiters) = slots.withLock { slots in
            var slot = slots[key] ?? Slot()
            defer { slots[key] = slot }
            switch fetched {
            case .success(let fetched):
                slot.result = .success(fetched.value)
                slot.freshUntil = time.now() + fetched.lifetime
            case .failure(let error):
                if case .success = slot.result, givesStale {} else { slot.result = .failure(error) }
                slot.freshUntil = time.now() + failureLifetime
            }
            defer { slot.waiters = nil }
            return (slot.result, slot.waiters ?? [])
        }
        for waiter in waiters {
            if case .success(let value) = result { waiter.yield(value) }
            if case .failure(let error) = result { waiter.finish(throwing: error) } else { waiter.finish() }
        }
    }
}
