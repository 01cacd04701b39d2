public import Basics
import JSON

/// Strict reading of one JSON object of a message: errors name the place, such as `Records[3].Sns.Message`.
struct Fields {
    let object: JSONObject
    private let path: String

    init(_ value: JSONValue, at path: String) throws(EventError) {
        guard case .object(let object) = value else {
            throw EventError(.wrongType, at: path, "must be an object, not \(value.kindName)")
        }
        (self.object, self.path) = (object, path)
    }

    /// A field that must be there and not null.
    func value(_ key: String) throws(EventError) -> JSONValue {
        guard let value = object[key], value != .null else { throw fault(.missingField, key, "is missing") }
        return value
    }

    func string(_ key: String) throws(EventError) -> String {
        let value = try value(key)
        guard case .string(let string) = value else {
            throw fault(.wrongType, key, "must be a string, not \(value.kindName)")
        }
        return string
    }

    /// A string; `nil` when absent or null.
    func optionalString(_ key: String) throws(EventError) -> String? {
        (object[key] ?? .null) == .null ? nil : try string(key)
    }

    /// An array of strings; empty when absent or null.
    func strings(_ key: String) throws(EventError) -> [String] {
        guard let value = object[key], value != .null else { return [] }
        guard let strings = value.arrayValue?.map(\.stringValue), !strings.contains(nil) else {
            throw fault(.wrongType, key, "must be an array of strings")
        }
        return strings.compactMap { $0 }
    }

    func time(_ key: String) throws(EventError) -> Timestamp {
        let text = try string(key)
        guard let time = Timestamp(iso8601: text) else {
            throw fault(.badValue, key, "\"\(text)\" is no time in ISO 8601")
        }
        return time
    }

    func fault(_ code: EventErrorCode, _ key: String, _ message: String) -> EventError {
        EventError(code, at: path.isEmpty ? key : "\(path).\(key)", message)
    }
}

extension String {
    /// At most so many scalars, with an ellipsis where something is missing.
    ///
    /// Scalars bound the bytes: a single character can have any number of them.
    func cut(scalars length: Int) -> String {
        guard utf8.count > length, unicodeScalars.count > length else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.prefix(length - 1))) + "…"
    }
}

/// Why an event, or one message of it, cannot be used.
public typealias EventError = CodedError<EventErrorCode>

/// The kinds of ``EventError``.
public enum EventErrorCode: String, ErrorCode {
    /// The text is not JSON.
    case notJSON
    /// The JSON is of no kind that is known here.
    case unknownEvent
    /// A required field is missing or null.
    case missingField
    /// A field has another JSON type than it should.
    case wrongType
    /// A field's type is right but its value makes no sense.
    case badValue
}

extension CodedError<EventErrorCode> {
    /// An error about one place of the event, such as `Records[3].Sns.Message`; an empty path stands for all of it.
    public init(_ code: EventErrorCode, at path: String, _ message: String) {
        self.init(code, path.isEmpty ? message : "\(path): \(message)")
    }
}
