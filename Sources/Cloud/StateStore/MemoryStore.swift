internal import Basics
internal import Synchronization

extension StateStore {
    /// Documents that end with the process.
    /// - Parameter capacity: how many are kept; a further one pushes out the oldest.
    public static func memory(capacity: Int = .max) -> StateStore {
        let store = MemoryStore(capacity: capacity)
        return StateStore(
            read: { key, _ in store.document(key) }, readPrefix: { prefix, _ in store.documents(prefix) },
            write: { text, key, condition, _, _ in store.write(text, key, condition) },
            remove: { key, condition, _ in store.remove(key, condition) })
    }
}

private final class MemoryStore: Sendable {
    private let texts: Mutex<RecentValues<String, String>>

    init(capacity: Int) { texts = Mutex(RecentValues(capacity: capacity)) }

    func document(_ key: String) -> StateStore.Document? { texts.withLock { $0[key] }.map(StateStore.Document.init) }

    func documents(_ prefix: String) -> [String: StateStore.Document] {
        let meant = texts.withLock { $0.all }.filter { $0.key.utf8.starts(with: prefix.utf8) }
        return meant.mapValues { StateStore.Document(text: $0) }
    }

    func write(_ text: String, _ key: String, _ condition: StateStore.Condition) -> StateStore.WriteOutcome {
        texts.withLock { texts in
            let current = texts[key].map { StateStore.Document(text: $0) }
            guard condition.holds(for: current) else { return .conflict(current: current) }
            texts[key] = text
            return .written(StateStore.Version(text))
        }
    }

    func remove(_ key: String, _ condition: StateStore.Condition) -> Bool {
        texts.withLock { texts in
            guard condition.holds(for: texts[key].map { StateStore.Document(text: $0) }) else { return false }
            texts[key] = nil
            return true
        }
    }
}

extension StateStore.Document {
    /// A document whose version is its text: the same text again is no change.
    init(text: String) { self.init(text: text, version: StateStore.Version(text)) }
}

extension StateStore.Condition {
    /// Whether a write may take place over what is stored now.
    func holds(for current: StateStore.Document?) -> Bool {
        switch self {
        case .always: true
        case .absent: current == nil
        case .unchanged(let version): current?.version == version
        }
    }
}
