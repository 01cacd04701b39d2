import Hummingbird
import Logging
import NIOCore

/// Serves a router on a free port of 127.0.0.1 for as long as the body runs.
/// - Parameter body: given host and port, `127.0.0.1:40123`.
/// - Throws: what the body throws, or why the server could not start.
func withLoopbackServer<Result: Sendable>(
    _ router: Router<ConnectionContext>, _ body: @Sendable (String) async throws -> Result
) async throws -> Result {
    let (addresses, addressFound) = AsyncThrowingStream.makeStream(of: String.self)
    var logger = Logger(label: "tocsin.http")
    logger.logLevel = .critical
    let application = Application(
        router: router,
        server: .http1(configuration: .init(additionalChannelHandlers: [ConnectionObserver()])),
        configuration: .init(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { channel in addressFound.yield("127.0.0.1:\(channel.localAddress?.port ?? 0)") },
        logger: logger
    )
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            do {
                try await application.run()
                addressFound.finish()
            } catch {
                addressFound.finish(throwing: error)
            }
        }
        defer { group.cancelAll() }
        for try await address in addresses { return try await body(address) }
        throw LocalCloudError(.notReady, "The local HTTP server stopped before it was ready.")
    }
}

/// What a route knows about a request beyond the request: the connection it came on.
struct ConnectionContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// What is observed on this request's connection.
    var connection: ConnectionObserver {
        get async throws { try await channel.pipeline.handler(type: ConnectionObserver.self).get() }
    }
}
