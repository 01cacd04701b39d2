/// The members of an object, as a container of decoding.
struct KeyedNodes<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let document: JSONDocument
    let index: Int
    let table: KeyTable?

    var codingPath: [any CodingKey] { document.path(to: index) }

    var allKeys: [Key] {
        document.keys(of: index).compactMap { key in
            let name = document.string(document.nodes[key])
            return document.member(name, of: index, table: table) == key + 1 ? Key(stringValue: name) : nil
        }
    }

    func contains(_ key: Key) -> Bool { find(key) != nil }

    private func find(_ key: Key) -> Int? { document.member(key.stringValue, of: index, table: table) }

    private func node(_ key: Key) throws(DecodingFailure) -> Int {
        if let node = find(key) { return node }
        throw document.missing(.key(key.stringValue), in: index)
    }

    /// The node of a key that is there and not null.
    private func present(_ key: Key) -> Int? {
        guard let node = find(key), !document.isNull(at: node) else { return nil }
        return node
    }

    func decodeNil(forKey key: Key) throws -> Bool { document.isNull(at: try node(key)) }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try document.bool(at: node(key)) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try document.string(at: node(key)) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try document.double(at: node(key)) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try document.float(at: node(key)) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try document.integer(type, at: node(key)) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try document.integer(type, at: node(key)) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try document.integer(type, at: node(key)) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try document.integer(type, at: node(key)) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try document.integer(type, at: node(key)) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try document.integer(type, at: node(key)) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try document.integer(type, at: node(key)) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try document.integer(type, at: node(key)) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try document.integer(type, at: node(key)) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try document.integer(type, at: node(key)) }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try document.decode(type, at: node(key)) }

    // The standard library's versions of these look the key up three times; here are those that matter.
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try present(key).map(document.bool) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try present(key).map { try document.integer(type, at: $0) }
    }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        try present(key).map(document.double)
    }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try present(key).map(document.string(at:))
    }
    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        try present(key).map { try document.decode(type, at: $0) }
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try NodeDecoder(document: document, index: node(key)).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try NodeDecoder(document: document, index: node(key)).unkeyedContainer()
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { NodeDecoder(document: document, index: try node(key)) }

    func superDecoder() throws -> any Decoder {
        guard let node = document.member("super", of: index, table: table) else {
            throw document.missing(.key("super"), in: index)
        }
        return NodeDecoder(document: document, index: node)
    }
}

extension JSONDocument {
    /// What to throw when a container lacks a key or an element.
    func missing(_ step: PathStep, in container: Int) -> DecodingFailure {
        let message = step.intValue == nil ? "the object lacks this key" : "the array has no more elements"
        return DecodingFailure(code: .notFound, message: message, document: self, index: container, missing: step)
    }
}
