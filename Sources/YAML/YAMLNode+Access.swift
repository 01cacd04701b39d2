public import JSON

extension YAMLNode {
    /// The value of a key in a mapping.
    public subscript(key: String) -> YAMLNode? {
        guard case .mapping(let members) = kind else { return nil }
        return members.first { $0.key.text.map { $0.utf8.elementsEqual(key.utf8) } ?? false }?.value
    }

    /// The text of a scalar, whatever it is read as.
    public var text: String? {
        guard case .scalar(let scalar) = kind else { return nil }
        return scalar.text
    }

    /// Whether the node is null: `~`, `null` or nothing at all.
    public var isNull: Bool {
        guard case .scalar(let scalar) = kind else { return false }
        return scalar.value == .null
    }

    /// The document as JSON: keys become text; of infinity and not-a-number JSON writes null.
    public var json: JSONValue {
        switch kind {
        case .scalar(let scalar): scalar.value
        case .sequence(let elements): .array(elements.map(\.json))
        case .mapping(let members): .object(JSONObject(members.map { ($0.key.text ?? "", $0.value.json) }))
        }
    }
}
