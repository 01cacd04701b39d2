public import Basics
import JSON

/// An access key with, when temporary, its session token and expiry.
///
/// Its descriptions never show the secrets.
public struct AWSCredentials: Sendable, Hashable {
    /// `AKIA…` or `ASIA…`; not a secret.
    public var accessKeyID: String
    /// The secret.
    public var secretAccessKey: String
    /// Sent along with temporary credentials.
    public var sessionToken: String?
    /// When they stop working; `nil` for keys that last.
    public var expiration: Timestamp?

    /// Credentials from a caller's own source.
    public init(
        accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, expiration: Timestamp? = nil
    ) {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.expiration = expiration
    }
}

extension AWSCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The access key id and the expiry.
    public var description: String {
        "AWSCredentials(\(accessKeyID), expires: \(expiration.map { "\($0)" } ?? "never"))"
    }
    /// As `description`.
    public var debugDescription: String { description }
    /// Without children, so that `dump` shows no secret either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Where a client gets its credentials from, asked before every attempt.
public protocol CredentialsProvider: Sendable {
    /// Credentials that work now.
    /// - Throws: `AWSError` with `noCredentials` or `credentialsFailed`, or `CancellationError`.
    func credentials() async throws -> AWSCredentials

    /// A service said that these have expired: do not give them out again if there are others.
    func invalidate(_ rejected: AWSCredentials) async
}

extension CredentialsProvider {
    /// Nothing to forget.
    public func invalidate(_ rejected: AWSCredentials) async {}
}

extension AWSCredentials: CredentialsProvider {
    /// Itself: fixed credentials are their own provider.
    public func credentials() async throws -> AWSCredentials { self }
}
