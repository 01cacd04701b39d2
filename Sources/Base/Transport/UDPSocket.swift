import CLinux
import Glibc

/// A UDP socket that is connected to one peer: datagrams of others never come out of it.
///
/// At most one task receives and one sends at a time. Callable from any task.
public final class UDPSocket: Sendable {
    /// The peer.
    public let address: SocketAddress
    /// This end.
    public var localAddress: SocketAddress? { socket.localAddress }
    private let socket: Descriptor

    private init(_ address: SocketAddress, _ socket: Descriptor) {
        self.address = address
        self.socket = socket
    }

    deinit { socket.close() }

    /// Opens a socket for a peer; nothing is sent yet.
    /// - Parameter source: this end's address, of which the port is not used; nil for the system's choice.
    /// - Throws: `TransportError` with `.addressRefused`, `.connectFailed` (no route) or `.system`.
    public static func connect(
        to address: SocketAddress, from source: SocketAddress? = nil, on loop: EventLoop,
        policy: AddressPolicy = .unrestricted
    ) async throws -> UDPSocket {
        try policy.check(address)
        return try await loop.hop {
            UDPSocket(address, try Descriptor(connectingTo: address, from: source, socket_datagram, 0, on: loop))
        }
    }

    /// Sends one datagram, of at most 65,507 bytes.
    /// - Throws: `TransportError` with `.connectionClosed`: the port is closed (the peer said so to an earlier
    ///   datagram), or the datagram is too large; `.timedOut`; `CancellationError`.
    public func send(_ datagram: [UInt8], timeout: Duration? = nil) async throws {
        try await socket.loop.hop { [socket, address] in
            try await socket.send(datagram, timeout: timeout, "send to udp \(address)")
        }
    }

    /// Waits for one datagram; what is larger than so many bytes loses its end.
    /// - Throws: `TransportError` with `.connectionClosed`: nobody listens on the peer's port (`Connection refused`);
    ///   `.timedOut`; `CancellationError`.
    public func receive(atMost count: Int = 65_535, timeout: Duration? = nil) async throws -> [UInt8] {
        try await socket.loop.hop { [socket, address] in
            try await socket.receive(atMost: count, timeout: timeout, "receive from udp \(address)")
        }
    }

    /// Closes the socket; whoever waits on it gets `.connectionClosed`.
    public func close() { socket.close(andShutDown: true) }
}
