public import Basics

/// An access key.
///
/// A temporary one has a session token and an expiry too.
///
/// Descriptions never show the secrets.
public struct AWSCredentials: Sendable, Hashable {
    /// `AKIA…`, or `ASIA…` when temporary.
    ///
    /// Not a secret.
    public var accessKeyID: String
    /// The key that signs requests.
    ///
    /// Secret.
    public var secretAccessKey: String
    /// Sent with each request when the credentials are temporary.
    ///
    /// Secret.
    public var sessionToken: String?
    /// When they stop working; `nil` for never.
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
    /// Without children, so that `dump` shows no secrets.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// A source of credentials, which a client asks before every attempt.
public protocol CredentialsProvider: Sendable {
    /// Credentials that work now.
    /// - Throws: `AWSError` with `noCredentials` or `credentialsFailed`, or `CancellationError`.
    func credentials() async throws -> AWSCredentials

    /// Called when a service answers that these have expired. The next credentials should be others.
    func invalidate(_ rejected: AWSCredentials) async
}

extension CredentialsProvider {
    /// Does nothing.
    public func invalidate(_ rejected: AWSCredentials) async {}
}

extension AWSCredentials: CredentialsProvider {
    /// Itself: fixed credentials are their own provider.
    public func credentials() async throws -> AWSCredentials { self }
}

/// Keeps credentials until shortly before they expire, and lets one refresh serve everybody who waits.
///
/// The times are botocore's: from 15 minutes before the expiry a refresh runs in the background, from 10 minutes before
/// it callers wait for it. When it fails, the old credentials serve while they work.
package struct CachedCredentials: CredentialsProvider {
    /// How long before their expiry credentials are renewed.
    static let renewal = Duration.seconds(15 * 60)
    private static let mandatoryRenewal = Duration.seconds(10 * 60)
    private static let pauseAfterFailure = Duration.seconds(30)

    /// One set of credentials, so the key says nothing.
    private let cache: Cache<Bool, AWSCredentials>

    /// - Parameters:
    ///   - executor: where refreshes run: the event loop.
    ///   - refreshesInBackground: false for a source that asks a person, who is asked as late as possible.
    ///   - fetch: gets new credentials; must end by itself.
    package init(
        time: TimeSource, executor: (any TaskExecutor)? = nil, refreshesInBackground: Bool = true,
        fetch: @escaping @Sendable () async throws -> AWSCredentials
    ) {
        let policy = Cache<Bool, AWSCredentials>.Policy(pauseAfterFailure: Self.pauseAfterFailure)
        cache = Cache(time: time, executor: executor, policy: policy) { _, _ in
            let credentials = try await fetch()
            guard let expiration = credentials.expiration else {
                return .init(credentials, freshUntil: Timestamp(microseconds: .max), usableUntil: nil)
            }
            let mandatory = expiration - Self.mandatoryRenewal
            return .init(
                credentials, freshUntil: refreshesInBackground ? expiration - Self.renewal : mandatory,
                renewsInBackgroundUntil: mandatory, usableUntil: expiration)
        }
    }

    package func credentials() async throws -> AWSCredentials { try await cache.value(true) }

    package func invalidate(_ rejected: AWSCredentials) async { cache.remove(true) { $0 == rejected } }
}
