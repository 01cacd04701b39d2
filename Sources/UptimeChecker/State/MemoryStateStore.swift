import JSON
import Synchronization

/// Keeps the state in the process: as long as Lambda keeps it, and for this instance alone.
final class MemoryStateStore: StateStore {
    private let snapshot = Mutex(StateSnapshot())

    func load(until deadline: Timestamp) -> StateSnapshot { snapshot.withLock { $0 } }

    func save(
        _ changes: [String: EndpointState?], to snapshot: StateSnapshot, until deadline: Timestamp
    ) -> Bool {
        self.snapshot.withLock { $0 = $0.applying(changes) }
        return true
    }
}
