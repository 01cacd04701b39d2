import Basics
import FunctionRuntime
import JSON
import Logging
import Synchronization

/// A value from elsewhere that is kept for a while; one fetch serves everybody who waits.
///
/// When a fetch fails, the value of before goes on; without one the failure is thrown, and the next caller tries again.
final class Refreshed<Value: Sendable>: Sendable {
    private struct State {
        var kept: (value: Value, until: Timestamp)?
        var fetch: Task<Value, any Error>?
    }

    private enum Step {
        case use(Value)
        case wait(Task<Value, any Error>)
    }

    /// How long a fetch may take: others, with less time than the one who began it, wait for it too.
    static var patience: Duration { .seconds(10) }
    /// How long an old value is used after a fetch has failed.
    static var pause: Duration { .seconds(10) }

    private let state = Mutex(State())
    private let age: Duration
    private let now: @Sendable () -> Timestamp
    private let executor: (any TaskExecutor)?
    private let fetch: @Sendable (_ end: Timestamp) async throws -> Value

    /// - Parameters:
    ///   - age: how long a value is kept.
    ///   - executor: where fetches run: the event loop.
    ///   - fetch: gets a new value, until the time given.
    init(
        for age: Duration, now: @escaping @Sendable () -> Timestamp, executor: (any TaskExecutor)?,
        fetch: @escaping @Sendable (_ end: Timestamp) async throws -> Value
    ) {
        (self.age, self.now, self.executor, self.fetch) = (age, now, executor, fetch)
    }

    /// The kept value, or a new one.
    func value(until end: Timestamp) async throws -> Value {
        let step: Step = state.withLock { state in
            if let kept = state.kept, now() < kept.until { return .use(kept.value) }
            // Not a child of the caller's task: its cancellation must not reach the others who wait.
            let fetch = state.fetch ?? Task(executorPreference: executor) { [self] in try await refresh(until: end) }
            state.fetch = fetch
            return .wait(fetch)
        }
        switch step {
        case .use(let value): return value
        case .wait(let fetch): return try await fetch.value
        }
    }

    /// Has the next caller fetch anew.
    func expire() { state.withLock { $0.kept?.until = now() } }

    private func refresh(until end: Timestamp) async throws -> Value {
        do {
            let value = try await fetch(min(end, now() + Self.patience))
            state.withLock { $0 = State(kept: (value, now() + age)) }
            return value
        } catch {
            let old = state.withLock { state in
                state.fetch = nil
                state.kept?.until = now() + Self.pause
                return state.kept?.value
            }
            guard let old else { throw error }
            InvocationContext.current?.logger.warning(
                "refresh failed, the old value goes on", metadata: ["error": "\(error)"]
            )
            return old
        }
    }
}
