import CCares
import CLinux
import Glibc

/// One question to c-ares and those who wait for its answer.
///
/// Loop's thread only (@unchecked).
final class NameLookup: @unchecked Sendable {
    /// What is asked.
    struct Key: Hashable {
        var host: String
        var family: AddressFamily
    }

    private let key: Key
    let onEnd: () -> Void
    /// How many wait for it.
    var users = 0
    private var waiters: [Waiter] = []
    private var status: Int32?
    private var ips: [String] = []

    init(_ key: Key, onEnd: @escaping () -> Void) {
        self.key = key
        self.onEnd = onEnd
    }

    /// Starts the question; c-ares holds this until it has called back, which it may do at once.
    func ask(_ channel: OpaquePointer?) {
        var hints = ares_addrinfo_hints()
        hints.ai_family =
            switch key.family {
            case .any: AF_UNSPEC
            case .ipv4: AF_INET
            case .ipv6: AF_INET6
            }
        hints.ai_socktype = socket_stream
        ares_getaddrinfo(
            channel, key.host, nil, &hints,
            { context, status, _, result in
                if let context {
                    Unmanaged<NameLookup>.fromOpaque(context).takeRetainedValue().finish(status, result)
                }
                ares_freeaddrinfo(result)
            }, Unmanaged.passRetained(self).toOpaque())
    }

    /// Waits for the addresses as text, at least one.
    func answer(within timeout: Duration, on loop: EventLoop) async throws -> [String] {
        let timeoutError = TransportError(
            .timedOut, "looking up \(key.host) timed out: no name server answered within \(timeout.text)",
            host: key.host, phase: .nameLookup
        )
        if status == nil {
            let waiter = Waiter()
            waiters.append(waiter)
            try await loop.suspend(waiter, timeout: timeout, timeoutError)
        }
        guard status != ARES_ETIMEOUT else { throw timeoutError }
        guard !ips.isEmpty else {
            throw TransportError(
                .nameNotResolved, "the name \(key.host) cannot be resolved: \(reason)", host: key.host,
                phase: .nameLookup
            )
        }
        return ips
    }

    private var reason: String {
        switch status {
        case ARES_SUCCESS: "it has no address"
        // c-ares keeps to itself which of these it was.
        case ARES_ECONNREFUSED: "the name servers fail, refuse or cannot be reached"
        default: String(cString: ares_strerror(status ?? 0))
        }
    }

    private func finish(_ code: Int32, _ result: UnsafeMutablePointer<ares_addrinfo>?) {
        status = code
        var node = result?.pointee.nodes
        while let current = node {
            if let address = current.pointee.ai_addr.flatMap({ SocketAddress(copying: $0) }) { ips.append(address.ip) }
            node = current.pointee.ai_next
        }
        onEnd()
        for waiter in waiters { waiter.resume() }
    }
}
