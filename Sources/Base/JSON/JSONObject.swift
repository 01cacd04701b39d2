internal import Glibc

/// The members of a JSON object, in the order of insertion.
///
/// Keys are compared by their bytes, not by Unicode equivalence. A look-up scans a small object and hashes in a larger
/// one. Objects are equal when they have the same members in any order.
public struct JSONObject: Sendable {
    /// A key and its value.
    public typealias Element = (key: String, value: JSONValue)

    var members: [Element] = []
    var table: KeyTable?

    /// An empty object.
    public init() {}

    /// Members in order; of equal keys the last value wins, at the place of the first.
    public init(_ members: some Sequence<(String, JSONValue)>) {
        for (key, value) in members { self[key] = value }
    }

    /// Members in order whose keys differ from each other, which is not checked.
    public init(distinct members: [Element]) {
        self.members = members
        rebuildTable()
    }

    /// The value of a key.
    ///
    /// Setting replaces the value in place, appends a new key, and with nil removes the key.
    public subscript(key: String) -> JSONValue? {
        get { position(of: key).map { members[$0].value } }
        set {
            switch (position(of: key), newValue) {
            case (let position?, let value?): members[position].value = value
            case (let position?, nil): remove(at: position)
            case (nil, let value?): append(key, value)
            case (nil, nil): break
            }
        }
    }

    /// The value of a key, or the default when the key is absent; may be changed in place.
    public subscript(key: String, default defaultValue: @autoclosure () -> JSONValue) -> JSONValue {
        get { self[key] ?? defaultValue() }
        set { self[key] = newValue }
    }

    /// Removes a key and returns its value.
    @discardableResult
    public mutating func removeValue(forKey key: String) -> JSONValue? {
        guard let position = position(of: key) else { return nil }
        let value = members[position].value
        remove(at: position)
        return value
    }

    /// The keys in order.
    public var keys: [String] { members.map(\.key) }

    /// The values in order of their keys.
    public var values: [JSONValue] { members.map(\.value) }
}

extension JSONObject: RandomAccessCollection {
    /// 0, the position of the first member.
    public var startIndex: Int { 0 }

    /// The number of members.
    public var endIndex: Int { members.count }

    /// The member at a position in the order.
    public subscript(position: Int) -> Element { members[position] }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Members in order; of equal keys the last wins.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

extension JSONObject: Hashable {
    /// The same members in any order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
    }

    /// The order of members does not matter.
    public func hash(into hasher: inout Hasher) {
        var combined = 0
        for (key, value) in members {
            var member = Hasher()
            member.combine(key.withBytes(Hasher.hash))
            member.combine(value)
            combined ^= member.finalize()
        }
        hasher.combine(combined)
    }
}

extension JSONObject: CustomStringConvertible {
    /// The object as compact JSON text.
    public var description: String { JSONValue.object(self).description }
}

extension JSONObject {
    /// The position of a key among the members.
    func position(of key: String) -> Int? {
        guard let table else { return members.firstIndex { $0.key.hasSameBytes(as: key) } }
        return table.position(hash: key.withBytes(Hasher.hash)) { members[$0].key.hasSameBytes(as: key) }
    }

    /// Adds a member with a new key.
    mutating func append(_ key: String, _ value: JSONValue) {
        members.append((key, value))
        if table?.isFull == false {
            table?.insert(members.count - 1, hash: key.withBytes(Hasher.hash))
        } else {
            rebuildTable()
        }
    }

    /// Removes the member at a position.
    mutating func remove(at position: Int) {
        members.remove(at: position)
        rebuildTable()
    }

    private mutating func rebuildTable() {
        table = nil
        guard members.count > KeyTable.smallestCount else { return }
        var table = KeyTable(count: 2 * members.count)
        for (position, member) in members.enumerated() {
            table.insert(position, hash: member.key.withBytes(Hasher.hash))
        }
        self.table = table
    }
}

/// A hash table from keys to their positions in a list.
///
/// It stores only positions; the owner of the list compares the keys.
struct KeyTable: Sendable {
    /// Up to this number of keys, a scan is as fast as a hash.
    static let smallestCount = 16

    /// Position + 1, or 0 where free; the size is a power of two, at most half is in use.
    private var slots: [UInt32]
    private var free: Int

    /// A table with room for at least this many keys.
    init(count: Int) {
        let size = 1 << (Int.bitWidth - (2 * max(count, 1) - 1).leadingZeroBitCount)
        slots = [UInt32](repeating: 0, count: size)
        free = size / 2
    }

    /// Whether there is no room for another key.
    fileprivate var isFull: Bool { free == 0 }

    /// The position of the key with this hash for which `matches` is true.
    func position(hash: Int, matches: (Int) -> Bool) -> Int? {
        var slot = hash & (slots.count - 1)
        while slots[slot] != 0 {
            let position = Int(slots[slot]) - 1
            if matches(position) { return position }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Adds the position of a key that is not in the table yet; the table must not be full.
    mutating func insert(_ position: Int, hash: Int) {
        var slot = hash & (slots.count - 1)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(truncatingIfNeeded: position + 1)
        free -= 1
    }
}

extension Hasher {
    /// The seeded hash of some bytes.
    static func hash(of bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        return hasher.finalize()
    }
}

extension String {
    /// Calls `body` with the UTF-8 of the string.
    func withBytes<R>(_ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        return Array(utf8).withUnsafeBufferPointer(body)
    }

    /// Whether both strings have the same bytes; `==` also matches canonically equivalent strings.
    func hasSameBytes(as other: String) -> Bool {
        withBytes { left in other.withBytes { left.hasSameBytes(as: $0) } }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether both buffers hold the same bytes.
    func hasSameBytes(as other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard count == other.count else { return false }
        guard let left = baseAddress, let right = other.baseAddress else { return true }
        return memcmp(left, right, count) == 0
    }
}
