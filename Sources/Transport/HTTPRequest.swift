/// A request for `HTTPExecuting`.
public struct HTTPRequest: Sendable {
    /// `GET`, `POST` or any other token.
    public var method: String
    /// An absolute `http://` or `https://` URL, percent-encoded by the caller; its path is sent as it is.
    public var url: String
    /// Sent in this order.
    ///
    /// `Host`, `Content-Length` and `Accept` are added when absent (`Accept: */*`).
    public var headers: HTTPHeaders
    /// What to send.
    public var body: HTTPBody
    /// The longest time from the start to a usable connection: name, TCP and TLS together.
    public var connectTimeout: Duration
    /// The longest time for everything; `nil` for no limit.
    public var totalTimeout: Duration?
    /// The largest body accepted, after decompression; more fails with `.tooLarge`.
    public var maximumResponseBytes: Int
    /// Hands back the first `maximumResponseBytes` of a larger body (`bodyIsCutOff`) instead of failing.
    public var cutsOffBody = false
    /// How many redirects are followed; 0 hands a redirect back as it came.
    public var maximumRedirects: Int
    /// Asks for gzip (`Accept-Encoding`) and decompresses; without it nothing is asked and nothing is decompressed.
    public var acceptsGzip: Bool
    /// Takes a new connection, with a new name look-up, and does not keep it, so that every phase is measured.
    public var usesFreshConnection: Bool
    /// What is asked of the server's certificate, and which one is shown to it.
    public var tls = TLSOptions()
    /// The proxies for this request instead of the client's; `ProxySettings()` for none.
    public var proxy: ProxySettings?
    /// The name servers for this request instead of the client's; empty for the system's.
    public var nameServers: [SocketAddress]?
    /// Which addresses are refused, also after a redirect.
    public var addressPolicy = AddressPolicy.unrestricted
    /// Which kind of address is used.
    public var addressFamily = AddressFamily.any

    /// A request with the usual limits: 5 s to connect, 60 s in all, 16 MiB, no redirects.
    public init(
        _ method: String = "GET", _ url: String, headers: HTTPHeaders = [:], body: HTTPBody = .none,
        connectTimeout: Duration = .seconds(5), totalTimeout: Duration? = .seconds(60),
        maximumResponseBytes: Int = 16 << 20, maximumRedirects: Int = 0, acceptsGzip: Bool = false,
        usesFreshConnection: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.connectTimeout = connectTimeout
        self.totalTimeout = totalTimeout
        self.maximumResponseBytes = maximumResponseBytes
        self.maximumRedirects = maximumRedirects
        self.acceptsGzip = acceptsGzip
        self.usesFreshConnection = usesFreshConnection
    }
}
