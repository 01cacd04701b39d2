import AlibabaCloud
import Basics
import FunctionRuntime
import HTTPServer
import JSON
import Logging
import NIOHTTP1
import Synchronization

/// Calls the handler for each request and writes the log lines by which Function Compute finds an invocation's log.
final class Invoker: Sendable {
    private let handler: any FunctionHandler
    private let environment: Environment
    private let logger: Logger
    private let httpTimeout: Duration?
    private let queue: FunctionInvocations?
    private let write: @Sendable (String) -> Void
    private let now: @Sendable () -> Timestamp
    private let isShutDown = Atomic(false)

    /// - Parameters:
    ///   - httpTimeout: how long the caller of an HTTP trigger waits; nil for as long as the function may run.
    ///   - queue: what an HTTP trigger's requests may be handed over to.
    ///   - write: writes one or more log lines.
    init(
        handler: any FunctionHandler, environment: Environment, logger: Logger, httpTimeout: Duration? = nil,
        queue: FunctionInvocations? = nil,
        write: @escaping @Sendable (String) -> Void = { DescriptorLogSink.writeAll(Array($0.utf8), to: 1) },
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        self.handler = handler
        self.environment = environment
        self.logger = logger
        self.httpTimeout = httpTimeout
        self.queue = queue
        self.write = write
        self.now = now
    }

    /// Answers one request.
    ///
    /// An error of the function becomes a reply.
    func reply(to request: FunctionRequest) async -> ServerReply {
        switch request.purpose {
        case .invoke:
            return await invoke(
                request, event: request.body, context(of: request), success: ServerReply.init(_:),
                ServerReply.init(failure:))
        case .httpTrigger:
            var context = context(of: request, longest: httpTimeout)
            context.enqueue = queue?.enqueue(for: context)
            return await invoke(
                request, event: HTTPTrigger.event(request).serialized(), context, success: HTTPTrigger.reply,
                { _ in HTTPTrigger.failure(request) }
            )
        case .initialize:
            // The handler was made before the server listened.
            return marked("Initialize", request)
        case .preFreeze:
            return marked("PreFreeze", request)
        case .preStop:
            write("FC PreStop Start RequestId: \(request.requestID)\n")
            await shutDown()
            write("FC PreStop End RequestId: \(request.requestID)\n")
            return .done
        }
    }

    /// Lets the handler save its state; only the first call has an effect.
    func shutDown() async {
        guard !isShutDown.exchange(true, ordering: .acquiringAndReleasing) else { return }
        await handler.shutdownAware?.shutDown()
    }

    private func marked(_ hook: String, _ request: FunctionRequest) -> ServerReply {
        write("FC \(hook) Start RequestId: \(request.requestID)\nFC \(hook) End RequestId: \(request.requestID)\n")
        return .done
    }

    private func context(of request: FunctionRequest, longest: Duration? = nil) -> InvocationContext {
        InvocationContext(
            request.head.headers, environment: environment, now: now(), longest: longest, logger: logger)
    }

    private func invoke(
        _ request: FunctionRequest, event: [UInt8], _ context: InvocationContext,
        success: @Sendable (FunctionResponse) -> ServerReply, _ failure: @Sendable (any Error) -> ServerReply
    ) async -> ServerReply {
        write("FC Invoke Start RequestId: \(request.requestID)\n")
        return await InvocationContext.$current.withValue(context) {
            do {
                var response = try await handler.handle(event, context)
                if case .stream(let prelude, let produce) = response.body {
                    response.body = .stream(prelude: prelude) { [self] writer in
                        try await stream(to: writer, request, context, produce)
                    }
                } else {
                    writeEnd(of: request)
                }
                return success(response)
            } catch {
                logger.error("invocation failed", error: error)
                writeEnd(of: request, isFailure: true)
                return failure(error)
            }
        }
    }

    /// Writes the body of a streamed response, with the invocation's context.
    ///
    /// Only the log has its errors: the status was sent before.
    private func stream(
        to writer: any ResponseWriter, _ request: FunctionRequest, _ context: InvocationContext,
        _ produce: @Sendable (any ResponseWriter) async throws -> Void
    ) async throws {
        try await InvocationContext.$current.withValue(context) {
            do {
                try await produce(writer)
                writeEnd(of: request)
            } catch {
                logger.error("response stream broken off", error: error)
                writeEnd(of: request, isFailure: true)
                throw error
            }
        }
    }

    private func writeEnd(of request: FunctionRequest, isFailure: Bool = false) {
        let failure = isFailure ? ", Error: Unhandled function error" : ""
        write("FC Invoke End RequestId: \(request.requestID)\(failure)\n")
    }
}

/// A complete request.
struct FunctionRequest: Sendable {
    let head: HTTPRequestHead
    let body: [UInt8]

    /// What a request asks for.
    enum Purpose: Sendable, Hashable {
        case invoke, initialize, preFreeze, preStop
        /// A client's own request, of any method and path.
        case httpTrigger
    }

    /// Taken from Function Compute's header; without it, as in local emulators, from method and path.
    var purpose: Purpose {
        let path = head.headers.first(name: "x-fc-control-path") ?? "\(head.method.rawValue) \(head.uri)"
        switch path {
        case "/invoke", "POST /invoke": return .invoke
        case "/initialize", "POST /initialize": return .initialize
        case "/pre-freeze", "GET /pre-freeze": return .preFreeze
        case "/pre-stop", "GET /pre-stop": return .preStop
        default: return .httpTrigger
        }
    }

    /// Function Compute's request id; empty when there is none.
    var requestID: String { head.headers.first(name: "x-fc-request-id") ?? "" }
}

extension ServerReply {
    init(status: HTTPResponseStatus = .ok, contentType: String, _ body: Body) {
        self.init(status: status, headers: ["Content-Type": contentType], body: body)
    }

    init(status: HTTPResponseStatus, json: JSONValue) {
        self.init(status: status, contentType: "application/json", .bytes(json.serialized()))
    }

    /// The reply to a lifecycle hook.
    static let done = ServerReply(contentType: "text/plain", .bytes([]))

    /// The response of an invocation.
    ///
    /// Its status and the header `x-fc-status` both say that the function succeeded.
    init(_ response: FunctionResponse) {
        switch response.body {
        case .bytes(let bytes): self.init(contentType: response.contentType, .bytes(bytes))
        case .stream(let prelude, let produce):
            self.init(
                contentType: response.contentType,
                .stream { try await produce(FunctionResponseWriter(body: $0)) })
            if let prelude { apply(prelude) }
        }
        headers.replaceOrAdd(name: "x-fc-status", value: "200")
    }

    /// A failed invocation: status and `x-fc-status` are 404, as Function Compute requires.
    init(failure error: any Error) {
        self.init(status: .notFound, json: ErrorReport(error).json)
        headers.replaceOrAdd(name: "x-fc-status", value: "404")
    }

    private mutating func apply(_ prelude: HTTPPrelude) {
        status = HTTPResponseStatus(statusCode: prelude.statusCode)
        for (name, value) in prelude.headers { headers.replaceOrAdd(name: name, value: value) }
        for cookie in prelude.cookies { headers.add(name: "Set-Cookie", value: cookie) }
    }
}

private struct FunctionResponseWriter: ResponseWriter {
    let body: ReplyBodyWriter

    func write(_ bytes: [UInt8]) async throws { try await body.write(bytes) }
}

extension FunctionInvocations {
    /// A closure that queues events for the function that an invocation is of, with its credentials.
    fileprivate func enqueue(for context: InvocationContext) -> InvocationContext.Enqueue {
        { event, id in
            guard let function = context.platformHeaders["x-fc-function-name"] else {
                return .refused("Function Compute has not sent the function's name")
            }
            let qualifier = context.platformHeaders["x-fc-qualifier"]
            return await add(event, id: id, to: function, qualifier: qualifier, context.credentials)
        }
    }
}
