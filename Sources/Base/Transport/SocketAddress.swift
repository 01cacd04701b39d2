import Basics
import CLinux
import Glibc

/// An IPv4 or IPv6 address with a port, or the path of a socket in the file system.
public struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address in its usual text form, without brackets; of a socket in the file system its path.
    public let ip: String
    /// The port.
    public let port: UInt16
    private let bytes: [UInt8]

    /// An address from its literal form; `nil` when the text is no IPv4 or IPv6 literal.
    public init?(ip: String, port: UInt16) {
        var four = sockaddr_in()
        var six = sockaddr_in6()
        if inet_pton(AF_INET, ip, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, ip, &six.sin6_addr) == 1 {
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            bytes = withUnsafeBytes(of: &six) { Array($0) }
        } else {
            return nil
        }
        self.ip = ip
        self.port = port
    }

    /// The address of a socket in the file system; `nil` for a path that is empty or too long for one.
    public init?(path: String) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let text = Array(path.utf8)
        guard !text.isEmpty, text.count < MemoryLayout.size(ofValue: address.sun_path), !text.contains(0) else {
            return nil
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: text) }
        bytes = withUnsafeBytes(of: &address) { Array($0) }
        (ip, port) = (path, 0)
    }

    /// An address from its 4 or 16 bytes.
    init?(octets: [UInt8], port: UInt16) {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard octets.count == 4 || octets.count == 16,
            inet_ntop(octets.count == 4 ? AF_INET : AF_INET6, octets, &text, socklen_t(text.count)) != nil
        else { return nil }
        let ip = String(decoding: text.prefix { $0 != 0 }.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
        self.init(ip: ip, port: port)
    }

    /// A copy of a `sockaddr_in` or `sockaddr_in6`; `nil` when it is of another family.
    init?(copying address: UnsafePointer<sockaddr>) {
        // By offset: which C module `sockaddr` comes from depends on what the compiler read first.
        let raw = UnsafeRawPointer(address)
        let octets =
            switch Int32(raw.load(as: sa_family_t.self)) {
            case AF_INET: UnsafeRawBufferPointer(start: raw + 4, count: 4)
            case AF_INET6: UnsafeRawBufferPointer(start: raw + 8, count: 16)
            default: UnsafeRawBufferPointer(start: nil, count: 0)
            }
        self.init(octets: Array(octets), port: UInt16(bigEndian: (raw + 2).load(as: UInt16.self)))
    }

    /// Whether it is an IPv6 address.
    public var isIPv6: Bool { bytes.count == MemoryLayout<sockaddr_in6>.size }

    private var isPath: Bool { bytes.count == MemoryLayout<sockaddr_un>.size }

    /// The family of sockets that take the address.
    var family: Int32 { isPath ? AF_UNIX : isIPv6 ? AF_INET6 : AF_INET }

    /// The 4 or 16 bytes of the IP address; none of a path.
    var octets: [UInt8] { isPath ? [] : Array(isIPv6 ? bytes[8..<24] : bytes[4..<8]) }

    /// `127.0.0.1:80`, `[::1]:80` or a path.
    public var description: String { isPath ? ip : isIPv6 ? "[\(ip)]:\(port)" : "\(ip):\(port)" }

    /// Makes this the address of a socket's own end, on any free port.
    /// - Throws: `TransportError` with `.invalidRequest`, such as for an address that this machine does not have.
    func bind(_ descriptor: Int32) throws(TransportError) {
        let own = SocketAddress(ip: ip, port: 0) ?? self
        let status = own.withSockaddr { Glibc.bind(descriptor, $0, $1) == 0 ? 0 : errno }
        guard status == 0 else {
            throw TransportError(
                .invalidRequest, "cannot send from the address \(ip): \(SystemError(status))", phase: .connect)
        }
    }

    func withSockaddr<R>(_ body: (UnsafePointer<sockaddr>?, socklen_t) -> R) -> R {
        bytes.withUnsafeBytes { body($0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count)) }
    }
}

/// Which kind of IP address to use for a host name.
public enum AddressFamily: Sendable, Hashable {
    /// Whatever there is.
    case any
    /// IPv4 only.
    case ipv4
    /// IPv6 only.
    case ipv6

    func includes(_ address: SocketAddress) -> Bool {
        switch self {
        case .any: true
        case .ipv4: !address.isIPv6
        case .ipv6: address.isIPv6
        }
    }
}
