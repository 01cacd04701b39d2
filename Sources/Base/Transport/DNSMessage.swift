import Basics

/// A question to a name server, with what ``DNSClient`` may be told about it.
public struct DNSExchange: Sendable, Hashable {
    /// The name, with or without the dot at its end.
    public var name: String
    /// The type of the records.
    public var type: DNSRecordType
    /// The class of the records: 1 is `IN`.
    public var recordClass: UInt16
    /// Whether the server is to ask others.
    public var wantsRecursion: Bool

    /// A question for records of the Internet.
    public init(_ name: String, _ type: DNSRecordType, recordClass: UInt16 = 1, wantsRecursion: Bool = true) {
        (self.name, self.type, self.recordClass, self.wantsRecursion) = (name, type, recordClass, wantsRecursion)
    }
}

/// How a name server is asked over TLS.
public struct DNSOverTLS: Sendable {
    /// The name that its certificate must be for.
    public var serverName: String
    /// Verification, client certificate and versions.
    public var options: TLSOptions
    /// What its certificate is verified against.
    public var authorities: CertificateAuthorities

    /// A name, options and authorities.
    public init(serverName: String, options: TLSOptions, authorities: CertificateAuthorities) {
        (self.serverName, self.options, self.authorities) = (serverName, options, authorities)
    }
}

/// All of what a name server answered, with the records as in a zone file.
public struct DNSMessage: Sendable, Hashable {
    /// A record of any section.
    public struct Record: Sendable, Hashable {
        /// Its type.
        public var type: DNSRecordType
        /// `www.example.org.`, time to live, class, type and data, with tabs between: the form of miekg/dns, which
        /// blackbox_exporter's expressions match; nil for a type whose data cannot be shown in it.
        public var text: String?
    }

    /// The response code by its name.
    public var code: String
    /// The answer section.
    public var answer: [Record]
    /// The authority section.
    public var authority: [Record]
    /// The additional section.
    public var additional: [Record]
    /// Whether the server left records out, because they did not fit.
    public var isTruncated: Bool
    /// The answer in the form of ``DNSClient/query(_:_:server:network:timeout:)``.
    public var plain: DNSAnswer
}

extension DNSReader {
    /// One resource record in the form of a zone file.
    mutating func zoneFileRecord() throws(TransportError) -> DNSMessage.Record {
        let record = try wireRecord { (reader, type, raw) throws(TransportError) in
            try reader.zoneFileData(of: type, raw)
        }
        let (name, type, timeToLive, raw) = (record.name, record.type, record.timeToLive, record.raw)
        guard let typeName = DNSTypeNames.name(of: type) else {
            // RFC 3597, with its names for class and type.
            let hex = Array(raw).hex
            let text =
                "\(name)\t\(timeToLive)\tCLASS\(record.recordClass)\tTYPE\(type.rawValue)\t\\# \(raw.count) \(hex)"
            return DNSMessage.Record(type: type, text: text)
        }
        let className = DNSTypeNames.name(ofClass: record.recordClass)
        let text = record.data.map { "\(name)\t\(timeToLive)\t\(className)\t\(typeName)\t\($0)" }
        return DNSMessage.Record(type: type, text: text)
    }

    /// The data of a record; nil for a type that is not shown.
    private mutating func zoneFileData(
        of type: DNSRecordType, _ raw: ArraySlice<UInt8>
    ) throws(TransportError) -> String? {
        switch DNSTypeNames.name(of: type) {
        case "A", "AAAA":
            guard raw.count == (type == .a ? 4 : 16), let address = SocketAddress(octets: Array(raw), port: 0) else {
                throw DNSReader.overrun
            }
            return address.ip
        case "CNAME", "NS", "PTR", "DNAME": return try name()
        case "MX": return "\(try uint16()) \(try name())"
        case "SRV": return "\(try uint16()) \(try uint16()) \(try uint16()) \(try name())"
        case "SOA":
            let names = "\(try name()) \(try name())"
            var numbers = ""
            for _ in 0..<5 { numbers += " \(try uint32())" }
            return names + numbers
        case "TXT", "SPF", "HINFO":
            var texts: [String] = []
            while position < raw.endIndex { texts.append(try quotedText()) }
            return texts.joined(separator: " ")
        case "CAA":
            let flags = try uint8()
            let tag = String(decoding: try take(Int(try uint8())), as: UTF8.self)
            guard raw.endIndex >= position else { throw DNSReader.overrun }
            return "\(flags) \(tag) \(Self.quoted(try take(raw.endIndex - position)))"
        case "NAPTR":
            let numbers = "\(try uint16()) \(try uint16())"
            return "\(numbers) \(try quotedText()) \(try quotedText()) \(try quotedText()) \(try name())"
        case "DS", "CDS": return "\(try uint16()) \(try uint8()) \(try uint8()) \(try hexRest(of: raw).uppercased())"
        case "DNSKEY", "CDNSKEY":
            let numbers = "\(try uint16()) \(try uint8()) \(try uint8())"
            return "\(numbers) \(Base64.encode(Array(try take(raw.endIndex - position))))"
        case "TLSA", "SMIMEA": return "\(try uint8()) \(try uint8()) \(try uint8()) \(try hexRest(of: raw))"
        case "SSHFP": return "\(try uint8()) \(try uint8()) \(try hexRest(of: raw).uppercased())"
        default: return nil
        }
    }

    private mutating func hexRest(of raw: ArraySlice<UInt8>) throws(TransportError) -> String {
        Array(try take(raw.endIndex - position)).hex
    }

    private mutating func quotedText() throws(TransportError) -> String { Self.quoted(try take(Int(try uint8()))) }

    private static func quoted(_ bytes: ArraySlice<UInt8>) -> String {
        let text = bytes.map { byte in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): "\\" + String(Character(UnicodeScalar(byte)))
            case 0x20...0x7E: String(Character(UnicodeScalar(byte)))
            default: "\\" + String("00\(byte)".suffix(3))
            }
        }
        return "\"\(text.joined())\""
    }
}

/// The names of DNS types and classes (IANA's "Domain Name System Parameters").
public enum DNSTypeNames {
    /// The type of a name in capitals; nil for a name that is none.
    public static func type(named name: String) -> DNSRecordType? {
        table.first { $0.name.utf8.elementsEqual(name.utf8) }.map { DNSRecordType(rawValue: $0.number) }
    }

    /// The class of a name in capitals; nil for a name that is none.
    public static func recordClass(named name: String) -> UInt16? { classes.first { $0.name == name }?.number }

    static func name(of type: DNSRecordType) -> String? {
        table.first { $0.number == type.rawValue }.map { "\($0.name)" }
    }

    static func name(ofClass number: UInt16) -> String {
        classes.first { $0.number == number }?.name ?? "CLASS\(number)"
    }

    private static let classes: [(name: String, number: UInt16)] = [
        ("IN", 1), ("CS", 2), ("CH", 3), ("HS", 4), ("NONE", 254), ("ANY", 255),
    ]

    private static let table: [(name: String, number: UInt16)] = [
        ("A", 1), ("NS", 2), ("MD", 3), ("MF", 4), ("CNAME", 5), ("SOA", 6), ("MB", 7), ("MG", 8), ("MR", 9),
        ("NULL", 10), ("PTR", 12), ("HINFO", 13), ("MINFO", 14), ("MX", 15), ("TXT", 16), ("RP", 17), ("AFSDB", 18),
        ("X25", 19), ("ISDN", 20), ("RT", 21), ("NSAP-PTR", 23), ("SIG", 24), ("KEY", 25), ("PX", 26), ("GPOS", 27),
        ("AAAA", 28), ("LOC", 29), ("NXT", 30), ("EID", 31), ("NIMLOC", 32), ("SRV", 33), ("ATMA", 34), ("NAPTR", 35),
        ("KX", 36), ("CERT", 37), ("DNAME", 39), ("OPT", 41), ("APL", 42), ("DS", 43), ("SSHFP", 44), ("IPSECKEY", 45),
        ("RRSIG", 46), ("NSEC", 47), ("DNSKEY", 48), ("DHCID", 49), ("NSEC3", 50), ("NSEC3PARAM", 51), ("TLSA", 52),
        ("SMIMEA", 53), ("HIP", 55), ("NINFO", 56), ("RKEY", 57), ("TALINK", 58), ("CDS", 59), ("CDNSKEY", 60),
        ("OPENPGPKEY", 61), ("CSYNC", 62), ("ZONEMD", 63), ("SVCB", 64), ("HTTPS", 65), ("SPF", 99), ("UINFO", 100),
        ("UID", 101), ("GID", 102), ("UNSPEC", 103), ("NID", 104), ("L32", 105), ("L64", 106), ("LP", 107),
        ("EUI48", 108), ("EUI64", 109), ("TKEY", 249), ("TSIG", 250), ("IXFR", 251), ("AXFR", 252), ("MAILB", 253),
        ("MAILA", 254), ("ANY", 255), ("URI", 256), ("CAA", 257), ("AVC", 258), ("TA", 32_768), ("DLV", 32_769),
    ]
}
