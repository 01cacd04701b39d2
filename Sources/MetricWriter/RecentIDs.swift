import Synchronization

/// The ids of the last messages that were written, so that a second delivery of one is not counted again.
///
/// Only a help: it ends with the process, and other instances of the function do not see it.
final class RecentIDs: Sendable {
    private let capacity: Int
    private let state = Mutex<(known: Set<String>, ring: [String], next: Int)>(([], [], 0))

    init(capacity: Int = 4_096) { self.capacity = capacity }

    func contains(_ id: String) -> Bool { state.withLock { $0.known.contains(id) } }

    func insert(_ id: String) {
        state.withLock { state in
            guard state.known.insert(id).inserted else { return }
            if state.ring.count < capacity {
                state.ring.append(id)
            } else {
                state.known.remove(state.ring[state.next])
                state.ring[state.next] = id
                state.next = (state.next + 1) % capacity
            }
        }
    }
}
