import Basics
import HTTPServer
import JSON
import NIOHTTP1

/// The HTTP server that Function Compute sends its requests to.
struct FunctionServer: Sendable {
    private let server: Server
    private let grace: Duration

    /// The port it listens on.
    var port: Int { server.port }

    /// Listens.
    /// - Throws: `FunctionComputeError` when the port is taken or not allowed.
    init(invoker: Invoker, settings: ServerSettings) async throws {
        grace = settings.grace
        do {
            server = try await Server(
                Server.Configuration(host: settings.host, port: settings.port, readTimeout: settings.readTimeout),
                handler: InvokingHandler(invoker: invoker, maximumBody: settings.maximumBody)
            )
        } catch let error as ServerError {
            throw FunctionComputeError(
                .portUnavailable,
                "\(error.message); end the program that listens there, or choose another port with FC_SERVER_PORT",
                underlying: error.underlying
            )
        }
    }

    /// Takes no more connections, answers the requests under way within the grace period, and ends.
    func stop() async { await server.stop(grace: grace) }
}

/// Hands complete requests to the invoker.
private struct InvokingHandler: RequestHandler {
    let invoker: Invoker
    let maximumBody: Int

    func bodyLimit(for head: HTTPRequestHead) -> Int { maximumBody }

    func reply(to request: ReceivedRequest) async -> ServerReply {
        switch request.body {
        case .complete(let body): return await invoker.reply(to: FunctionRequest(head: request.head, body: body))
        case .tooLarge:
            return ServerReply(
                status: .payloadTooLarge,
                json: [
                    "errorMessage": .string("the request's body is over \(maximumBody) bytes"),
                    "errorType": "Runtime.RequestTooLarge", "stackTrace": [],
                ]
            )
        case .interrupted: return ServerReply()
        }
    }
}

/// Why the host could not start.
enum FunctionComputeErrorCode: String, ErrorCode {
    /// Another program listens on the port, or this one may not.
    case portUnavailable
}

typealias FunctionComputeError = CodedError<FunctionComputeErrorCode>
