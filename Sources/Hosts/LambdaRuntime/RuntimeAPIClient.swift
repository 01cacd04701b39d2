import Basics
import FunctionRuntime
import JSON
import Transport

/// The calls of the Lambda Runtime API (docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html), on one connection.
struct RuntimeAPIClient: Sendable {
    /// The most bytes of a buffered response that Lambda takes: 6 MiB and 100 bytes.
    static let maximumResponse = 6_291_556

    let connection: RuntimeAPIConnection
    private let nextRequest: [UInt8]

    init(connection: RuntimeAPIConnection) {
        self.connection = connection
        nextRequest = connection.request("GET", "/2018-06-01/runtime/invocation/next").finished()
    }

    /// Waits for the next invocation.
    ///
    /// There is no timeout: the platform freezes the process meanwhile.
    func next(now: () -> Timestamp) async throws -> Invocation {
        let response = try await connection.exchange(nextRequest, timeout: nil)
        try Self.check(response, for: 200, "an event")
        return try Invocation(response.head, event: response.body, now: now())
    }

    /// Sends the response of an invocation as a whole.
    func respond(_ bytes: [UInt8], contentType: String, to invocation: Invocation) async throws {
        var request = request("response", invocation)
        request.add("Content-Type", contentType)
        request.add("Content-Length", String(bytes.count))
        let response = try await connection.exchange(request.finished(), bytes, timeout: RuntimeAPIConnection.timeout)
        try Self.check(response, for: 202, "the response")
    }

    /// Sends the response of an invocation as a stream.
    ///
    /// - Returns: the error of `produce` that came after the first bytes; the platform was told in the trailers.
    /// - Throws: the error of `produce` when nothing was sent before it, so that it is reported as any other error.
    func respond(
        contentType: String, prelude: HTTPPrelude?, to invocation: Invocation,
        produce: (any ResponseWriter) async throws -> Void
    ) async throws -> (any Error)? {
        var request = request("response", invocation)
        request.add("Content-Type", prelude == nil ? contentType : HTTPPrelude.contentType)
        request.add("Lambda-Runtime-Function-Response-Mode", "streaming")
        request.add("Transfer-Encoding", "chunked")
        request.add("Trailer", "\(ErrorHeader.type), \(ErrorHeader.body)")
        let stream = ResponseStream(
            connection: connection, head: request.finished(), prelude: prelude?.bytes(contentType: contentType) ?? []
        )
        var failure: (any Error)?
        do {
            try await produce(stream)
        } catch {
            guard await stream.hasBegun else { throw error }
            failure = error
        }
        try await stream.finish(failure.map { ErrorReport($0) })
        try Self.check(try await connection.receive(timeout: RuntimeAPIConnection.timeout), for: 202, "the response")
        return failure
    }

    /// Reports a failed invocation.
    func report(_ error: ErrorReport, for invocation: Invocation) async throws {
        try await send(error, request("error", invocation))
    }

    /// Reports that the function could not start.
    func reportInitialization(_ error: ErrorReport) async throws {
        try await send(error, connection.request("POST", "/2018-06-01/runtime/init/error"))
    }

    private func send(_ error: ErrorReport, _ request: RequestHead) async throws {
        let body = error.json.serialized()
        var request = request
        request.add(ErrorHeader.type, error.type)
        request.add("Lambda-Runtime-Function-XRay-Error-Cause", error.xrayCause)
        request.add("Content-Type", "application/json")
        request.add("Content-Length", String(body.count))
        let response = try await connection.exchange(request.finished(), body, timeout: RuntimeAPIConnection.timeout)
        try Self.check(response, for: 202, "the error report")
    }

    private func request(_ answer: String, _ invocation: Invocation) -> RequestHead {
        let path = "/2018-06-01/runtime/invocation/\(invocation.requestID)/\(answer)"
        var request = connection.request("POST", path)
        if let id = invocation.invocationID { request.add("Lambda-Runtime-Invocation-Id", id) }
        return request
    }

    private static func check(
        _ response: RuntimeAPIConnection.Response, for status: Int, _ what: String
    ) throws(LambdaRuntimeError) {
        guard response.head.status != status else { return }
        let body = ErrorReport.prefix(of: String(decoding: response.body, as: UTF8.self), bytes: 500)
        let reason = (try? JSONValue(parsing: body))?["errorMessage"]?.stringValue ?? body
        throw LambdaRuntimeError(
            .refused(status: response.head.status),
            "the Runtime API answered \(response.head.status) instead of \(status) for \(what): \(reason)"
        )
    }
}

/// The headers that carry an error; in a streamed response they are trailers.
private enum ErrorHeader {
    static let type = "Lambda-Runtime-Function-Error-Type"
    static let body = "Lambda-Runtime-Function-Error-Body"
}

/// The head of an HTTP/1.1 request as bytes.
struct RequestHead {
    private(set) var bytes: [UInt8] = []

    init(_ method: String, _ path: String, host: String) {
        bytes.reserveCapacity(512)
        append(method)
        append(" ")
        append(path)
        append(" HTTP/1.1\r\nHost: ")
        append(host)
        append("\r\nUser-Agent: ")
        append(TocsinVersion.userAgent)
        append("\r\n")
    }

    /// Adds a field.
    ///
    /// Control characters are left out of the value: a line end would start another header.
    mutating func add(_ name: String, _ value: String) {
        append(name)
        append(": ")
        if value.utf8.contains(where: Self.isControl) {
            bytes.append(contentsOf: value.utf8.filter { !Self.isControl($0) })
        } else {
            append(value)
        }
        append("\r\n")
    }

    /// The bytes with the empty line that ends them.
    consuming func finished() -> [UInt8] {
        append("\r\n")
        return bytes
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }
}

extension ErrorReport {
    /// The value of `Lambda-Runtime-Function-XRay-Error-Cause`: JSON in ASCII, a few kilobytes at most (the platform
    /// cuts at 64, in the middle of the JSON).
    var xrayCause: String {
        let frames = stackTrace.prefix(20).map { frame -> JSONValue in
            ["label": .string(Self.prefix(of: frame, bytes: 200))]
        }
        let exception: JSONValue = [
            "type": .string(type), "message": .string(Self.prefix(of: message, bytes: 2_000)), "stack": .array(frames),
        ]
        let cause: JSONValue = ["working_directory": "/var/task", "exceptions": [exception], "paths": []]
        return Self.escapeNonASCII(cause.description)
    }

    /// Escapes the characters that a header cannot hold as `\u…`; in JSON they occur in strings only.
    private static func escapeNonASCII(_ json: String) -> String {
        guard json.utf8.contains(where: { $0 > 0x7E }) else { return json }
        return json.utf16.reduce(into: "") { text, unit in
            if let scalar = UnicodeScalar(unit), unit < 0x7F {
                text.unicodeScalars.append(scalar)
            } else {
                text += "\\u" + [UInt8(unit >> 8), UInt8(truncatingIfNeeded: unit)].hex
            }
        }
    }
}

/// Writes a response in chunks (RFC 9112, section 7.1). Nothing is sent before the first write, so an error up to then
/// is reported as any other.
private actor ResponseStream: ResponseWriter {
    private enum State {
        case waiting, open, writing, finished, broken(LambdaRuntimeError)
    }

    private let connection: RuntimeAPIConnection
    /// Sent before the first chunk: the request's head, and the prelude, which is part of the body.
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
    /// The media type of a body that begins with a prelude.
    static let contentType = "application/vnd.awslambda.http-integration-response"

    /// The JSON and the eight NUL bytes that separate it from the body.
    func bytes(contentType: String) -> [UInt8] {
        json(contentType: contentType).serialized() + [UInt8](repeating: 0, count: 8)
    }
}
