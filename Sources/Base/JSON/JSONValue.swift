/// Any JSON value (RFC 8259).
///
/// Integers are exact in the whole range of `Int64` and `UInt64`. Numbers with a fraction or an exponent, `-0` and
/// larger integers are the nearest `Double`. `1` and `1.0` are not equal.
public enum JSONValue: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// An integer that fits `Int64`.
    case integer(Int64)
    /// An integer above `Int64.max`; smaller ones are always `.integer`.
    case unsigned(UInt64)
    /// Any other number. Not-a-number and infinity are written as `null`.
    case double(Double)
    /// Text.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// Members in order.
    case object(JSONObject)
}

extension JSONValue {
    /// Parses a whole JSON text of UTF-8 bytes.
    ///
    /// Strict: exactly one value with white space around it; a byte order mark at the start is skipped. Invalid UTF-8,
    /// escaped lone surrogates, numbers beyond `Double` and input beyond the limits are errors. Of duplicate keys the
    /// last value wins, at the place of the first.
    public init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        self = try JSONDocument(parsing: bytes, limits: limits).value(at: 0)
    }

    /// Parses a whole JSON text.
    public init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
        try self.init(parsing: [UInt8](text.utf8), limits: limits)
    }

    /// Parses a whole JSON text of UTF-8 bytes, which are copied first.
    public init(parsing buffer: UnsafeRawBufferPointer, limits: JSONLimits = .default) throws(JSONError) {
        try self.init(parsing: [UInt8](buffer), limits: limits)
    }

    /// The value as JSON text in UTF-8.
    public func serialized(_ options: JSONWritingOptions = []) -> [UInt8] {
        var writer = JSONWriter(options: options)
        writer.write(self)
        return writer.bytes
    }
}

extension JSONValue: CustomStringConvertible {
    /// The value as compact JSON text.
    public var description: String { String(decoding: serialized(), as: UTF8.self) }
}

extension JSONValue {
    /// The member of an object; nil for another kind of value or an absent key.
    public subscript(key: String) -> JSONValue? { objectValue?[key] }

    /// The element of an array; nil for another kind of value or an index outside it.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// Whether the value is `null`.
    public var isNull: Bool { self == .null }

    /// The text of a string.
    public var stringValue: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// The value of `true` or `false`; nil for another kind of value.
    public var boolValue: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// A number that `Int64` holds exactly; of doubles, whole ones up to 2^53.
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

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// `nil` is `null`.
    ///
    /// In `condition ? nil : json` without a type, `nil` is therefore `null` and not the absence of a value.
    public init(nilLiteral: ()) { self = .null }

    /// `true` and `false`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    /// An integer in the range of `Int64`; use `JSONValue(_:)` for larger ones.
    public init(integerLiteral value: Int64) { self = .integer(value) }

    /// A number with a fraction or exponent.
    public init(floatLiteral value: Double) { self = .double(value) }

    /// Text.
    public init(stringLiteral value: String) { self = .string(value) }

    /// A list.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// Members in order; of equal keys the last wins.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}

extension JSONValue {
    /// An integer of up to 64 bits.
    public init(_ value: some FixedWidthInteger) {
        if let signed = Int64(exactly: value) {
            self = .integer(signed)
        } else if let unsigned = UInt64(exactly: value) {
            self = .unsigned(unsigned)
        } else {
            self = .double(Double(value))
        }
    }
}

/// Coding with other coders. Those of this module know the type and do not use the conformance.
extension JSONValue: Codable {
    /// Tries one kind after another, because `Decoder` does not tell the kind of a value.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(UInt64.self) {
            self = .unsigned(value)
        } else if let value = try? container.decode(Double.self) {
            self = .double(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try JSONObject(from: decoder))
        }
    }

    /// Encodes the value as JSON does.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .unsigned(let value): try container.encode(value)
        case .double(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try value.encode(to: encoder)
        }
    }
}

extension JSONObject: Codable {
    /// Reads an object, in the order in which the decoder gives the keys.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: PathStep.self)
        for key in container.allKeys { self[key.stringValue] = try container.decode(JSONValue.self, forKey: key) }
    }

    /// Writes an object with the keys in order.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: PathStep.self)
        for (key, value) in members { try container.encode(value, forKey: .key(key)) }
    }
}
