import CCares
import Glibc

/// Finds the addresses of host names with c-ares, on an event loop.
///
/// Callable from any task.
///
/// Look-ups of the same host at the same time are one; nothing is kept afterwards.
///
/// Literal addresses and `localhost` need no look-up; then `/etc/hosts`; then the name servers of `/etc/resolv.conf`.
public struct NameResolver: Sendable {
    private let loop: EventLoop
    private let servers: [SocketAddress]

    /// A resolver on this loop.
    /// - Parameter servers: the name servers to ask, in this order, instead of the system's; none means the system's.
    public init(loop: EventLoop, servers: [SocketAddress] = []) {
        self.loop = loop
        self.servers = servers
    }

    /// The addresses of a host with this port, in the order to try them; never empty.
    ///
    /// Every name server is asked up to three times within the time limit; one that is silent or fails hands over to the
    /// next.
    /// - Throws: `TransportError` with `.nameNotResolved` or `.timedOut`; `CancellationError`.
    public func addresses(
        of host: String, port: UInt16, family: AddressFamily = .any, timeout: Duration = .seconds(5)
    ) async throws -> [SocketAddress] {
        if let literal = SocketAddress(ip: host, port: port) {
            return try Self.chosen([literal], family, for: host)
        }
        if host == "localhost" || host.hasSuffix(".localhost") {
            let own = ["127.0.0.1", "::1"].compactMap { SocketAddress(ip: $0, port: port) }
            return try Self.chosen(own, family, for: host)
        }
        guard !host.isEmpty, !host.utf8.contains(0) else {
            throw TransportError(.nameNotResolved, "\(host.debugDescription) is not a host name", phase: .nameLookup)
        }
        return try await loop.hop { [loop, servers] in
            try Task.checkCancellation()
            let ips = try await NameChannel.addresses(
                of: NameLookup.Key(host: host, family: family), NameChannel.Key(servers: servers, timeout: timeout),
                on: loop
            )
            return ips.compactMap { SocketAddress(ip: $0, port: port) }
        }
    }

    private static func chosen(
        _ addresses: [SocketAddress], _ family: AddressFamily, for host: String
    ) throws(TransportError) -> [SocketAddress] {
        let chosen = addresses.filter(family.includes)
        guard !chosen.isEmpty else {
            throw TransportError(
                .nameNotResolved, "\(host) has no address of the kind asked for", host: host, phase: .nameLookup
            )
        }
        return chosen
    }
}

extension [SocketAddress] {
    /// As c-ares and libcurl read a list of name servers.
    var commaSeparated: String { map(\.description).joined(separator: ",") }
}
