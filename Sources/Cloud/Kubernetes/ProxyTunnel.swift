import Basics
import Transport

extension TCPConnection {
    /// The longest head of a proxy's answer, in bytes.
    private static let longestProxyHead = 16_384

    /// Connects to a target, through the HTTP proxy that the settings name for it.
    ///
    /// Bytes then go to the target itself; a proxy is asked by `CONNECT` and never sees them in plain text.
    /// - Throws: `TransportError` as `connect(host:)`, and `.proxyFailed`, also for a proxy of another kind.
    static func connect(
        to target: RequestTarget, through settings: ProxySettings, on loop: EventLoop, timeout: Duration
    ) async throws -> TCPConnection {
        guard let proxy = settings.proxy(for: target) else {
            do {
                return try await connect(host: target.bareHost, port: target.port, on: loop, timeout: timeout)
            } catch var error as TransportError {
                error.host = target.authority
                error.message = "cannot reach \(target.authority): \(error.message)"
                throw error
            }
        }
        let deadline = Deadline(after: timeout)
        let server = try RequestTarget(proxy: proxy)
        guard server.scheme == "http" else {
            throw TransportError(
                .proxyFailed,
                "\(target.authority) cannot be reached through a proxy of the kind \(server.scheme) here: "
                    + "only by http:// proxies", host: target.authority)
        }
        let place = "the proxy \(server.authority) for \(target.authority)"
        let connection: TCPConnection
        do {
            connection = try await connect(host: server.bareHost, port: server.port, on: loop, timeout: deadline.left)
            try await connection.write(
                Array(connectRequest(target, credentials(in: proxy)).utf8), timeout: deadline.left)
        } catch let error as TransportError {
            throw proxyFailure("\(place): \(error.message)", target, error)
        }
        do {
            let head = try await readHead(from: connection, deadline)
            guard 200..<300 ~= head.status else {
                throw proxyFailure("\(place) answered \(head.status)", target)
            }
            return connection
        } catch let error as TransportError {
            connection.close()
            throw error.code == .proxyFailed ? error : proxyFailure("\(place): \(error.message)", target, error)
        }
    }

    private static func connectRequest(_ target: RequestTarget, _ credentials: String?) -> String {
        let lines = ["CONNECT \(target.authority) HTTP/1.1", "Host: \(target.authority)"]
        let login = credentials.map { ["Proxy-Authorization: Basic " + Base64.encode(Array($0.utf8))] } ?? []
        return (lines + login).joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// `user:password` of a proxy's address, decoded.
    private static func credentials(in proxy: String) -> String? {
        let start = proxy.utf8.firstIndex(of: UInt8(ascii: ":")).map { proxy[$0...] } ?? ""
        let rest = start.hasPrefix("://") ? start.dropFirst(3) : proxy[...]
        let authority = rest.utf8.prefix { $0 != UInt8(ascii: "/") }
        guard let end = authority.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        return percentDecoded(rest[..<end], plusAsSpace: false)
    }

    private static func readHead(from connection: TCPConnection, _ deadline: Deadline) async throws -> HTTPResponseHead
    {
        var bytes: [UInt8] = []
        while true {
            if let length = bytes.withUnsafeBytes({ HTTPResponseHead.length(in: $0) }) {
                guard length == bytes.count else {
                    throw TransportError(.malformedResponse, "it sent more than its answer to CONNECT")
                }
                return try HTTPResponseHead(Array(bytes.dropLast(2)))  // without the empty line
            }
            guard bytes.count < longestProxyHead else {
                throw TransportError(.tooLarge, "its answer to CONNECT is larger than \(longestProxyHead) bytes")
            }
            let more = try await connection.read(atMost: 4_096, timeout: deadline.left)
            guard !more.isEmpty else {
                throw TransportError(.connectionClosed, "it closed the connection before it had answered")
            }
            bytes += more
        }
    }

    private static func proxyFailure(
        _ message: String, _ target: RequestTarget, _ underlying: TransportError? = nil
    ) -> TransportError {
        TransportError(
            underlying?.code == .timedOut ? .timedOut : .proxyFailed, message, host: target.authority, phase: .connect,
            underlying: underlying)
    }
}
