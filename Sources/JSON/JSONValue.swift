/// Any JSON value (RFC 8259).
///
/// Numbers keep what their text says: integers are exact over the whole range of `Int64` and `UInt64`; a fraction, an
/// exponent, `-0` or an integer beyond 64 bits makes a `Double`, the nearest one. `1` and `1.0` are not equal.
public enum JSONValue: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// An integer that fits `Int64`.
    case integer(Int64)
    /// An integer above `Int64.max`; smaller ones are always `.integer`.
    case unsigned(UInt64)
    /// Any other number; not a number and infinities are written as `null`.
    case double(Double)
    /// Text.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// Members in order.
    case object(JSONObject)
}

extension JSONValue {
    /// Parses a whole JSON text of UTF-8 bytes.
    ///
    /// Strict: exactly one value, white space around it, nothing else but a byte order mark at the very start, which is
    /// skipped. Invalid UTF-8, escaped lone surrogates and numbers beyond `Double` are errors, and so is anything past
    /// the limits. Of duplicate keys the last value wins, at the place of the first.
    public init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        self = try JSONDocument(parsing: bytes, limits: limits).value(at: 0)
    }

    /// Parses a whole JSON text.
    public init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
        try self.init(parsing: [UInt8](text.utf8), limits: limits)
    }

    /// Parses a whole JSON text of UTF-8 bytes, which are copied first.
    public init(parsing buffer: UnsafeRawBufferPointer, limits: JSONLimits = .default) throws(JSONError) {
        try self.init(parsing: [UInt8](buffer), limits: limits)
    }

    /// The value as JSON text in UTF-8.
    public func serialized(_ options: JSONWritingOptions = []) -> [UInt8] {
        var writer = JSONWriter(options: options)
        writer.write(self)
        return writer.bytes
    }
}

extension JSONValue: CustomStringConvertible {
    /// The value as compact JSON text.
    public var description: String { String(decoding: serialized(), as: UTF8.self) }
}
