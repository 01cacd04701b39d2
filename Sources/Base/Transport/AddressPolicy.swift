/// Which destinations may not be reached, decided by the address itself: after name resolution, for every connection
/// attempt, redirects included.
///
/// With a proxy it applies to the proxy's address only: where the proxy connects to is the proxy's decision.
public struct AddressPolicy: Sendable, Hashable {
    /// A kind of address that is not simply a host of the Internet.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// This machine: `127.0.0.0/8`, `::1`; also `0.0.0.0` and `::`, which Linux connects to this machine.
        case loopback
        /// `169.254.0.0/16` and `fe80::/10`.
        case linkLocal = "link-local"
        /// The metadata and credential services of clouds, such as `169.254.169.254`; most are link-local as well.
        case metadata
        /// Networks of an organisation: RFC 1918, RFC 6598 (`100.64.0.0/10`), `fc00::/7`, `fec0::/10`.
        case privateNetwork = "private"
        /// `0.0.0.0/8` and `::`.
        case unspecified
        /// Groups and broadcast: `224.0.0.0/4`, `ff00::/8`, `255.255.255.255`.
        case multicast
    }

    /// What is refused.
    ///
    /// An address of several kinds is refused when one of them is; but metadata services that are not refused may be
    /// reached although most of their addresses are link-local.
    public var refused: Set<Kind>

    /// A policy that refuses these kinds.
    public init(refusing refused: Set<Kind>) { self.refused = refused }

    /// Refuses nothing.
    public static let unrestricted = AddressPolicy(refusing: [])
    /// Refuses what would give a function's secrets away: link-local addresses and metadata services.
    public static let guarded = AddressPolicy(refusing: [.linkLocal, .metadata])

    /// Throws when an address may not be reached.
    /// - Throws: `TransportError` with `.addressRefused`, which names the kind and the address.
    public func check(_ address: SocketAddress) throws(TransportError) {
        guard !refused.isEmpty else { return }
        var kinds = Self.kinds(of: address)
        if kinds.contains(.metadata), !refused.contains(.metadata) { kinds.remove(.linkLocal) }
        guard let kind = kinds.intersection(refused).min() else { return }
        throw TransportError(
            .addressRefused, "\(address.ip) is a \(kind.rawValue) address, which the address policy refuses",
            host: address.description, phase: .connect
        )
    }

    /// The kinds of an address, none for an ordinary one.
    ///
    /// An IPv6 address that carries an IPv4 one (mapped, translated, NAT64, 6to4) has that one's kinds too.
    public static func kinds(of address: SocketAddress) -> Set<Kind> {
        let forms = [address.octets] + carriers.compactMap { $0.carried(by: address.octets) }
        return Set(blocks.lazy.filter { block in forms.contains { block.block.contains($0) } }.map(\.kind))
    }

    private static let blocks: [(kind: Kind, block: AddressBlock)] = [
        (.loopback, ["127.0.0.0/8", "::1", "0.0.0.0/8", "::"]),
        (.linkLocal, ["169.254.0.0/16", "fe80::/10"]),
        // AWS instance, task and pod; AWS over IPv6; Google over IPv6; Alibaba Cloud; Oracle Cloud; Azure.
        (.metadata, ["169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23"]),
        (.metadata, ["fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"]),
        (.privateNetwork, ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"]),
        (.unspecified, ["0.0.0.0/8", "::"]),
        (.multicast, ["224.0.0.0/4", "ff00::/8", "255.255.255.255"]),
    ].flatMap { kind, texts in texts.compactMap { AddressBlock($0) }.map { (kind, $0) } }

    /// Where an IPv6 address holds the IPv4 address it stands for.
    private struct Carrier: Sendable {
        let block: AddressBlock?
        var exception: AddressBlock?
        let offset: Int

        func carried(by octets: [UInt8]) -> [UInt8]? {
            guard block?.contains(octets) == true, exception?.contains(octets) != true else { return nil }
            return Array(octets[offset..<offset + 4])
        }
    }

    private static let carriers = [
        Carrier(block: AddressBlock("::ffff:0:0/96"), offset: 12),  // mapped, RFC 4291 section 2.5.5.2
        // Compatible, RFC 4291 section 2.5.5.1; but "::1" and its like are what they are.
        Carrier(block: AddressBlock("::/96"), exception: AddressBlock("::/104"), offset: 12),
        Carrier(block: AddressBlock("::ffff:0:0:0/96"), offset: 12),  // translated, RFC 2765
        Carrier(block: AddressBlock("64:ff9b::/96"), offset: 12),  // NAT64, RFC 6052
        Carrier(block: AddressBlock("64:ff9b:1::/48"), offset: 12),  // NAT64 of a network's own, RFC 8215
        Carrier(block: AddressBlock("2002::/16"), offset: 2),  // 6to4, RFC 3056
    ]
}

extension AddressPolicy.Kind: Comparable {
    /// The most telling kind first: it is the one that messages name.
    public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .metadata: 0
        case .unspecified: 1
        case .loopback: 2
        case .linkLocal: 3
        case .multicast: 4
        case .privateNetwork: 5
        }
    }
}

/// A range of IP addresses in CIDR form: `10.0.0.0/8`, `fe80::/10`, or one address.
package struct AddressBlock: Sendable, Hashable {
    private let octets: [UInt8]
    private let length: Int

    /// A block from its text; `nil` when the text is neither an address nor a block.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = SocketAddress(ip: String(first), port: 0) else { return nil }
        octets = address.octets
        let full = octets.count * 8
        guard let length = parts.count == 1 ? full : Int(parts[1]), 0...full ~= length else { return nil }
        self.length = length
    }

    /// Whether the block holds an address.
    package func contains(_ address: SocketAddress) -> Bool { contains(address.octets) }

    /// Whether the block holds an address, given as its 4 or 16 bytes.
    func contains(_ address: [UInt8]) -> Bool {
        guard address.count == octets.count else { return false }
        let (whole, rest) = length.quotientAndRemainder(dividingBy: 8)
        guard address.prefix(whole) == octets.prefix(whole) else { return false }
        return rest == 0 || (address[whole] ^ octets[whole]) >> (8 - rest) == 0
    }
}
