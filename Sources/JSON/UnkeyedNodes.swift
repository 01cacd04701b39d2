/// The elements of an array, as a container of decoding.
struct UnkeyedNodes: UnkeyedDecodingContainer {
    private let document: JSONDocument
    private let index: Int32
    private var next: Int32
    private var place: Int32 = 0

    init(document: JSONDocument, index: Int) {
        self.document = document
        self.index = Int32(index)
        next = self.index + 1
    }

    var codingPath: [any CodingKey] { document.path(to: Int(index)) }
    var count: Int? { document.nodes[Int(index)].low }
    var currentIndex: Int { Int(place) }
    var isAtEnd: Bool { Int(next) >= document.nodes[Int(index)].high }

    /// Reads the next element and moves on, unless `read` throws.
    private mutating func advance<T>(_ read: (Int) throws -> T) throws -> T {
        guard !isAtEnd else { throw document.missing(.index(currentIndex), in: Int(index)) }
        let value = try read(Int(next))
        next = Int32(document.next(after: Int(next)))
        place += 1
        return value
    }

    private mutating func integer<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
        try advance { [document] in try document.integer(type, at: $0) }
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd else { throw document.missing(.index(currentIndex), in: Int(index)) }
        guard document.isNull(at: Int(next)) else { return false }
        return try advance { _ in true }
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try advance(document.bool) }
    mutating func decode(_ type: String.Type) throws -> String { try advance(document.string(at:)) }
    mutating func decode(_ type: Double.Type) throws -> Double { try advance(document.double) }
    mutating func decode(_ type: Float.Type) throws -> Float { try advance(document.float) }
    mutating func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try advance { [document] in try document.decode(type, at: $0) }
    }

    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try advance { [document] in try NodeDecoder(document: document, index: $0).container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try advance { [document] in try NodeDecoder(document: document, index: $0).unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder {
        try advance { [document] in NodeDecoder(document: document, index: $0) }
    }
}
