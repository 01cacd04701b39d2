import JSON
import Transport

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
