import Basics
import FunctionRuntime
import HTTPServer
import JSON
import Logging
import NIOHTTP1
import Synchronization

/// Turns requests into calls of the handler, between the log lines that Function Compute looks for.
final class Invoker: Sendable {
    private let handler: any FunctionHandler
    private let environment: Environment
    private let logger: Logger
    private let write: @Sendable (String) -> Void
    private let now: @Sendable () -> Timestamp
    private let isShutDown = Atomic(false)

    /// - Parameter write: takes the log markers, each a line.
    init(
        handler: any FunctionHandler, environment: Environment, logger: Logger,
        write: @escaping @Sendable (String) -> Void = { DescriptorLogSink.writeAll(Array($0.utf8), to: 1) },
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        self.handler = handler
        self.environment = environment
        self.logger = logger
        self.write = write
        self.now = now
    }

    /// Answers one request; an error of the function is an answer too.
    func reply(to request: FunctionRequest) async -> ServerReply {
        switch request.purpose {
        case .invoke:
            return await invoke(
                request, event: request.body, success: ServerReply.init(_:), ServerReply.init(failure:))
        case .httpTrigger:
            return await invoke(
                request, event: HTTPTrigger.event(request).serialized(), success: HTTPTrigger.reply,
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

    /// Lets the handler save what it has, once.
    func shutDown() async {
        guard !isShutDown.exchange(true, ordering: .acquiringAndReleasing) else { return }
        await handler.shutdownAware?.shutDown()
    }

    private func marked(_ hook: String, _ request: FunctionRequest) -> ServerReply {
        write("FC \(hook) Start RequestId: \(request.requestID)\nFC \(hook) End RequestId: \(request.requestID)\n")
        return .done
    }

    private func invoke(
        _ request: FunctionRequest, event: [UInt8], success: @Sendable (FunctionResponse) -> ServerReply,
        _ failure: @Sendable (any Error) -> ServerReply
    ) async -> ServerReply {
        let context = InvocationContext(request.head.headers, environment: environment, now: now(), logger: logger)
        write("FC Invoke Start RequestId: \(request.requestID)\n")
        return await InvocationContext.$current.withValue(context) {
            do {
                let response = try await handler.handle(event, context)
                write("FC Invoke End RequestId: \(request.requestID)\n")
                return success(response)
            } catch {
                logger.error("invocation failed", error: error)
                write("FC Invoke End RequestId: \(request.requestID), Error: Unhandled function error\n")
                return failure(error)
            }
        }
    }
}
