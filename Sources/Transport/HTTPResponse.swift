/// What came back.
public struct HTTPResponse: Sendable {
    /// The status code of the final response (100-continue and the like are skipped).
    public var status: Int
    /// The header fields of the final response.
    public var headers: HTTPHeaders
    /// The whole body; empty in a streamed response.
    public var body: [UInt8]
    /// Whether the body was longer and the rest of it was not read; see `HTTPRequest.cutsOffBody`.
    public var bodyIsCutOff = false
    /// The URL that answered: another one than the request's only after redirects.
    public var url: String
    /// How many redirects were followed.
    public var redirects = 0
    /// The IP address that was connected to: the server's, or the proxy's; empty in scripted responses.
    public var ip = ""
    /// The version of HTTP that the server spoke: `1.0`, `1.1`.
    public var version = "1.1"
    /// How long each phase took.
    public var timings: HTTPTimings
    /// The server's certificate, also when it was not verified; `nil` for plain HTTP.
    public var certificate: CertificateFacts?

    /// A response, also for scripted `HTTPExecuting`s in tests.
    public init(
        status: Int, headers: HTTPHeaders = [:], body: [UInt8] = [], url: String = "",
        timings: HTTPTimings = HTTPTimings(), certificate: CertificateFacts? = nil
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.url = url
        self.timings = timings
        self.certificate = certificate
    }
}
