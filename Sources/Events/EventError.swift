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
