internal import NIOCore
internal import NIOHTTP1

/// Collects the requests of one connection and has them answered.
///
/// Runs on the connection's event loop. `HTTPServerPipelineHandler` before it holds back the next request until the
/// last one has its reply.
final class RequestReader: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// Between requests, or waiting for a reply.
        case idle
        case receiving(HTTPRequestHead, limit: Int)
        /// The reply to a request that is too large is on its way; the rest of the request is read and thrown away,
        /// because closing a connection with unread bytes would destroy the reply as well.
        case discarding
    }

    /// How long a client whose request was too large may pause before its connection is closed.
    private static let discardTimeout = Duration.seconds(5)

    private let configuration: Server.Configuration
    private let handler: any RequestHandler
    private var state = State.idle
    private var body: [UInt8] = []
    private var readTimer: Scheduled<Void>?
    private var replying: Task<Void, Never>?

    init(_ configuration: Server.Configuration, _ handler: any RequestHandler) {
        self.configuration = configuration
        self.handler = handler
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        readTimer?.cancel()
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let part): collect(part, context)
        case .end(let trailers): end(trailers ?? [:], context)
        }
        startReadTimer(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        interrupt()
        if configuration.cancelsAbandonedRequests { replying?.cancel() }
        context.fireChannelInactive()
    }

    /// What is not HTTP has been answered with 400; nothing after it can be understood.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        interrupt()
        context.close(promise: nil)
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let limit = handler.bodyLimit(for: head)
        if let length = head.headers.first(name: "content-length").flatMap({ Int($0) }), length > limit {
            return refuse(head, context)
        }
        state = .receiving(head, limit: limit)
        if head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" }) {
            let interim = HTTPResponseHead(version: head.version, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
        }
    }

    private func collect(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
        guard case .receiving(let head, let limit) = state else { return }
        guard body.count + part.readableBytes <= limit else { return refuse(head, context) }
        body.append(contentsOf: part.readableBytesView)
    }

    private func end(_ trailers: HTTPHeaders, _ context: ChannelHandlerContext) {
        guard case .receiving(let head, _) = state else { return }
        let request = ReceivedRequest(head: head, body: .complete(body), trailers: trailers)
        (state, body) = (.idle, [])
        reply(to: request, with: ReplyWriter(context.channel, head, after: head.isKeepAlive ? .keepOpen : .close))
    }

    private func refuse(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        (state, body) = (.discarding, [])
        let request = ReceivedRequest(head: head, body: .tooLarge)
        reply(to: request, with: ReplyWriter(context.channel, head, after: .closeOutput))
    }

    private func reply(to request: ReceivedRequest, with writer: ReplyWriter) {
        replying = Task { [handler] in await writer.send(await handler.reply(to: request)) }
    }

    /// Tells the handler of a request that will never be complete.
    private func interrupt() {
        readTimer?.cancel()
        guard case .receiving(let head, _) = state else { return }
        (state, body) = (.idle, [])
        Task { [handler] in _ = await handler.reply(to: ReceivedRequest(head: head, body: .interrupted)) }
    }

    private func startReadTimer(_ context: ChannelHandlerContext) {
        let timeout: Duration? =
            switch state {
            case .idle: nil
            case .receiving: configuration.readTimeout
            case .discarding: Self.discardTimeout
            }
        guard let timeout else { return }
        let channel = context.channel
        readTimer = context.eventLoop.scheduleTask(in: TimeAmount(timeout)) { channel.close(promise: nil) }
    }
}
