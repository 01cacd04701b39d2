import Synchronization

/// A request to stop, made by SIGTERM, SIGHUP or SIGINT.
///
/// `SLARunnerProgram` receives the signals and sets it; whatever waits in the runner ends with it. Other than
/// Transport's `StopRequest` it knows which signal came, for the exit status.
final class StopSignal: Sendable {
    /// The signal, which decides the exit status.
    enum Reason: Sendable {
        /// SIGTERM, from a container platform or service manager; or SIGHUP, from a terminal that is gone.
        case terminate
        /// SIGINT: Ctrl-C at a terminal.
        case interrupt
    }

    private struct State {
        var reason: Reason?
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastWaiter = 0
    }

    private let state = Mutex(State())

    /// The first signal; nil while the runner may go on.
    var reason: Reason? { state.withLock { $0.reason } }

    /// Requests the stop; only the first call counts.
    func request(_ reason: Reason) {
        let waiters = state.withLock { state in
            state.reason = state.reason ?? reason
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns once a stop is requested or the task is cancelled.
    func wait() async {
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
