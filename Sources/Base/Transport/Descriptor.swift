import Basics
import CLinux
import Glibc

/// A non-blocking descriptor of ours, registered with a loop once (edge-triggered) for as long as it is open.
///
/// The loop owns it through the readiness handler until `close`. Loop's thread only, apart from `close`.
final class Descriptor: @unchecked Sendable {
    let number: Int32
    let loop: EventLoop
    private var reader: Waiter?
    private var writer: Waiter?
    private(set) var isClosed = false
    /// Whether the peer has hung up, so that no further edge will come.
    private(set) var hasEnded = false
    /// Whether a read is known to find nothing: the last one came back short and no edge has come since.
    var isDrained = false

    /// Takes over an open non-blocking descriptor.
    init(adopting number: Int32, loop: EventLoop) throws(TransportError) {
        self.number = number
        self.loop = loop
        let events = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        try loop.watch(number, events) { [self] in becameReady($0) }
    }

    deinit { Glibc.close(number) }

    private func becameReady(_ events: UInt32) {
        let ended = EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue
        if events & ended != 0 { hasEnded = true }
        if events & (EPOLLIN.rawValue | ended) != 0 {
            isDrained = false
            reader.take()?.resume()
        }
        if events & (EPOLLOUT.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { writer.take()?.resume() }
    }

    /// Suspends until the next edge that says there may be something to read.
    func readable(
        timeout: Duration? = nil, _ timeoutError: @autoclosure @escaping () -> any Error = CancellationError()
    ) async throws {
        guard !isClosed, reader == nil else { throw misuse("reads from") }
        let waiter = Waiter()
        reader = waiter
        defer { if reader === waiter { reader = nil } }
        try await loop.suspend(waiter, timeout: timeout, timeoutError())
    }

    /// Suspends until the next edge that says there may be room to write.
    func writable(timeout: Duration?, _ timeoutError: @autoclosure @escaping () -> any Error) async throws {
        guard !isClosed, writer == nil else { throw misuse("writes to") }
        let waiter = Waiter()
        writer = waiter
        defer { if writer === waiter { writer = nil } }
        try await loop.suspend(waiter, timeout: timeout, timeoutError())
    }

    /// This end of a connected socket.
    var localAddress: SocketAddress? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getsockname(number, address, &size) == 0 ? SocketAddress(copying: address) : nil
            }
        }
    }

    static let closedHere = TransportError(.connectionClosed, "the connection was closed by this program")

    private func misuse(_ action: String) -> TransportError {
        TransportError(.system, "a task \(action) a socket that is closed or that another task \(action) already")
    }

    /// Forgets the descriptor and wakes whoever waits; it closes when the last reference goes.
    ///
    /// Any thread.
    /// - Parameter shutDown: ends a socket in both directions now, for others who still hold a reference.
    func close(andShutDown shutDown: Bool = false) {
        loop.submit { [self] in
            guard !isClosed else { return }
            isClosed = true
            loop.unwatch(number)
            reader.take()?.resume(throwing: Self.closedHere)
            writer.take()?.resume(throwing: Self.closedHere)
            if shutDown { shutdown(number, Int32(SHUT_RDWR)) }
        }
    }
}

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
