import CCurl

extension CurlTransfer {
    /// Bodies up to this size are copied by libcurl, which then sends them together with the head.
    private static let copiedBody = 65_536

    /// Sets libcurl's options from the request.
    func configure() throws(TransportError) {
        easy.set(CURLOPT_NOSIGNAL, true)
        easy.set(CURLOPT_URL, request.url)
        if let name = request.tlsServerName { setServerName(name) }
        easy.set(CURLOPT_PATH_AS_IS, true)
        easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
        switch request.version {
        case .http1: easy.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        case .http2OverTLS: easy.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS)
        case .http2: easy.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
        }
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds: request.connectTimeout - route.lookup)
        if let total = request.totalTimeout { easy.set(CURLOPT_TIMEOUT_MS, milliseconds: total - spent) }
        if request.maximumResponseBytes > 0, !request.cutsOffBody {
            easy.set(CURLOPT_MAXFILESIZE_LARGE, offset: request.maximumResponseBytes)
        }
        if request.acceptsGzip { easy.set(CURLOPT_ACCEPT_ENCODING, "gzip") }
        if request.usesFreshConnection {  // one of a great many at once, with small answers mostly
            easy.set(CURLOPT_BUFFERSIZE, 4096)
            easy.set(CURLOPT_UPLOAD_BUFFERSIZE, 16_384)
        }
        easy.set(CURLOPT_FRESH_CONNECT, request.usesFreshConnection || request.isSentOnce)
        easy.set(CURLOPT_TCP_KEEPALIVE, request.probesConnection)  // after a minute and then each minute
        easy.set(CURLOPT_FORBID_REUSE, request.usesFreshConnection)
        easy.set(CURLOPT_RESOLVE, list: route.addresses)
        setProxy()
        setTLS()
        try setMethodAndBody()
        try setHeaders()
        setCallbacks()
        try easy.check()
    }

    /// Makes libcurl take the server for this one, as TLS knows it, and connect to the URL's host all the same.
    ///
    /// So SNI and verification use the name, and a connection is only used again for the same name.
    private func setServerName(_ name: String) {
        let host = name.utf8.contains(UInt8(ascii: ":")) ? "[\(name)]" : name
        easy.set(CURLOPT_URL, target.url(request.url, withHost: host))
        easy.set(CURLOPT_CONNECT_TO, list: ["\(host):\(target.port):\(target.authority)"])
    }

    private func setProxy() {
        // Empty strings, unlike none, also keep libcurl from reading the environment.
        easy.set(CURLOPT_PROXY, route.proxy ?? "")
        easy.set(CURLOPT_NOPROXY, "")
        easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, true)
        // libcurl adds them to plain requests through the proxy as well, which pass them on to the server.
        if target.isSecure, !request.proxyHeaders.isEmpty {
            easy.set(CURLOPT_PROXYHEADER, list: request.proxyHeaders.map { "\($0.name): \($0.value)" })
        }
    }

    private func setTLS() {
        easy.set(CURLOPT_SSL_VERIFYPEER, request.tls.verifies)
        easy.set(CURLOPT_SSL_VERIFYHOST, request.tls.verifies ? 2 : 0)
        if request.tls.minimumVersion != nil || request.tls.maximumVersion != nil {
            let minimum = request.tls.minimumVersion == .tls13 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2
            let maximum = request.tls.maximumVersion == .tls12 ? CURL_SSLVERSION_TLSv1_2 : CURL_SSLVERSION_TLSv1_3
            easy.set(CURLOPT_SSLVERSION, minimum | maximum << 16)
        }
        if let certificate = request.tls.clientCertificate {
            switch certificate.source {
            case .files(let certificate, let key):
                easy.set(CURLOPT_SSLCERT, certificate)
                easy.set(CURLOPT_SSLKEY, key)
            case .memory(let certificate, let key):
                easy.set(CURLOPT_SSLCERT_BLOB, copying: certificate)
                easy.set(CURLOPT_SSLKEY_BLOB, copying: key)
            }
            easy.set(CURLOPT_KEYPASSWD, "")  // otherwise OpenSSL asks the terminal for one
        }
    }

    /// The authorities that a hop's server is verified against; nil for plain HTTP and when verification is off.
    static func authorities(
        for hop: HTTPHop, _ configuration: HTTPClientConfiguration
    ) throws(TransportError) -> CertificateStore? {
        guard hop.target.isSecure, hop.request.tls.verifies else { return nil }
        do {
            return try CertificateStore.shared(hop.request.authorities ?? configuration.authorities)
        } catch {
            throw error.about(hop.target.authority, "cannot verify \(hop.target.authority)")
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
    }

    private func setHeaders() throws(TransportError) {
        var lines = ["Expect:"]  // a colon alone takes libcurl's own header out
        if request.headers["Content-Type"] == nil { lines.append("Content-Type:") }
        if case .stream(nil, _) = request.body { lines.append("Transfer-Encoding: chunked") }
        if request.tlsServerName != nil, request.headers["Host"] == nil { lines.append("Host: \(target.hostHeader)") }
        var headers = request.headers
        request.cookies?.add(to: &headers, for: request.url)
        for field in headers {
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
        easy.set(CURLOPT_HTTPHEADER, list: lines)
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

// MARK: - The request's body

extension CurlTransfer {
    /// - Returns: what libcurl expects of a read callback.
    func sendBody(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        idle.noteSending()
        let count = min(buffer.count, piece.count - pieceOffset)
        guard count > 0 else {
            if uploadHasEnded { return 0 }
            waitsForUpload = true
            room.take()?.resume()
            return Int(CURL_READFUNC_PAUSE)
        }
        piece.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[pieceOffset..<pieceOffset + count]))
        }
        pieceOffset += count
        return count
    }

    /// Starts the body again, when libcurl repeats a request on another connection.
    func rewind(to offset: Int) -> Bool {
        guard case .bytes(let bytes) = request.body, 0...bytes.count ~= offset else { return false }
        pieceOffset = offset
        return true
    }

    /// Pulls the pieces of a streamed body, each when the one before has been taken.
    func feedUpload() async {
        loop.preconditionOnLoop()
        guard case .stream(let length, let next) = request.body else { return }
        do {
            var total = 0
            while let piece = try await next() {
                total += piece.count
                try checkLength(total, of: length, isWhole: false)
                try await waitForRoom()
                (self.piece, pieceOffset) = (piece, 0)
                continueUpload()
            }
            try checkLength(total, of: length, isWhole: true)
            uploadHasEnded = true
            continueUpload()
        } catch {
            finish(.failure(error))
            onAbort()
        }
    }

    private func continueUpload() {
        waitsForUpload = false
        unpause()
    }

    private func waitForRoom() async throws {
        while pieceOffset < piece.count {
            guard result == nil else { throw CancellationError() }
            let waiter = Waiter()
            room = waiter
            try await loop.suspend(waiter)
        }
    }

    private func checkLength(_ total: Int, of length: Int?, isWhole: Bool) throws(TransportError) {
        guard let length, isWhole ? total != length : total > length else { return }
        throw TransportError(
            .invalidRequest, "the body stream gave \(total) bytes but announced \(length)", host: target.authority,
            phase: .firstByte
        )
    }
}
