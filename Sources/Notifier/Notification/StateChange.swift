/// A change from one state to another, in the words of the service that reports it (`OK`, `ALARM`, `stopped` …).
public struct StateChange: Sendable, Hashable {
    /// The state before; `nil` when the service does not say.
    public var from: String?
    /// The state now.
    public var to: String

    /// Makes a change.
    public init(from: String? = nil, to: String) {
        self.from = from
        self.to = to
    }
}
