import Basics

/// Lets one task in at a time, the others in the order of their arrival.
final class SerialSection: Sendable {
    private struct State {
        var isBusy = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Locked(State())

    /// Runs a body alone; it should have a time limit, because a cancelled task still waits for its turn.
    func run<R>(_ body: () async throws -> R) async rethrows -> R {
        await withCheckedContinuation { continuation in
            let enters = state.withLock { state in
                if !state.isBusy {
                    state.isBusy = true
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if enters { continuation.resume() }
        }
        defer { leave() }
        return try await body()
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty {
                state.isBusy = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
