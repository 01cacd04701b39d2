internal import Glibc

/// A hash table from keys to their positions in some list: what makes big objects quick to search.
///
/// It keeps only positions; whoever owns the keys compares them.
struct KeyTable: Sendable {
    /// Up to this many keys a scan is as quick as a hash, and no table is needed.
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
    var isFull: Bool { free == 0 }

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

    /// Whether both strings are the same bytes; `==` would also find different spellings of one text equal.
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
