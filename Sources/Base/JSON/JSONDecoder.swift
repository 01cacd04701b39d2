import Basics

/// Decodes `Decodable` types straight from JSON bytes.
///
/// Numbers convert when the target type holds them exactly (`1.0` and `1e2` are integers, up to 2^53), never from
/// strings. Of duplicate keys the last one wins. Errors name the path, what was expected and what was found. An error
/// from a type's own `init(from:)` is in `JSONError.underlying`.
public struct JSONDecoder: Sendable {
    /// Bounds on the input.
    public var limits: JSONLimits
    /// The `Decoder.userInfo` of decoded types.
    public var userInfo: [CodingUserInfoKey: any Sendable]

    /// Makes a decoder.
    public init(limits: JSONLimits = .default, userInfo: [CodingUserInfoKey: any Sendable] = [:]) {
        self.limits = limits
        self.userInfo = userInfo
    }

    /// Decodes a whole JSON text of UTF-8 bytes; strict as `JSONValue.init(parsing:)` is.
    public func decode<T: Decodable>(_ type: T.Type, from bytes: [UInt8]) throws(JSONError) -> T {
        let document = try JSONDocument(parsing: bytes, limits: limits, userInfo: userInfo)
        do {
            return try document.decode(type, at: 0)
        } catch let failure as DecodingFailure {
            throw failure.error
        } catch {
            throw DecodingFailure(error, document: document, index: 0).error
        }
    }

    /// Decodes a whole JSON text, such as a JSON string inside another JSON text.
    public func decode<T: Decodable>(_ type: T.Type, from text: String) throws(JSONError) -> T {
        try decode(type, from: [UInt8](text.utf8))
    }

    /// Decodes a parsed value.
    ///
    /// Lines and columns in errors refer to its compact text.
    public func decode<T: Decodable>(_ type: T.Type, from value: JSONValue) throws(JSONError) -> T {
        try decode(type, from: value.serialized())
    }
}

/// The decoder of the value at one node; also the container of a single value.
///
/// It is three words long, so that `any Decoder` holds it without an allocation.
struct NodeDecoder: Decoder, SingleValueDecodingContainer {
    let document: JSONDocument
    let index: Int

    var codingPath: [any CodingKey] { document.path(to: index) }
    var userInfo: [CodingUserInfoKey: Any] { document.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard document.nodes[index].kind == .object else { throw document.mismatch("object", at: index) }
        return KeyedDecodingContainer(
            KeyedNodes(document: document, index: index, table: document.keyTable(of: index)))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard document.nodes[index].kind == .array else { throw document.mismatch("array", at: index) }
        return UnkeyedNodes(document: document, index: index)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { document.isNull(at: index) }
    func decode(_ type: Bool.Type) throws -> Bool { try document.bool(at: index) }
    func decode(_ type: String.Type) throws -> String { try document.string(at: index) }
    func decode(_ type: Double.Type) throws -> Double { try document.double(at: index) }
    func decode(_ type: Float.Type) throws -> Float { try document.float(at: index) }
    func decode(_ type: Int.Type) throws -> Int { try document.integer(type, at: index) }
    func decode(_ type: Int8.Type) throws -> Int8 { try document.integer(type, at: index) }
    func decode(_ type: Int16.Type) throws -> Int16 { try document.integer(type, at: index) }
    func decode(_ type: Int32.Type) throws -> Int32 { try document.integer(type, at: index) }
    func decode(_ type: Int64.Type) throws -> Int64 { try document.integer(type, at: index) }
    func decode(_ type: UInt.Type) throws -> UInt { try document.integer(type, at: index) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try document.integer(type, at: index) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try document.integer(type, at: index) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try document.integer(type, at: index) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try document.integer(type, at: index) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try document.decode(type, at: index) }
}

/// The members of an object, as a container of decoding.
private struct KeyedNodes<Key: CodingKey>: KeyedDecodingContainerProtocol {
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

    /// The node of a key that exists and is not null.
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

    // The standard library's versions look the key up three times, so the frequent types have their own.
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
    /// The error for a container without a key or an element.
    fileprivate func missing(_ step: PathStep, in container: Int) -> DecodingFailure {
        let message = step.intValue == nil ? "the object lacks this key" : "the array has no more elements"
        return DecodingFailure(code: .notFound, message: message, document: self, index: container, missing: step)
    }
}

/// The elements of an array, as a container of decoding.
private struct UnkeyedNodes: UnkeyedDecodingContainer {
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

/// A failure at a node.
///
/// Its path and line are computed only when it becomes a `JSONError`, because types that try one shape after another
/// fail often and never look at the error.
struct DecodingFailure: Error, CustomStringConvertible {
    let code: JSONError.Code
    let message: String
    let document: JSONDocument
    let index: Int
    /// The key or index that the container at the node lacks.
    var missing: PathStep?
    var underlying: (any Error)?

    var description: String { error.description }

    /// The public error.
    var error: JSONError {
        var path = document.path(to: index)
        if let missing { path.append(missing) }
        let (line, column) = document.bytes.withUnsafeBufferPointer { [offset = document.nodes[index].offset] in
            $0.lineAndColumn(at: Int(offset))
        }
        return JSONError(
            code: code, message: message, path: path.text, line: line, column: column, underlying: underlying)
    }
}

extension DecodingFailure {
    /// The failure for an error that a type's own `init(from:)` threw.
    init(_ error: any Error, document: JSONDocument, index: Int) {
        let (code, message): (JSONError.Code, String) =
            switch error {
            case DecodingError.typeMismatch(_, let context): (.typeMismatch, context.debugDescription)
            case DecodingError.keyNotFound(_, let context): (.notFound, context.debugDescription)
            case DecodingError.valueNotFound(_, let context): (.nullValue, context.debugDescription)
            case DecodingError.dataCorrupted(let context): (.invalidValue, context.debugDescription)
            case let error as JSONError: (error.code, "\(error)")
            default: (.invalidValue, "\(error)")
            }
        self.init(code: code, message: message, document: document, index: index, underlying: error)
    }
}

extension JSONDocument {
    func mismatch(_ expected: String, at index: Int) -> DecodingFailure {
        let found = nodes[index].kind.name
        return DecodingFailure(
            code: found == "null" ? .nullValue : .typeMismatch, message: "expected \(expected), found \(found)",
            document: self, index: index)
    }

    func doesNotFit(_ type: String, at index: Int) -> DecodingFailure {
        let number = value(at: index).description
        return DecodingFailure(
            code: .numberDoesNotFit, message: "\(number) does not fit \(type)", document: self, index: index)
    }

    /// The path to a node, found by walking down its containers.
    func path(to target: Int) -> [PathStep] {
        var path: [PathStep] = []
        var container = 0
        while container < target {
            let isObject = nodes[container].kind == .object
            var child = isObject ? container + 2 : container + 1
            var place = 0
            while next(after: child) <= target {
                child = next(after: child) + (isObject ? 1 : 0)
                place += 1
            }
            path.append(isObject ? .key(string(nodes[child - 1])) : .index(place))
            container = child
        }
        return path
    }
}

extension JSONNode.Kind {
    /// The kind's name in messages.
    var name: String {
        switch self {
        case .null: "null"
        case .false, .true: "boolean"
        case .integer, .unsigned, .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

/// One step into a value: the key of a member or the place of an element.
enum PathStep: CodingKey, Equatable {
    case key(String)
    case index(Int)

    init(_ key: any CodingKey) { self = key.intValue.map(PathStep.index) ?? .key(key.stringValue) }
    init(stringValue: String) { self = .key(stringValue) }
    init(intValue: Int) { self = .index(intValue) }

    var stringValue: String {
        switch self {
        case .key(let name): name
        case .index(let place): "Index \(place)"
        }
    }

    var intValue: Int? {
        guard case .index(let place) = self else { return nil }
        return place
    }
}

extension [PathStep] {
    /// The path for messages: `Records[3].body`.
    ///
    /// Keys with other characters than `a-z A-Z 0-9 _ -` are quoted in brackets.
    var text: String {
        reduce(into: "") { text, step in
            switch step {
            case .index(let place): text += "[\(place)]"
            case .key(let name) where name.utf8.allSatisfy(Self.isPlain) && !name.isEmpty:
                text += text.isEmpty ? name : "." + name
            case .key(let name): text += "[\(JSONValue.string(name))]"
            }
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: byte >= 0x80
        }
    }
}
