import Basics
import Glibc

/// One accepted connection of a `ScriptedServer`, used by the script's thread with blocking calls.
public final class ServerConnection: Sendable {
    /// 1 for the first connection of the server.
    public let number: Int
    let descriptor: Int32
    private let state: ScriptedServer.State
    private let pending = Locked<[UInt8]>([])

    init(_ descriptor: Int32, number: Int, state: ScriptedServer.State) {
        self.descriptor = descriptor
        self.number = number
        self.state = state
        var limit = timeval(tv_sec: 120, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Reads what comes next: at least one byte, or empty at the end of the stream.
    public func read(atMost count: Int = 65_536) throws -> [UInt8] {
        let kept = pending.withLock { pending in
            let taken = Array(pending.prefix(count))
            pending.removeFirst(taken.count)
            return taken
        }
        guard kept.isEmpty else { return kept }
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var result = 0
            repeat { result = recv(descriptor, buffer.baseAddress, count, 0) } while result < 0 && errno == EINTR
            if result < 0 { failure = errno }
            filled = max(0, result)
        }
        guard failure == 0 else { throw ServerError("recv: errno \(failure)") }
        return bytes
    }

    /// Reads one HTTP request with its body and records it; `nil` when the peer closed before its first byte.
    public func readRequest() throws -> ServerRequest? {
        var parser = ServerRequest.Parser()
        while true {
            let bytes = try read()
            if bytes.isEmpty {
                if parser.isEmpty { return nil }
                throw ServerError("the peer closed in the middle of a request")
            }
            if let (request, rest) = try parser.feed(bytes, connection: number) {
                pending.withLock { $0 = rest + $0 }
                state.contents.withLock { $0.requests.append(request) }
                return request
            }
        }
    }

    /// Sends all the bytes.
    public func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let result = bytes.withUnsafeBytes { buffer in
                Glibc.send(descriptor, buffer.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if result < 0 && errno == EINTR { continue }
            guard result > 0 else { throw ServerError("send: errno \(errno)") }
            sent += result
        }
    }

    /// Sends text as UTF-8.
    public func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Blocks until the peer closes (what it still sends is thrown away) or the server stops.
    public func waitForClose() throws {
        while try !read().isEmpty {}
    }

    /// Makes the coming close a reset (RST) instead of an orderly end.
    public func resetOnClose() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    /// Carries out a reply.
    /// - Returns: whether the connection stays open for another request.
    public func perform(_ reply: Reply) throws -> Bool {
        switch reply {
        case .bytes(let bytes, let closes):
            try send(bytes)
            return !closes
        case .hang:
            try waitForClose()
            return false
        case .reset:
            resetOnClose()
            return false
        case .after(let gate, let reply):
            gate.wait()
            return try perform(reply)
        }
    }
}
