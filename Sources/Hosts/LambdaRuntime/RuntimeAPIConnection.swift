import Basics
import Transport

/// A keep-alive connection to the Runtime API, for one request at a time, that is opened again when it was lost.
///
/// On the loop's thread only, but for ``write(_:_:)``.
final class RuntimeAPIConnection: @unchecked Sendable {
    typealias Response = (head: HTTPResponseHead, body: [UInt8])

    /// For every request but `/next`, which may wait for hours.
    static let timeout = Duration.seconds(30)
    /// In bytes: any head that Lambda sends (client contexts have up to 3.5 KB), or 64 KB of a body per read.
    private static let bufferSize = 64 << 10

    private let settings: RuntimeSettings
    private let loop: EventLoop
    private let buffer: UnsafeMutableRawBufferPointer
    private var socket: TCPConnection?

    init(settings: RuntimeSettings, loop: EventLoop) {
        self.settings = settings
        self.loop = loop
        buffer = .allocate(byteCount: Self.bufferSize, alignment: 16)
    }

    deinit {
        buffer.deallocate()
        socket?.close()
    }

    func request(_ method: String, _ path: String) -> RequestHead {
        RequestHead(method, path, host: settings.host)
    }

    /// Sends a request and receives its response.
    ///
    /// A kept connection that the server has closed meanwhile is replaced once. If the server had taken the request
    /// before, it refuses the second one.
    func exchange(_ head: [UInt8], _ body: [UInt8] = [], timeout: Duration?) async throws -> Response {
        loop.preconditionOnLoop()
        if let kept = socket, let response = try await attempt(on: kept, head, body, timeout, mayBeClosed: true) {
            return response
        }
        guard let response = try await attempt(on: connected(), head, body, timeout, mayBeClosed: false) else {
            throw lost("closed the connection without an answer")
        }
        return response
    }

    /// Sends a part of a request, from any task.
    ///
    /// ``receive(timeout:)`` must follow the last part.
    func write(_ first: [UInt8], _ second: [UInt8]) async throws(LambdaRuntimeError) {
        do {
            try await loop.hop {
                do {
                    try await self.connected().write(first, second)
                } catch {
                    self.close()
                    throw error
                }
            }
        } catch {
            throw (error as? LambdaRuntimeError) ?? lost("broke the connection", error)
        }
    }

    /// The open connection, or a new one.
    private func connected() async throws -> TCPConnection {
        if let socket { return socket }
        do {
            let socket = try await TCPConnection.connect(to: settings.address, on: loop, timeout: .seconds(5))
            self.socket = socket
            return socket
        } catch let error as TransportError {
            throw lost("cannot be reached", error)
        }
    }

    /// Receives the response to a request that was sent by ``write(_:_:)``.
    func receive(timeout: Duration?) async throws -> Response {
        loop.preconditionOnLoop()
        guard let socket, let response = try await receive(on: socket, timeout) else {
            throw lost("closed the connection without an answer")
        }
        return response
    }

    /// Closes the connection; the next request opens another.
    private func close() {
        socket?.close()
        socket = nil
    }

    /// Sends a request once; nil when the kept connection turned out to be closed.
    private func attempt(
        on socket: TCPConnection, _ head: [UInt8], _ body: [UInt8], _ timeout: Duration?, mayBeClosed: Bool
    ) async throws -> Response? {
        do {
            try await socket.write(head, body, timeout: Self.timeout)
        } catch let error as TransportError where error.code == .connectionClosed {
            // A server may answer and close before it has read a large body: look for the answer.
            if let response = try? await receive(on: socket, timeout) { return response }
            close()
            if mayBeClosed { return nil }
            throw lost("closed the connection", error)
        } catch let error as TransportError {
            close()
            throw lost("does not take a request", error)
        }
        return try await receive(on: socket, timeout)
    }

    /// Receives one response; nil when the connection ended before its first byte.
    private func receive(on socket: TCPConnection, _ timeout: Duration?) async throws -> Response? {
        var parser = ResponseParser()
        var (filled, received) = (0, 0)
        do {
            while true {
                guard filled < buffer.count else {
                    throw LambdaRuntimeError(
                        .invalidMessage, "the Runtime API sent a head of more than \(filled) bytes")
                }
                let count = try await socket.read(into: .init(rebasing: buffer[filled...]), timeout: timeout)
                if count == 0 { parser.end() }
                (filled, received) = (filled + count, received + count)
                let used = try parser.consume(UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
                if let response = parser.response {
                    if response.head.closesConnection || used < filled || count == 0 { close() }
                    return response
                }
                if count == 0 {
                    close()
                    if received == 0 { return nil }
                    throw lost("closed the connection within an answer, after \(received) bytes")
                }
                filled -= used  // what is left is an unfinished head
                if filled > 0 { buffer.copyMemory(from: .init(rebasing: buffer[used..<used + filled])) }
            }
        } catch let error as TransportError {
            close()
            if received == 0, error.code == .connectionClosed { return nil }
            throw lost("broke the connection", error)
        } catch {
            close()
            throw error
        }
    }

    private func lost(_ what: String, _ error: (any Error)? = nil) -> LambdaRuntimeError {
        let reason = error.map { ": \($0)" } ?? ""
        return LambdaRuntimeError(
            .connectionLost, "the Lambda Runtime API at \(settings.host) \(what)\(reason)", underlying: error
        )
    }
}
