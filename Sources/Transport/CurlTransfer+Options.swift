import CCurl

extension CurlTransfer {
    /// Bodies up to this size are copied by libcurl, which then sends them together with the head.
    private static let copiedBody = 65_536

    /// Not with other methods: libcurl would repeat them after a 303, which asks for a GET.
    var followsRedirects: Bool {
        request.maximumRedirects > 0 && ["GET", "HEAD", "POST", "PUT"].contains(request.method)
    }

    /// Tells libcurl everything about the request.
    func configure(_ configuration: HTTPClientConfiguration) throws(TransportError) {
        easy.set(CURLOPT_NOSIGNAL, true)
        easy.set(CURLOPT_URL, request.url)
        easy.set(CURLOPT_PATH_AS_IS, true)
        easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
        easy.set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        easy.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds: request.connectTimeout)
        if let total = request.totalTimeout { easy.set(CURLOPT_TIMEOUT_MS, milliseconds: total) }
        if request.maximumResponseBytes > 0 {
            easy.set(CURLOPT_MAXFILESIZE_LARGE, offset: request.maximumResponseBytes)
        }
        if request.acceptsGzip { easy.set(CURLOPT_ACCEPT_ENCODING, "gzip") }
        easy.set(CURLOPT_FRESH_CONNECT, request.usesFreshConnection)
        easy.set(CURLOPT_FORBID_REUSE, request.usesFreshConnection)
        if !configuration.nameServers.isEmpty {
            easy.set(CURLOPT_DNS_SERVERS, configuration.nameServers.commaSeparated)
        }
        setProxy(configuration.proxy)
        try setTLS(configuration.authorities)
        try setMethodAndBody()
        try setHeaders()
        setCallbacks()
        try easy.check()
    }

    private func setProxy(_ proxy: ProxySettings) {
        // An empty string, unlike none, also keeps libcurl from reading the environment.
        easy.set(CURLOPT_PROXY, (target.isSecure ? proxy.https : proxy.http) ?? "")
        easy.set(CURLOPT_NOPROXY, proxy.exceptionList)
        easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
    }

    private func setTLS(_ authorities: CertificateAuthorities) throws(TransportError) {
        easy.set(CURLOPT_SSL_VERIFYPEER, 1)
        easy.set(CURLOPT_SSL_VERIFYHOST, 2)
        switch authorities {
        case .paths(let file, let folder):
            easy.set(CURLOPT_CAINFO, file)
            easy.set(CURLOPT_CAPATH, folder)
        case .missing(let explanation):
            guard target.isSecure || followsRedirects else { return }
            throw TransportError(
                .noCertificateAuthorities, "cannot verify \(target.authority): \(explanation)", host: target.authority
            )
        }
    }

    private func setMethodAndBody() throws(TransportError) {
        guard request.method.isHTTPToken else { throw invalid("the method \(request.method.debugDescription)") }
        let knownLength: Int? =
            switch request.body {
            case .none: 0
            case .bytes(let bytes): bytes.count
            case .stream(let length, _): length
            }
        let hasBody = if case .none = request.body { false } else { true }
        switch (request.method, hasBody) {
        case ("GET", false): easy.set(CURLOPT_HTTPGET, true)
        case ("HEAD", false): easy.set(CURLOPT_NOBODY, true)
        case ("PUT", _):
            easy.set(CURLOPT_UPLOAD, true)
            easy.set(CURLOPT_INFILESIZE_LARGE, offset: knownLength ?? -1)
        case ("POST", _), (_, true):
            easy.set(CURLOPT_POST, true)
            easy.set(CURLOPT_POSTFIELDSIZE_LARGE, offset: knownLength ?? -1)
            if case .bytes(let bytes) = request.body, bytes.count <= Self.copiedBody {
                bytes.withUnsafeBytes {
                    if let base = $0.baseAddress { easy.set(CURLOPT_COPYPOSTFIELDS, pointer: base) }
                }
            }
            if request.method != "POST" { easy.set(CURLOPT_CUSTOMREQUEST, request.method) }
        default: easy.set(CURLOPT_CUSTOMREQUEST, request.method)
        }
        guard followsRedirects else { return }
        easy.set(CURLOPT_FOLLOWLOCATION, true)
        easy.set(CURLOPT_MAXREDIRS, request.maximumRedirects)
    }

    private func setHeaders() throws(TransportError) {
        var lines = ["Expect:"]  // a colon alone takes libcurl's own header out
        if request.headers["Content-Type"] == nil { lines.append("Content-Type:") }
        if case .stream(nil, _) = request.body { lines.append("Transfer-Encoding: chunked") }
        for field in request.headers {
            guard field.name.isHTTPToken else { throw invalid("the header name \(field.name.debugDescription)") }
            guard !field.value.utf8.contains(where: { $0 == 13 || $0 == 10 || $0 == 0 }) else {
                throw invalid("the value of header \(field.name), which has a line break or NUL in it")
            }
            if HTTPHeaders.areEqual(field.name, "Content-Length")
                || HTTPHeaders.areEqual(field.name, "Transfer-Encoding")
            {
                continue
            }
            lines.append(field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        easy.set(headers: lines)
    }

    private func invalid(_ part: String) -> TransportError {
        TransportError(.invalidRequest, "cannot send \(part) to \(target.authority)", host: target.authority)
    }
}

extension String {
    /// Whether it is a token of RFC 9110 section 5.6.2, as methods and header names are.
    fileprivate var isHTTPToken: Bool {
        !utf8.isEmpty
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}
