import CLinux
import Glibc

// Loop's thread only.
extension Descriptor {
    /// Opens a datagram socket that is connected to a peer.
    /// - Throws: `TransportError` with `.notPermitted`, `.connectFailed` or `.system`.
    convenience init(
        connectingTo address: SocketAddress, _ type: Int32, _ protocolNumber: Int, on loop: EventLoop
    ) throws(TransportError) {
        let number = Glibc.socket(
            address.isIPv6 ? AF_INET6 : AF_INET, type | socket_nonblocking, Int32(protocolNumber))
        guard number >= 0 else {
            let isForbidden = errno == EACCES || errno == EPERM
            throw isForbidden
                ? TransportError(.notPermitted, "open a socket: \(TransportError.systemMessage(errno))")
                : .system("open a socket", errno)
        }
        let status = address.withSockaddr { Glibc.connect(number, $0, $1) == 0 ? 0 : errno }
        guard status == 0 else {
            Glibc.close(number)
            throw TransportError(
                .connectFailed, "reach \(address): \(TransportError.systemMessage(status))",
                host: address.description, phase: .connect
            )
        }
        try self.init(adopting: number, loop: loop)
    }

    /// Sends one datagram.
    func send(_ datagram: [UInt8], timeout: Duration?, _ action: String) async throws {
        guard !isClosed else { throw Descriptor.closedHere }
        while Glibc.send(number, datagram, datagram.count, Int32(MSG_NOSIGNAL)) < 0 {
            guard errno == EAGAIN || errno == EINTR else { throw failure(action, errno) }
            try await writable(timeout: timeout, self.timedOut(action, timeout))
        }
    }

    /// Waits for one datagram.
    func receive(atMost count: Int, timeout: Duration?, _ action: String) async throws -> [UInt8] {
        guard !isClosed else { throw Descriptor.closedHere }
        while true {
            var number = Int32(0)
            let datagram = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                let received = recv(self.number, buffer.baseAddress, count, 0)
                number = received < 0 ? errno : 0
                filled = max(0, received)
            }
            if number == 0 { return datagram }
            guard number == EAGAIN || number == EINTR else { throw failure(action, number) }
            try await readable(timeout: timeout, self.timedOut(action, timeout))
        }
    }

    private func failure(_ action: String, _ number: Int32) -> TransportError {
        TransportError(.connectionClosed, "\(action): \(TransportError.systemMessage(number))", phase: .firstByte)
    }

    private func timedOut(_ action: String, _ limit: Duration?) -> TransportError {
        TransportError(.timedOut, "\(action) timed out after \((limit ?? .zero).text)", phase: .firstByte)
    }
}
