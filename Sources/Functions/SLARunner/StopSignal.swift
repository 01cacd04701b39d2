import Synchronization

/// The wish that the runner ends, told once by a signal and heard wherever the runner waits.
public final class StopSignal: Sendable {
    /// Who wants the end.
    public enum Reason: Sendable {
        /// A container platform or service manager (`SIGTERM`).
        case terminate
        /// A person at the terminal (Ctrl-C, `SIGINT`).
        case interrupt
    }

    private struct State {
        var reason: Reason?
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastWaiter = 0
    }

    private let state = Mutex(State())

    /// A signal that nobody has sent yet.
    public init() {}

    /// The first reason given, nil while the runner may go on.
    public var reason: Reason? { state.withLock { $0.reason } }

    /// Asks for the end; only the first call counts.
    public func request(_ reason: Reason) {
        let waiters = state.withLock { state in
            state.reason = state.reason ?? reason
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns once the end is asked for or the task is cancelled.
    public func wait() async {
        let waiter = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    guard state.reason == nil, !Task.isCancelled else { return false }
                    state.waiters[waiter] = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume()
        }
    }
}
