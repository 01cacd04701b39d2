import JSON
import Transport

/// A value of an observation that conditions can refer to.
enum Placeholder: Sendable, Hashable {
    /// One of ``fields``.
    case field(Field)
    /// `[BODY]`.
    case body
    /// `[BODY].path`.
    case bodyValue(BodyPath)
    /// `[HEADERS].Name`.
    case header(String)
    /// `[CONTEXT].path`: a value that the steps of a suite share.
    case context(ContextPath)

    /// The placeholders without a path.
    ///
    /// To add one, add it here; a value that no check observes yet also needs a property of ``Observation``.
    static let fields: [Field] = [
        Field("[STATUS]", .status) { ResolvedValue("\($0.status)") },
        Field("[RESPONSE_TIME]", .time) { ResolvedValue($0.responseTime) },
        Field("[CONNECTED]", .flag, needs: .connection) { ResolvedValue($0.isConnected ? "true" : "false") },
        Field("[IP]", .address, needs: .ip) { ResolvedValue($0.ip) },
        Field("[DNS_RCODE]", .dnsCode) { ResolvedValue($0.dnsResponseCode) },
        Field("[CERTIFICATE_EXPIRATION]", .expiration) { ResolvedValue($0.certificateExpiration ?? .zero) },
        Field("[DOMAIN_EXPIRATION]", .expiration, needs: .domainExpiration) {
            ResolvedValue($0.domainExpiration ?? .zero)
        },
        Field("[CERTIFICATE_ISSUER]", .text) { $0.certificate.map { ResolvedValue($0.issuer) } },
    ]

    /// A placeholder without a path.
    struct Field: Sendable, Hashable {
        /// With its brackets, in upper case; no other placeholder has it.
        let name: String
        let values: Values
        let needs: Condition.Needs
        /// nil when the check did not observe it.
        let value: @Sendable (Observation) -> ResolvedValue?

        init(
            _ name: String, _ values: Values, needs: Condition.Needs = [],
            value: @escaping @Sendable (Observation) -> ResolvedValue?
        ) {
            self.name = name
            self.values = values
            self.needs = needs
            self.value = value
        }

        static func == (left: Field, right: Field) -> Bool { left.name == right.name }
        func hash(into hasher: inout Hasher) { hasher.combine(name) }
    }

    /// What values a placeholder has; the review of a file's conditions looks for others that they are compared with.
    enum Values: Sendable, Hashable {
        case status, flag, address, dnsCode, text
        /// A number that is not negative.
        case count
        /// Milliseconds.
        case time
        /// Milliseconds until an expiration, negative afterwards; failed conditions show them in hours.
        case expiration
    }

    static let bodyName = "[BODY]"
    static let headersName = "[HEADERS]"

    /// All names, for messages.
    static let names = (fields.map(\.name) + [bodyName, "\(bodyName).path", "\(headersName).Name"])
        .joined(separator: ", ")

    /// Parses a placeholder, its name in either case; nil for other texts.
    /// - Throws: for a placeholder with a wrong path, and for one that only Gatus has.
    init?(_ text: ArraySlice<UInt8>) throws(ConditionError) {
        let folded = text.map { 0x61...0x7A ~= $0 ? $0 - 0x20 : $0 }
        let path = { (name: String) in text.dropFirst(name.utf8.count) }
        if let field = Self.fields.first(where: { folded.elementsEqual($0.name.utf8) }) {
            self = .field(field)
        } else if folded.elementsEqual(Self.bodyName.utf8) {
            self = .body
        } else if folded.starts(with: "\(Self.bodyName).".utf8) || folded.starts(with: "\(Self.bodyName)[".utf8) {
            self = .bodyValue(try BodyPath(path(Self.bodyName)))
        } else if folded.starts(with: "\(Self.headersName).".utf8) {
            let name = path("\(Self.headersName).")
            guard !name.isEmpty else {
                throw ConditionError("a name is missing, as in `[HEADERS].Content-Type`", at: text.endIndex)
            }
            self = .header(String(decoding: name, as: UTF8.self))
        } else if folded.starts(with: ContextPath.placeholder.utf8) {
            let name = path("\(ContextPath.placeholder).")
            guard text.starts(with: "\(ContextPath.placeholder).".utf8), !name.isEmpty else {
                throw ConditionError(
                    "expected [CONTEXT] in capitals and a name, as in `[CONTEXT].token`", at: text.startIndex)
            }
            self = .context(ContextPath(text: String(decoding: name, as: UTF8.self)))
        } else {
            return nil
        }
    }

    var needs: Condition.Needs {
        switch self {
        case .field(let field): field.needs
        case .body, .bodyValue: .body
        case .header: []
        case .context: .context
        }
    }

    var values: Values {
        if case .field(let field) = self { field.values } else { .text }
    }

    /// Whether the value is a time until an expiration, see ``Values/expiration``.
    var isExpiration: Bool { values == .expiration }
}

extension Placeholder {
    /// The value; nil when there is none.
    func value(_ values: inout ObservedValues) -> ResolvedValue? {
        switch self {
        case .field(let field): return field.value(values.observation)
        case .body: return ResolvedValue(values.observation.body[...].trimmed)
        case .bodyValue(let path):
            guard let value = values.find(path).single else { return nil }
            return ResolvedValue(value.conditionText, gatusNumber: value.gatusNumber)
        case .header(let name):
            let fields = values.observation.headers.values(named: name)
            return fields.isEmpty ? nil : ResolvedValue(fields.joined(separator: ", "))
        case .context(let path): return values.context?.value(at: path.text).map { ResolvedValue($0.contextText) }
        }
    }

    /// The value of `len(…)`: elements of an array, otherwise bytes; nil when there is no value.
    func length(_ values: inout ObservedValues) -> Int? {
        switch self {
        case .body:
            let body = values.observation.body
            // Gatus takes a body for an array only when nothing, not even white space, is around its brackets.
            guard body.first == UInt8(ascii: "["), body.last == UInt8(ascii: "]") else {
                return values.observation.bodyByteCount
            }
            return values.json()?.arrayValue?.count ?? body.count
        case .bodyValue(let path):
            switch values.find(path) {
            case .value(.array(let elements)), .list(let elements): return elements.count
            case .value(.null), .nothing: return nil
            case .value(let value): return value.conditionText.utf8.count
            }
        case .context(let path): return values.context?.value(at: path.text)?.contextLength
        case .field, .header: return value(&values)?.bytes.count
        }
    }

    /// The value of `has(…)`: whether there is a value, and for `[BODY]` and the like whether it is not empty.
    func exists(_ values: inout ObservedValues) -> Bool {
        switch self {
        case .bodyValue(let path): values.find(path).single != nil
        case .header, .context: value(&values) != nil
        case .body, .field: value(&values).map { !$0.bytes.isEmpty } ?? false
        }
    }
}
