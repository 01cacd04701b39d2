public import Basics
public import Transport

/// What a request shows to the API server.
public struct KubernetesCredentials: Sendable, Hashable {
    /// The value of the header `Authorization`; nil for none.
    public var authorization: String?
    /// The client certificate; nil for none.
    public var certificate: ClientCertificate?

    /// Credentials of these parts.
    public init(authorization: String? = nil, certificate: ClientCertificate? = nil) {
        self.authorization = authorization
        self.certificate = certificate
    }

    /// A bearer token.
    public init(token: String) { authorization = "Bearer " + token }
}

extension KubernetesCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Which parts there are, and no secrets.
    public var description: String {
        let parts = [authorization.map { _ in "authorization" }, certificate.map { _ in "certificate" }]
        return "KubernetesCredentials(\(parts.compactMap { $0 }.joined(separator: ", ")))"
    }
    /// As `description`.
    public var debugDescription: String { description }
    /// Without children, so that `dump` shows no secrets.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// A source of credentials, which is asked before every request.
///
/// A value made by static functions, and not a protocol, so that sources that a program does not name drop out.
public struct KubernetesAuthentication: Sendable {
    /// Whose credentials they are, for people: `the token of user ann`.
    public let user: String
    /// The credentials for the next request; ends by the deadline.
    let credentials: @Sendable (_ deadline: Timestamp) async throws -> KubernetesCredentials
    /// Told of credentials that the server has answered 401 to.
    /// - Returns: whether others can be had, so that another try makes sense.
    let reject: @Sendable (KubernetesCredentials) -> Bool

    /// A source of another kind.
    public init(
        user: String, credentials: @escaping @Sendable (_ deadline: Timestamp) async throws -> KubernetesCredentials,
        reject: @escaping @Sendable (KubernetesCredentials) -> Bool = { _ in false }
    ) {
        self.user = user
        self.credentials = credentials
        self.reject = reject
    }

    /// The same credentials always: a token, a certificate, a password, or none.
    public static func fixed(_ credentials: KubernetesCredentials, user: String) -> KubernetesAuthentication {
        KubernetesAuthentication(user: user, credentials: { _ in credentials })
    }

    /// A token in a file, which something else replaces from time to time; it is read for every request.
    ///
    /// Service accounts' tokens live an hour. A file of 2 KB is read in less time than a cached one is looked after.
    public static func tokenFile(
        _ path: String, with certificate: ClientCertificate? = nil, user: String
    ) -> KubernetesAuthentication {
        KubernetesAuthentication(
            user: user,
            credentials: { _ in
                var credentials = KubernetesCredentials(token: try token(in: path))
                credentials.certificate = certificate
                return credentials
            },
            reject: { rejected in
                // A new token may have come since.
                (try? token(in: path)).map { "Bearer " + $0 != rejected.authorization } ?? false
            })
    }

    private static func token(in path: String) throws(KubernetesError) -> String {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try contents(ofFile: path, limit: 1 << 20) } catch {
            throw KubernetesError(.credentialsFailed, "the token file \(path) cannot be read: \(error)")
        }
        let token = String(String(decoding: bytes, as: UTF8.self).trimmingWhitespace)
        guard !token.isEmpty else { throw KubernetesError(.credentialsFailed, "the token file \(path) is empty") }
        return token
    }
}

/// Keeps credentials until they expire, and lets one renewal serve everybody who waits.
struct RenewedCredentials: Sendable {
    /// Whose credentials they are, for people.
    private let user: String
    /// One set of credentials, so the key says nothing.
    private let cache: Cache<Bool, KubernetesCredentials>

    /// - Parameters:
    ///   - user: whose credentials they are, for people.
    ///   - executor: where renewals run: the event loop.
    ///   - fetch: gets new credentials and the time at which to renew them, nil for never; ends by the deadline.
    init(
        of user: String, time: TimeSource, executor: (any TaskExecutor)?,
        fetch: @escaping @Sendable (_ deadline: Timestamp?) async throws -> (KubernetesCredentials, Timestamp?)
    ) {
        self.user = user
        let policy = Cache<Bool, KubernetesCredentials>.Policy(pauseAfterFailure: .zero, capacity: 1)
        cache = Cache(time: time, executor: executor, policy: policy) { _, deadline in
            let (credentials, expiration) = try await fetch(deadline)
            let end = expiration ?? Timestamp(microseconds: .max)
            return .init(credentials, freshUntil: end, usableUntil: end)
        }
    }

    private func credentials(_ deadline: Timestamp) async throws -> KubernetesCredentials {
        do { return try await cache.value(true, deadline: deadline) } catch let error as CacheError {
            throw KubernetesError(.timedOut, "\(user) did not come in time: \(error.message)")
        }
    }

    /// These credentials, as a client asks for them.
    var authentication: KubernetesAuthentication {
        KubernetesAuthentication(user: user, credentials: credentials, reject: reject)
    }

    /// - Returns: always true: new ones are fetched for the next request.
    private func reject(_ rejected: KubernetesCredentials) -> Bool {
        cache.remove(true) { $0 == rejected }
        return true
    }
}
