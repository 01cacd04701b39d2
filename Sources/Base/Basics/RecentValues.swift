/// The values of the keys that were set last, up to a number of them; a further key pushes out the oldest.
///
/// Remembers what has been seen, such as the ids of deliveries that may come twice, in bounded memory.
public struct RecentValues<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let capacity: Int
    private var values: [Key: Value?] = [:]
    private var ring: [Key] = []
    private var next = 0

    /// Empty.
    /// - Parameter capacity: how many keys are kept, at least 1.
    public init(capacity: Int) { self.capacity = max(1, capacity) }

    /// The value of a key; nil for one that was never set, or is pushed out, or was set to nil.
    public subscript(key: Key) -> Value? {
        get { values[key] ?? nil }
        set {
            // A removed value leaves its key behind, so that no key is in the ring twice.
            guard values.updateValue(newValue, forKey: key) == nil else { return }
            if ring.count < capacity {
                ring.append(key)
            } else {
                values.removeValue(forKey: ring[next])
                ring[next] = key
                next = (next + 1) % capacity
            }
        }
    }
}

extension RecentValues {
    /// The values of all keys that have one.
    public var all: [Key: Value] { values.compactMapValues { $0 } }
}

extension RecentValues where Value == Void {
    /// Whether a key was inserted and is not pushed out.
    public func contains(_ key: Key) -> Bool { self[key] != nil }

    /// Remembers a key.
    public mutating func insert(_ key: Key) { self[key] = () }
}
