import Basics
import HTTPServer
import JSON
import NIOHTTP1

/// The Lambda Runtime API and Extensions API of one function, as HTTP over its `FunctionHost`.
///
/// Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html and `…/runtimes-extensions-api.html`.
struct RuntimeAPI: RequestHandler {
    /// The platform's limit for a buffered answer, 6 MiB and 100 bytes.
    static let maximumResponseBytes = 6_291_556
    /// The platform's limit for a streamed answer.
    private static let maximumStreamBytes = 200 * 1024 * 1024

    /// The headers of the API that are used here.
    private enum Header {
        static let requestID = "Lambda-Runtime-Aws-Request-Id"
        static let invocationID = "Lambda-Runtime-Invocation-Id"
        static let deadline = "Lambda-Runtime-Deadline-Ms"
        static let functionARN = "Lambda-Runtime-Invoked-Function-Arn"
        static let traceID = "Lambda-Runtime-Trace-Id"
        static let responseMode = "Lambda-Runtime-Function-Response-Mode"
        static let errorType = "Lambda-Runtime-Function-Error-Type"
        static let errorBody = "Lambda-Runtime-Function-Error-Body"
        static let extensionIdentifier = "Lambda-Extension-Identifier"
    }

    let host: FunctionHost

    /// Serves on a free port of 127.0.0.1 for as long as the body runs.
    /// - Parameter body: given host and port, `127.0.0.1:40123`.
    func serve<Result: Sendable>(_ body: @Sendable (String) async throws -> Result) async throws -> Result {
        // A function may pause for minutes while it streams its response.
        let configuration = Server.Configuration(readTimeout: nil, cancelsAbandonedRequests: true)
        return try await Server.run(configuration, handler: self, grace: .seconds(1)) { server in
            try await body("127.0.0.1:\(server.port)")
        }
    }

    func bodyLimit(for head: HTTPRequestHead) -> Int {
        head.headers.contains(name: Header.responseMode) ? Self.maximumStreamBytes : Self.maximumResponseBytes
    }

    func reply(to request: ReceivedRequest) async -> ServerReply {
        if let refusal = LocalCallers.refusal(request.head) { return refusal }
        let path = request.head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)[0]
        let segments = path.split(separator: "/")
        switch (request.head.method, segments.first) {
        case (let method, "2018-06-01"): return await runtimeReply(method, segments.dropFirst(), request)
        case (let method, "2020-01-01"):
            return await extensionReply(method, segments.dropFirst().joined(separator: "/"))
        default: return Self.notFound
        }
    }

    private func runtimeReply(
        _ method: HTTPMethod, _ segments: ArraySlice<Substring>, _ request: ReceivedRequest
    ) async -> ServerReply {
        switch (method, segments.joined(separator: "/")) {
        case (.GET, "ping"): return ServerReply(text: "pong")
        case (.GET, "runtime/invocation/next"): return await next()
        case (.POST, "runtime/init/error"):
            let (error, _) = errorReport(request)
            await host.initialisationFailed(error)
            return Self.accepted
        default: break
        }
        // runtime/invocation/<id>/response and …/error
        guard method == .POST, segments.count == 4, segments.prefix(2).elementsEqual(["runtime", "invocation"]) else {
            return Self.notFound
        }
        let id = String(segments[segments.startIndex + 2])
        switch segments.last {
        case "response": return await response(to: id, request)
        case "error":
            let (error, report) = errorReport(request)
            return await answer(id, request, .failure(error, report))
        default: return Self.notFound
        }
    }

    private func extensionReply(_ method: HTTPMethod, _ path: String) async -> ServerReply {
        switch (method, path) {
        case (.POST, "extension/register"):
            var reply = ServerReply(text: #"{"functionName":"\#(host.description.name)"}"#)
            reply.headers.add(name: Header.extensionIdentifier, value: .randomUUID())
            return reply
        case (.GET, "extension/event/next"):
            // No event is ever sent: every process learns of the end by SIGTERM. The request lasts until its
            // connection is closed, which cancels this task.
            let (events, continuation) = AsyncStream.makeStream(of: Void.self)
            for await _ in events {}
            continuation.finish()
            return Self.accepted
        case (.POST, "extension/init/error"), (.POST, "extension/exit/error"): return Self.accepted
        default: return Self.notFound
        }
    }

    // MARK: Events

    /// The next event for one worker; the task is cancelled when the worker closes its connection.
    private func next() async -> ServerReply {
        let poll = await host.newPoll()
        let delivery = await withTaskCancellationHandler {
            await host.next(poll: poll)
        } onCancel: { [host] in
            Task { await host.drop(poll: poll) }
        }
        guard let delivery else {
            return Self.refusal(.internalServerError, "Runtime.Stopped", "the function is being stopped")
        }
        var reply = ServerReply(
            headers: [
                "Content-Type": "application/json",
                Header.requestID: delivery.invocation.requestID,
                Header.invocationID: delivery.invocation.nonce,
                Header.deadline: String(delivery.deadline.millisecondsSinceEpoch),
                Header.functionARN: host.description.arn,
                Header.traceID: delivery.traceID,
            ],
            body: .bytes(delivery.invocation.event)
        )
        reply.onUnsent = { [host] in await host.takeBack(delivery.invocation) }
        return reply
    }

    // MARK: Answers

    private func response(to id: String, _ request: ReceivedRequest) async -> ServerReply {
        let mode = request.head.headers.first(name: Header.responseMode)
        guard mode == nil || mode == "streaming" else {
            return Self.refusal(.badRequest, "InvalidFunctionResponseMode", "the response mode must be streaming")
        }
        switch request.body {
        case .interrupted:
            let error = FunctionError("Runtime.TruncatedResponse", "the function's response ended before its end")
            return await answer(id, request, .failure(error))
        case .tooLarge:
            let message = "Exceeded maximum allowed payload size (\(bodyLimit(for: request.head)) bytes)."
            let refusal = await answer(id, request, .failure(FunctionError("Function.ResponseSizeTooLarge", message)))
            guard refusal.status == .accepted else { return refusal }
            return Self.refusal(.payloadTooLarge, "RequestEntityTooLarge", message)
        case .complete(let body):
            if let type = request.trailers.first(name: Header.errorType) {
                let report = request.trailers.first(name: Header.errorBody).flatMap(Base64.decode) ?? []
                let error = FunctionError(report: report, header: Self.platformErrorType(type))
                return await answer(id, request, .failure(error))
            }
            let contentType = request.head.headers.first(name: "content-type")
            return await answer(id, request, .success(body, contentType: contentType))
        }
    }

    /// The error that a request reports; a report that is too large or broken off counts as an empty one.
    private func errorReport(_ request: ReceivedRequest) -> (FunctionError, report: [UInt8]) {
        let report = if case .complete(let body) = request.body { body } else { [UInt8]() }
        let type = Self.platformErrorType(request.head.headers.first(name: Header.errorType) ?? "")
        return (FunctionError(report: report, header: type), report)
    }

    private func answer(_ id: String, _ request: ReceivedRequest, _ outcome: InvocationQueue.Outcome) async
        -> ServerReply
    {
        let nonce = request.head.headers.first(name: Header.invocationID)
        do throws(InvocationQueue.Refusal) {
            try await host.answer(id, nonce: nonce, outcome)
            return Self.accepted
        } catch {
            switch error {
            case .unknown: return Self.refusal(.badRequest, "InvalidRequestID", "no invocation of this request id")
            case .gone: return Self.refusal(.gone, "InvokeTimeout", "Invoke timeout")
            case .answeredTwice: return Self.refusal(.forbidden, "InvalidStateTransition", "already answered")
            }
        }
    }

    /// The error type that the platform keeps: its own pattern, or one of two names for all others.
    private static func platformErrorType(_ type: String) -> String {
        if type.wholeMatch(of: /(Runtime|Function)\.[A-Z][a-zA-Z]+/) != nil { return type }
        return type.hasPrefix("Function.") ? "Function.Unknown" : "Runtime.Unknown"
    }

    private static let accepted = ServerReply(status: .accepted, text: "{\"status\":\"OK\"}\n")
    private static let notFound = ServerReply(status: .notFound)

    private static func refusal(_ status: HTTPResponseStatus, _ type: String, _ message: String) -> ServerReply {
        let json: JSONValue = ["errorMessage": .string(message), "errorType": .string(type)]
        return ServerReply(status: status, body: .bytes(json.serialized()))
    }
}
