import FunctionRuntime
import JSON

/// Writes a response in chunks (RFC 9112, section 7.1). Nothing is sent before the first write, so an error up to then
/// is reported as any other.
actor ResponseStream: ResponseWriter {
    private enum State {
        case waiting, open, writing, finished, broken(LambdaRuntimeError)
    }

    private let connection: RuntimeAPIConnection
    /// What goes before the first chunk: the request's head, and the prelude, which belongs to the body.
    private let head: [UInt8]
    private let prelude: [UInt8]
    private var state = State.waiting

    init(connection: RuntimeAPIConnection, head: [UInt8], prelude: [UInt8]) {
        self.connection = connection
        self.head = head
        self.prelude = prelude
    }

    var hasBegun: Bool {
        if case .waiting = state { false } else { true }
    }

    func write(_ bytes: [UInt8]) async throws {
        if !bytes.isEmpty { try await send(Self.chunk(bytes)) }
    }

    /// Ends the body, with the error in the trailers if there was one.
    func finish(_ error: ErrorReport?) async throws {
        var end = "0\r\n"
        if let error {
            end += "\(ErrorHeader.type): \(error.type)\r\n"
            end += "\(ErrorHeader.body): \(Base64.encode(error.json.serialized()))\r\n"
        }
        try await send(Array((end + "\r\n").utf8))
        state = .finished
    }

    private func send(_ bytes: [UInt8]) async throws {
        let before: [UInt8]
        switch state {
        case .waiting: before = prelude.isEmpty ? head : head + Self.chunk(prelude)
        case .open: before = []
        case .broken(let error): throw error
        case .writing, .finished:
            throw LambdaRuntimeError(.invalidMessage, "a response stream takes one write at a time, none after its end")
        }
        state = .writing
        do throws(LambdaRuntimeError) {
            try await connection.write(before, bytes)
            state = .open
        } catch {
            state = .broken(error)
            throw error
        }
    }

    private static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        Array(String(bytes.count, radix: 16).utf8) + Array("\r\n".utf8) + bytes + Array("\r\n".utf8)
    }
}

extension HTTPPrelude {
    /// Tells the platform that the body begins with a prelude.
    static let contentType = "application/vnd.awslambda.http-integration-response"

    /// The JSON and the eight NUL bytes that divide it from the body.
    func bytes(contentType: String) -> [UInt8] {
        json(contentType: contentType).serialized() + [UInt8](repeating: 0, count: 8)
    }
}
