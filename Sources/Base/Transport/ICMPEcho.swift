import Basics
import CLinux
import Glibc

/// Pings: an ICMP echo request and its reply (RFC 792, RFC 4443 section 4).
public enum ICMPEcho {
    /// Sends one echo request and waits for the reply to it.
    /// - Returns: the time between the two.
    /// - Throws: `TransportError` with `.notPermitted` when this program may open neither an ICMP nor a raw socket,
    ///   `.addressRefused`, `.timedOut`, `.connectFailed` (no route), `.connectionClosed` (the system was told that the
    ///   host cannot be reached); `CancellationError`.
    public static func roundTrip(
        to address: SocketAddress, on loop: EventLoop, timeout: Duration = .seconds(5),
        policy: AddressPolicy = .unrestricted
    ) async throws -> Duration {
        try policy.check(address)
        return try await loop.hop {
            let (socket, isRaw) = try open(address, loop)
            defer { socket.close() }
            return try await exchange(EchoMessage(isIPv6: address.isIPv6), on: socket, address, timeout, isRaw: isRaw)
        }
    }

    /// An ICMP socket, which the kernel limits to echoes, otherwise a raw one.
    private static func open(
        _ address: SocketAddress, _ loop: EventLoop
    ) throws(TransportError) -> (socket: Descriptor, isRaw: Bool) {
        let peer = SocketAddress(ip: address.ip, port: 0) ?? address
        let number = Int(address.isIPv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)
        do {
            return (try Descriptor(connectingTo: peer, socket_datagram, number, on: loop), false)
        } catch  where error.code == .connectFailed {
            throw error
        } catch {
            do {
                return (try Descriptor(connectingTo: peer, socket_raw, number, on: loop), true)
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
                let packet = try await socket.receive(atMost: 2048, timeout: deadline.left, "ping \(address.ip)")
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

/// One echo request, recognisable by 16 random bytes.
struct EchoMessage {
    let request: [UInt8]
    private let replyType: UInt8
    private static let headerSize = 8

    init(isIPv6: Bool) {
        replyType = isIPv6 ? 129 : 0
        var generator = SystemRandomNumberGenerator()
        // Identifier (the kernel puts its own into an ICMP socket's), sequence number 1, and what the reply repeats.
        let random = (0..<18).map { _ in UInt8.random(in: 0...255, using: &generator) }
        var bytes: [UInt8] = [isIPv6 ? 128 : 8, 0, 0, 0, random[16], random[17], 0, 1] + random[..<16]
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

    /// The sum of RFC 1071 over an even number of bytes.
    static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count - 1, by: 2) {
            sum += UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1])
        }
        while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
        return ~UInt16(sum)
    }
}
