/// A bucket of tokens that ends retrying when most calls fail, so that a service in trouble is not flooded.
struct RetryQuota: Sendable {
    static let capacity = 500
    private(set) var available = capacity

    /// Takes so many tokens if they are there.
    mutating func take(_ cost: Int) -> Bool {
        guard cost <= available else { return false }
        available -= cost
        return true
    }

    /// Puts tokens back after a success.
    mutating func giveBack(_ amount: Int) { available = min(Self.capacity, available + amount) }
}
