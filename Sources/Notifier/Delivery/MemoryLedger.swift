import JSON
import Synchronization

/// A ledger that ends with the process and that other instances of the function do not see.
final class MemoryLedger: Ledger {
    private enum Entry {
        case claimed(until: Timestamp, sent: Int)
        case open(sent: Int)
        case done
    }

    private struct State {
        var entries = RecentValues<Entry>(capacity: 4_096)
        var threads = RecentValues<IncidentThread>(capacity: 1_024)
    }

    private let state = Mutex(State())
    private let now: @Sendable () -> Timestamp

    init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    func claim(_ key: String, until end: Timestamp) -> Claim {
        state.withLock { state in
            let sent: Int
            switch state.entries[key] {
            case .done: return .done
            case .claimed(let until, _) where now() < until: return .taken
            case .claimed(_, let known), .open(let known): sent = known
            case nil: sent = 0
            }
            state.entries[key] = .claimed(until: end, sent: sent)
            return .mine(sent: sent)
        }
    }

    func settle(_ key: String, _ settlement: Settlement, until end: Timestamp) {
        state.withLock { state in
            switch settlement {
            case .done: state.entries[key] = .done
            case .partly(let sent): state.entries[key] = .open(sent: sent)
            }
        }
    }

    func thread(_ key: String) -> IncidentThread? { state.withLock { $0.threads[key] } }

    func keep(_ thread: IncidentThread?, for key: String) { state.withLock { $0.threads[key] = thread } }
}
