import Basics
import CLinux
import Glibc

/// A TCP connection without TLS, or one to a socket in the file system, at the cost of the bare system calls.
///
/// Every operation tries its system call first and suspends only when it would block; the descriptor is registered with
/// the loop once. One task may read while another writes. Callable from any task, without a hop from one on the loop.
public final class TCPConnection: ByteConnection {
    /// The peer.
    public let address: SocketAddress
    /// This end.
    public var localAddress: SocketAddress? { socket.localAddress }
    private let socket: Descriptor
    var loop: EventLoop { socket.loop }
    /// After so many reads that found something at once the loop has its turn.
    private static let readsInARow = 16

    private init(_ address: SocketAddress, _ socket: Descriptor) {
        self.address = address
        self.socket = socket
    }

    deinit { socket.close() }

    /// Connects, with `TCP_NODELAY` on.
    /// - Parameter source: this end's address, of which the port is not used; nil for the system's choice.
    /// - Throws: `TransportError` with `.addressRefused`, `.connectFailed`, `.timedOut` or `.system`;
    ///   `CancellationError`.
    @inline(never)  // or DNSClient would share async code with it, and every function would link both
    public static func connect(
        to address: SocketAddress, from source: SocketAddress? = nil, on loop: EventLoop, timeout: Duration? = nil,
        policy: AddressPolicy = .unrestricted
    ) async throws -> TCPConnection {
        try policy.check(address)
        return try await loop.hop {
            let socket = try openSocket(address, loop)
            do {
                try source?.bind(socket.number)
                let status = address.withSockaddr { Glibc.connect(socket.number, $0, $1) == 0 ? 0 : errno }
                if status == EINPROGRESS {
                    try await socket.writable(timeout: timeout, timedOut("connect to \(address)", .connect, timeout))
                } else if status != 0 {
                    throw failure("connect to \(address)", status, .connect)
                }
                let pending = pendingError(socket.number)
                guard pending == 0 else { throw failure("connect to \(address)", pending, .connect) }
                return TCPConnection(address, socket)
            } catch {
                socket.close()
                throw error
            }
        }
    }

    /// Looks the host up and connects to the first of its addresses that takes the connection, all within the time
    /// limit.
    /// - Throws: as `connect(to:)`, for the last address tried, and `.nameNotResolved`.
    public static func connect(
        host: String, port: UInt16, on loop: EventLoop, timeout: Duration = .seconds(5),
        policy: AddressPolicy = .unrestricted
    ) async throws -> TCPConnection {
        let deadline = Deadline(after: timeout)
        let addresses = try await NameResolver(loop: loop).addresses(of: host, port: port, timeout: timeout)
        for address in addresses.dropLast() {
            do {
                return try await connect(to: address, on: loop, timeout: deadline.left, policy: policy)
            } catch is TransportError {
                continue
            }
        }
        return try await connect(to: addresses[addresses.count - 1], on: loop, timeout: deadline.left, policy: policy)
    }

    /// Reads what is there, waiting for at least one byte.
    ///
    /// The buffer must stay valid until the call returns.
    /// - Returns: how many bytes were stored; 0 when the peer has ended its side.
    /// - Throws: `TransportError` with `.connectionClosed` or `.timedOut`; `CancellationError`.
    public func read(into buffer: UnsafeMutableRawBufferPointer, timeout: Duration? = nil) async throws -> Int {
        if socket.loop.isCurrent { return try await readOnLoop(buffer, timeout) }
        nonisolated(unsafe) let buffer = buffer  // the caller waits here and does not touch it meanwhile
        return try await socket.loop.hop { try await self.readOnLoop(buffer, timeout) }
    }

    private func readOnLoop(_ buffer: UnsafeMutableRawBufferPointer, _ timeout: Duration?) async throws -> Int {
        guard !socket.isClosed else { throw Descriptor.closedHere }
        // A peer that sends faster than this end reads would stop all timers and all other sockets.
        socket.readsInARow += 1
        if socket.readsInARow > Self.readsInARow {
            try await socket.loop.sleep(for: .zero)
            socket.readsInARow = 1
            guard !socket.isClosed else { throw Descriptor.closedHere }
        }
        while true {
            if !socket.isDrained {
                let count = recv(socket.number, buffer.baseAddress, buffer.count, 0)
                if count >= 0 {
                    socket.isDrained = count < buffer.count && !socket.hasEnded
                    return count
                }
                guard errno == EAGAIN else {
                    if errno == EINTR { continue }
                    throw Self.failure("read from \(address)", errno, .body)
                }
            }
            try await socket.readable(timeout: timeout, Self.timedOut("read from \(self.address)", .body, timeout))
            socket.readsInARow = 0
        }
    }

    /// The same into an array; see `ByteConnection`.
    public func read(atMost count: Int = 16_384, timeout: Duration? = nil) async throws -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 1)
        defer { buffer.deallocate() }
        return Array(buffer.prefix(try await read(into: buffer, timeout: timeout)))
    }

    /// Writes all the bytes of both arrays, with one system call when the socket has room.
    /// - Throws: `TransportError` with `.connectionClosed` or `.timedOut` (per wait, not in all); `CancellationError`.
    public func write(_ first: [UInt8], _ second: [UInt8] = [], timeout: Duration? = nil) async throws {
        if socket.loop.isCurrent { return try await writeOnLoop(first, second, timeout) }
        try await socket.loop.hop { try await self.writeOnLoop(first, second, timeout) }
    }

    private func writeOnLoop(_ first: [UInt8], _ second: [UInt8], _ timeout: Duration?) async throws {
        var sent = 0
        while sent < first.count + second.count {
            let count = send(first, second, from: sent)
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                try await socket.writable(
                    timeout: timeout, Self.timedOut("write to \(self.address)", .firstByte, timeout))
            } else if errno != EINTR {
                throw Self.failure("write to \(address)", errno, .firstByte)
            }
        }
    }

    /// Writes what the socket takes now, and forgets the rest; on the loop's thread.
    func writeAtOnce(_ bytes: [UInt8]) {
        if !socket.isClosed, !bytes.isEmpty { _ = send(bytes, [], from: 0) }
    }

    /// See `ByteConnection`.
    public func write(_ bytes: [UInt8], timeout: Duration?) async throws {
        try await write(bytes, [], timeout: timeout)
    }

    /// Ends both directions; whoever waits on it gets `.connectionClosed`.
    public func close() {
        socket.close(andShutDown: true)
    }
}

extension TCPConnection {
    private static func openSocket(_ address: SocketAddress, _ loop: EventLoop) throws(TransportError) -> Descriptor {
        let number = Glibc.socket(address.family, socket_stream | socket_nonblocking, 0)
        guard number >= 0 else { throw .system("open a socket", errno) }
        var on: Int32 = 1
        setsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        return try Descriptor(adopting: number, loop: loop)
    }

    private static func pendingError(_ number: Int32) -> Int32 {
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(number, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno
    }

    private func send(_ first: [UInt8], _ second: [UInt8], from start: Int) -> Int {
        first.withUnsafeBytes { first in
            second.withUnsafeBytes { second in
                let parts = (Self.part(of: first, from: start), Self.part(of: second, from: start - first.count))
                return withUnsafePointer(to: parts) { parts in
                    parts.withMemoryRebound(to: iovec.self, capacity: 2) { parts in
                        var message = msghdr()
                        message.msg_iov = UnsafeMutablePointer(mutating: parts)
                        message.msg_iovlen = 2
                        return sendmsg(socket.number, &message, Int32(MSG_NOSIGNAL))
                    }
                }
            }
        }
    }

    private static func part(of bytes: UnsafeRawBufferPointer, from start: Int) -> iovec {
        let start = min(max(0, start), bytes.count)
        return iovec(
            iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress.map { $0 + start }),
            iov_len: bytes.count - start
        )
    }

    private static func failure(_ action: String, _ number: Int32, _ phase: TransportError.Phase) -> TransportError {
        TransportError(
            phase == .connect ? .connectFailed : .connectionClosed,
            "\(action): \(SystemError(number))", phase: phase
        )
    }

    private static func timedOut(
        _ action: String, _ phase: TransportError.Phase, _ limit: Duration?
    ) -> TransportError {
        TransportError(.timedOut, "\(action) timed out after \((limit ?? .zero).text)", phase: phase).naming(limit)
    }
}

/// A stream of bytes in both directions: `TCPConnection`, or `TLSConnection` on top of one.
///
/// At most one task reads and one writes at a time. Callable from any task.
public protocol ByteConnection: Sendable {
    /// Reads what is there, waiting for at least one byte.
    /// - Returns: at most so many bytes; none when the peer has ended its side in order.
    /// - Throws: `TransportError` with `.connectionClosed` or `.timedOut`; `CancellationError`.
    func read(atMost count: Int, timeout: Duration?) async throws -> [UInt8]

    /// Writes all the bytes.
    /// - Throws: `TransportError` with `.connectionClosed` or `.timedOut` (per wait, not in all); `CancellationError`.
    func write(_ bytes: [UInt8], timeout: Duration?) async throws

    /// Ends both directions at once; whoever waits on it gets `.connectionClosed`.
    func close()
}

/// A point in monotonic time.
package struct Deadline {
    private let start = EventLoop.nanoseconds()
    private let limit: Duration

    /// A deadline so far from now.
    package init(after limit: Duration) { self.limit = limit }

    /// How long it has been.
    var elapsed: Duration { .nanoseconds(Int64(EventLoop.nanoseconds() - start)) }
    /// What is left, at least zero.
    package var left: Duration { max(limit - elapsed, .zero) }
}
