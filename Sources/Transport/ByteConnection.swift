/// A stream of bytes in both directions: `TCPConnection`, or `TLSConnection` on top of one.
///
/// At most one task reads and one writes at a time. Callable from any task.
public protocol ByteConnection: Sendable {
    /// Reads what is there, waiting for at least one byte.
    /// - Returns: at most so many bytes; none when the peer has ended its side in order.
    /// - Throws: `TransportError` with `.connectionClosed` or `.timedOut`; `CancellationError`.
    func read(atMost count: Int, timeout: Duration?) async throws -> [UInt8]

    /// Writes all the bytes.
    /// - Throws: `TransportError` with `.connectionClosed` or `.timedOut` (per wait, not in all); `CancellationError`.
    func write(_ bytes: [UInt8], timeout: Duration?) async throws

    /// Ends both directions at once; whoever waits on it gets `.connectionClosed`.
    func close()
}
