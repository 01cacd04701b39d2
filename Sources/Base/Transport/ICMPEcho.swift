import Basics
import CLinux
import Glibc

/// Pings: an ICMP echo request and its reply (RFC 792, RFC 4443 section 4).
public enum ICMPEcho {
    /// What an echo request looks like.
    public struct Options: Sendable, Hashable {
        /// How many bytes it carries; nil for 16.
        public var payloadSize: Int?
        /// How many routers may pass it on; nil for the system's number.
        public var timeToLive: Int?
        /// Whether routers must not split it; IPv4 only.
        public var forbidsFragments = false

        /// A small request with the system's settings.
        public init() {}
    }

    /// Sends one echo request and waits for the reply to it.
    /// - Parameter source: this end's address; nil for the system's choice.
    /// - Returns: the time between the two.
    /// - Throws: `TransportError` with `.notPermitted` when this program may open neither an ICMP nor a raw socket,
    ///   `.addressRefused`, `.timedOut`, `.connectFailed` (no route), `.connectionClosed` (the system was told that the
    ///   host cannot be reached); `CancellationError`.
    public static func roundTrip(
        to address: SocketAddress, from source: SocketAddress? = nil, _ options: Options = Options(),
        on loop: EventLoop, timeout: Duration = .seconds(5), policy: AddressPolicy = .unrestricted
    ) async throws -> Duration {
        try policy.check(address)
        return try await loop.hop {
            let (socket, isRaw) = try open(address, from: source, options, loop)
            defer { socket.close() }
            let message = EchoMessage(isIPv6: address.isIPv6, payloadSize: options.payloadSize ?? 16)
            return try await exchange(message, on: socket, address, timeout, isRaw: isRaw)
        }
    }

    /// An ICMP socket, which the kernel limits to echoes, otherwise a raw one.
    private static func open(
        _ address: SocketAddress, from source: SocketAddress?, _ options: Options, _ loop: EventLoop
    ) throws(TransportError) -> (socket: Descriptor, isRaw: Bool) {
        let peer = SocketAddress(ip: address.ip, port: 0) ?? address
        let number = Int(address.isIPv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)
        func descriptor(_ type: Int32) throws(TransportError) -> Descriptor {
            try Descriptor(connectingTo: peer, from: source, type, number, on: loop) { number throws(TransportError) in
                try options.set(on: number, isIPv6: address.isIPv6)
            }
        }
        do {
            return (try descriptor(socket_datagram), false)
        } catch  where error.code == .connectFailed || error.code == .invalidRequest {
            throw error
        } catch {
            do {
                return (try descriptor(socket_raw), true)
            } catch  where error.code == .notPermitted {
                throw TransportError(
                    .notPermitted,
                    "ping \(address.ip): this program may not send ICMP. Allow its group in the sysctl "
                        + "net.ipv4.ping_group_range, or give it the capability CAP_NET_RAW. AWS Lambda allows "
                        + "neither: check the host over TCP there",
                    host: address.ip, phase: .connect
                )
            }
        }
    }

    private static func exchange(
        _ message: EchoMessage, on socket: Descriptor, _ address: SocketAddress, _ timeout: Duration, isRaw: Bool
    ) async throws -> Duration {
        let deadline = Deadline(after: timeout)
        do {
            try await socket.send(message.request, timeout: timeout, "ping \(address.ip)")
            while true {
                // A raw socket gives the IP header, too, which has up to 60 bytes.
                let size = max(2048, message.request.count + 60)
                let packet = try await socket.receive(atMost: size, timeout: deadline.left, "ping \(address.ip)")
                if message.isAnswered(by: packet, isRaw: isRaw) { return deadline.elapsed }
                // A stream of other packets must not keep it from the end of its time.
                guard deadline.left > .zero else { throw TransportError(.timedOut, "") }
            }
        } catch let error as TransportError where error.code == .timedOut {
            throw TransportError(
                .timedOut, "ping \(address.ip): no reply within \(timeout.text)", host: address.ip, phase: .firstByte
            ).naming(timeout)
        }
    }
}

extension ICMPEcho.Options {
    fileprivate func set(on socket: Int32, isIPv6: Bool) throws(TransportError) {
        func set(_ level: Int, _ option: Int32, _ value: Int) throws(TransportError) {
            var value = Int32(value)
            guard setsockopt(socket, Int32(level), option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
                throw TransportError(
                    .invalidRequest, "the system refuses an option of the ping: \(SystemError(errno))",
                    phase: .preparing)
            }
        }
        if let timeToLive {
            let (level, option) = isIPv6 ? (IPPROTO_IPV6, IPV6_UNICAST_HOPS) : (IPPROTO_IP, IP_TTL)
            try set(Int(level), option, timeToLive)
        }
        if forbidsFragments, !isIPv6 { try set(Int(IPPROTO_IP), IP_MTU_DISCOVER, Int(IP_PMTUDISC_DO)) }
    }
}

/// One echo request, recognisable by random bytes, 16 unless it carries fewer.
struct EchoMessage {
    let request: [UInt8]
    private let replyType: UInt8
    private static let headerSize = 8

    init(isIPv6: Bool, payloadSize: Int = 16) {
        replyType = isIPv6 ? 129 : 0
        var generator = SystemRandomNumberGenerator()
        // Identifier (the kernel puts its own into an ICMP socket's), sequence number 1, and what the reply repeats.
        let random = (0..<18).map { _ in UInt8.random(in: 0...255, using: &generator) }
        var bytes: [UInt8] = [isIPv6 ? 128 : 8, 0, 0, 0, random[16], random[17], 0, 1]
        bytes += random[..<min(16, payloadSize)] + [UInt8](repeating: 0, count: max(0, payloadSize - 16))
        if !isIPv6 {  // over IPv6 the kernel does it, since the sum includes the addresses
            let sum = Self.checksum(bytes)
            (bytes[2], bytes[3]) = (UInt8(sum >> 8), UInt8(truncatingIfNeeded: sum))
        }
        request = bytes
    }

    /// Whether a packet is the reply to this request; a raw IPv4 socket gives it with the IP header before it.
    func isAnswered(by packet: [UInt8], isRaw: Bool) -> Bool {
        var message = packet[...]
        if isRaw, replyType == 0 {
            guard let first = packet.first, first >> 4 == 4 else { return false }
            message = packet.dropFirst(Int(first & 0x0F) * 4)
        }
        return message.count >= request.count && message.first == replyType
            && message.dropFirst(Self.headerSize).elementsEqual(request.dropFirst(Self.headerSize))
    }

    /// The sum of RFC 1071; an odd byte at the end counts as if a zero followed.
    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count - 1, by: 2) {
            sum += UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1])
        }
        if bytes.count % 2 == 1 { sum += UInt32(bytes[bytes.count - 1]) << 8 }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return ~UInt16(sum)
    }
}
