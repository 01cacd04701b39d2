import Synchronization

/// A value that is made when it is first needed, and then is the same for everybody.
///
/// AWS clients have to share one configuration: it keeps the credentials that were fetched for it.
final class OnFirstUse<Value: Sendable>: Sendable {
    private let kept = Mutex<Value?>(nil)
    private let make: @Sendable () throws -> Value

    init(_ make: @escaping @Sendable () throws -> Value) { self.make = make }

    /// - Throws: what making it throws; the next caller tries again.
    func value() throws -> Value {
        try kept.withLock { kept in
            let value = try kept ?? make()
            kept = value
            return value
        }
    }
}
