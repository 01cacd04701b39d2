internal import NIOCore
internal import NIOHTTP1

/// Collects the requests of one connection and has them answered.
///
/// Runs on the connection's event loop. `HTTPServerPipelineHandler` before it holds back the next request until the
/// last one has its reply.
final class RequestReader: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
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
    /// Whether a request has not been answered to the end.
    private var owesReply = false

    init(_ configuration: Server.Configuration, _ handler: any RequestHandler) {
        self.configuration = configuration
        self.handler = handler
    }

    /// Starts the time limit for a request's head, which ends with its last byte.
    ///
    /// Called before bytes are decoded. The decoder tells of a head only when it is complete.
    func bytesArrive(_ context: ChannelHandlerContext) {
        guard case .idle = state, !owesReply, readTimer == nil else { return }
        startReadTimer(configuration.readTimeout, context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        stopReadTimer()
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let part): collect(part, context)
        case .end(let trailers): end(trailers ?? [:], context)
        }
        switch state {
        case .idle: break
        case .receiving: startReadTimer(configuration.readTimeout, context)
        case .discarding: startReadTimer(Self.discardTimeout, context)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { owesReply = false }
        context.write(data, promise: promise)
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
        owesReply = true
        replying = Task { [handler] in await writer.send(await handler.reply(to: request)) }
    }

    /// Tells the handler of a request that will never be complete.
    private func interrupt() {
        stopReadTimer()
        guard case .receiving(let head, _) = state else { return }
        (state, body) = (.idle, [])
        Task { [handler] in _ = await handler.reply(to: ReceivedRequest(head: head, body: .interrupted)) }
    }

    private func startReadTimer(_ timeout: Duration?, _ context: ChannelHandlerContext) {
        guard let timeout else { return }
        let channel = context.channel
        readTimer = context.eventLoop.scheduleTask(in: TimeAmount(timeout)) { channel.close(promise: nil) }
    }

    private func stopReadTimer() {
        readTimer?.cancel()
        readTimer = nil
    }
}

/// Tells the ``RequestReader`` of bytes before they are decoded; the first handler of a connection.
final class ByteObserver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let reader: RequestReader

    init(_ reader: RequestReader) { self.reader = reader }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        reader.bytesArrive(context)
        context.fireChannelRead(data)
    }
}

/// Drops the error that half a request is at the end of its connection, which nobody is there to be told.
///
/// NIO would answer it with 400, and stops a debug build when the server had asked the connection to end.
final class LateErrorFilter: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if context.channel.isActive { context.fireErrorCaught(error) }
    }
}
