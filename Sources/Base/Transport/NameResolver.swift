import Basics
import CCares
import CLinux
import Glibc

/// Finds the addresses of host names with c-ares, on an event loop; callable from any task.
///
/// Literal addresses and `localhost` need no look-up; other names are looked for in `/etc/hosts`, then at the name
/// servers of `/etc/resolv.conf`. Look-ups of the same host at the same time are one; nothing is kept afterwards.
public struct NameResolver: Sendable {
    private let loop: EventLoop
    private let servers: [SocketAddress]

    /// A resolver on this loop.
    /// - Parameter servers: the name servers to ask, in this order, instead of the system's; none means the system's.
    public init(loop: EventLoop, servers: [SocketAddress] = []) {
        self.loop = loop
        self.servers = servers
    }

    /// The addresses of a host with this port, in the order to try them; never empty.
    ///
    /// Every name server is asked up to three times within the time limit; when one does not answer or fails, the next
    /// one is asked.
    /// - Throws: `TransportError` with `.nameNotResolved` or `.timedOut`; `CancellationError`.
    public func addresses(
        of host: String, port: UInt16, family: AddressFamily = .any, timeout: Duration = .seconds(5)
    ) async throws -> [SocketAddress] {
        if let literal = SocketAddress(ip: host, port: port) {
            return try Self.chosen([literal], family, for: host)
        }
        if host == "localhost" || host.hasSuffix(".localhost") {
            let own = ["127.0.0.1", "::1"].compactMap { SocketAddress(ip: $0, port: port) }
            return try Self.chosen(own, family, for: host)
        }
        guard !host.isEmpty, !host.utf8.contains(0) else {
            throw TransportError(.nameNotResolved, "\(host.debugDescription) is not a host name", phase: .nameLookup)
        }
        return try await loop.hop { [loop, servers] in
            try Task.checkCancellation()
            let ips = try await NameChannel.addresses(
                of: NameLookup.Key(host: host, family: family), NameChannel.Key(servers: servers, timeout: timeout),
                on: loop
            )
            return ips.compactMap { SocketAddress(ip: $0, port: port) }
        }
    }

    private static func chosen(
        _ addresses: [SocketAddress], _ family: AddressFamily, for host: String
    ) throws(TransportError) -> [SocketAddress] {
        let chosen = addresses.filter(family.includes)
        guard !chosen.isEmpty else {
            throw TransportError(
                .nameNotResolved, "\(host) has no address of the kind asked for", host: host, phase: .nameLookup
            )
        }
        return chosen
    }
}

extension [SocketAddress] {
    /// A list of name servers in the form of c-ares.
    fileprivate var commaSeparated: String { map(\.description).joined(separator: ",") }
}

/// One question to c-ares and the tasks that wait for its answer.
final class NameLookup {
    struct Key: Hashable {
        var host: String
        var family: AddressFamily
    }

    private let key: Key
    let onEnd: () -> Void
    /// The number of tasks that wait for it.
    var users = 0
    private var waiters: [Waiter] = []
    private var status: Int32?
    private var ips: [String] = []

    init(_ key: Key, onEnd: @escaping () -> Void) {
        self.key = key
        self.onEnd = onEnd
    }

    /// Starts the question; c-ares holds `self` until it has called back, which it may do at once.
    func ask(_ channel: OpaquePointer?) {
        var hints = ares_addrinfo_hints()
        hints.ai_family =
            switch key.family {
            case .any: AF_UNSPEC
            case .ipv4: AF_INET
            case .ipv6: AF_INET6
            }
        hints.ai_socktype = socket_stream
        ares_getaddrinfo(
            channel, key.host, nil, &hints,
            { context, status, _, result in
                if let context {
                    Unmanaged<NameLookup>.fromOpaque(context).takeRetainedValue().finish(status, result)
                }
                ares_freeaddrinfo(result)
            }, Unmanaged.passRetained(self).toOpaque())
    }

    /// Waits for the addresses as text, at least one.
    func answer(within timeout: Duration, on loop: EventLoop) async throws -> [String] {
        let timeoutError = TransportError(
            .timedOut, "looking up \(key.host) timed out: no name server answered within \(timeout.text)",
            host: key.host, phase: .nameLookup
        ).naming(timeout)
        if status == nil {
            let waiter = Waiter()
            waiters.append(waiter)
            try await loop.suspend(waiter, timeout: timeout, timeoutError)
        }
        guard status != ARES_ETIMEOUT else { throw timeoutError }
        guard !ips.isEmpty else {
            throw TransportError(
                .nameNotResolved, "the name \(key.host) cannot be resolved: \(reason)", host: key.host,
                phase: .nameLookup
            )
        }
        return ips
    }

    private var reason: String {
        switch status {
        case ARES_SUCCESS: "it has no address"
        // c-ares does not say which of these it was.
        case ARES_ECONNREFUSED: "the name servers fail, refuse or cannot be reached"
        default: String(cString: ares_strerror(status ?? 0))
        }
    }

    private func finish(_ code: Int32, _ result: UnsafeMutablePointer<ares_addrinfo>?) {
        status = code
        var node = result?.pointee.nodes
        while let current = node {
            if let address = current.pointee.ai_addr.flatMap({ SocketAddress(copying: $0) }) { ips.append(address.ip) }
            node = current.pointee.ai_next
        }
        onEnd()
        for waiter in waiters { waiter.resume() }
    }
}

/// A c-ares channel on a loop, shared by all look-ups under way with the same servers and timeout.
///
/// It ends with the last of them, so that the next one sees changes of `/etc/resolv.conf`; a channel takes 75 KB and
/// reads five files.
final class NameChannel {
    /// Look-ups with the same key share a channel.
    struct Key: Hashable {
        var servers: [SocketAddress]
        var timeout: Duration
    }

    private let loop: EventLoop
    private let key: Key
    private var channel: OpaquePointer?
    private var timer: LoopTimer?
    private var lookups: [NameLookup.Key: NameLookup] = [:]
    private var queue: [NameLookup] = []
    private var asked = 0
    private var users = 0

    // All questions go through one socket, which loses answers when a thousand come at once; and name servers of clouds
    // take no more than a thousand a second or so.
    private static let maximumAsked = 64

    private init(loop: EventLoop, key: Key) throws(TransportError) {
        self.loop = loop
        self.key = key
        var options = ares_options()
        // The wait doubles from try to try. For one server it is 7/8 of the time limit in all, so that c-ares ends
        // before the limit: it succeeds with one kind of address when no server answers for the other kind.
        options.tries = 3
        options.timeout = Int32(clamping: max(1, key.timeout.clampedNanoseconds / 8_000_000))
        options.sock_state_cb = { context, descriptor, reads, writes in
            guard let context else { return }
            Unmanaged<NameChannel>.fromOpaque(context).takeUnretainedValue().watch(descriptor, reads != 0, writes != 0)
        }
        // Not retained: `end` destroys the channel, and with it every callback, while its users still hold `self`.
        options.sock_state_cb_data = Unmanaged.passUnretained(self).toOpaque()
        let given = ARES_OPT_SOCK_STATE_CB | ARES_OPT_TRIES | ARES_OPT_TIMEOUTMS
        var status = ares_init_options(&channel, &options, Int32(given))
        if status == ARES_SUCCESS, !key.servers.isEmpty {
            status = ares_set_servers_ports_csv(channel, key.servers.commaSeparated)
        }
        guard status == ARES_SUCCESS else {
            end()
            throw TransportError(
                .system, "the name resolver cannot start: \(String(cString: ares_strerror(status)))", phase: .nameLookup
            )
        }
    }

    /// The addresses of a host as text; none when it has none.
    ///
    /// Look-ups of the same host at the same time are one.
    /// - Throws: `TransportError` with `.timedOut`, `.nameNotResolved` or `.system`; `CancellationError`.
    static func addresses(of name: NameLookup.Key, _ key: Key, on loop: EventLoop) async throws -> [String] {
        loop.preconditionOnLoop()
        let channel = try loop.nameChannels[key] ?? NameChannel(loop: loop, key: key)
        loop.nameChannels[key] = channel
        channel.users += 1
        defer {
            channel.users -= 1
            if channel.users == 0 { channel.end() }
        }
        let lookup = channel.lookups[name] ?? channel.enqueue(name)
        lookup.users += 1
        defer { lookup.users -= 1 }
        channel.askNext()
        return try await lookup.answer(within: key.timeout, on: loop)
    }

    private func enqueue(_ name: NameLookup.Key) -> NameLookup {
        let lookup = NameLookup(name) { [unowned self] in
            lookups[name] = nil
            asked -= 1
        }
        lookups[name] = lookup
        queue.append(lookup)
        return lookup
    }

    /// Starts waiting questions up to the limit; not to be called from a callback of c-ares, which may answer at once.
    private func askNext() {
        while asked < Self.maximumAsked, !queue.isEmpty {
            let lookup = queue.removeFirst()
            asked += 1
            if lookup.users > 0 { lookup.ask(channel) } else { lookup.onEnd() }
        }
        setTimer()
    }

    /// Ends all that c-ares still does for this channel.
    private func end() {
        if loop.nameChannels[key] === self { loop.nameChannels[key] = nil }
        if let channel { ares_destroy(channel) }
        channel = nil
        if let timer { loop.cancel(timer) }
        timer = nil
    }

    private func watch(_ descriptor: Int32, _ reads: Bool, _ writes: Bool) {
        guard reads || writes else { return loop.unwatch(descriptor) }
        let events = (reads ? EPOLLIN.rawValue : 0) | (writes ? EPOLLOUT.rawValue : 0)
        try? loop.watch(descriptor, events) { [weak self] ready in self?.process(descriptor, ready) }
    }

    private func process(_ descriptor: Int32, _ ready: UInt32) {
        guard let channel else { return }
        let failed = EPOLLERR.rawValue | EPOLLHUP.rawValue
        let none = ARES_SOCKET_BAD
        ares_process_fd(
            channel, ready & (EPOLLIN.rawValue | failed) != 0 ? descriptor : none,
            ready & (EPOLLOUT.rawValue | failed) != 0 ? descriptor : none
        )
        askNext()
    }

    /// Wakes c-ares when it wants to repeat a question.
    private func setTimer() {
        if let timer { loop.cancel(timer) }
        timer = nil
        var wait = timeval()
        guard let channel, asked > 0, ares_timeout(channel, nil, &wait) != nil else { return }
        let delay = Duration.seconds(wait.tv_sec) + .microseconds(wait.tv_usec)
        timer = loop.schedule(after: delay) { [weak self] in
            guard let self, self.channel != nil else { return }
            ares_process_fd(self.channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD)
            self.askNext()
        }
    }
}
