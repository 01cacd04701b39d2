import Basics
import CLinux
import Glibc

/// A non-blocking descriptor that this program owns, registered with a loop once (edge-triggered) while it is open.
///
/// The loop holds it through the readiness handler until `close`. On the loop's thread only, apart from `close`.
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
    /// How many reads in a row found something at once, since the loop had its turn.
    var readsInARow = 0

    static let closedHere = TransportError(.connectionClosed, "the connection was closed by this program")

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
        loop.preconditionOnLoop()
        guard !isClosed, reader == nil else { throw misuse("reads from") }
        let waiter = Waiter()
        reader = waiter
        defer { if reader === waiter { reader = nil } }
        try await loop.suspend(waiter, timeout: timeout, timeoutError())
    }

    /// Suspends until the next edge that says there may be room to write.
    func writable(timeout: Duration?, _ timeoutError: @autoclosure @escaping () -> any Error) async throws {
        loop.preconditionOnLoop()
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

    private func misuse(_ action: String) -> TransportError {
        TransportError(.system, "a task \(action) a socket that is closed or that another task \(action) already")
    }

    /// Unregisters the descriptor and resumes the tasks that wait for it; it closes with the last reference to it.
    ///
    /// From any thread.
    /// - Parameter shutDown: ends a socket in both directions now, although others still hold a reference.
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

// MARK: - Datagrams, on the loop's thread only

extension Descriptor {
    /// Opens a datagram socket that is connected to a peer.
    /// - Parameter prepare: sets options of the socket before it is connected.
    /// - Throws: `TransportError` with `.notPermitted`, `.connectFailed` or `.system`.
    convenience init(
        connectingTo address: SocketAddress, from source: SocketAddress? = nil, _ type: Int32, _ protocolNumber: Int,
        on loop: EventLoop, prepare: (Int32) throws(TransportError) -> Void = { _ throws(TransportError) in }
    ) throws(TransportError) {
        let number = Glibc.socket(
            address.isIPv6 ? AF_INET6 : AF_INET, type | socket_nonblocking, Int32(protocolNumber))
        guard number >= 0 else {
            let isForbidden = errno == EACCES || errno == EPERM
            throw isForbidden
                ? TransportError(.notPermitted, "open a socket: \(SystemError(errno))")
                : .system("open a socket", errno)
        }
        do throws(TransportError) {
            try prepare(number)
            try source?.bind(number)
        } catch {
            Glibc.close(number)
            throw error
        }
        let status = address.withSockaddr { Glibc.connect(number, $0, $1) == 0 ? 0 : errno }
        guard status == 0 else {
            Glibc.close(number)
            throw TransportError(
                .connectFailed, "reach \(address): \(SystemError(status))",
                host: address.description, phase: .connect
            )
        }
        try self.init(adopting: number, loop: loop)
    }

    /// Sends one datagram.
    /// - Parameter action: what failed, for the error's message, such as `send to udp 192.0.2.1:53`.
    /// - Throws: `TransportError` with `.connectionClosed` or `.timedOut`; `CancellationError`.
    func send(_ datagram: [UInt8], timeout: Duration?, _ action: String) async throws {
        loop.preconditionOnLoop()
        guard !isClosed else { throw Descriptor.closedHere }
        while Glibc.send(number, datagram, datagram.count, Int32(MSG_NOSIGNAL)) < 0 {
            guard errno == EAGAIN || errno == EINTR else { throw failure(action, errno) }
            try await writable(timeout: timeout, self.timedOut(action, timeout))
        }
    }

    /// Waits for one datagram, of which at most `count` bytes are kept.
    /// - Parameter action: as for `send`.
    /// - Throws: as `send`.
    func receive(atMost count: Int, timeout: Duration?, _ action: String) async throws -> [UInt8] {
        loop.preconditionOnLoop()
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
        TransportError(.connectionClosed, "\(action): \(SystemError(number))", phase: .firstByte)
    }

    private func timedOut(_ action: String, _ limit: Duration?) -> TransportError {
        TransportError(
            .timedOut, "\(action) timed out after \((limit ?? .zero).text)", phase: .firstByte
        ).naming(limit)
    }
}

// MARK: - Descriptors of others

extension EventLoop {
    /// Suspends until one of these descriptors has something to read or its other end is closed, or the time is over.
    ///
    /// For descriptors that no other task waits for; they stay the caller's, who must not close them meanwhile.
    /// - Throws: `CancellationError`; `TransportError` with `.system` for a descriptor that cannot be waited for.
    public func readable(_ descriptors: [Int32], timeout: Duration? = nil) async throws {
        try await hop { [self] in
            let waiter = Waiter()
            let timer = timeout.map { schedule(after: $0) { waiter.resume() } }
            defer {
                if let timer { cancel(timer) }
                for descriptor in descriptors { unwatch(descriptor) }
            }
            for descriptor in descriptors { try watch(descriptor, EPOLLIN.rawValue) { _ in waiter.resume() } }
            try await suspend(waiter)
        }
    }
}
