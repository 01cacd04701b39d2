public import Basics
public import JSON
public import Logging

/// Request id, deadline, caller and logger of one invocation.
public struct InvocationContext: Sendable {
    /// The platform's id of the invocation; the same when the platform tries an event again.
    public let requestID: String

    /// When the platform ends the invocation, finished or not.
    public let deadline: Timestamp

    /// The ARN the caller used, with its alias or version; empty where the platform tells none.
    public let functionARN: String

    /// The X-Ray trace header (`Root=…;Parent=…;Sampled=…`).
    public let traceID: String?

    /// The tenant, for functions with tenant isolation.
    public let tenantID: String?

    /// The client context of AWS's mobile SDKs.
    ///
    /// Text that is not JSON arrives as a JSON string.
    public let clientContext: JSONValue?

    /// The Cognito identity of the caller (`cognitoIdentityId`, `cognitoIdentityPoolId`).
    public let cognitoIdentity: JSONValue?

    /// The platform's other headers of the invocation: Function Compute's `x-fc-*` headers, their names in lower case,
    /// without credentials; empty on Lambda.
    public let platformHeaders: [String: String]

    /// The credentials of the function's role where the platform sends them with each invocation (Function Compute).
    public let credentials: PlatformCredentials?

    /// Where failures of a part of the invocation are counted; nil elsewhere than on Lambda.
    private let partialFailures: PartialFailures?

    /// Queues an event for a later invocation of this function; nil where the platform has no such queue, or its host
    /// was not told to use it.
    public var enqueue: Enqueue?

    /// Stores an event durably, to be handled as one that the platform sends by itself.
    /// - Parameter id: equal for deliveries of the same event, of which one is kept: letters, digits, `-` and `_`, a
    ///   letter first.
    public typealias Enqueue = @Sendable (_ event: [UInt8], _ id: String) async -> EnqueueOutcome

    /// The host's logger; in the invocation's task its lines carry the request id.
    ///
    /// So do the lines of every other logger with a ``FunctionLogHandler``. Child tasks and `Task {}` belong to the
    /// invocation's task; a detached task, a thread of one's own or a later callback does not.
    public let logger: Logger

    /// The invocation of the current task; nil outside of one.
    @TaskLocal public static var current: InvocationContext?

    /// Creates a context.
    public init(
        requestID: String,
        deadline: Timestamp,
        functionARN: String = "",
        traceID: String? = nil,
        tenantID: String? = nil,
        clientContext: JSONValue? = nil,
        cognitoIdentity: JSONValue? = nil,
        platformHeaders: [String: String] = [:],
        credentials: PlatformCredentials? = nil,
        partialFailures: PartialFailures? = nil,
        logger: Logger
    ) {
        self.requestID = requestID
        self.deadline = deadline
        self.functionARN = functionARN
        self.traceID = traceID
        self.tenantID = tenantID
        self.clientContext = clientContext
        self.cognitoIdentity = cognitoIdentity
        self.platformHeaders = platformHeaders
        self.credentials = credentials
        self.partialFailures = partialFailures
        self.logger = logger
    }

    /// Counts what failed although the invocation succeeds, in records or notifications; see ``PartialFailures``.
    ///
    /// Not for what the invocation throws: the platform counts that.
    public func report(partialFailures count: Int, at now: Timestamp = .now()) {
        partialFailures?.report(count, requestID: requestID, at: now)
    }

    /// The time left until ``deadline``, never negative.
    public func remaining(at now: Timestamp = .now()) -> Duration {
        .microseconds(max(0, deadline.microseconds - now.microseconds))
    }
}

/// What became of an event that was to be queued.
public enum EnqueueOutcome: Sendable, Hashable {
    /// It is stored, now or since an earlier delivery.
    case stored
    /// It is not stored; the reason is for the log.
    case refused(String)
    /// It may be stored or not; the reason is for the log.
    case unknown(String)
}

/// Credentials that a platform sends with an invocation; good for that invocation.
public struct PlatformCredentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The id of the key, which is no secret.
    public let accessKeyID: String
    /// The secret to sign with.
    public let accessKeySecret: String
    /// The token that goes with temporary keys.
    public let securityToken: String?

    /// Credentials from their parts.
    public init(accessKeyID: String, accessKeySecret: String, securityToken: String?) {
        self.accessKeyID = accessKeyID
        self.accessKeySecret = accessKeySecret
        self.securityToken = securityToken
    }

    /// Names the key, never its secret.
    public var description: String { "credentials \(accessKeyID)" }

    /// The same to debuggers and `dump`.
    public var customMirror: Mirror { Mirror(self, children: ["accessKeyID": accessKeyID]) }
}
