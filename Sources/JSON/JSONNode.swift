/// One value, or one key, of a parsed text: 16 bytes.
///
/// A text becomes a flat list of nodes in the order of the text: a container is followed by its elements, an object's
/// elements are a key and a value in turn. The node of a container tells where its last element ends.
struct JSONNode {
    enum Kind: UInt8 {
        case null, `false`, `true`, integer, unsigned, double, string, array, object
    }

    var kind: Kind
    /// Strings: whether all characters are ASCII.
    var isASCII = false
    /// Strings: whether the bytes are in `JSONDocument.unescaped` and not in the text.
    var isUnescaped = false
    /// Where in the text the value starts.
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
