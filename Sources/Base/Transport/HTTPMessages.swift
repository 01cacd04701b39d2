import Basics

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
    /// The request's body.
    public var body: HTTPBody
    /// The longest time from the start to a usable connection: name, TCP and TLS together.
    public var connectTimeout: Duration
    /// The longest time for everything; `nil` for no limit.
    public var totalTimeout: Duration?
    /// The longest time in which no byte is sent or received once the connection is usable; `nil` for no limit.
    ///
    /// A transfer of any length may take as long as it needs while bytes flow. The time in which a body's stream or its
    /// reader on this side is waited for does not count.
    public var idleTimeout: Duration?
    /// Whether TCP sends probes each minute while a connection is silent.
    ///
    /// Without them NAT gateways and load balancers forget a silent connection, usually after 350 s, and its answer
    /// never arrives.
    public var probesConnection = false
    /// Whether the request must not reach the server twice.
    ///
    /// It takes a new connection: on one that was used before, libcurl sends a request again when the connection ends
    /// before the first byte of the answer, although the server may have received it.
    public var isSentOnce = false
    /// The largest body accepted, after decompression; more fails with `.tooLarge`.
    public var maximumResponseBytes: Int
    /// Hands back the first `maximumResponseBytes` of a larger body (`bodyIsCutOff`) instead of failing.
    public var cutsOffBody = false
    /// How many redirects are followed; 0 hands a redirect back as it came.
    public var maximumRedirects: Int
    /// Asked before each redirect is followed: why it must not be, for people; nil when it may.
    public var refusesRedirect: (@Sendable (_ url: String) -> String?)?
    /// Asks for gzip (`Accept-Encoding`) and decompresses; without it nothing is asked and nothing is decompressed.
    public var acceptsGzip: Bool
    /// Takes a new connection, with a new name look-up, and does not keep it, so that every phase is measured.
    public var usesFreshConnection: Bool
    /// Verification of the server's certificate, and the certificate that is sent to it.
    public var tls = TLSOptions()
    /// The name that the server is asked for (SNI) and its certificate must have, instead of the URL's host.
    ///
    /// For servers reached by an address or through a tunnel; a redirect to another server is followed without.
    public var tlsServerName: String?
    /// The certification authorities for this request instead of the client's.
    public var authorities: CertificateAuthorities?
    /// The proxies for this request instead of the client's; `ProxySettings()` for none.
    public var proxy: ProxySettings?
    /// The name servers for this request instead of the client's; empty for the system's.
    public var nameServers: [SocketAddress]?
    /// Which addresses are refused, also after a redirect.
    public var addressPolicy = AddressPolicy.unrestricted
    /// Which kind of address is used.
    public var addressFamily = AddressFamily.any
    /// Where cookies are kept, also those of redirects; nil to send and take none.
    public var cookies: CookieJar?
    /// The addresses of the URL's host, in the order to try them, instead of a look-up; a redirect to another server is
    /// followed without.
    public var serverAddresses: [SocketAddress]?
    /// Sent to a proxy alone.
    public var proxyHeaders: HTTPHeaders = [:]
    /// The version of HTTP that is spoken.
    public var version = HTTPVersion.http1

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

/// Which version of HTTP a request uses.
public enum HTTPVersion: Sendable, Hashable {
    /// HTTP/1.1.
    case http1
    /// HTTP/2 where the server offers it in the TLS handshake (ALPN), otherwise HTTP/1.1.
    case http2OverTLS
    /// HTTP/2 at once, without TLS too (RFC 9113, section 3.3).
    case http2
}

/// The body of a request.
public enum HTTPBody: Sendable {
    /// No body and no `Content-Length`.
    case none
    /// These bytes, with a `Content-Length`.
    case bytes([UInt8])
    /// Pieces pulled one at a time, only as fast as the peer takes them, until `next` returns `nil`.
    ///
    /// With a length it is announced as `Content-Length` and a stream that gives more or less fails the request;
    /// without one the body goes out in chunks. An error thrown by `next` ends the request and is thrown from it.
    case stream(length: Int?, next: @Sendable () async throws -> [UInt8]?)
}

/// HTTP header fields: order kept, duplicates kept, names compared without regard to case.
public struct HTTPHeaders: Sendable, Hashable, RandomAccessCollection, ExpressibleByDictionaryLiteral {
    /// One header field as it was written or received.
    public struct Field: Sendable, Hashable {
        /// The name in its original spelling.
        public let name: String
        /// The value without surrounding white space.
        public let value: String
    }

    private var fields: [Field] = []

    /// No fields.
    public init() {}

    /// Fields in this order; the same name may occur more than once.
    public init(_ fields: some Sequence<(name: String, value: String)>) {
        self.fields = fields.map { Field(name: $0.name, value: $0.value) }
    }

    /// Fields in this order; the same name may occur more than once.
    public init(dictionaryLiteral fields: (String, String)...) {
        self.fields = fields.map { Field(name: $0.0, value: $0.1) }
    }

    /// The first value of a name; setting replaces every field of that name, `nil` removes them.
    public subscript(name: String) -> String? {
        get { fields.first { Self.areEqual($0.name, name) }?.value }
        set { if let newValue { set(name, newValue) } else { remove(name) } }
    }

    /// All values of a name, in order.
    public func values(named name: String) -> [String] {
        fields.filter { Self.areEqual($0.name, name) }.map(\.value)
    }

    /// Appends a field, also when the name is there already.
    public mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// Puts one field in the place of the first one of that name and drops the others.
    public mutating func set(_ name: String, _ value: String) {
        guard let first = fields.firstIndex(where: { Self.areEqual($0.name, name) }) else { return add(name, value) }
        remove(name)
        fields.insert(Field(name: name, value: value), at: first)
    }

    /// Drops every field of that name.
    public mutating func remove(_ name: String) {
        fields.removeAll { Self.areEqual($0.name, name) }
    }

    /// The position of the first field.
    public var startIndex: Int { 0 }
    /// The number of fields.
    public var endIndex: Int { fields.count }
    /// The field at a position.
    public subscript(position: Int) -> Field { fields[position] }

    /// Compares ASCII letters without case and everything else exactly, as RFC 9110 section 5.1 has it.
    static func areEqual(_ left: String, _ right: String) -> Bool {
        left.utf8.elementsEqual(right.utf8) { $0.asciiLowercased == $1.asciiLowercased }
    }
}

/// The response to an `HTTPRequest`.
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
    /// The request's header fields that were not sent to the server that answered: a redirect led away from the one
    /// that they were for.
    public var withheldHeaders: [String] = []
    /// The IP address that was connected to: the server's, or the proxy's; empty in scripted responses.
    public var ip = ""
    /// The version of HTTP that the server spoke: `1.0`, `1.1`, `2`.
    public var version = "1.1"
    /// The fields after the body; empty in a streamed response.
    public var trailers: HTTPHeaders = [:]
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

/// The body of a streamed response, read by one task.
public struct HTTPResponseBody: Sendable {
    let transfer: CurlTransfer

    /// The next piece, never empty; `nil` at the end.
    /// - Throws: `TransportError` when the body stops short or a limit is reached; `CancellationError`.
    public func next() async throws -> [UInt8]? {
        try await transfer.loop.hop { try await transfer.nextPiece() }
    }
}

/// How long the phases of one exchange took.
///
/// A phase that did not happen (a connection reused) is zero.
public struct HTTPTimings: Sendable, Hashable {
    /// Finding the address.
    public var nameLookup: Duration
    /// The TCP handshake.
    public var connect: Duration
    /// The TLS handshake.
    public var tls: Duration
    /// From the connection being usable to the first byte of the answer: sending the request and the server's thinking.
    public var firstByte: Duration
    /// From start to end.
    public var total: Duration

    /// Timings from their parts, all zero by default.
    public init(
        nameLookup: Duration = .zero, connect: Duration = .zero, tls: Duration = .zero, firstByte: Duration = .zero,
        total: Duration = .zero
    ) {
        self.nameLookup = nameLookup
        self.connect = connect
        self.tls = tls
        self.firstByte = firstByte
        self.total = total
    }
}
