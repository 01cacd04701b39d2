public import Basics

/// A configuration that is read when it is first needed, and again when it has become old.
///
/// When it cannot be renewed, or the new one has faults, the old one stays in use, with a warning.
public final class RenewingConfiguration<Value: Sendable>: Sendable {
    private struct Loaded: Sendable {
        let text: [UInt8]
        let value: Value
        let at: Timestamp
    }

    /// The longest time for one reading, whatever the caller's deadline, because other callers wait for it too.
    private static var timeout: Duration { .seconds(10) }

    private enum Content: Sendable {
        case constant(Value)
        case renewed(Cache<Int, Loaded>, last: Locked<Loaded?>)
    }

    private let content: Content

    /// A configuration that never changes.
    public init(_ value: Value) { content = .constant(value) }

    /// The configuration at a place; a text is read now, anything else when it is first needed.
    /// - Parameters:
    ///   - maximumAge: how long it is used before its source is asked again.
    ///   - environment: tells where a relative path begins.
    ///   - executor: where the reading runs: the event loop.
    ///   - unreadable: wraps the error of a source that cannot be read into the error that callers get.
    ///   - read: parses a text; not called while the text is the same as before.
    public init(
        _ source: ConfigurationSource, maximumAge: Duration, environment: [String: String], remote: RemoteValues,
        time: TimeSource, executor: (any TaskExecutor)? = nil,
        unreadable: @escaping @Sendable (any Error) -> any Error, read: @escaping @Sendable ([UInt8]) throws -> Value
    ) throws {
        if case .text(let text) = source {
            content = .constant(try read(Array(text.utf8)))
            return
        }
        let last = Locked<Loaded?>(nil)
        let policy = Cache<Int, Loaded>.Policy(pauseAfterFailure: min(maximumAge, .seconds(10)), capacity: 1)
        let cache = Cache<Int, Loaded>(time: time, executor: executor, policy: policy) { _, deadline in
            let end = time.now() + Self.timeout
            let text: [UInt8]
            do {
                text = try await source.load(
                    environment: environment, remote: remote, deadline: deadline.map { min($0, end) } ?? end)
            } catch {
                throw unreadable(error)
            }
            let known = last.withLock { $0 }.flatMap { $0.text == text ? $0.value : nil }
            let loaded = Loaded(text: text, value: try known ?? read(text), at: time.now())
            last.withLock { $0 = loaded }
            return .init(loaded, freshUntil: loaded.at + maximumAge, usableUntil: nil)
        }
        content = .renewed(cache, last: last)
    }

    /// The configuration as it was read last, for who cannot wait; nil before it was read for the first time.
    public var latest: Value? {
        switch content {
        case .constant(let value): value
        case .renewed(_, let last): last.withLock { $0?.value }
        }
    }

    /// The configuration, renewed if it is too old.
    /// - Returns: it, and a warning while it is an old one because a newer one cannot be read or has faults.
    /// - Throws: what loading and reading throw, when there is none yet; `CacheError` at the deadline.
    public func current(deadline: Timestamp? = nil) async throws -> (value: Value, warning: String?) {
        let lookup: Cache<Int, Loaded>.Lookup
        switch content {
        case .constant(let value): return (value, nil)
        case .renewed(let cache, _): lookup = try await cache.lookup(0, deadline: deadline)
        }
        let warning = lookup.renewalError.map {
            "the configuration read at \(lookup.value.at.iso8601) stays in use: \($0)"
        }
        return (lookup.value.value, warning)
    }
}
