/// What the decoding containers ask of a document: the value at a node, as a certain type.
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
    /// Some are made here, because going through their `Codable` conformance takes several times as long.
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

    /// What finds the keys of a big object, of duplicates the last one; nil for a small object.
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
