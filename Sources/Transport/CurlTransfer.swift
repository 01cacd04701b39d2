import CCurl

/// One exchange on libcurl: what has come so far, and who waits for more.
///
/// Loop's thread only (@unchecked).
final class CurlTransfer: @unchecked Sendable {
    /// In a streamed response libcurl is paused while this much waits for the reader.
    private static let streamBuffer = 65_536
    private static let maximumHeaderBytes = 262_144

    let request: HTTPRequest
    let target: RequestTarget
    let loop: EventLoop
    let easy: CurlEasy
    let streams: Bool
    /// Takes the transfer out of libcurl; set by `CurlMulti`.
    var onAbort: () -> Void = {}

    // The answer.
    private(set) var status = 0
    private(set) var headers = HTTPHeaders()
    private(set) var received = 0
    var certificates = CertificateObserver()
    private var headerBytes = 0
    private(set) var headIsComplete = false
    private var buffer: [UInt8] = []
    private var isPaused = false
    private(set) var result: Result<Void, any Error>?
    private var progress: Waiter?
    /// Why a callback stopped libcurl.
    private(set) var refusal: TransportError?

    // The request's body.
    private var piece: [UInt8] = []
    private var pieceOffset = 0
    private var uploadHasEnded = false
    private var room: Waiter?

    init(
        _ request: HTTPRequest, streams: Bool, on loop: EventLoop, _ configuration: HTTPClientConfiguration
    ) throws(TransportError) {
        target = try RequestTarget(request.url)
        self.request = request
        self.loop = loop
        self.streams = streams
        easy = try CurlEasy()
        switch request.body {
        case .none: uploadHasEnded = true
        case .bytes(let bytes): (piece, uploadHasEnded) = (bytes, true)
        case .stream: break
        }
        try configure(configuration)
    }

    // MARK: Reading the answer

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
        HTTPResponse(
            status: status, headers: headers, body: body, url: easy.string(CURLINFO_EFFECTIVE_URL) ?? request.url,
            timings: timings, certificate: certificates.facts
        )
    }

    /// Notes the end; only the first one counts.
    func finish(_ result: Result<Void, any Error>) {
        guard self.result == nil else { return }
        self.result = result
        progress.take()?.resume()
        room.take()?.resume()
    }

    private func unpause() {
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
            status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            headers = HTTPHeaders()
            certificates.noteConnection(of: easy)
        } else if line.isEmpty {
            let willFollow = followsRedirects && 300..<400 ~= status && headers["Location"] != nil
            headIsComplete = status >= 200 && !willFollow
            if streams { progress.take()?.resume() }
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
        received += bytes.count
        guard received <= request.maximumResponseBytes else {
            _ = refuse("response", request.maximumResponseBytes)
            return 0
        }
        buffer.append(contentsOf: bytes)
        if streams { progress.take()?.resume() }
        return bytes.count
    }

    private func refuse(_ part: String, _ limit: Int) -> Bool {
        refusal = TransportError(
            .tooLarge, "the \(part) of \(target.authority) is larger than the \(limit) bytes allowed",
            host: target.authority, phase: .body
        )
        return false
    }

    /// - Returns: what libcurl expects of a read callback.
    func sendBody(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, piece.count - pieceOffset)
        guard count > 0 else {
            if uploadHasEnded { return 0 }
            room.take()?.resume()
            return Int(CURL_READFUNC_PAUSE)
        }
        piece.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[pieceOffset..<pieceOffset + count]))
        }
        pieceOffset += count
        return count
    }

    /// Starts the body again, for a redirect or a connection that turned out to be dead.
    func rewind(to offset: Int) -> Bool {
        guard case .bytes(let bytes) = request.body, 0...bytes.count ~= offset else { return false }
        pieceOffset = offset
        return true
    }

    // MARK: Streaming the request's body

    /// Pulls the pieces of a streamed body, each when the one before has been taken.
    func feedUpload() async {
        guard case .stream(let length, let next) = request.body else { return }
        do {
            var total = 0
            while let piece = try await next() {
                total += piece.count
                try checkLength(total, of: length, isWhole: false)
                try await waitForRoom()
                (self.piece, pieceOffset) = (piece, 0)
                unpause()
            }
            try checkLength(total, of: length, isWhole: true)
            uploadHasEnded = true
            unpause()
        } catch {
            finish(.failure(error))
            onAbort()
        }
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
