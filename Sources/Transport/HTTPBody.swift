/// What a request carries.
public enum HTTPBody: Sendable {
    /// No body and no `Content-Length`.
    case none
    /// These bytes, with a `Content-Length`.
    case bytes([UInt8])
    /// Pieces pulled one at a time, only as fast as the peer takes them, until `next` returns `nil`.
    ///
    /// With a length it is announced as `Content-Length` and a stream that gives more or less fails the request; without
    /// one the body goes out in chunks. An error thrown by `next` ends the request and is thrown from it.
    case stream(length: Int?, next: @Sendable () async throws -> [UInt8]?)
}
