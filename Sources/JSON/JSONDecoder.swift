/// Decodes `Decodable` types straight from JSON bytes.
///
/// Numbers convert when the target holds them exactly (`1.0` and `1e2` are integers up to 2^53), never from strings. Of
/// duplicate keys the last wins. Errors name the path, what was expected and what was found. Types that throw from
/// their own `init(from:)` find their error in `JSONError.underlying`.
public struct JSONDecoder: Sendable {
    /// Bounds on the input.
    public var limits: JSONLimits
    /// What decoded types find in `Decoder.userInfo`.
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

    /// Decodes a value that is parsed already.
    ///
    /// Lines and columns in errors are those of its compact text.
    public func decode<T: Decodable>(_ type: T.Type, from value: JSONValue) throws(JSONError) -> T {
        try decode(type, from: value.serialized())
    }
}
