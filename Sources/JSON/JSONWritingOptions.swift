/// How JSON text is written.
public struct JSONWritingOptions: OptionSet, Sendable {
    /// The bits of the set.
    public let rawValue: UInt8

    /// Makes a set from its bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// One element a line, two spaces of indentation, `": "` after keys, `[]` and `{}` when empty (as Python's
    /// `indent=2`).
    ///
    /// Without it there is no white space at all.
    public static let pretty = JSONWritingOptions(rawValue: 1)
    /// Keys in the order of their UTF-8 bytes instead of as inserted.
    public static let sortedKeys = JSONWritingOptions(rawValue: 2)
    /// Safe inside HTML and old JavaScript: `<`, `>`, `&`, U+2028 and U+2029 are written as `\uXXXX`.
    ///
    /// Without it only what JSON demands is escaped: `"`, `\` and the characters below U+0020.
    public static let htmlSafe = JSONWritingOptions(rawValue: 4)
}
