import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// The HTTP server, on one thread: the handler's work runs elsewhere.
final class FunctionServer: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let listener: any Channel
    private let connections: Connections
    private let graceSeconds: Int64

    /// The port it listens on.
    var port: Int { listener.localAddress?.port ?? 0 }

    /// Listens.
    /// - Throws: `FunctionComputeError` when the port cannot be had.
    init(invoker: Invoker, settings: ServerSettings) async throws {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let connections = Connections()
        self.connections = connections
        graceSeconds = settings.graceSeconds
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(ChannelOptions.backlog, value: 1_024)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(ChannelOptions.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    connections.add(channel)
                    // In order, one at a time, with 400 for what is not HTTP.
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(
                        RequestReceiver(settings: settings) { await invoker.reply(to: $0) }
                    )
                }
            }
        do {
            listener = try await bootstrap.bind(host: settings.host, port: settings.port).get()
        } catch {
            try? await group.shutdownGracefully()
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
            throw FunctionComputeError(
                message: "port \(settings.port) of \(settings.host) cannot be had: \(reason); end the program that "
                    + "listens there, or choose another port with FC_SERVER_PORT",
                underlying: error
            )
        }
    }

    /// Takes no more connections, answers the requests under way as long as the time of grace lasts, and ends.
    func stop() async {
        try? await listener.close()
        let grace = group.next().scheduleTask(in: .seconds(graceSeconds)) { [connections] in connections.closeAll() }
        await connections.finish()
        grace.cancel()
        try? await group.shutdownGracefully()
    }
}
