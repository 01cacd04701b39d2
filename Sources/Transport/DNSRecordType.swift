/// A type of DNS record, by its number on the wire.
public struct DNSRecordType: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The number that IANA gave it ("DNS Parameters", resource record types).
    public let rawValue: UInt16

    /// A type by its number.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// A type by its name in any case (`A`, `aaaa`, `TYPE65`); `nil` when there is no such name.
    public init?(_ name: String) {
        let name = name.uppercased()
        if let known = Self.names.first(where: { $0.name == name }) {
            self = known.type
        } else if name.hasPrefix("TYPE"), let number = UInt16(name.dropFirst(4)) {
            self.init(rawValue: number)
        } else {
            return nil
        }
    }

    /// The name, or `TYPE` with the number (RFC 3597).
    public var description: String { Self.names.first { $0.type == self }?.name ?? "TYPE\(rawValue)" }

    /// An IPv4 address.
    public static let a = DNSRecordType(rawValue: 1)
    /// The name server of a zone.
    public static let ns = DNSRecordType(rawValue: 2)
    /// Another name.
    public static let cname = DNSRecordType(rawValue: 5)
    /// The start of a zone.
    public static let soa = DNSRecordType(rawValue: 6)
    /// The name of an address.
    public static let ptr = DNSRecordType(rawValue: 12)
    /// Where mail goes.
    public static let mx = DNSRecordType(rawValue: 15)
    /// Text.
    public static let txt = DNSRecordType(rawValue: 16)
    /// An IPv6 address.
    public static let aaaa = DNSRecordType(rawValue: 28)
    /// Where a service is.
    public static let srv = DNSRecordType(rawValue: 33)
    /// Who may issue certificates.
    public static let caa = DNSRecordType(rawValue: 257)

    private static let names: [(name: String, type: DNSRecordType)] = [
        ("A", .a), ("NS", .ns), ("CNAME", .cname), ("SOA", .soa), ("PTR", .ptr), ("MX", .mx), ("TXT", .txt),
        ("AAAA", .aaaa), ("SRV", .srv), ("CAA", .caa),
    ]
}
