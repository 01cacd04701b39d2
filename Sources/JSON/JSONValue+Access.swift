extension JSONValue {
    /// The member of an object; nil for another kind of value or an absent key.
    public subscript(key: String) -> JSONValue? { objectValue?[key] }

    /// The element of an array; nil for another kind of value or an index outside it.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// Whether this is `null`.
    public var isNull: Bool { self == .null }

    /// The text of a string.
    public var stringValue: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// The truth value of `true` or `false`.
    public var boolValue: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// A number that `Int64` holds exactly; of doubles, the integral ones up to 2^53.
    public var intValue: Int64? { JSONNumber(self)?.exactly(Int64.self) }

    /// Any number, as the nearest `Double`.
    public var doubleValue: Double? { JSONNumber(self)?.nearestDouble }

    /// The elements of an array.
    public var arrayValue: [JSONValue]? {
        guard case .array(let value) = self else { return nil }
        return value
    }

    /// The members of an object.
    public var objectValue: JSONObject? {
        guard case .object(let value) = self else { return nil }
        return value
    }

    /// The name of the kind of value, for messages: `null`, `boolean`, `number`, `string`, `array` or `object`.
    public var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer, .unsigned, .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
