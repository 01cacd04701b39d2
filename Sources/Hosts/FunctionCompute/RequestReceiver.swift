import JSON
import NIOCore
import NIOHTTP1

/// Collects the requests of one connection and sends their replies.
///
/// Runs on the connection's event loop; the pipeline behind it delivers the next request when the last was answered.
final class RequestReceiver: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let settings: ServerSettings
    private let reply: @Sendable (FunctionRequest) async -> FunctionReply
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    /// Ends the connection of a client that falls silent in the middle of a request.
    private var patience: Scheduled<Void>?

    init(settings: ServerSettings, reply: @escaping @Sendable (FunctionRequest) async -> FunctionReply) {
        self.settings = settings
        self.reply = reply
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        patience?.cancel()
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let part): collect(part, context)
        case .end:
            if let head { answer(FunctionRequest(head: head, body: body), context) }
            (head, body) = (nil, [])
        }
        if head != nil { waitForMore(context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        patience?.cancel()
        context.fireChannelInactive()
    }

    /// What was not HTTP has been answered with 400; nothing after it can be understood.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        if let length = head.headers.first(name: "content-length").flatMap({ Int($0) }), length > settings.maximumBody {
            return refuse(head, context)
        }
        self.head = head
        if head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" }) {
            let interim = HTTPResponseHead(version: head.version, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(interim)), promise: nil)
        }
    }

    private func collect(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
        guard let head else { return }  // the rest of what was refused
        guard body.count + part.readableBytes <= settings.maximumBody else { return refuse(head, context) }
        body.append(contentsOf: part.readableBytesView)
    }

    /// The client may be still sending: the connection cannot be used again.
    private func refuse(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        (self.head, body) = (nil, [])
        let reply = FunctionReply(
            status: .payloadTooLarge,
            json: [
                "errorMessage": .string("the request's body is over \(settings.maximumBody) bytes"),
                "errorType": "Runtime.RequestTooLarge", "stackTrace": [],
            ]
        )
        let writer = ReplyWriter(channel: context.channel, request: head, keepsAlive: false)
        Task { await writer.send(reply) }
    }

    private func answer(_ request: FunctionRequest, _ context: ChannelHandlerContext) {
        let writer = ReplyWriter(channel: context.channel, request: request.head, keepsAlive: request.head.isKeepAlive)
        Task { [reply] in await writer.send(await reply(request)) }
    }

    private func waitForMore(_ context: ChannelHandlerContext) {
        let channel = context.channel
        patience = context.eventLoop.scheduleTask(in: .seconds(settings.patienceSeconds)) {
            channel.close(promise: nil)
        }
    }
}
