import Basics
import Glibc
import Synchronization

/// A byte-exact TCP and HTTP server on 127.0.0.1 for tests, on plain sockets.
///
/// It has one thread for each connection, and records what it receives. Every blocking call ends after 120 seconds or
/// when the server stops, so a failing test fails and never hangs.
///
///     let server = try ScriptedServer(replies: [.http(200, body: "hello"), .http(500)])
///     let server = try ScriptedServer { request in request.target == "/a" ? .http(200) : .hang }
///     let server = try ScriptedServer(connection: { connection in
///         _ = try connection.readRequest()
///         try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
///     })   // the connection closes when the closure returns
public final class ScriptedServer: Sendable {
    /// The port it listens on.
    public let port: UInt16
    private let state: State
    private let listener: Int32

    /// Runs a script for each connection, on a thread of its own; the connection closes when the script returns or
    /// throws.
    public init(
        backlog: Int32 = 1024, connection script: @escaping @Sendable (ServerConnection) throws -> Void
    ) throws {
        (listener, port) = try Self.listen(backlog: backlog)
        state = State()
        let (listener, state) = (listener, state)
        startThread {
            while let descriptor = Self.accept(listener, state) {
                guard let connection = state.admit(descriptor) else {
                    close(descriptor)
                    break
                }
                startThread {
                    try? script(connection)
                    state.dismiss(connection)
                }
            }
            close(listener)  // here, so that nobody accepts on a number that has been given out again
        }
    }

    /// Answers each HTTP request, on any connection, by a closure.
    public convenience init(answer: @escaping @Sendable (ServerRequest) -> Reply) throws {
        try self.init(connection: { connection in
            while let request = try connection.readRequest(), try connection.perform(answer(request)) {}
        })
    }

    /// Answers the first request by the first reply and so on; after the last one every request gets a 599.
    public convenience init(replies: [Reply]) throws {
        let next = Atomic(0)
        try self.init(answer: { _ in
            let index = next.add(1, ordering: .relaxed).oldValue
            return index < replies.count ? replies[index] : .http(599, body: "no reply left in the script")
        })
    }

    deinit { stop() }

    /// `http://127.0.0.1:<port>`.
    public var url: String { "http://127.0.0.1:\(port)" }
    /// `127.0.0.1:<port>`.
    public var authority: String { "127.0.0.1:\(port)" }
    /// The requests read so far, in the order their last byte came.
    public var requests: [ServerRequest] { state.contents.withLock { $0.requests } }
    /// How many connections were accepted so far.
    public var connectionCount: Int { state.contents.withLock { $0.accepted } }

    /// Closes the listening socket and all connections; safe to call twice.
    public func stop() {
        if state.stop() { shutdown(listener, Int32(SHUT_RDWR)) }
    }

    private static func accept(_ listener: Int32, _ state: State) -> Int32? {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            if descriptor >= 0 {
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                return descriptor
            }
            if state.contents.withLock({ $0.stopped }) { return nil }
            usleep(1000)  // out of descriptors, or a peer that gave up: the next one may succeed
        }
    }

    private static func listen(backlog: Int32) throws -> (Int32, UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw ServerError("socket: errno \(errno)") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutableBytes(of: &address) { bytes -> Int32 in
            guard let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
            if bind(descriptor, pointer, length) != 0 { return -1 }
            if Glibc.listen(descriptor, backlog) != 0 { return -1 }
            return getsockname(descriptor, pointer, &length)
        }
        guard result == 0 else {
            close(descriptor)
            throw ServerError("listen on 127.0.0.1: errno \(errno)")
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }
}

extension ScriptedServer {
    /// What the accepting thread, the connections and the server object share.
    final class State: Sendable {
        struct Contents: Sendable {
            var requests: [ServerRequest] = []
            var accepted = 0
            var stopped = false
            var connections: [Int32: ServerConnection] = [:]
        }
        let contents = Locked(Contents())

        func admit(_ descriptor: Int32) -> ServerConnection? {
            contents.withLock { contents in
                guard !contents.stopped else { return nil }
                contents.accepted += 1
                let connection = ServerConnection(descriptor, number: contents.accepted, state: self)
                contents.connections[descriptor] = connection
                return connection
            }
        }

        // Under the lock, so that `stop` never shuts down a descriptor that has been closed and given out again.
        func dismiss(_ connection: ServerConnection) {
            contents.withLock { contents in
                contents.connections[connection.descriptor] = nil
                _ = close(connection.descriptor)
            }
        }

        func stop() -> Bool {
            contents.withLock { contents in
                guard !contents.stopped else { return false }
                contents.stopped = true
                for descriptor in contents.connections.keys { shutdown(descriptor, Int32(SHUT_RDWR)) }
                return true
            }
        }
    }
}

/// Why a scripted server could not do what it was told.
public struct ServerError: Error, CustomStringConvertible {
    /// What failed.
    public let description: String
    /// An error with this text.
    public init(_ description: String) { self.description = description }
}
