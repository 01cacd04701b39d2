import JSON
import Synchronization

/// Until when services want nothing, by the names of outputs: an invocation tells the next ones.
final class Pauses: Sendable {
    private let ends = Mutex<[String: Timestamp]>([:])

    subscript(output: String) -> Timestamp? {
        get { ends.withLock { $0[output] } }
        set { ends.withLock { $0[output] = newValue } }
    }
}
