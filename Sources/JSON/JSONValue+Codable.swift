/// For every coder; the ones of this module know the type and do not go through this.
extension JSONValue: Codable {
    /// Tries one kind after another, as foreign decoders do not tell what is there.
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

    /// Writes the value as itself.
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
