public import Basics
internal import Glibc
public import JSON

/// Completes callbacks from outside of their run, by the id of ``DurableCallback``.
///
/// What cannot be sent throws a ``DurableError``:
///
/// | place | `unavailable`: try again | for good |
/// |---|---|---|
/// | Lambda | throttled, no connection | `refused`: denied, too large, an id that is unknown or completed |
/// | store | throttled, no connection | `refused`: denied, no such bucket or table; `limit`: too large |
/// | file | cannot be opened or written | |
///
/// A store and a file do not know the run's callbacks: a second result, or one for an unknown id, has no effect there
/// and throws nothing.
public struct DurableCallbacks: Sendable {
    private let send: @Sendable (CallbackMessage) async throws -> Void
    private let now: @Sendable () -> Timestamp

    init(
        now: @escaping @Sendable () -> Timestamp,
        send: @escaping @Sendable (CallbackMessage) async throws -> Void
    ) {
        (self.now, self.send) = (now, send)
    }

    /// Completes a callback; the first result or error that arrives counts.
    /// - Throws: `DurableError` when it cannot be sent; on Lambda also when the callback was completed before.
    public func succeed(_ id: String, with result: JSONValue = .null) async throws {
        try await send(CallbackMessage(id, .result(result)))
    }

    /// Completes a callback with an error.
    /// - Throws: as ``succeed(_:with:)``.
    public func fail(_ id: String, _ failure: DurableFailure) async throws {
        try await send(CallbackMessage(id, .failure(failure)))
    }

    /// Gives a sign of life.
    /// - Throws: as ``succeed(_:with:)``.
    public func heartbeat(_ id: String) async throws { try await send(CallbackMessage(id, .heartbeat(now()))) }
}

extension DurableCallbacks {
    /// Those of ``DurableRun/file(_:)``, which need not be executed at the moment.
    /// - Parameters:
    ///   - path: the run's.
    ///   - now: the time of heartbeats.
    public static func file(
        _ path: String, now: @escaping @Sendable () -> Timestamp = { .now() }
    ) -> DurableCallbacks {
        DurableCallbacks(now: now) { message in
            let file = path + callbackSuffix
            // A line break before too: a sender may have been killed in the middle of its line.
            let bytes = Array("\n\(message.json)\n".utf8)
            let descriptor = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw SystemError.last.described(file, "open") }
            defer { close(descriptor) }
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count == bytes.count, fdatasync(descriptor) == 0 else {
                throw SystemError.last.described(file, "write")
            }
        }
    }
}
