public import Basics
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// An HTTP/1.1 server.
///
/// All servers of a process share one thread for their connections; the handlers' work runs on Swift's thread pool.
///
/// The server uses plain channel handlers: NIO ends the process when an `NIOAsyncChannel` is released before its writer
/// has finished, which happens when a server is stopped while it accepts a connection.
public final class Server: Sendable {
    /// Where a server listens and how it treats its clients.
    public struct Configuration: Sendable, Hashable {
        /// A name or address.
        public var host: String
        /// The port, or 0 for a free one; ``Server/port`` tells which.
        public var port: Int
        /// How long a client may pause in the middle of a request's body before its connection is closed, and how long
        /// the request's head may take from its first byte to its last; nil for no limit.
        ///
        /// There is no limit between requests.
        public var readTimeout: Duration?
        /// Whether ``RequestHandler/reply(to:)`` is cancelled when the client closes the connection before its answer.
        public var cancelsAbandonedRequests: Bool

        /// Loopback, a free port.
        public init(
            host: String = "127.0.0.1", port: Int = 0, readTimeout: Duration? = .seconds(60),
            cancelsAbandonedRequests: Bool = false
        ) {
            self.host = host
            self.port = port
            self.readTimeout = readTimeout
            self.cancelsAbandonedRequests = cancelsAbandonedRequests
        }
    }

    /// Never shut down: a handler may end, and write to its closed connection, after its server has stopped.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    private let listener: any Channel
    private let connections: Connections

    /// The port it listens on.
    public var port: Int { listener.localAddress?.port ?? 0 }

    /// Starts to listen.
    /// - Throws: ``ServerError`` when the port is taken or not allowed.
    public init(_ configuration: Configuration, handler: any RequestHandler) async throws {
        let connections = Connections()
        self.connections = connections
        let bootstrap = ServerBootstrap(group: Self.group)
            .serverChannelOption(ChannelOptions.backlog, value: 4_096)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(ChannelOptions.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let reader = RequestReader(configuration, handler)
                    try channel.pipeline.syncOperations.addHandler(ByteObserver(reader))
                    // One request at a time per connection, in order, and 400 for what is not HTTP.
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    let requests = try channel.pipeline.syncOperations.handler(type: HTTPServerPipelineHandler.self)
                    try channel.pipeline.syncOperations.addHandler(LateErrorFilter(), position: .before(requests))
                    try channel.pipeline.syncOperations.addHandler(reader)
                    connections.add(channel)
                }
            }
        do {
            listener = try await bootstrap.bind(host: configuration.host, port: configuration.port).get()
        } catch {
            let reason = (error as? IOError).map { "\(SystemError($0.errnoCode))" } ?? "\(error)"
            throw ServerError(
                .portUnavailable, "port \(configuration.port) of \(configuration.host) cannot be used: \(reason)",
                underlying: error
            )
        }
    }

    /// Runs a server for as long as the body runs, then stops it.
    ///
    /// - Parameter grace: how long a request may still take when the body has ended.
    /// - Throws: ``ServerError`` when the port is taken; what the body throws.
    public static func run<Result: Sendable>(
        _ configuration: Configuration, handler: any RequestHandler, grace: Duration,
        _ body: @Sendable (Server) async throws -> Result
    ) async throws -> Result {
        let server = try await Server(configuration, handler: handler)
        do {
            let result = try await body(server)
            await server.stop(grace: grace)
            return result
        } catch {
            await server.stop(grace: grace)
            throw error
        }
    }

    /// Takes no more connections, closes the idle ones, lets requests under way be answered within `grace`, then closes
    /// the rest.
    ///
    /// Returns when all connections are closed. A handler whose connection is closed may still run then.
    public func stop(grace: Duration) async {
        try? await listener.close()
        let closing = listener.eventLoop.scheduleTask(in: TimeAmount(grace)) { [connections] in connections.closeAll() }
        await connections.finish()
        closing.cancel()
    }
}

/// Why a server could not start.
public enum ServerErrorCode: String, ErrorCode {
    /// Another program listens on the port, or this one may not.
    case portUnavailable
}

/// Why a server could not start; the message names port, host and the system's reason.
public typealias ServerError = CodedError<ServerErrorCode>

/// The open connections of a server.
private final class Connections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isFinishing = false
    }

    private let state = Mutex(State())

    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let isLate = state.withLock { state in
            state.channels[id] = channel
            return state.isFinishing
        }
        channel.closeFuture.whenComplete { [weak self] _ in
            self?.state.withLock { _ = $0.channels.removeValue(forKey: id) }
        }
        // Accepted just before the listener was closed.
        if isLate { channel.close(promise: nil) }
    }

    /// Closes idle connections now and the others after the reply that they wait for; returns when all are closed.
    func finish() async {
        let channels = state.withLock { state in
            state.isFinishing = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        for channel in channels { try? await channel.closeFuture.get() }
    }

    func closeAll() {
        for channel in state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
    }
}
