public import Transport

/// A request as the operation's protocol has it, without host, signature and user agent.
public struct WireRequest: Sendable {
    /// The HTTP method.
    public var method: String
    /// The path, percent-encoded, with a leading slash; of S3 it includes the bucket: `/bucket/key`.
    public var path: String
    /// The query, in order.
    public var query: [QueryItem] = []
    /// What the protocol sets: content type, target, modelled headers.
    public var headers: HTTPHeaders = [:]
    /// The body; empty when there is none.
    public var body: [UInt8] = []
    /// What goes before the endpoint's host, as in `data-`; nil for most operations.
    public var hostPrefix: String?

    /// Path and query as they stand in the URL.
    public var target: String {
        query.isEmpty ? path : path + "?" + query.map(\.encoded).joined(separator: "&")
    }
}
