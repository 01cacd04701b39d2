import Basics
import CCurl
import CLinux
import Glibc

/// One exchange on libcurl: what has arrived so far, and the task that waits for more; on the loop's thread only.
final class CurlTransfer: @unchecked Sendable {
    /// In a streamed response libcurl is paused while this much waits for the reader; less where requests are many.
    private var streamBuffer: Int { request.usesFreshConnection ? 8_192 : 65_536 }
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

    // The response.
    private(set) var status = 0
    private var version = ""
    private(set) var headers = HTTPHeaders()
    private var trailers = HTTPHeaders()
    /// Bytes of the body, also those that are not kept.
    private(set) var received = 0
    private var bodyIsCutOff = false
    private(set) var certificates = CertificateObserver()
    private var headerBytes = 0
    private(set) var headIsComplete = false
    private var isRedirect = false
    private var buffer: [UInt8] = []
    private(set) var isPaused = false
    private(set) var result: Result<Void, any Error>?
    private var progress: Waiter?
    /// Why a callback stopped libcurl.
    private var refusal: TransportError?
    /// Why the address policy refused the address tried last.
    private var refusedAddress: TransportError?

    // The request's body; see `CurlTransfer+Request.swift`.
    var piece: [UInt8] = []
    var pieceOffset = 0
    var uploadHasEnded = false
    /// Whether libcurl waits for the next piece of the body's stream.
    var waitsForUpload = false
    var room: Waiter?

    // The limit of silence; see `CurlTransfer+Idle.swift`.
    var idle = IdleTime()
    /// The connection's descriptor, as libcurl named it last; -1 before.
    var descriptor: Int32 = -1

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

    // MARK: Reading the response

    /// Whether the response is a redirect to be followed, as soon as that is known.
    func isRedirected() async throws -> Bool {
        loop.preconditionOnLoop()
        while result == nil, !(streams && headIsComplete && !isRedirect) { try await nextProgress() }
        guard isRedirect else { return false }
        try result?.get()
        return true
    }

    /// Where a redirect leads, as an absolute URL; once it has ended.
    var redirectURL: String {
        let url = easy.string(CURLINFO_REDIRECT_URL) ?? ""
        let location = (headers["Location"] ?? "").lowercased()
        guard request.tlsServerName != nil, !["http://", "https://", "//"].contains(where: location.hasPrefix) else {
            return url
        }
        // libcurl has resolved a relative reference against its own URL, whose host is the name for TLS.
        return target.url(url, withHost: target.host)
    }

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

    /// The part of the body that has arrived since the last call; `nil` at the end.
    func nextPiece() async throws -> [UInt8]? {
        loop.preconditionOnLoop()
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
            status: status, headers: headers, body: body, url: effectiveURL,
            timings: timings, certificate: certificates.facts
        )
        response.bodyIsCutOff = bodyIsCutOff
        response.redirects = hop.redirects
        response.withheldHeaders = hop.withheldHeaders
        response.ip = easy.string(CURLINFO_PRIMARY_IP) ?? ""
        response.version = version
        response.trailers = trailers
        return response
    }

    /// libcurl's own URL has another host where the request names the server for TLS.
    private var effectiveURL: String {
        request.tlsServerName == nil ? easy.string(CURLINFO_EFFECTIVE_URL) ?? request.url : request.url
    }

    /// Ends the transfer with this result; later calls do nothing.
    func finish(_ result: Result<Void, any Error>) {
        loop.preconditionOnLoop()
        guard self.result == nil else { return }
        self.result = result
        idle.stop(on: loop)
        progress.take()?.resume()
        room.take()?.resume()
    }

    func unpause() {
        guard result == nil else { return }
        isPaused = false
        idle.noteProgress()
        curl_easy_pause(easy.handle, CURLPAUSE_CONT)
    }

    // MARK: Called by libcurl

    /// - Returns: whether libcurl shall go on.
    private func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        idle.noteProgress()
        guard headerBytes <= Self.maximumHeaderBytes else { return refuse("response header", Self.maximumHeaderBytes) }
        let line = String(decoding: bytes, as: UTF8.self).withoutLineEnd
        if line.hasPrefix("HTTP/") {
            let words = line.split(separator: " ")
            (version, status) = (String(words[0].dropFirst(5)), words.count > 1 ? Int(words[1]) ?? 0 : 0)
            headers = HTTPHeaders()
            certificates.noteConnection(of: easy)
        } else if line.isEmpty {
            headIsComplete = status >= 200
            if headIsComplete { request.cookies?.take(headers, from: request.url) }
            isRedirect = request.maximumRedirects > 0 && 300..<400 ~= status && headers["Location"]?.isEmpty == false
            if streams, !isRedirect { progress.take()?.resume() }
        } else if let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) {
            let (name, value) = (line[..<colon], line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
            if headIsComplete {
                trailers.add(String(name), String(value))
            } else {
                headers.add(String(name), String(value))
            }
        }
        return true
    }

    /// - Returns: what libcurl expects of a write callback.
    private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        if streams, buffer.count >= streamBuffer {
            isPaused = true
            return Int(CURL_WRITEFUNC_PAUSE)
        }
        idle.noteProgress()
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
    private func allows(_ address: SocketAddress?) -> Bool {
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

// MARK: - Callbacks

extension CurlTransfer {
    /// Points libcurl's callbacks at this transfer.
    ///
    /// The pointer is not retained: `CurlMulti` holds the transfer until its handle has left libcurl.
    func setCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        easy.set(CURLOPT_HEADERDATA, pointer: context)
        easy.set(CURLOPT_HEADERFUNCTION) { data, size, count, context in
            guard let transfer = CurlTransfer.from(context) else { return 0 }
            return transfer.receiveHeader(UnsafeRawBufferPointer(start: data, count: size * count)) ? size * count : 0
        }
        easy.set(CURLOPT_WRITEDATA, pointer: context)
        easy.set(CURLOPT_WRITEFUNCTION) { data, size, count, context in
            CurlTransfer.from(context)?.receiveBody(UnsafeRawBufferPointer(start: data, count: size * count)) ?? 0
        }
        easy.set(CURLOPT_READDATA, pointer: context)
        easy.set(CURLOPT_READFUNCTION) { data, size, count, context in
            let buffer = UnsafeMutableRawBufferPointer(start: data, count: size * count)
            return CurlTransfer.from(context)?.sendBody(into: buffer) ?? Int(CURL_READFUNC_ABORT)
        }
        easy.set(CURLOPT_SEEKDATA, pointer: context)
        easy.set(seek: { context, offset, origin in
            guard origin == 0, CurlTransfer.from(context)?.rewind(to: Int(offset)) == true else {
                return CURL_SEEKFUNC_FAIL
            }
            return CURL_SEEKFUNC_OK
        })
        easy.set(CURLOPT_SSL_CTX_DATA, pointer: context)
        easy.set(tls: { _, tls, context in
            guard let tls, let transfer = CurlTransfer.from(context) else { return CURLE_OK }
            transfer.certificates = CertificateObserver(attachedTo: OpaquePointer(tls))
            transfer.authorities?.use(in: OpaquePointer(tls))
            return CURLE_OK
        })
        if request.addressPolicy != .unrestricted { setPolicyCallbacks(context) }
    }

    /// Asks the address policy before each connection, and for a connection that is used again.
    private func setPolicyCallbacks(_ context: UnsafeMutableRawPointer) {
        easy.set(CURLOPT_OPENSOCKETDATA, pointer: context)
        easy.set(opensocket: { context, _, address in
            guard let transfer = CurlTransfer.from(context), let address,
                transfer.allows(SocketAddress(copying: &address.pointee.addr))
            else { return CURL_SOCKET_BAD }
            let kind = address.pointee.socktype | socket_close_on_exec
            return socket(address.pointee.family, kind, address.pointee.protocol)
        })
        easy.set(CURLOPT_PREREQDATA, pointer: context)
        easy.set(prerequisite: { context, ip, _, _, _ in
            let address = ip.flatMap { SocketAddress(ip: String(cString: $0), port: 0) }
            return CurlTransfer.from(context)?.allows(address) == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        })
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
        context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
    }
}

// MARK: - The result

extension CurlTransfer {
    /// The phases' durations so far; a reused connection has none for name, TCP and TLS.
    var timings: HTTPTimings {
        func time(_ info: CURLINFO) -> Duration { .microseconds(easy.offset(info)) }
        let (name, connect, tls) = (
            time(CURLINFO_NAMELOOKUP_TIME_T), time(CURLINFO_CONNECT_TIME_T), time(CURLINFO_APPCONNECT_TIME_T)
        )
        let isReused = status != 0 && easy.long(CURLINFO_NUM_CONNECTS) == 0
        return HTTPTimings(
            nameLookup: isReused ? .zero : route.lookup + name,
            connect: isReused ? .zero : max(.zero, connect - name),
            tls: isReused ? .zero : max(.zero, tls - connect),
            firstByte: max(.zero, time(CURLINFO_STARTTRANSFER_TIME_T) - time(CURLINFO_PRETRANSFER_TIME_T)),
            total: spent + time(CURLINFO_TOTAL_TIME_T)
        )
    }

    /// Turns libcurl's result code into a `TransportError`, or into success.
    func outcome(of code: CURLcode) -> Result<Void, any Error> {
        if let refusal { return .failure(refusal) }
        // libcurl takes a head that just stops for a whole one.
        let code = code == CURLE_OK && !headIsComplete ? CURLE_GOT_NOTHING : code
        guard code != CURLE_OK, !bodyIsCutOff else { return .success(()) }
        let phase = phase
        var error = TransportError(
            errorCode(code), message(code, phase), host: target.authority, phase: phase,
            certificate: certificates.facts, timings: timings
        )
        if code == CURLE_OPERATION_TIMEDOUT { error.timeLimit = timeLimit(phase) }
        if let refusedAddress, [CURLE_COULDNT_CONNECT, CURLE_ABORTED_BY_CALLBACK].contains(code) {
            (error.code, error.phase) = (refusedAddress.code, refusedAddress.phase)
            error.message = "cannot connect to \(target.authority): \(refusedAddress.message)"
        }
        return .failure(error)
    }

    /// The part that was under way when it failed.
    var phase: TransportError.Phase {
        if headIsComplete { return .body }
        if easy.offset(CURLINFO_PRETRANSFER_TIME_T) > 0 { return .firstByte }
        return certificates.isAttached ? .tls : .connect
    }

    private func errorCode(_ code: CURLcode) -> TransportError.Code {
        switch code {
        case CURLE_COULDNT_CONNECT: route.proxy == nil ? .connectFailed : .proxyFailed
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR: .certificateRejected
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED: .tlsFailed
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: .proxyFailed
        case CURLE_RECV_ERROR where strstr(easy.failureText, "CONNECT tunnel") != nil: .proxyFailed
        case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE, CURLE_SSL_SHUTDOWN_FAILED:
            .connectionClosed
        case CURLE_FILESIZE_EXCEEDED: .tooLarge
        case CURLE_SEND_FAIL_REWIND, CURLE_SSL_CERTPROBLEM: .invalidRequest
        case CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING,
            CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT,
            CURLE_WRITE_ERROR:
            .malformedResponse
        default: .system
        }
    }

    private func message(_ code: CURLcode, _ phase: TransportError.Phase) -> String {
        let place = target.authority
        let detail = easy.failureText.isEmpty ? String(cString: curl_easy_strerror(code)) : easy.failureText
        let number = Int32(truncatingIfNeeded: easy.long(CURLINFO_OS_ERRNO))
        let connectFault = number == 0 ? detail : "\(SystemError(number))"
        switch errorCode(code) {
        case .timedOut: return timeoutMessage(phase)
        case .connectFailed: return "connect to \(place): \(connectFault)"
        case .certificateRejected: return "the certificate of \(place) was rejected: \(detail)"
        case .tlsFailed where detail.hasSuffix("wrong version number"): return "\(place) does not speak TLS"
        case .tlsFailed: return "TLS handshake with \(place) failed: \(detail)"
        case .connectionClosed where phase == .body:
            return "\(place) closed the connection in the middle of the response, after \(received) bytes of its body: "
                + detail
        case .connectionClosed: return "\(place) closed the connection before it had answered: \(detail)"
        case .malformedResponse: return "the response of \(place) cannot be understood: \(detail)"
        case .tooLarge:
            return "the response of \(place) is larger than the \(request.maximumResponseBytes) bytes allowed"
        case .proxyFailed where code == CURLE_COULDNT_CONNECT:
            return "connect to the proxy \(route.proxyAuthority ?? "") for \(place): \(connectFault)"
        case .proxyFailed: return "the proxy \(route.proxyAuthority ?? "") for \(place) failed: \(detail)"
        case .invalidRequest where code == CURLE_SSL_CERTPROBLEM:
            return "the client certificate for \(place) cannot be used: \(detail)"
        case .invalidRequest:
            return "the body stream for \(place) would have to start again, which it cannot: \(detail)"
        default: return "the request to \(place) failed: \(detail)"
        }
    }

    private func timeLimit(_ phase: TransportError.Phase) -> Duration {
        let total = request.totalTimeout ?? request.connectTimeout
        return switch phase {
        case .preparing, .nameLookup, .connect, .tls: min(request.connectTimeout, total)
        case .firstByte, .body: total
        }
    }

    private func timeoutMessage(_ phase: TransportError.Phase) -> String {
        let limit = timeLimit(phase).text
        let place = target.authority
        switch phase {
        case .preparing, .nameLookup, .connect:
            guard let proxy = route.proxyAuthority else { return "connect to \(place) timed out after \(limit)" }
            return "the proxy \(proxy) did not connect to \(place) within \(limit)"
        case .tls: return "TLS handshake with \(place) timed out after \(limit)"
        case .firstByte:
            let proxy = route.proxyAuthority.map { " through the proxy \($0)" } ?? ""
            return "\(place) did not answer\(proxy) within \(limit)"
        case .body: return "the response of \(place) was not complete within \(limit), \(received) bytes came"
        }
    }
}

extension String {
    /// The text without the line break at its end.
    fileprivate var withoutLineEnd: Substring {
        var text = self[...]
        while let last = text.unicodeScalars.last, last == "\r" || last == "\n" { text.unicodeScalars.removeLast() }
        return text
    }
}
