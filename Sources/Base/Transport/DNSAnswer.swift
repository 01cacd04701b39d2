// Apart from DNSClient.swift: the linker keeps conforming types, and with them what else has data in their file.

/// What a name server answered.
public struct DNSAnswer: Sendable, Hashable {
    /// One record of the answer section.
    public struct Record: Sendable, Hashable {
        /// The name it belongs to, with the dot at its end.
        public var name: String
        /// Its type: not always the one asked for, since a `CNAME` comes with what it leads to.
        public var type: DNSRecordType
        /// How many seconds it may be kept.
        public var timeToLive: UInt32
        /// Its data: an address; a name with the dot at its end (CNAME, NS, PTR, MX without its preference);
        /// `host.:port` (SRV); the joined text (TXT); otherwise as in a zone file.
        public var text: String
    }

    /// The response code by its name: `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED` …, `RCODE11` for one without a name.
    public var code: String
    /// The answer section, in the order it came.
    public var records: [Record]
    /// Whether the server calls itself the authority for the name.
    public var isAuthoritative: Bool

    /// An answer from its parts, as tests make them.
    public init(code: String, records: [Record] = [], isAuthoritative: Bool = false) {
        self.code = code
        self.records = records
        self.isAuthoritative = isAuthoritative
    }
}

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
