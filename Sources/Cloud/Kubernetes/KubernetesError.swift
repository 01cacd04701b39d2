import Basics
import JSON
import Transport

/// Why a call to a Kubernetes cluster failed: the API server answered with a `Status`, or there was no answer.
///
/// `description` is like `delete pods/web-1 in namespace shop: forbidden (403): pods "web-1" is forbidden: … Grant the
/// user the verb delete on pods in namespace shop.` It never has credentials in it.
public struct KubernetesError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is, for code that decides what to do.
    public enum Code: String, Sendable, Hashable {
        /// The kubeconfig or another setting is missing, wrong, or one that is refused.
        case invalidConfiguration
        /// A source of credentials failed: an exec plugin, a token file, AWS.
        case credentialsFailed
        /// The call itself is wrong, such as a name that no object can have; nothing was sent.
        case invalidRequest
        /// 401: the server does not accept the credentials.
        case unauthorized
        /// 403: the user may not do this.
        case forbidden
        /// 404: there is no such object, or no such kind of object.
        case notFound
        /// 409: an object of this name exists already.
        case alreadyExists
        /// 409: the object has changed since it was read, or is another one than expected.
        case conflict
        /// 422, 400: the server does not accept the object or the patch; `causes` says which fields.
        case invalid
        /// 410: the resource version or the page token is too old.
        case expired
        /// 429: too many requests; for an eviction, a PodDisruptionBudget does not allow it now.
        case tooManyRequests
        /// 5xx: the server or something behind it failed.
        case serverFailed
        /// Any other status.
        case refused
        /// The deadline came first.
        case timedOut
        /// No answer: `underlying` is the `TransportError`.
        case transport
        /// The answer is not what the API promises.
        case invalidResponse
    }

    /// One of the details that a `Status` gives.
    public struct Cause: Sendable, Hashable {
        /// The machine-readable reason, such as `FieldValueInvalid`, `DisruptionBudget`.
        public var reason: String
        /// For people.
        public var message: String
        /// The path in the object, such as `spec.replicas`; empty when it is about no field.
        public var field: String
    }

    /// What kind of failure it is.
    public var code: Code
    /// What failed and what to do about it.
    public var message: String
    /// What was tried, such as `list pods in namespace shop`; empty outside of a call.
    public var action = ""
    /// The HTTP status; nil when there was no response.
    public var status: Int?
    /// The `reason` of the server's `Status`, such as `NotFound`, `Invalid`; nil when it gave none.
    public var reason: String?
    /// The details of the server's `Status`.
    public var causes: [Cause] = []
    /// How long to wait, where the server says so.
    public var retryAfter: Duration?
    /// The response's body as text, up to 64 KiB of it; empty when there was no response.
    public var body = ""
    /// The error below this one, if any.
    public var underlying: (any Error)?

    /// An error on this side.
    public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// Whether the response was larger than the client takes.
    var isTooLarge: Bool { (underlying as? TransportError)?.code == .tooLarge }

    /// One line for logs and people.
    public var description: String {
        let place = action.isEmpty ? "" : action + ": "
        return place + message
    }
}

extension KubernetesError {
    /// The error for a response that is no success.
    /// - Parameter user: whose credentials the request had, for people.
    init(_ response: StatusDocument, status: Int, retryAfter: Duration?, of call: APICall, user: String) {
        let code = Code(status: status, reason: response.reason)
        let text = response.message.isEmpty ? "the server gave no reason" : response.message
        self.init(code, "\(Self.word(code)) (\(status)): \(text)")
        action = call.text
        self.status = status
        reason = response.reason
        causes = response.causes
        self.retryAfter = retryAfter ?? response.retryAfter
        if let advice = Self.advice(code, call, user) { message += ". " + advice }
    }

    private static func word(_ code: Code) -> String {
        switch code {
        case .unauthorized: "not authenticated"
        case .forbidden: "forbidden"
        case .notFound: "not found"
        case .alreadyExists: "exists already"
        case .conflict: "conflict"
        case .invalid: "refused as invalid"
        case .expired: "too old"
        case .tooManyRequests: "too many requests"
        case .serverFailed: "the server failed"
        default: "refused"
        }
    }

    private static func advice(_ code: Code, _ call: APICall, _ user: String) -> String? {
        switch code {
        case .unauthorized: "The server does not accept \(user): renew it, or check that it is for this cluster"
        case .forbidden: "Grant \(user) the verb \(call.verb) on \(call.resourceText)"
        case .conflict: "Read the object again and repeat the change"
        default: nil
        }
    }
}

extension KubernetesError.Code {
    init(status: Int, reason: String?) {
        switch status {
        case 400, 422: self = .invalid
        case 401: self = .unauthorized
        case 403: self = .forbidden
        case 404: self = .notFound
        case 409: self = reason == "AlreadyExists" ? .alreadyExists : .conflict
        case 410: self = .expired
        case 429: self = .tooManyRequests
        case 500...: self = .serverFailed
        default: self = .refused
        }
    }
}

/// The `Status` object (`v1`) with which an API server explains a failure.
struct StatusDocument {
    var isSuccess = false
    var message = ""
    var reason: String?
    var code: Int?
    var causes: [KubernetesError.Cause] = []
    var retryAfter: Duration?

    /// The longest text of a response that is no `Status`.
    private static let longestText = 300

    /// Reads a response's body; what is no `Status` becomes the message, cut short.
    init(_ body: [UInt8]) {
        if let value = try? JSONValue(parsing: body), value["kind"] == "Status" {
            self.init(value)
        } else {
            let text = String(decoding: body.prefix(4_096), as: UTF8.self).trimmingWhitespace
            self.init(["message": .string(String(text.prefix(Self.longestText)))])
        }
    }

    init(_ value: JSONValue) {
        isSuccess = value["status"] == "Success"
        message = value["message"]?.stringValue ?? ""
        reason = value["reason"]?.stringValue
        code = value["code"]?.intValue.map { Int($0) }
        retryAfter = (value["details"]?["retryAfterSeconds"]?.intValue).flatMap { $0 > 0 ? .seconds($0) : nil }
        causes = (value["details"]?["causes"]?.arrayValue ?? []).map {
            KubernetesError.Cause(
                reason: $0["reason"]?.stringValue ?? "", message: $0["message"]?.stringValue ?? "",
                field: $0["field"]?.stringValue ?? "")
        }
    }
}
