/// One named fact of a notification.
public struct Field: Sendable, Hashable {
    /// What the value is, such as `Region`.
    public var name: String
    /// Plain text; may have several lines, is never empty.
    public var value: String
    /// Whether two such fields fit next to each other.
    public var isShort: Bool

    /// Makes a field; one without line breaks is short up to 40 characters, unless told otherwise.
    public init(_ name: String, _ value: String, isShort: Bool? = nil) {
        self.name = name
        self.value = value
        self.isShort = isShort ?? (value.utf8.count <= 40 && !value.utf8.contains(UInt8(ascii: "\n")))
    }
}
