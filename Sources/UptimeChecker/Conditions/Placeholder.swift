import Transport

/// What a condition can be about.
enum Placeholder: Sendable, Hashable {
    case status
    case ip
    case responseTime
    case dnsResponseCode
    case isConnected
    case certificateExpiration
    case domainExpiration
    case certificateIssuer
    case body
    /// `[BODY].path`.
    case bodyValue(BodyPath)
    /// `[HEADERS].Name`.
    case header(String)

    /// Those without a path, by their names.
    private static let simple: [(name: String, placeholder: Placeholder)] = [
        ("[STATUS]", .status), ("[RESPONSE_TIME]", .responseTime), ("[BODY]", .body), ("[CONNECTED]", .isConnected),
        ("[IP]", .ip), ("[DNS_RCODE]", .dnsResponseCode), ("[CERTIFICATE_EXPIRATION]", .certificateExpiration),
        ("[DOMAIN_EXPIRATION]", .domainExpiration), ("[CERTIFICATE_ISSUER]", .certificateIssuer),
    ]
    private static let headers = "[HEADERS]"

    /// All names, for messages.
    static let names = (simple.map(\.name) + ["\(headers).Name"]).joined(separator: ", ")

    /// The placeholder that a text is; `nil` when it is none.
    ///
    /// Upper and lower case of names are the same.
    init?(_ text: ArraySlice<UInt8>) throws(ConditionError) {
        let folded = text.map { 0x61...0x7A ~= $0 ? $0 - 0x20 : $0 }
        if let (_, placeholder) = Self.simple.first(where: { folded.elementsEqual($0.name.utf8) }) {
            self = placeholder
            return
        }
        let path = { (name: String) in text.dropFirst(name.utf8.count) }
        if folded.starts(with: "[BODY].".utf8) || folded.starts(with: "[BODY][".utf8) {
            self = .bodyValue(try BodyPath(path("[BODY]")))
        } else if folded.starts(with: "\(Self.headers).".utf8) {
            let name = path("\(Self.headers).")
            guard !name.isEmpty else {
                throw ConditionError("a name is missing, as in `[HEADERS].Content-Type`", at: text.endIndex)
            }
            self = .header(String(decoding: name, as: UTF8.self))
        } else if folded.starts(with: "[CONTEXT]".utf8) {
            throw ConditionError(
                "[CONTEXT] is for Gatus's suites, which are not supported: give the value itself", at: text.startIndex)
        } else {
            return nil
        }
    }

    var needs: Condition.Needs {
        switch self {
        case .body, .bodyValue: .body
        case .domainExpiration: .domainExpiration
        case .ip: .ip
        case .isConnected: .connection
        case .status, .header, .responseTime, .dnsResponseCode, .certificateExpiration, .certificateIssuer: []
        }
    }
}
