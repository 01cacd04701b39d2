import Basics

/// A TLS client on top of a connected `TCPConnection`, also after a `STARTTLS` on it.
///
/// TLS 1.2 and newer, without renegotiation. No more than one record of 16 KiB waits in each direction.
public final class TLSConnection: ByteConnection {
    /// Version, cipher, protocol and certificate that the handshake agreed on.
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
    @inline(never)  // see `TCPConnection.connect`
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

    /// See `ByteConnection`; an end without TLS's close_notify is an error, `.connectionClosed`.
    public func read(atMost count: Int = 16_384, timeout: Duration? = nil) async throws -> [UInt8] {
        try await stream.connection.loop.hop { [stream] in try await stream.read(atMost: count, timeout: timeout) }
    }

    /// See `ByteConnection`.
    public func write(_ bytes: [UInt8], timeout: Duration? = nil) async throws {
        try await stream.connection.loop.hop { [stream] in try await stream.write(bytes, timeout: timeout) }
    }

    /// Sends close_notify, if the socket takes it at once, and closes the connection below.
    public func close() {
        stream.connection.loop.submit { [stream] in stream.close() }
    }
}

/// Moves bytes between a TLS session and the TCP connection below it; on the loop's thread only.
private final class TLSStream: @unchecked Sendable {
    let session: TLSSession
    let connection: TCPConnection
    private let name: String
    private var isClosed = false
    /// Whether a record was cut in half by a failed write, so that nothing can follow it.
    private var hasFailedWrite = false
    // One task at a time empties the session's output: two of them would mix up the order of its records.
    private var isFlushing = false
    private var flushers: [Waiter] = []
    /// The most bytes of one TLS record.
    private static let recordSize = 16_384

    init(_ session: TLSSession, over connection: TCPConnection, name: String) {
        self.session = session
        self.connection = connection
        self.name = name
    }

    func handshake(timeout: Duration?) async throws {
        let deadline = timeout.map { Deadline(after: $0) }
        do {
            _ = try await perform({ deadline?.left }) { $0.handshake() }
        } catch var error as TransportError {
            error.phase = .tls
            error.host = name
            switch error.code {
            case .timedOut:
                error.message = "TLS handshake with \(name) timed out after \((timeout ?? .zero).text)"
                error.timeLimit = timeout
            case .connectionClosed: error.message = "TLS handshake with \(name) failed: \(error.message)"
            case .tlsFailed where session.isRejected:
                error.code = .certificateRejected
                error.message =
                    "the certificate of \(name) was rejected: \(session.facts.verdict)"
            default: error.message = "TLS handshake with \(name) failed: \(error.message)"
            }
            error.certificate = session.facts.certificate
            throw error
        }
    }

    func read(atMost count: Int, timeout: Duration?) async throws -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(count, Self.recordSize), alignment: 1)
        defer { buffer.deallocate() }
        return Array(buffer.prefix(try await perform({ timeout }) { $0.read(into: buffer) }))
    }

    func write(_ bytes: [UInt8], timeout: Duration?) async throws {
        for start in stride(from: 0, to: bytes.count, by: Self.recordSize) {
            let record = bytes[start..<min(bytes.count, start + Self.recordSize)]
            _ = try await perform({ timeout }) { session in record.withUnsafeBytes { session.write($0) } }
        }
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        connection.loop.preconditionOnLoop()
        if !isFlushing, !hasFailedWrite {
            session.shutdown()
            connection.writeAtOnce(session.takeOutput())
        }
        connection.close()
    }

    /// Repeats a call of OpenSSL until it is done, feeding it what the peer sends.
    /// - Returns: the number of bytes; 0 when the peer has ended the session in order.
    private func perform(
        _ timeout: () -> Duration?, _ operation: (TLSSession) -> TLSSession.Progress
    ) async throws -> Int {
        connection.loop.preconditionOnLoop()
        while true {
            guard !isClosed else { throw Descriptor.closedHere }
            let progress = operation(session)
            if case .failed(let reason) = progress {
                connection.writeAtOnce(session.takeOutput())  // the alert that tells the peer why
                throw TransportError(.tlsFailed, reason, host: name, phase: .body)
            }
            try await flush(timeout())
            switch progress {
            case .done(let count): return count
            case .ended: return 0
            case .wantsInput, .failed: try await receive(timeout())
            }
        }
    }

    private func receive(_ timeout: Duration?) async throws {
        let bytes = try await connection.read(atMost: Self.recordSize, timeout: timeout)
        guard !bytes.isEmpty else {
            throw TransportError(
                .connectionClosed, "\(name) closed the connection without a TLS close_notify", host: name, phase: .body)
        }
        session.receive(bytes)
    }

    private func flush(_ timeout: Duration?) async throws {
        while isFlushing {
            let waiter = Waiter()
            flushers.append(waiter)
            try await connection.loop.suspend(waiter)
        }
        isFlushing = true
        defer {
            isFlushing = false
            for waiter in flushers { waiter.resume() }
            flushers = []
        }
        while true {
            let bytes = session.takeOutput()
            if bytes.isEmpty { return }
            guard !hasFailedWrite else {
                throw TransportError(
                    .connectionClosed, "nothing can be sent to \(name) after a write that failed", host: name)
            }
            do {
                try await connection.write(bytes, timeout: timeout)
            } catch {
                hasFailedWrite = true
                // A peer that has closed may have sent its answer before: that can still be read.
                if (error as? TransportError)?.code != .connectionClosed { close() }
                throw error
            }
        }
    }
}
