/// A parsed text: its bytes and its nodes.
///
/// A class, because decoders share it and may outlive the call that made them.
final class JSONDocument: Sendable {
    let bytes: [UInt8]
    let nodes: ContiguousArray<JSONNode>
    /// The characters of all strings that have escapes in the text.
    let unescaped: [UInt8]
    let userInfo: [CodingUserInfoKey: any Sendable]

    /// Parses one JSON text, strictly.
    init(
        parsing bytes: [UInt8], limits: JSONLimits, userInfo: [CodingUserInfoKey: any Sendable] = [:]
    ) throws(JSONError) {
        guard bytes.count <= limits.bytes else {
            throw JSONError(
                code: .tooLarge, message: "the text has \(bytes.count) bytes, more than the limit of \(limits.bytes)")
        }
        (nodes, unescaped) = try bytes.withUnsafeBufferPointer { text throws(JSONError) in
            var scanner = JSONScanner(text, depthLimit: limits.depth)
            try scanner.scan()
            return (scanner.nodes, scanner.unescaped)
        }
        self.bytes = bytes
        self.userInfo = userInfo
    }

    /// The index of the node that follows a value and all it contains.
    func next(after index: Int) -> Int {
        let node = nodes[index]
        return node.kind == .array || node.kind == .object ? node.high : index + 1
    }

    /// Calls `body` with the characters of a string node.
    func withBytes<R>(of node: JSONNode, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        (node.isUnescaped ? unescaped : bytes).withUnsafeBufferPointer {
            body(UnsafeBufferPointer(rebasing: $0[node.high..<node.high + node.low]))
        }
    }

    /// The text of a string node; the scanner has validated it.
    func string(_ node: JSONNode) -> String {
        withBytes(of: node) { characters in
            String(
                copying: unsafe UTF8Span(
                    unchecked: Span(_unsafeElements: characters), isKnownASCII: node.isASCII))
        }
    }

    /// The number of a number node.
    func number(_ node: JSONNode) -> JSONNumber? {
        switch node.kind {
        case .integer: .integer(Int64(bitPattern: node.payload))
        case .unsigned: .unsigned(node.payload)
        case .double: .double(Double(bitPattern: node.payload))
        case .null, .false, .true, .string, .array, .object: nil
        }
    }
}

extension JSONDocument {
    /// The value at a node as a tree.
    ///
    /// Nodes are visited backwards, so that the elements of a container are complete before the container, and lie on
    /// top of the stack with the first one uppermost. The call stack does not grow with the nesting.
    func value(at index: Int) -> JSONValue {
        var stack: [JSONValue] = []
        for node in nodes[index..<next(after: index)].reversed() {
            switch node.kind {
            case .null: stack.append(.null)
            case .false: stack.append(.bool(false))
            case .true: stack.append(.bool(true))
            case .integer: stack.append(.integer(Int64(bitPattern: node.payload)))
            case .unsigned: stack.append(.unsigned(node.payload))
            case .double: stack.append(.double(Double(bitPattern: node.payload)))
            case .string: stack.append(.string(string(node)))
            case .array:
                let elements = [JSONValue](stack.suffix(node.low).reversed())
                stack.removeLast(node.low)
                stack.append(.array(elements))
            case .object:
                var object = JSONObject()
                object.members.reserveCapacity(node.low)
                for _ in 0..<node.low {
                    if case .string(let key) = stack.removeLast() { object[key] = stack.removeLast() }
                }
                stack.append(.object(object))
            }
        }
        return stack.removeLast()
    }
}

/// One value, or one key, of a parsed text: 16 bytes.
///
/// The nodes of a text are a flat list in the order of the text. A container is followed by its elements; an object's
/// elements are keys and values in turn. A container's payload has the index after its last element.
struct JSONNode {
    enum Kind: UInt8 {
        case null, `false`, `true`, integer, unsigned, double, string, array, object
    }

    var kind: Kind
    /// Strings: whether all characters are ASCII.
    var isASCII = false
    /// Strings: whether the bytes are in `JSONDocument.unescaped` and not in the text.
    var isUnescaped = false
    /// The place in the text at which the value starts.
    var offset: UInt32
    /// Numbers: the bits.
    ///
    /// Strings: `start` and `length`. Containers: `end` and `count`.
    var payload: UInt64

    /// The first byte of a string; for a container the node after its last one.
    var high: Int { Int(payload >> 32) }
    /// The bytes of a string; the elements or members of a container.
    var low: Int { Int(payload & 0xFFFF_FFFF) }

    /// Two numbers below 2^32 as a payload.
    static func pair(_ high: Int, _ low: Int) -> UInt64 { UInt64(high) << 32 | UInt64(low) }
}

/// Conversion of nodes to types, for the decoding containers.
extension JSONDocument {
    func string(at index: Int) throws(DecodingFailure) -> String {
        let node = nodes[index]
        guard node.kind == .string else { throw mismatch("String", at: index) }
        return string(node)
    }

    func bool(at index: Int) throws(DecodingFailure) -> Bool {
        switch nodes[index].kind {
        case .true: return true
        case .false: return false
        default: throw mismatch("Bool", at: index)
        }
    }

    func integer<T: FixedWidthInteger>(_ type: T.Type, at index: Int) throws(DecodingFailure) -> T {
        guard let number = number(nodes[index]) else { throw mismatch("\(type)", at: index) }
        if let value = number.exactly(type) { return value }
        throw doesNotFit("\(type)", at: index)
    }

    func int(at index: Int) throws(DecodingFailure) -> Int { try integer(Int.self, at: index) }

    func double(at index: Int) throws(DecodingFailure) -> Double {
        guard let number = number(nodes[index]) else { throw mismatch("Double", at: index) }
        return number.nearestDouble
    }

    func float(at index: Int) throws(DecodingFailure) -> Float {
        let value = Float(try double(at: index))
        guard value.isFinite else { throw doesNotFit("Float", at: index) }
        return value
    }

    func isNull(at index: Int) -> Bool { nodes[index].kind == .null }

    /// Any type.
    ///
    /// Some types are converted here, because their `Codable` conformance takes several times as long.
    func decode<T: Decodable>(_ type: T.Type, at index: Int) throws -> T {
        func certain<V>(_ value: V) -> T { unsafeBitCast(value, to: T.self) }
        if type == String.self { return certain(try string(at: index)) }
        if type == Int.self { return certain(try int(at: index)) }
        if type == Double.self { return certain(try double(at: index)) }
        if type == Bool.self { return certain(try bool(at: index)) }
        if type == JSONValue.self { return certain(value(at: index)) }
        if type == [String].self { return certain(try array(at: index, string(at:))) }
        if type == [Int].self { return certain(try array(at: index, int(at:))) }
        if type == [Double].self { return certain(try array(at: index, double(at:))) }
        do {
            return try T(from: NodeDecoder(document: self, index: index))
        } catch let failure as DecodingFailure {
            throw failure
        } catch {
            throw DecodingFailure(error, document: self, index: index)
        }
    }

    private func array<T>(
        at index: Int, _ element: (Int) throws(DecodingFailure) -> T
    ) throws(DecodingFailure) -> [T] {
        let node = nodes[index]
        guard node.kind == .array else { throw mismatch("array", at: index) }
        var result: [T] = []
        result.reserveCapacity(node.low)
        var place = index + 1
        while place < node.high {
            result.append(try element(place))
            place = next(after: place)
        }
        return result
    }
}

extension JSONDocument {
    /// The node of a member's value; of duplicate keys the last one.
    func member(_ name: String, of object: Int, table: KeyTable?) -> Int? {
        name.withBytes { name in
            if let table {
                return table.position(hash: Hasher.hash(of: name)) { key(at: $0, is: name) }.map { $0 + 1 }
            }
            var found: Int?
            var index = object + 1
            let end = nodes[object].high
            while index < end {
                if nodes[index].low == name.count, key(at: index, is: name) { found = index + 1 }
                index = next(after: index + 1)
            }
            return found
        }
    }

    /// The nodes of an object's keys, duplicates included.
    func keys(of object: Int) -> [Int] {
        var keys: [Int] = []
        keys.reserveCapacity(nodes[object].low)
        var index = object + 1
        while index < nodes[object].high {
            keys.append(index)
            index = next(after: index + 1)
        }
        return keys
    }

    /// A hash table of the last node of each key; nil for a small object, which is searched without one.
    func keyTable(of object: Int) -> KeyTable? {
        let count = nodes[object].low
        guard count > KeyTable.smallestCount else { return nil }
        var table = KeyTable(count: count)
        for index in keys(of: object).reversed() {
            withBytes(of: nodes[index]) { name in
                let hash = Hasher.hash(of: name)
                if table.position(hash: hash, matches: { key(at: $0, is: name) }) == nil {
                    table.insert(index, hash: hash)
                }
            }
        }
        return table
    }

    private func key(at index: Int, is name: UnsafeBufferPointer<UInt8>) -> Bool {
        withBytes(of: nodes[index]) { $0.hasSameBytes(as: name) }
    }
}
