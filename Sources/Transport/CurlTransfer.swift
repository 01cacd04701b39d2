import CCurl

/// One exchange on libcurl: what has come so far, and who waits for more.
///
/// Loop's thread only (@unchecked).
final class CurlTransfer: @unchecked Sendable {
    /// In a streamed response libcurl is paused while this much waits for the reader.
    private static let streamBuffer = 65_536
    private static let maximumHeaderBytes = 262_144

    let hop: HTTPHop
    let route: HTTPRoute
    /// How much of the request's time was spent before this exchange.
    let spent: Duration
    let loop: EventLoop
    let easy: CurlEasy
    let streams: Bool
    /// What the server is verified against, when it is.
    let authorities: CertificateStore?
    /// Takes the transfer out of libcurl; set by `CurlMulti`.
    var onAbort: () -> Void = {}

    // The answer.
    private(set) var status = 0
    private var version = ""
    private(set) var headers = HTTPHeaders()
    private(set) var received = 0
    private(set) var bodyIsCutOff = false
    var certificates = CertificateObserver()
    private var headerBytes = 0
    private(set) var headIsComplete = false
    private var isRedirect = false
    private var buffer: [UInt8] = []
    private var isPaused = false
    private(set) var result: Result<Void, any Error>?
    private var progress: Waiter?
    /// Why a callback stopped libcurl.
    var refusal: TransportError?
    /// Why the address policy refused the address tried last.
    var refusedAddress: TransportError?

    // The request's body; see `CurlTransfer+Upload.swift`.
    var piece: [UInt8] = []
    var pieceOffset = 0
    var uploadHasEnded = false
    var room: Waiter?

    var request: HTTPRequest { hop.request }
    var target: RequestTarget { hop.target }

    init(
        _ hop: HTTPHop, _ route: HTTPRoute, streams: Bool, on loop: EventLoop, _ configuration: HTTPClientConfiguration
    ) throws(TransportError) {
        (self.hop, self.route) = (hop, route)
        self.loop = loop
        self.streams = streams
        spent = hop.start.elapsed
        authorities = try Self.authorities(for: hop, configuration)
        easy = try CurlEasy()
        switch request.body {
        case .none: uploadHasEnded = true
        case .bytes(let bytes): (piece, uploadHasEnded) = (bytes, true)
        case .stream: break
        }
        try configure()
    }

    // MARK: Reading the answer

    /// Whether the answer is a redirect to be followed, as soon as that is known.
    func isRedirected() async throws -> Bool {
        while result == nil, !(streams && headIsComplete && !isRedirect) { try await nextProgress() }
        guard isRedirect else { return false }
        try result?.get()
        return true
    }

    /// Where a redirect leads, as an absolute URL; once it has ended.
    var redirectURL: String { easy.string(CURLINFO_REDIRECT_URL) ?? "" }

    /// The head and all of the body.
    func wholeResponse() async throws -> HTTPResponse {
        while true {
            if let result {
                try result.get()
                return response(body: buffer)
            }
            try await nextProgress()
        }
    }

    /// The head, as soon as it is complete.
    func head() async throws -> HTTPResponse {
        while !headIsComplete {
            if let result {
                try result.get()
                break
            }
            try await nextProgress()
        }
        return response(body: [])
    }

    /// What has come since the last call; `nil` at the end.
    func nextPiece() async throws -> [UInt8]? {
        while buffer.isEmpty {
            if let result {
                try result.get()
                return nil
            }
            try await nextProgress()
        }
        var piece: [UInt8] = []
        swap(&piece, &buffer)
        if isPaused { unpause() }
        return piece
    }

    private func nextProgress() async throws {
        let waiter = Waiter()
        progress = waiter
        try await loop.suspend(waiter)
    }

    private func response(body: [UInt8]) -> HTTPResponse {
        var response = HTTPResponse(
            status: status, headers: headers, body: body, url: easy.string(CURLINFO_EFFECTIVE_URL) ?? request.url,
            timings: timings, certificate: certificates.facts
        )
        response.bodyIsCutOff = bodyIsCutOff
        response.redirects = hop.redirects
        response.ip = easy.string(CURLINFO_PRIMARY_IP) ?? ""
        response.version = version
        return response
    }

    /// Notes the end; only the first one counts.
    func finish(_ result: Result<Void, any Error>) {
        guard self.result == nil else { return }
        self.result = result
        progress.take()?.resume()
        room.take()?.resume()
    }

    func unpause() {
        guard result == nil else { return }
        isPaused = false
        curl_easy_pause(easy.handle, CURLPAUSE_CONT)
    }

    // MARK: Called by libcurl

    func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        guard headerBytes <= Self.maximumHeaderBytes else { return refuse("response header", Self.maximumHeaderBytes) }
        let line = String(decoding: bytes, as: UTF8.self).trimmingLineEnd()
        if line.hasPrefix("HTTP/") {
            let words = line.split(separator: " ")
            (version, status) = (String(words[0].dropFirst(5)), words.count > 1 ? Int(words[1]) ?? 0 : 0)
            headers = HTTPHeaders()
            certificates.noteConnection(of: easy)
        } else if line.isEmpty {
            headIsComplete = status >= 200
            isRedirect = request.maximumRedirects > 0 && 300..<400 ~= status && headers["Location"]?.isEmpty == false
            if streams, !isRedirect { progress.take()?.resume() }
        } else if !headIsComplete, let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            headers.add(String(line[..<colon]), String(value))
        }
        return true
    }

    /// - Returns: what libcurl expects of a write callback.
    func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        if streams, buffer.count >= Self.streamBuffer {
            isPaused = true
            return Int(CURL_WRITEFUNC_PAUSE)
        }
        let room = request.maximumResponseBytes - received
        received += bytes.count
        guard bytes.count <= room else {
            if request.cutsOffBody {
                bodyIsCutOff = true
                buffer.append(contentsOf: bytes.prefix(room))
            } else {
                _ = refuse("response", request.maximumResponseBytes)
            }
            return 0
        }
        if isRedirect { return bytes.count }
        buffer.append(contentsOf: bytes)
        if streams { progress.take()?.resume() }
        return bytes.count
    }

    /// Asks the address policy.
    func allows(_ address: SocketAddress?) -> Bool {
        guard let address else { return false }
        do throws(TransportError) {
            try request.addressPolicy.check(address)
            return true
        } catch {
            refusedAddress = error
            return false
        }
    }

    private func refuse(_ part: String, _ limit: Int) -> Bool {
        refusal = TransportError(
            .tooLarge, "the \(part) of \(target.authority) is larger than the \(limit) bytes allowed",
            host: target.authority, phase: .body
        )
        return false
    }
}
