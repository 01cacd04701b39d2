/// How long the phases of one exchange took.
///
/// A phase that did not happen (a connection reused) is zero.
public struct HTTPTimings: Sendable, Hashable {
    /// Finding the address.
    public var nameLookup: Duration
    /// The TCP handshake.
    public var connect: Duration
    /// The TLS handshake.
    public var tls: Duration
    /// From the connection being usable to the first byte of the answer: sending the request and the server's thinking.
    public var firstByte: Duration
    /// From start to end.
    public var total: Duration

    /// Timings given by hand, all zero by default.
    public init(
        nameLookup: Duration = .zero, connect: Duration = .zero, tls: Duration = .zero, firstByte: Duration = .zero,
        total: Duration = .zero
    ) {
        self.nameLookup = nameLookup
        self.connect = connect
        self.tls = tls
        self.firstByte = firstByte
        self.total = total
    }
}
