import JSON
import Transport

/// One thing to send, whole: its request holds everything, also what is secret.
struct OutboundMessage: Sendable {
    /// How it is sent.
    enum Call: Sendable {
        /// Performed as it is; `ChatOutput.outcome` reads the answer.
        case http(HTTPRequest)
        /// SNS's `Publish`. Its success is delivery, its error has been retried already by the AWS client.
        case publish(topicARN: String, message: String)
    }

    /// What depends on whether it arrives.
    enum Importance: Sendable {
        /// The alert: it has to arrive.
        case alert
        /// An adornment (an earlier message's colour, a graph): worth retries, but nothing is lost without it.
        case extra
    }

    var call: Call
    var importance = Importance.alert
    /// What a later change of this message starts from; see `MessageReference.content`.
    var content = JSONValue.null
    /// What follows when the answer is good: the next request of several that make up one message.
    ///
    /// `nil` when this was all; returning `nil` means that the answer lacks what the next request needs.
    var next: (@Sendable (JSONValue) -> OutboundMessage?)?
    /// The same without layout, for a service that refuses the layout.
    var plain: (@Sendable () -> OutboundMessage)?

    init(_ call: Call, content: JSONValue = .null) {
        self.call = call
        self.content = content
    }
}

extension OutboundMessage {
    /// A message by one JSON request.
    init(
        to url: String, method: String = "POST", headers: HTTPHeaders = [:], json: JSONValue,
        content: JSONValue = .null
    ) {
        var headers = headers
        headers.set("Content-Type", "application/json; charset=utf-8")
        self.init(.http(Self.request(method, url, headers, json.serialized())), content: content)
    }

    /// A request with the limits that chat services get: they answer within a second, or they do not answer.
    static func request(_ method: String, _ url: String, _ headers: HTTPHeaders, _ body: [UInt8]) -> HTTPRequest {
        HTTPRequest(
            method, url, headers: headers, body: .bytes(body), totalTimeout: .seconds(10), maximumResponseBytes: 1 << 20
        )
    }

    /// The request's body as text; what a dry run shows beside the name of the output, for it holds no secret.
    var bodyText: String {
        switch call {
        case .http(let request):
            guard case .bytes(let bytes) = request.body else { return "" }
            return String(decoding: bytes, as: UTF8.self)
        case .publish(_, let message): return message
        }
    }
}
