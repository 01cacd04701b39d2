internal import JSON

extension ShapeGraph {
    /// The value of a scalar's text.
    func scalar(_ text: String, _ reference: ShapeReference) throws(AWSError) -> JSONValue {
        switch self[reference].kind {
        case .boolean: return .bool(text.lowercased() == "true")
        case .integer:
            let digits = trimmed(text)
            if let number = Int64(digits) { return .integer(number) }
            if let number = UInt64(digits) { return .unsigned(number) }
        case .double:
            if let number = Double(trimmed(text)) { return .double(number) }
        case .timestamp:
            if let timestamp = Timestamp(wire: .string(text)) { return .string(timestamp.iso8601) }
        case .blob:
            if let bytes = Base64.decode(text) { return .string(Base64.encode(bytes)) }
        case .string, .structure, .list, .map: return .string(text)
        }
        throw .unexpected("\(self[reference].kind) \(reference.name)", "\"\(text)\"")
    }
}
