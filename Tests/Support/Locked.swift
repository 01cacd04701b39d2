import Foundation

/// A value behind a lock that the thread sanitizer understands; `Mutex` is invisible to it on Linux.
public final class Locked<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    /// Starts with a value.
    public init(_ value: Value) { self.value = value }

    /// Runs a body while nobody else has the value.
    public func withLock<R>(_ body: (inout Value) throws -> R) rethrows -> R {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
