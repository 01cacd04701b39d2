public import Basics

/// A time in which a service failed, from its first bad result to its next good one.
public struct Outage: Sendable, Hashable {
    /// The start of the first period with a bad result.
    public var start: Timestamp
    /// The start of the next period with good results only; the end of the last period that was measured when the
    /// results stop; nil while it lasts.
    public var end: Timestamp?
    /// How many results were bad.
    public var failures: Int
    /// Why, as far as it is known.
    public var cause: String?

    /// Makes an outage.
    public init(start: Timestamp, end: Timestamp?, failures: Int, cause: String? = nil) {
        self.start = start
        self.end = end
        self.failures = failures
        self.cause = cause
    }
}
