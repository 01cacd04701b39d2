/// A TLS client on top of a connected `TCPConnection`, also after a `STARTTLS` on it.
///
/// TLS 1.2 and newer, without renegotiation. No more than one record of 16 KiB waits in each direction.
public final class TLSConnection: ByteConnection {
    /// What the handshake found out.
    public let facts: TLSFacts
    private let stream: TLSStream

    private init(_ stream: TLSStream) {
        self.stream = stream
        facts = stream.session.facts
    }

    deinit { close() }

    /// Does the handshake.
    ///
    /// - Parameters:
    ///   - serverName: the host name or IP address that the certificate must be for; a name is also sent (SNI).
    ///   - authorities: what the certificate is verified against; read once per process and path.
    ///   - applicationProtocols: what to offer by ALPN, in order, such as `http/1.1`.
    ///   - timeout: for the whole handshake.
    /// - Throws: `TransportError` with `.certificateRejected` (its `certificate` has the facts), `.tlsFailed`,
    ///   `.noCertificateAuthorities`, `.invalidRequest` (client certificate), `.connectionClosed`, `.timedOut`;
    ///   `CancellationError`. The TCP connection is closed then.
    public static func handshake(
        over connection: TCPConnection, serverName: String, options: TLSOptions = TLSOptions(),
        authorities: CertificateAuthorities, applicationProtocols: [String] = [], timeout: Duration? = nil
    ) async throws -> TLSConnection {
        try await connection.loop.hop {
            let name = serverName.last == "." ? String(serverName.dropLast()) : serverName
            do {
                let session = try TLSSession(
                    serverName: name, options, authorities, applicationProtocols: applicationProtocols
                )
                let stream = TLSStream(session, over: connection, name: "\(name):\(connection.address.port)")
                try await stream.handshake(timeout: timeout)
                return TLSConnection(stream)
            } catch {
                connection.close()
                throw error
            }
        }
    }

    /// See `ByteConnection`; an end without TLS's own farewell (close_notify) is `.connectionClosed`, not an end.
    public func read(atMost count: Int = 16_384, timeout: Duration? = nil) async throws -> [UInt8] {
        try await stream.connection.loop.hop { [stream] in try await stream.read(atMost: count, timeout: timeout) }
    }

    /// See `ByteConnection`.
    public func write(_ bytes: [UInt8], timeout: Duration? = nil) async throws {
        try await stream.connection.loop.hop { [stream] in try await stream.write(bytes, timeout: timeout) }
    }

    /// Says farewell (close_notify), as far as the socket takes it at once, and closes the connection below.
    public func close() {
        stream.connection.loop.submit { [stream] in stream.close() }
    }
}
