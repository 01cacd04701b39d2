public import Transport

/// A response as it came.
public struct WireResponse: Sendable {
    /// The HTTP status.
    public var status: Int
    /// The headers.
    public var headers: HTTPHeaders
    /// The body; left empty when a streaming output is read elsewhere.
    public var body: [UInt8]

    /// A response.
    public init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
