import JSON

/// An object being read, with the place it stands at for the faults found in it.
struct Fields {
    let object: JSONObject
    let path: String
    /// Goes into every fault; set once it is known.
    var recordID: String?

    init(_ value: JSONValue, at path: String, recordID: String? = nil) throws(EventError) {
        guard case .object(let object) = value else {
            throw EventError(.wrongType, at: path, "must be an object, not \(value.kindName)", recordID: recordID)
        }
        (self.object, self.path, self.recordID) = (object, path, recordID)
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

    func fault(_ code: EventError.Code, _ key: String, _ message: String) -> EventError {
        EventError(code, at: path.isEmpty ? key : "\(path).\(key)", message, recordID: recordID)
    }
}

/// Why an event, or one record of it, cannot be used.
public struct EventError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of fault.
    public enum Code: String, Sendable {
        /// The text is not JSON.
        case notJSON
        /// The JSON is of no kind that is known here.
        case unknownEvent
        /// A field that must be there is not.
        case missingField
        /// A field holds something of another type than it should.
        case wrongType
        /// A field's value is of the right type and makes no sense.
        case badValue
    }

    /// The kind of fault.
    public let code: Code
    /// Where the fault lies, such as `Records[3].Sns.Message`; empty for the event as a whole.
    public let path: String
    /// What is wrong there.
    public let message: String
    /// The id of the record the fault lies in, where it could be read: SQS's or SNS's message id.
    public let recordID: String?

    /// Names a fault.
    public init(_ code: Code, at path: String, _ message: String, recordID: String? = nil) {
        self.code = code
        self.path = path
        self.message = message
        self.recordID = recordID
    }

    /// `<path>: <message>`.
    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}
