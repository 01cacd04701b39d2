import Transport

/// What checks take from the function's configuration rather than from an endpoint.
struct CheckerSettings: Sendable {
    /// How much of a response's body, or of a WebSocket message, is read.
    var maximumBodyBytes = 1 << 20
    /// Where domains are looked up.
    var registry = RDAPRegistry()
    /// The name servers to ask where an endpoint names none; empty for the system's.
    var nameServers: [SocketAddress] = []
}
