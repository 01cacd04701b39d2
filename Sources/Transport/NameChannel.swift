import CCares
import CLinux
import Glibc

/// A c-ares channel on a loop, shared by all look-ups with the same servers and patience that are under way.
///
/// It ends with the last of them, so that the next one sees changes of `/etc/resolv.conf`; a channel takes 75 KB and
/// reads five files. Loop's thread only (@unchecked).
final class NameChannel: @unchecked Sendable {
    /// What look-ups must have in common to share a channel.
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
        // The wait doubles from try to try: 7/8 of the time in all for one server, so that the last word is c-ares', which
        // then takes one kind of address for success when nobody answers for the other.
        options.tries = 3
        options.timeout = Int32(clamping: max(1, key.timeout.clampedNanoseconds / 8_000_000))
        options.sock_state_cb = { context, descriptor, reads, writes in
            guard let context else { return }
            Unmanaged<NameChannel>.fromOpaque(context).takeUnretainedValue().watch(descriptor, reads != 0, writes != 0)
        }
        // Not retained: `end` destroys the channel, and with it every callback, while its users still hold this.
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

    /// Asks what is waiting, as far as the limit allows; never from within c-ares, which may answer at once.
    private func askNext() {
        while asked < Self.maximumAsked, !queue.isEmpty {
            let lookup = queue.removeFirst()
            asked += 1
            if lookup.users > 0 { lookup.ask(channel) } else { lookup.onEnd() }
        }
        setTimer()
    }

    /// Ends everything that c-ares still does here.
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

    /// c-ares repeats its questions; it tells when.
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
