import Basics
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// The Lambda Runtime API and Extensions API of one function, as HTTP routes over its `FunctionHost`.
///
/// Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html and `…/runtimes-extensions-api.html`.
struct RuntimeAPI: Sendable {
    /// The platform's limit for a buffered answer, 6 MiB and 100 bytes.
    static let maximumResponseBytes = 6_291_556
    /// The platform's limit for a streamed answer.
    static let maximumStreamBytes = 200 * 1024 * 1024

    let host: FunctionHost

    /// The routes.
    func router() -> Router<ConnectionContext> {
        let router = Router(context: ConnectionContext.self)
        let runtime = router.group("2018-06-01")
        runtime.get("ping") { _, _ in "pong" }
        runtime.get("runtime/invocation/next") { _, context in try await next(context) }
        runtime.post("runtime/invocation/:id/response") { request, context in
            try await response(request, context)
        }
        runtime.post("runtime/invocation/:id/error") { request, context in
            let (error, report) = try await errorReport(request)
            return await answer(request, context, .failure(error, report))
        }
        runtime.post("runtime/init/error") { request, _ in
            await host.initialisationFailed(try await errorReport(request).0)
            return Self.accepted
        }
        let extensions = router.group("2020-01-01/extension")
        extensions.post("register") { _, _ in
            Response(
                status: .ok, headers: [.extensionIdentifier: UUID().uuidString.lowercased()],
                body: .init(byteBuffer: .init(string: #"{"functionName":"\#(host.description.name)"}"#))
            )
        }
        // No event is ever sent: an extension that wants to know of the end has SIGTERM, which comes to every process.
        extensions.get("event/next") { _, context in try await hang(context) }
        for path in ["init/error", "exit/error"] { extensions.post("\(path)") { _, _ in Self.accepted } }
        return router
    }

    // MARK: Events

    private func next(_ context: ConnectionContext) async throws -> Response {
        let connection = try await context.connection
        let poll = await host.newPoll()
        connection.onClose { [host] in Task { await host.drop(poll: poll) } }
        defer { connection.onClose(nil) }
        guard let delivery = await host.next(poll: poll) else {
            return Self.refusal(.internalServerError, "Runtime.Stopped", "the function is being stopped")
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/json",
                .requestID: delivery.invocation.requestID,
                .invocationID: delivery.invocation.nonce,
                .deadline: String(delivery.deadline.millisecondsSinceEpoch),
                .functionARN: host.description.arn,
                .traceID: delivery.traceID,
            ],
            body: .init(byteBuffer: ByteBuffer(bytes: delivery.invocation.event))
        )
    }

    private func hang(_ context: ConnectionContext) async throws -> Response {
        let (closed, close) = AsyncStream.makeStream(of: Void.self)
        try await context.connection.onClose { close.finish() }
        for await _ in closed {}
        return Self.accepted
    }

    // MARK: Answers

    private func response(_ request: Request, _ context: ConnectionContext) async throws -> Response {
        let mode = request.headers[.responseMode]
        guard mode == nil || mode == "streaming" else {
            return Self.refusal(.badRequest, "InvalidFunctionResponseMode", "the response mode must be streaming")
        }
        let limit = mode == nil ? Self.maximumResponseBytes : Self.maximumStreamBytes
        var body: [UInt8] = []
        do {
            for try await chunk in request.body where body.count <= limit {
                body.append(contentsOf: chunk.readableBytesView)
            }
        } catch {
            let error = FunctionError("Runtime.TruncatedResponse", "the function's response ended before its end")
            return await answer(request, context, .failure(error))
        }
        if body.count > limit {
            let message = "Exceeded maximum allowed payload size (\(limit) bytes)."
            let error = FunctionError("Function.ResponseSizeTooLarge", message)
            let refusal = await answer(request, context, .failure(error))
            guard refusal.status == .accepted else { return refusal }
            return Self.refusal(.contentTooLarge, "RequestEntityTooLarge", message)
        }
        let trailers = try await context.connection.trailers
        if let type = trailers[.errorType] {
            let report = trailers[.errorBody].flatMap { Data(base64Encoded: $0) } ?? Data()
            let error = FunctionError(report: Array(report), header: Self.platformErrorType(type))
            return await answer(request, context, .failure(error))
        }
        return await answer(request, context, .success(body, contentType: request.headers[.contentType]))
    }

    private func errorReport(_ request: Request) async throws -> (FunctionError, [UInt8]) {
        let report = Array(try await request.body.collect(upTo: Self.maximumResponseBytes).readableBytesView)
        let type = Self.platformErrorType(request.headers[.errorType] ?? "")
        return (FunctionError(report: report, header: type), report)
    }

    private func answer(
        _ request: Request, _ context: ConnectionContext, _ outcome: InvocationQueue.Outcome
    ) async -> Response {
        let nonce = request.headers[.invocationID]
        do throws(InvocationQueue.Refusal) {
            try await host.answer(context.parameters.get("id") ?? "", nonce: nonce, outcome)
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
    static func platformErrorType(_ type: String) -> String {
        if type.wholeMatch(of: /(Runtime|Function)\.[A-Z][a-zA-Z]+/) != nil { return type }
        return type.hasPrefix("Function.") ? "Function.Unknown" : "Runtime.Unknown"
    }

    private static var accepted: Response {
        Response(status: .accepted, body: .init(byteBuffer: .init(string: "{\"status\":\"OK\"}\n")))
    }

    private static func refusal(_ status: HTTPResponse.Status, _ type: String, _ message: String) -> Response {
        let json: JSONValue = ["errorMessage": .string(message), "errorType": .string(type)]
        return Response(status: status, body: .init(byteBuffer: ByteBuffer(bytes: json.serialized())))
    }
}
