import Basics
import Glibc
public import JSON

/// Why an AWS call failed: the service answered with an error, or there was no answer.
///
/// `description` is like `sns Publish in eu-central-1: AuthorizationError: not authorized … (status 403, request id …,
/// attempt 3 of 3)`. It never has credentials in it.
public struct AWSError: Error, Sendable, CustomStringConvertible {
    /// The service's error code without namespace (`Throttling`, `NoSuchBucket`), or a ``LocalCode``.
    public var code: String
    /// The service's message, or what to do about a failure on this side.
    public var message: String
    /// Short lower-case service name (`sns`); empty when it was not in a call.
    public var service = ""
    /// The operation (`Publish`); empty when it was not in a call.
    public var operation = ""
    /// The signing region.
    public var region: String?
    /// The HTTP status; `nil` when there was no response.
    public var status: Int?
    /// The service's request id, for AWS's support; `nil` when there was no response.
    public var requestID: String?
    /// The attempt that failed, from 1; 0 when no request was sent.
    public var attempt = 0
    /// How many attempts the retry settings allow.
    public var maximumAttempts = 0
    /// Whether the service limits the rate of calls: slow down before trying again.
    public var isThrottling = false
    /// Whether the same call may succeed later.
    ///
    /// The client has already retried it as often as its settings allow.
    public var isRetryable = false
    /// The cause, such as a `TransportError` or a `JSONError`.
    public var underlying: (any Error)?
    /// The members of the error beside its message, by the model; `nil` when there are none.
    public var details: JSONValue?
    /// The region to which S3 sends the call on.
    var bucketRegion: String?

    /// An error that a service answered.
    ///
    /// The client adds service, operation and attempt.
    public init(_ code: String, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// An error on this side.
    public init(_ code: LocalCode, _ message: String, underlying: (any Error)? = nil) {
        self.init(code.rawValue, message, underlying: underlying)
    }

    /// The code when the failure is on this side; `nil` when a service answered it.
    public var localCode: LocalCode? { LocalCode(rawValue: code) }

    /// Codes of failures on this side.
    public enum LocalCode: String, Sendable {
        /// No source gave credentials; the message lists each source and its reason.
        case noCredentials = "NoCredentials"
        /// A source is configured but failed.
        case credentialsFailed = "CredentialsFailed"
        /// A setting is missing or wrong: region, profile, endpoint.
        case invalidConfiguration = "InvalidConfiguration"
        /// The operation is not in the model, or the input does not fit its shape.
        case invalidParameter = "InvalidParameter"
        /// The response does not fit the model.
        case invalidResponse = "InvalidResponse"
        /// No response: `underlying` is the `TransportError`.
        case transport = "TransportFailed"
    }

    /// One line for logs and people.
    public var description: String {
        var place = [service, operation].filter { !$0.isEmpty }
        if let region, !place.isEmpty { place.append("in \(region)") }
        var text = (place.isEmpty ? "" : place.joined(separator: " ") + ": ") + code
        if !message.isEmpty { text += ": " + message }
        if let underlying, strstr(message, "\(underlying)") == nil { text += " [\(underlying)]" }
        var facts: [String] = []
        if let status { facts.append("status \(status)") }
        if let requestID { facts.append("request id \(requestID)") }
        if attempt > 0 { facts.append("attempt \(attempt) of \(maximumAttempts)") }
        return facts.isEmpty ? text : text + " (\(facts.joined(separator: ", ")))"
    }
}

extension AWSError {
    /// Whether a policy does not allow the call.
    package var isDenied: Bool {
        code.containsBytes("AccessDenied") || code.hasSuffix("UnauthorizedOperation")
            || ["AuthorizationError", "AuthorizationErrorException", "NotAuthorized"].contains(code)
    }

    /// Whether the service does not know the operation.
    ///
    /// Emulators answer it without a code of AWS, by the status alone.
    package var isUnknownOperation: Bool {
        ["UnknownOperationException", "UnknownOperation", "InvalidAction", "NotImplemented", "404", "500", "501"]
            .contains(code)
    }
}
