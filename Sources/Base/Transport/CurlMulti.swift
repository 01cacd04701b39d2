import Basics
import CCurl
import CLinux
import COpenSSL

/// libcurl's multi handle, driven by a loop's descriptors and timers; on the loop's thread only.
final class CurlMulti: @unchecked Sendable {
    private let loop: EventLoop
    private let configuration: HTTPClientConfiguration
    private let router: HTTPRouter
    private var handle: UnsafeMutableRawPointer?
    private var transfers: [UnsafeMutableRawPointer: CurlTransfer] = [:]
    private var timer: LoopTimer?

    init(loop: EventLoop, configuration: HTTPClientConfiguration) {
        self.loop = loop
        self.configuration = configuration
        router = HTTPRouter(loop: loop, configuration: configuration)
    }

    deinit {
        // Only when the loop ended before `close` could run: nobody watches the sockets any more.
        guard let handle else { return }
        curl_multi_set_socket_function(handle, nil, nil)
        curl_multi_set_timer_function(handle, nil, nil)
        curl_multi_cleanup(handle)
    }
}

// MARK: - Requests

extension CurlMulti {
    /// Runs a request, redirects included, for as long as the body takes; afterwards nothing of it is left in libcurl.
    func perform<R: Sendable>(
        _ request: HTTPRequest, streams: Bool, _ body: @Sendable (CurlTransfer) async throws -> R
    ) async throws -> R {
        loop.preconditionOnLoop()
        try Task.checkCancellation()
        var hop = try HTTPHop(request)
        while true {
            do {
                let route = if let known = try router.routeAtHand(hop) { known } else { try await router.route(hop) }
                let transfer = try CurlTransfer(hop, route, streams: streams, on: loop, configuration)
                try add(transfer)
                defer { remove(transfer) }
                if case .value(let value) = try await run(transfer, body) { return value }
                hop = try hop.following(transfer.status, to: transfer.redirectURL)
            } catch let error as TransportError {
                if error.phase == .connect { router.forget(hop) }
                throw hop.tellingRedirects(error)
            }
        }
    }

    private enum Step<R: Sendable>: Sendable {
        case value(R)
        case redirect
    }

    private func run<R: Sendable>(
        _ transfer: CurlTransfer, _ body: @Sendable (CurlTransfer) async throws -> R
    ) async throws -> Step<R> {
        // A child task only where there is something for it to do.
        guard case .stream = transfer.request.body else { return try await read(transfer, body) }
        async let _: Void = transfer.feedUpload()
        return try await read(transfer, body)
    }

    private func read<R: Sendable>(
        _ transfer: CurlTransfer, _ body: @Sendable (CurlTransfer) async throws -> R
    ) async throws -> Step<R> {
        try await transfer.isRedirected() ? .redirect : .value(body(transfer))
    }

    /// Closes the idle connections.
    func close() {
        loop.preconditionOnLoop()
        guard let multi = handle, transfers.isEmpty else { return }
        curl_multi_cleanup(multi)
        handle = nil
        setTimer(-1)
    }
}

// MARK: - Driving libcurl

extension CurlMulti {
    /// Starts a transfer; `remove` must follow.
    private func add(_ transfer: CurlTransfer) throws(TransportError) {
        loop.preconditionOnLoop()
        let multi = try open()
        transfers[transfer.easy.handle] = transfer
        transfer.onAbort = { [weak self, unowned transfer] in self?.remove(transfer) }
        guard curl_multi_add_handle(multi, transfer.easy.handle) == CURLM_OK else {
            remove(transfer)
            throw TransportError(.system, "libcurl cannot start a transfer")
        }
        transfer.watchIdleTime()
    }

    private func open() throws(TransportError) -> UnsafeMutableRawPointer {
        if let handle { return handle }
        guard let multi = curl_multi_init() else {
            throw TransportError(.system, "libcurl cannot start: out of memory")
        }
        handle = multi
        let context = Unmanaged.passUnretained(self).toOpaque()  // `close` or `deinit` come before it dangles
        curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.maximumIdleConnections)
        curl_multi_set_socket_function(
            multi,
            { easy, descriptor, action, context, _ in
                if let context { CurlMulti.from(context).watch(descriptor, action, for: easy) }
                return 0
            }, context)
        curl_multi_set_timer_function(
            multi,
            { _, milliseconds, context in
                if let context { CurlMulti.from(context).setTimer(milliseconds) }
                return 0
            }, context)
        return multi
    }

    private static func from(_ context: UnsafeMutableRawPointer) -> CurlMulti {
        Unmanaged.fromOpaque(context).takeUnretainedValue()
    }

    /// Takes a transfer out of libcurl; harmless when it has ended.
    private func remove(_ transfer: CurlTransfer) {
        loop.preconditionOnLoop()
        guard transfers.removeValue(forKey: transfer.easy.handle) != nil else { return }
        if let handle { curl_multi_remove_handle(handle, transfer.easy.handle) }
        transfer.finish(.failure(CancellationError()))  // for the task that still reads; does nothing after the end
    }

    private func watch(_ descriptor: Int32, _ action: Int32, for easy: UnsafeMutableRawPointer?) {
        guard action != CURL_POLL_REMOVE else { return loop.unwatch(descriptor) }
        if let easy { transfers[easy]?.descriptor = descriptor }
        let events =
            (action & CURL_POLL_IN != 0 ? EPOLLIN.rawValue : 0) | (action & CURL_POLL_OUT != 0 ? EPOLLOUT.rawValue : 0)
        // A descriptor that cannot be watched runs into the request's time-outs.
        try? loop.watch(descriptor, events) { [unowned self] ready in drive(descriptor, ready) }
    }

    private func drive(_ descriptor: Int32, _ ready: UInt32) {
        var action: Int32 = 0
        if ready & EPOLLIN.rawValue != 0 { action |= CURL_CSELECT_IN }
        if ready & EPOLLOUT.rawValue != 0 { action |= CURL_CSELECT_OUT }
        if ready & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { action |= CURL_CSELECT_ERR }
        var running: Int32 = 0
        curl_multi_socket_action(handle, descriptor, action, &running)
        finishDone()
    }

    private func setTimer(_ milliseconds: Int) {
        if let timer { loop.cancel(timer) }
        timer =
            milliseconds < 0
            ? nil
            : loop.schedule(after: .milliseconds(milliseconds)) { [unowned self] in
                var running: Int32 = 0
                curl_multi_timeout_action(handle, &running)
                finishDone()
            }
    }

    private func finishDone() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(handle, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let transfer = transfers[easy]
            else { continue }
            transfer.finish(transfer.outcome(of: message.pointee.data.result))
            remove(transfer)
        }
    }
}

/// One libcurl easy handle with everything whose memory it points into.
final class CurlEasy {
    let handle: UnsafeMutableRawPointer
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private let errorText: UnsafeMutablePointer<CChar>
    /// The first option that libcurl refused.
    private var refusal: CURLcode?

    // Not left to the first handle, which would set up OpenSSL in its own way.
    private static let isInitialised =
        openssl_keep_at_exit() == 1 && curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init() throws(TransportError) {
        guard Self.isInitialised, let handle = curl_easy_init() else {
            throw TransportError(.system, "libcurl cannot start: out of memory or no usable OpenSSL")
        }
        self.handle = handle
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        set(CURLOPT_ERRORBUFFER, pointer: errorText)
    }

    deinit {
        curl_easy_cleanup(handle)
        for list in lists { curl_slist_free_all(list) }
        errorText.deallocate()
    }

    /// What libcurl says about a failure, more exact than the code.
    var failureText: String { String(cString: errorText) }

    func set(_ option: CURLoption, _ value: Int) { note(curl_set_long(handle, option, value)) }
    func set(_ option: CURLoption, _ value: Bool) { note(curl_set_long(handle, option, value ? 1 : 0)) }
    func set(_ option: CURLoption, offset: Int) { note(curl_set_offset(handle, option, curl_off_t(offset))) }
    func set(_ option: CURLoption, _ value: String?) { note(curl_set_string(handle, option, value)) }
    func set(_ option: CURLoption, milliseconds: Duration) {
        set(option, Int(min(max(1, milliseconds.clampedNanoseconds / 1_000_000), UInt64(Int32.max))))
    }
    func set(_ option: CURLoption, pointer: UnsafeRawPointer) { note(curl_set_pointer(handle, option, pointer)) }
    func set(_ option: CURLoption, copying bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            var blob = curl_blob(
                data: UnsafeMutableRawPointer(mutating: bytes.baseAddress), len: bytes.count,
                flags: UInt32(CURL_BLOB_COPY))
            note(curl_set_pointer(handle, option, &blob))
        }
    }
    func set(_ option: CURLoption, function: curl_data_function) {
        note(curl_set_data_function(handle, option, function))
    }
    func set(seek function: curl_seek_callback) { note(curl_set_seek_function(handle, function)) }
    func set(tls function: curl_ssl_ctx_callback) { note(curl_set_tls_function(handle, function)) }
    func set(opensocket function: curl_opensocket_callback) { note(curl_set_opensocket_function(handle, function)) }
    func set(prerequisite function: curl_prereq_callback) { note(curl_set_prereq_function(handle, function)) }

    func set(_ option: CURLoption, list values: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for value in values { list = curl_slist_append(list, value) ?? list }
        guard let list else { return }
        lists.append(list)
        set(option, pointer: list)
    }

    /// Throws if libcurl refused any option so far.
    func check() throws(TransportError) {
        guard let refusal else { return }
        throw TransportError(
            .invalidRequest, "libcurl refuses the request: \(String(cString: curl_easy_strerror(refusal)))")
    }

    func long(_ info: CURLINFO) -> Int { curl_info_long(handle, info) }
    func offset(_ info: CURLINFO) -> Int { Int(curl_info_offset(handle, info)) }
    func string(_ info: CURLINFO) -> String? { curl_info_string(handle, info).map { String(cString: $0) } }

    private func note(_ code: CURLcode) {
        if code != CURLE_OK, refusal == nil { refusal = code }
    }
}
