import CCurl
import CLinux

/// libcurl's multi handle, driven by a loop's descriptors and timers.
///
/// Loop's thread only; that is what @unchecked means.
final class CurlMulti: @unchecked Sendable {
    let loop: EventLoop
    let configuration: HTTPClientConfiguration
    let router: HTTPRouter
    private var handle: UnsafeMutableRawPointer?
    private var transfers: [UnsafeMutableRawPointer: CurlTransfer] = [:]
    private var timer: LoopTimer?

    private static let isInitialised = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

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

    /// Starts a transfer; `remove` must follow.
    func add(_ transfer: CurlTransfer) throws(TransportError) {
        let multi = try open()
        transfers[transfer.easy.handle] = transfer
        transfer.onAbort = { [weak self, unowned transfer] in self?.remove(transfer) }
        guard curl_multi_add_handle(multi, transfer.easy.handle) == CURLM_OK else {
            remove(transfer)
            throw TransportError(.system, "libcurl cannot start a transfer")
        }
    }

    private func open() throws(TransportError) -> UnsafeMutableRawPointer {
        if let handle { return handle }
        guard Self.isInitialised, let multi = curl_multi_init() else {
            throw TransportError(.system, "libcurl cannot start: out of memory or no usable OpenSSL")
        }
        handle = multi
        let context = Unmanaged.passUnretained(self).toOpaque()  // `close` or `deinit` come before it dangles
        curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.maximumIdleConnections)
        curl_multi_set_socket_function(
            multi,
            { _, descriptor, action, context, _ in
                if let context { CurlMulti.from(context).watch(descriptor, action) }
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
    func remove(_ transfer: CurlTransfer) {
        guard transfers.removeValue(forKey: transfer.easy.handle) != nil else { return }
        if let handle { curl_multi_remove_handle(handle, transfer.easy.handle) }
        transfer.finish(.failure(CancellationError()))  // for whoever still asks; does nothing when it has ended
    }

    /// Closes the idle connections.
    func close() {
        guard let multi = handle, transfers.isEmpty else { return }
        curl_multi_cleanup(multi)
        handle = nil
        setTimer(-1)
    }

    private func watch(_ descriptor: Int32, _ action: Int32) {
        guard action != CURL_POLL_REMOVE else { return loop.unwatch(descriptor) }
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
