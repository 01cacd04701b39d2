public import Basics

/// A clock that moves on to the next sleeper's time as soon as everybody sleeps; nobody waits really.
///
/// It belongs to one serial executor: "everybody sleeps" is when the executor's queue has run empty.
public final class SteppingClock: Sendable {
    private struct State {
        var now: Timestamp
        var sleepers: [(end: Timestamp, number: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var cancelled: Set<Int> = []
        var count = 0
        var isStepping = false
        var holds = 0
    }

    private let state: Locked<State>
    private let executor: any TaskExecutor

    /// A clock for the tasks of an executor that runs one job after the other.
    public init(_ start: Timestamp, executor: any TaskExecutor) {
        state = Locked(State(now: start))
        self.executor = executor
    }

    /// The time it shows.
    public var now: Timestamp { state.withLock { $0.now } }

    /// Sleeps last until the clock has stepped on; chance is always 0.
    public var source: TimeSource { TimeSource(now: { self.now }, sleep: sleep, random: { 0 }) }

    /// Time stands until ``release()`` is called as often: somebody waits for something else than time.
    public func hold() { state.withLock { $0.holds += 1 } }

    /// Ends a ``hold()``.
    public func release() {
        let starts = state.withLock { state in
            state.holds -= 1
            guard state.holds == 0, !state.sleepers.isEmpty, !state.isStepping else { return false }
            state.isStepping = true
            return true
        }
        if starts { Task(executorPreference: executor) { await self.step() } }
    }

    @Sendable private func sleep(_ duration: Duration) async throws {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let starts = state.withLock { state -> Bool? in
                    guard state.cancelled.remove(number) == nil else { return nil }
                    state.sleepers.append((state.now + duration, number, continuation))
                    defer { state.isStepping = true }
                    return !state.isStepping
                }
                switch starts {
                case nil: continuation.resume()
                case true?: Task(executorPreference: executor) { await self.step() }
                default: break
                }
            }
        } onCancel: {
            wake {
                $0.number == number
            } ifNone: {
                $0.cancelled.insert(number)
            }
        }
        try Task.checkCancellation()
    }

    /// Wakes the sleepers one after the other in the order of their times, each when nobody else has anything to do.
    private func step() async {
        while true {
            for _ in 0..<50 { await Task.yield() }
            let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard state.holds == 0,
                    let next = state.sleepers.indices.min(by: { state.sleepers[$0].end < state.sleepers[$1].end })
                else {
                    state.isStepping = false
                    return nil
                }
                state.now = max(state.now, state.sleepers[next].end)
                return state.sleepers.remove(at: next).continuation
            }
            guard let continuation else { return }
            continuation.resume()
        }
    }

    private func wake(
        _ isMeant: ((end: Timestamp, number: Int, continuation: CheckedContinuation<Void, Never>)) -> Bool,
        ifNone: (inout State) -> Void
    ) {
        let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let index = state.sleepers.firstIndex(where: isMeant) else {
                ifNone(&state)
                return nil
            }
            return state.sleepers.remove(at: index).continuation
        }
        continuation?.resume()
    }
}
