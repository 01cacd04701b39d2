import FunctionRuntime
import JSON
import Transport

/// The calls of the Lambda Runtime API (docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html), on one connection.
struct RuntimeAPIClient: Sendable {
    /// The largest response that is sent at once: 6 MiB and a little.
    static let maximumResponse = 6_291_556

    let connection: RuntimeAPIConnection
    private let nextRequest: [UInt8]

    init(connection: RuntimeAPIConnection) {
        self.connection = connection
        nextRequest = connection.request("GET", "/2018-06-01/runtime/invocation/next").finished()
    }

    /// Waits for the next invocation.
    ///
    /// There is no time limit: the platform freezes the process meanwhile.
    func next(now: () -> Timestamp) async throws -> Invocation {
        let response = try await connection.exchange(nextRequest, timeout: nil)
        try Self.check(response, for: 200, "an event")
        return try Invocation(response.head, event: response.body, now: now())
    }

    /// Answers an invocation with bytes.
    func respond(_ bytes: [UInt8], contentType: String, to invocation: Invocation) async throws {
        var request = request("response", invocation)
        request.add("Content-Type", contentType)
        request.add("Content-Length", String(bytes.count))
        let response = try await connection.exchange(request.finished(), bytes, timeout: RuntimeAPIConnection.patience)
        try Self.check(response, for: 202, "the response")
    }

    /// Answers an invocation with a stream.
    ///
    /// - Throws: What `produce` throws when nothing was sent by then, so that it can be reported as any other error;
    ///   later errors of `produce` go to the platform as trailers and are returned.
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
        try Self.check(try await connection.receive(timeout: RuntimeAPIConnection.patience), for: 202, "the response")
        return failure
    }

    /// Tells that an invocation failed.
    func report(_ error: ErrorReport, for invocation: Invocation) async throws {
        try await send(error, request("error", invocation))
    }

    /// Tells that the function could not start.
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
        let response = try await connection.exchange(request.finished(), body, timeout: RuntimeAPIConnection.patience)
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

/// The headers that carry an error; as trailers behind a stream.
enum ErrorHeader {
    static let type = "Lambda-Runtime-Function-Error-Type"
    static let body = "Lambda-Runtime-Function-Error-Body"
}
