/// Credentials that a platform sends with an invocation; good for that invocation.
public struct PlatformCredentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    /// The id of the key, which is no secret.
    public let accessKeyID: String
    /// The secret to sign with.
    public let accessKeySecret: String
    /// The token that goes with temporary keys.
    public let securityToken: String?

    /// Credentials given by hand.
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
