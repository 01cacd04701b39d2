/// A dictionary that forgets the oldest keys when it is full.
struct RecentValues<Value> {
    private let capacity: Int
    private var values: [String: Value?] = [:]
    private var ring: [String] = []
    private var next = 0

    init(capacity: Int) { self.capacity = capacity }

    /// The value of a key.
    subscript(key: String) -> Value? {
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
