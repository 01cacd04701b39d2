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
