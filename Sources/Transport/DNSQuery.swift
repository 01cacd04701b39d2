/// One question to a name server, as it goes over the wire (RFC 1035 section 4).
struct DNSQuery {
    /// Header and question, without TCP's length before it.
    let message: [UInt8]
    private static let headerSize = 12

    /// A question that asks for recursion.
    /// - Throws: `TransportError` with `.invalidRequest` when the text is not a domain name.
    init(_ name: String, _ type: DNSRecordType, id: UInt16) throws(TransportError) {
        let header: [UInt16] = [id, 0x0100, 1, 0, 0, 0]  // number, recursion desired, one question and nothing else
        message = header.bigEndianBytes + (try Self.wireForm(of: name)) + [type.rawValue, 1].bigEndianBytes
    }

    private static func wireForm(of name: String) throws(TransportError) -> [UInt8] {
        let labels = name == "." ? [] : name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        // A dot at the end makes the last part empty: it stands for the root.
        let given = labels.last?.isEmpty == true ? labels.dropLast() : labels[...]
        let bytes: [UInt8] = given.reduce(into: []) { $0 += [UInt8(truncatingIfNeeded: $1.count)] + $1 } + [0]
        let isGood = given.allSatisfy { 1...63 ~= $0.count && $0.allSatisfy { 0x21...0x7E ~= $0 } }
        guard isGood, bytes.count <= 255, !name.isEmpty else {
            throw TransportError(
                .invalidRequest, "\(name.debugDescription) is not a domain name of ASCII letters (RFC 1035)",
                phase: .preparing
            )
        }
        return bytes
    }

    /// Whether a message is an answer to this very question.
    func isAnswered(by answer: [UInt8]) -> Bool {
        guard answer.count >= Self.headerSize, answer[..<2] == message[..<2], answer[2] & 0x80 != 0 else {
            return false
        }
        // A server that could not read the question may leave it out.
        if Self.hasNoQuestion(answer) { return answer[3] & 0x0F != 0 }
        // Servers may answer a name in another case.
        return answer.count >= message.count && answer[4..<6] == message[4..<6]
            && answer[Self.headerSize..<message.count].map(Self.lowercased)
                == message[Self.headerSize...].map(Self.lowercased)
    }

    /// Reads the answer section of a message that `isAnswered` took.
    func answer(in bytes: [UInt8]) throws(TransportError) -> DNSAnswer {
        var reader = DNSReader(bytes, at: 2)
        let flags = try reader.uint16()
        _ = try reader.uint16()
        let count = try reader.uint16()
        reader.position = Self.hasNoQuestion(bytes) ? Self.headerSize : message.count
        var records: [DNSAnswer.Record] = []
        for _ in 0..<count { records.append(try reader.record()) }
        return DNSAnswer(
            code: Self.name(ofCode: Int(flags & 0x000F)), records: records, isAuthoritative: flags & 0x0400 != 0
        )
    }

    private static func hasNoQuestion(_ answer: [UInt8]) -> Bool { answer[4] == 0 && answer[5] == 0 }

    /// Whether a message says that it is not all of the answer.
    static func isTruncated(_ answer: [UInt8]) -> Bool { answer[2] & 0x02 != 0 }

    private static func name(ofCode code: Int) -> String {
        let names = [
            "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
            "NOTAUTH", "NOTZONE",
        ]
        return code < names.count ? names[code] : "RCODE\(code)"
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 { 0x41...0x5A ~= byte ? byte | 0x20 : byte }
}

extension [UInt16] {
    var bigEndianBytes: [UInt8] { flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } }
}
