/// Encodes `Encodable` types as JSON.
///
/// Keys keep the order in which they are encoded. Not-a-number and infinite numbers are errors that name the path.
public struct JSONEncoder: Sendable {
    /// How `encode` writes.
    public var options: JSONWritingOptions
    /// What encoded types find in `Encoder.userInfo`.
    public var userInfo: [CodingUserInfoKey: any Sendable]

    /// Makes an encoder.
    public init(options: JSONWritingOptions = [], userInfo: [CodingUserInfoKey: any Sendable] = [:]) {
        self.options = options
        self.userInfo = userInfo
    }

    /// The value as JSON text in UTF-8.
    public func encode<T: Encodable>(_ value: T) throws(JSONError) -> [UInt8] {
        try encodeToValue(value).serialized(options)
    }

    /// The value as a JSON value.
    public func encodeToValue<T: Encodable>(_ value: T) throws(JSONError) -> JSONValue {
        try EncodingSlot(userInfo: userInfo).encode(value, step: nil)
    }
}
