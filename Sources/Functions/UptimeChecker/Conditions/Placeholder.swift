import JSON
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

extension Placeholder {
    /// The value; `nil` when there is none.
    func value(_ values: inout ObservedValues) -> ResolvedValue? {
        let seen = values.observation
        switch self {
        case .status: return ResolvedValue("\(seen.status)")
        case .ip: return ResolvedValue(seen.ip)
        case .responseTime: return ResolvedValue(seen.responseTime)
        case .dnsResponseCode: return ResolvedValue(seen.dnsResponseCode)
        case .isConnected: return ResolvedValue(seen.isConnected ? "true" : "false")
        case .certificateExpiration: return ResolvedValue(seen.certificateExpiration ?? .zero)
        case .domainExpiration: return ResolvedValue(seen.domainExpiration ?? .zero)
        case .certificateIssuer: return seen.certificate.map { ResolvedValue($0.issuer) }
        case .body: return ResolvedValue(seen.body[...].trimmed)
        case .bodyValue(let path):
            guard let value = values.find(path).single else { return nil }
            return ResolvedValue(value.conditionText, gatusNumber: value.gatusNumber)
        case .header(let name):
            let fields = seen.headers.values(named: name)
            return fields.isEmpty ? nil : ResolvedValue(fields.joined(separator: ", "))
        }
    }

    /// What `len(…)` is: elements of an array, otherwise bytes; `nil` when there is no value.
    func length(_ values: inout ObservedValues) -> Int? {
        switch self {
        case .body:
            let body = values.observation.body
            // Only then does Gatus take it for an array; otherwise white space around it counts.
            guard body.first == UInt8(ascii: "["), body.last == UInt8(ascii: "]") else { return body.count }
            return values.json()?.arrayValue?.count ?? body.count
        case .bodyValue(let path):
            switch values.find(path) {
            case .value(.array(let elements)), .list(let elements): return elements.count
            case .value(.null), .nothing: return nil
            case .value(let value): return value.conditionText.utf8.count
            }
        default: return value(&values)?.bytes.count
        }
    }

    /// What `has(…)` is.
    func exists(_ values: inout ObservedValues) -> Bool {
        switch self {
        case .bodyValue(let path): values.find(path).single != nil
        case .header: value(&values) != nil
        default: value(&values).map { !$0.bytes.isEmpty } ?? false
        }
    }
}

/// What one check saw: the values that conditions are about.
///
/// A check never fails: what went wrong is in ``errors``, and what could not be seen is zero, empty or `nil`.
struct Observation: Sendable, Hashable {
    /// Whether the target answered: any HTTP status, an open port, a ping's reply, a DNS response.
    var isConnected = false
    /// The address that was connected to; empty when there was none.
    var ip = ""
    /// The HTTP status; 0 without an answer and for checks other than HTTP.
    var status = 0
    /// From the start of the check to the end of its answer.
    var responseTime = Duration.zero
    /// The body, the DNS answers or what the peer said first, cut at the limit of the check.
    var body: [UInt8] = []
    /// The response's header fields.
    var headers = HTTPHeaders()
    /// The DNS response code, such as `NXDOMAIN`; empty for other checks.
    var dnsResponseCode = ""
    /// The time until the certificate expires, negative once it has; `nil` without a certificate.
    var certificateExpiration: Duration?
    /// The time until the domain's registration expires; `nil` when it was not asked for or is not known.
    var domainExpiration: Duration?
    /// The OAuth 2 token that was sent, which no text may show.
    var token: String?
    /// How long each phase took.
    var timings = HTTPTimings()
    /// The server's certificate, also when it is expired or not trusted.
    var certificate: CertificateFacts?
    /// What went wrong, for people; never holds a secret.
    var errors: [String] = []
    /// What is worth knowing without being a fault, such as that the body was cut at the limit.
    var notes: [String] = []
    /// Whether the check was ended by its own time limit or by that of the whole run.
    var isTimedOut = false
}
