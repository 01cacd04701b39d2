internal import Basics
internal import JSON

extension DurableRun {
    /// A run that ends with the process, for tests and for code that needs no durability.
    ///
    /// The value remembers: it can be executed again as often as wanted.
    public static var memory: DurableRun {
        let memory = MemoryLog()
        return DurableRun { _ in memory.log }
    }
}

extension DurableLog {
    /// A record that nobody reads.
    static func memory() -> DurableLog {
        let changes = ChangeFeed()
        return DurableLog(place: "memory", changes: changes) { updates, _ in changes.tell(updates.callbacks) }
    }
}

extension [DurableUpdate] {
    /// The callbacks that these updates begin, where their ids are those of the operations.
    var callbacks: [DurableOperation] {
        compactMap { update in
            guard update.identity.kind == .callback, update.action == .start else { return nil }
            var operation: DurableOperation?
            update.apply(to: &operation)
            return operation
        }
    }
}

private final class MemoryLog: Sendable {
    private struct State {
        var operations: [String: DurableOperation] = [:]
        var result: JSONValue?
    }

    private let state = Locked(State())

    var log: DurableLog {
        let changes = ChangeFeed()
        var log = DurableLog(place: "memory", changes: changes) { updates, _ in
            self.state.withLock { state in
                for update in updates { update.apply(to: &state.operations[update.identity.id]) }
            }
            changes.tell(updates.callbacks)
        }
        log.complete = { result in self.state.withLock { $0.result = result } }
        (log.operations, log.result) = state.withLock { (Array($0.operations.values), $0.result) }
        return log
    }
}
