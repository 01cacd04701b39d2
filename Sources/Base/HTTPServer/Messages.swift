public import NIOHTTP1

/// A request as a ``RequestHandler`` gets it: complete, or with the reason why it is not.
public struct ReceivedRequest: Sendable {
    /// The body, or the reason why it is missing.
    public enum Body: Sendable {
        /// All bytes, of a body with a length or in chunks; empty for a request without a body.
        case complete([UInt8])
        /// More bytes than ``RequestHandler/bodyLimit(for:)`` allows; the connection ends after the reply.
        case tooLarge
        /// The connection was closed, or the chunks were malformed, before the end. The reply is not sent.
        case interrupted
    }

    /// Method, target and headers.
    public let head: HTTPRequestHead
    /// The body, or why there is none.
    public let body: Body
    /// The header fields after a chunked body.
    public let trailers: HTTPHeaders

    /// A request as a server would make it, for tests of handlers.
    public init(head: HTTPRequestHead, body: Body, trailers: HTTPHeaders = [:]) {
        self.head = head
        self.body = body
        self.trailers = trailers
    }
}

/// The answer to a request.
///
/// The server adds `Content-Length`, `Transfer-Encoding` and `Connection` itself.
public struct ServerReply: Sendable {
    /// What follows the headers; left out of the reply to a `HEAD`, and with a status that has no body, such as 204.
    public enum Body: Sendable {
        /// Sent at once, with its length.
        case bytes([UInt8])
        /// Sent chunk by chunk as the closure writes; the connection is broken off when it throws.
        case stream(@Sendable (ReplyBodyWriter) async throws -> Void)
    }

    /// 200 unless set.
    public var status: HTTPResponseStatus
    /// Sent in this order.
    public var headers: HTTPHeaders
    /// Empty unless set.
    public var body: Body

    /// Called when the client has closed the connection before the reply was sent.
    public var onUnsent: (@Sendable () async -> Void)?

    /// A reply; 200 without a body by default.
    public init(status: HTTPResponseStatus = .ok, headers: HTTPHeaders = [:], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A reply with a text and without a content type.
    public init(status: HTTPResponseStatus = .ok, text: String) {
        self.init(status: status, body: .bytes(Array(text.utf8)))
    }
}

/// The application behind a ``Server``.
public protocol RequestHandler: Sendable {
    /// The most bytes that the body of a request with this head may have.
    func bodyLimit(for head: HTTPRequestHead) -> Int

    /// Answers one request.
    ///
    /// Called at the same time for different connections, one after the other for one.
    func reply(to request: ReceivedRequest) async -> ServerReply
}
