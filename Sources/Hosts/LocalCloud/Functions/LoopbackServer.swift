import HTTPServer
import NIOHTTP1

/// Serves on a free port of 127.0.0.1 for as long as the body runs.
/// - Parameter body: given host and port, `127.0.0.1:40123`.
/// - Throws: what the body throws, or why the server could not start.
func withLoopbackServer<Result: Sendable>(
    _ handler: some RequestHandler, _ body: @Sendable (String) async throws -> Result
) async throws -> Result {
    let server: Server
    do {
        server = try await Server(.init(readTimeout: nil, cancelsAbandonedRequests: true), handler: handler)
    } catch {
        throw LocalCloudError(.notReady, "The local HTTP server cannot start.", underlying: error)
    }
    // Whoever still waits for a reply when the body has ended gets it within this time, or none.
    let grace = Duration.seconds(1)
    do {
        let result = try await body("127.0.0.1:\(server.port)")
        await server.stop(grace: grace)
        return result
    } catch {
        await server.stop(grace: grace)
        throw error
    }
}

extension ServerReply {
    init(status: Int, text: String) {
        self.init(status: .init(statusCode: status), body: .bytes(Array(text.utf8)))
    }
}
