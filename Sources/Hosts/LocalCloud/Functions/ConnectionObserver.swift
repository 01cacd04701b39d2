import HTTPTypes
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Keeps, for one connection, what Hummingbird does not hand to a route: the trailers of the request, and the moment
/// when the other side goes away.
final class ConnectionObserver: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    private struct State {
        var trailers: HTTPFields = [:]
        var isClosed = false
        var onClose: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// The trailers of the request whose body has just been read to its end.
    var trailers: HTTPFields { state.withLock { $0.trailers } }

    /// Has one action run when the other side goes away, at once if it is gone already; nil forgets it.
    func onClose(_ action: (@Sendable () -> Void)?) {
        let isClosed = state.withLock { state in
            state.onClose = action
            return state.isClosed
        }
        if isClosed { action?() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: state.withLock { $0.trailers = [:] }
        case .body: break
        case .end(let trailers): state.withLock { $0.trailers = trailers ?? [:] }
        }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { closed() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        closed()
        context.fireChannelInactive()
    }

    private func closed() {
        let action = state.withLock { state in
            state.isClosed = true
            return state.onClose
        }
        action?()
    }
}
