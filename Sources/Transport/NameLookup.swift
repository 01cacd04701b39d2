import CCares
import CLinux
import Glibc

/// One question to c-ares, with a channel of its own.
///
/// c-ares can only cancel whole channels, and a new one sees changes
/// of `/etc/resolv.conf`. Loop's thread only (@unchecked); `end` must be called.
final class NameLookup: @unchecked Sendable {
    private let loop: EventLoop
    private let timeout: Duration
    private var channel: OpaquePointer?
    private var timer: LoopTimer?
    private let answer = Waiter()
    private var status = ARES_ECANCELLED
    private var ips: [String] = []
    private var hasAnswer = false

    init(loop: EventLoop, servers: [SocketAddress], timeout: Duration) throws(TransportError) {
        self.loop = loop
        self.timeout = timeout
        var options = ares_options()
        // The wait doubles from try to try: 7/8 of the time in all for one server, so that the last word is c-ares', which
        // then takes one kind of address for success when nobody answers for the other.
        options.tries = 3
        options.timeout = Int32(clamping: max(1, timeout.clampedNanoseconds / 8_000_000))
        options.sock_state_cb = { context, descriptor, reads, writes in
            guard let context else { return }
            Unmanaged<NameLookup>.fromOpaque(context).takeUnretainedValue().watch(descriptor, reads != 0, writes != 0)
        }
        // Not retained: `end` destroys the channel, and with it every callback, while the caller still holds this.
        let context = Unmanaged.passUnretained(self).toOpaque()
        options.sock_state_cb_data = context
        let given = ARES_OPT_SOCK_STATE_CB | ARES_OPT_TRIES | ARES_OPT_TIMEOUTMS
        var status = ares_init_options(&channel, &options, Int32(given))
        if status == ARES_SUCCESS, !servers.isEmpty {
            status = ares_set_servers_ports_csv(channel, servers.commaSeparated)
        }
        guard status == ARES_SUCCESS else {
            end()
            throw TransportError(
                .system, "the name resolver cannot start: \(String(cString: ares_strerror(status)))", phase: .nameLookup
            )
        }
    }

    func addresses(of host: String, port: UInt16) async throws -> [SocketAddress] {
        ask(for: host)
        setTimer()
        let timeoutError = TransportError(
            .timedOut, "looking up \(host) timed out: no name server answered within \(timeout.text)", host: host,
            phase: .nameLookup
        )
        if !hasAnswer { try await loop.suspend(answer, timeout: timeout, timeoutError) }
        guard status != ARES_ETIMEOUT else { throw timeoutError }
        let addresses = ips.compactMap { SocketAddress(ip: $0, port: port) }
        guard !addresses.isEmpty else {
            throw TransportError(
                .nameNotResolved, "the name \(host) cannot be resolved: \(reason)", host: host, phase: .nameLookup
            )
        }
        return addresses
    }

    private func ask(for host: String) {
        var hints = ares_addrinfo_hints()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        let context = Unmanaged.passUnretained(self).toOpaque()
        ares_getaddrinfo(
            channel, host, nil, &hints,
            { context, status, _, result in
                if let context {
                    Unmanaged<NameLookup>.fromOpaque(context).takeUnretainedValue().finish(status, result)
                }
                ares_freeaddrinfo(result)
            }, context)
    }

    private var reason: String {
        switch status {
        case ARES_SUCCESS: "it has no address"
        // c-ares keeps to itself which of these it was.
        case ARES_ECONNREFUSED: "the name servers fail, refuse or cannot be reached"
        default: String(cString: ares_strerror(status))
        }
    }

    /// Ends everything that c-ares still does for this look-up.
    func end() {
        if let channel { ares_destroy(channel) }
        channel = nil
        if let timer { loop.cancel(timer) }
        timer = nil
    }

    private func finish(_ code: Int32, _ result: UnsafeMutablePointer<ares_addrinfo>?) {
        status = code
        var node = result?.pointee.nodes
        while let current = node {
            if let ip = current.pointee.ai_addr.flatMap({ Self.text(of: $0) }) { ips.append(ip) }
            node = current.pointee.ai_next
        }
        hasAnswer = true
        answer.resume()
    }

    private static func text(of address: UnsafePointer<sockaddr>) -> String? {
        let isIPv6 = address.pointee.sa_family == sa_family_t(AF_INET6)
        let size = isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard getnameinfo(address, socklen_t(size), &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else {
            return nil
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func watch(_ descriptor: Int32, _ reads: Bool, _ writes: Bool) {
        guard reads || writes else { return loop.unwatch(descriptor) }
        let events = (reads ? EPOLLIN.rawValue : 0) | (writes ? EPOLLOUT.rawValue : 0)
        try? loop.watch(descriptor, events) { [weak self] ready in self?.process(descriptor, ready) }
    }

    private func process(_ descriptor: Int32, _ ready: UInt32) {
        let failed = EPOLLERR.rawValue | EPOLLHUP.rawValue
        let none = ARES_SOCKET_BAD
        ares_process_fd(
            channel, ready & (EPOLLIN.rawValue | failed) != 0 ? descriptor : none,
            ready & (EPOLLOUT.rawValue | failed) != 0 ? descriptor : none
        )
        setTimer()
    }

    /// c-ares repeats its questions; it tells when.
    private func setTimer() {
        if let timer { loop.cancel(timer) }
        timer = nil
        var wait = timeval()
        guard let channel, !hasAnswer, ares_timeout(channel, nil, &wait) != nil else { return }
        let delay = Duration.seconds(wait.tv_sec) + .microseconds(wait.tv_usec)
        timer = loop.schedule(after: delay) { [weak self] in
            guard let self, self.channel != nil else { return }
            ares_process_fd(self.channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD)
            self.setTimer()
        }
    }
}
