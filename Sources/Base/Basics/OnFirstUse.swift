internal import Synchronization

/// A value that is made when it is first needed, and then shared.
///
/// A failure is not kept, which a `lazy` or `static` value could not offer; for a value that grows old see ``Cache``.
public final class OnFirstUse<Value: Sendable>: Sendable {
    private let made = Mutex<Value?>(nil)
    private let make: @Sendable () throws -> Value

    /// - Parameter make: called by one task at a time; the others wait for it, so it must not block for long.
    public init(_ make: @escaping @Sendable () throws -> Value) { self.make = make }

    /// The value.
    /// - Throws: the error of making it; the next caller tries again.
    public func value() throws -> Value {
        try made.withLock { made in
            let value = try made ?? make()
            made = value
            return value
        }
    }
}
