import AWS
import Basics
import JSON
import Transport

/// Credentials of a person who has signed in to IAM Identity Center with `aws sso login`.
///
/// The sign-in is a token in the AWS CLI's cache. It is exchanged for the credentials of the profile's account and
/// role. Source: "IAM Identity Center credential provider" in the AWS SDKs and Tools reference guide; botocore's
/// `SSOProvider` and `SSOTokenProvider`.
struct IdentityCenter: Sendable {
    let http: any HTTPExecuting
    let profile: String
    let settings: AWSSettings
    let time: TimeSource

    /// Asks for the role's credentials, after a refresh of the token when that is due.
    func fetch() async throws -> AWSCredentials {
        let signIn = try signIn()
        let token = try await SignInToken(center: self, signIn: signIn).valid()
        let output: JSONValue
        do {
            output = try await client(.sso, signIn).call(
                "GetRoleCredentials",
                [
                    "roleName": .string(signIn.role), "accountId": .string(signIn.account),
                    "accessToken": .string(token),
                ])
        } catch let error as AWSError where error.status == 401 {
            throw failure("its sign-in is no longer accepted: run \(signIn.command)", underlying: error)
        } catch let error as AWSError {
            let place = "the role \(signIn.role) in the account \(signIn.account)"
            throw failure("IAM Identity Center gives no credentials of \(place)", underlying: error)
        }
        return try credentials(output["roleCredentials"] ?? .null)
    }

    private func credentials(_ answer: JSONValue) throws(AWSError) -> AWSCredentials {
        guard let id = answer["accessKeyId"]?.stringValue, let secret = answer["secretAccessKey"]?.stringValue,
            let milliseconds = answer["expiration"]?.intValue
        else { throw failure("IAM Identity Center's answer holds no credentials") }
        let credentials = AWSCredentials(
            accessKeyID: id, secretAccessKey: secret, sessionToken: answer["sessionToken"]?.stringValue,
            expiration: Timestamp(millisecondsSinceEpoch: milliseconds))
        try credentials.checkExpiration(
            at: time.now(), "profile \(profile): the expiry of IAM Identity Center's answer")
        return credentials
    }

    /// A client in the region of Identity Center, whose requests are not signed.
    fileprivate func client(_ service: AWSService, _ signIn: SignIn) throws(AWSError) -> AWSClient {
        let fetcher = CredentialFetcher(http: http, region: signIn.region, settings: settings, time: time)
        let nobody = AWSCredentials(accessKeyID: "", secretAccessKey: "")
        return try AWSClient(service, configuration: AWSConfiguration(fetcher, credentials: nobody))
    }

    fileprivate func failure(_ reason: String, underlying: (any Error)? = nil) -> AWSError {
        AWSSettings.failure(profile, reason, underlying: underlying)
    }
}

// MARK: - Settings

extension IdentityCenter {
    /// Where and as what a profile signs in.
    fileprivate struct SignIn {
        /// The name of the `[sso-session]`; nil when the profile itself has the start URL.
        var session: String?
        var startURL: String
        var region: String
        var account: String
        var role: String
        /// The command that signs in again.
        var command: String
    }

    /// - Throws: when a key is missing, or the session and the profile contradict each other.
    private func signIn() throws(AWSError) -> SignIn {
        var keys = settings.files.profiles[profile] ?? [:]
        let session = keys["sso_session"]
        if let session {
            guard let section = settings.files.signInSessions[session] else {
                throw failure("its sso_session \(session) does not exist: add [sso-session \(session)]")
            }
            for (key, value) in section {
                guard keys[key] ?? value == value else {
                    throw failure("\(key) differs from that of [sso-session \(session)]: drop one")
                }
                keys[key] = value
            }
        }
        let needed = ["sso_start_url", "sso_region", "sso_account_id", "sso_role_name"]
        let missing = needed.filter { (keys[$0] ?? "").isEmpty }
        guard missing.isEmpty else {
            throw failure("its sign-in to IAM Identity Center needs \(missing.joined(separator: " and "))")
        }
        func value(_ key: String) -> String { keys[key] ?? "" }
        return SignIn(
            session: session, startURL: value("sso_start_url"), region: value("sso_region"),
            account: value("sso_account_id"), role: value("sso_role_name"),
            command: "aws sso login " + (session.map { "--sso-session \($0)" } ?? "--profile \(profile)"))
    }
}

// MARK: - Token

/// The token of a sign-in, in the AWS CLI's cache.
private struct SignInToken {
    let center: IdentityCenter
    let signIn: IdentityCenter.SignIn

    /// From this long before its expiry, a token is refreshed.
    private static let refreshWindow = Duration.seconds(15 * 60)

    private var file: PrivateFile {
        let name = Digest.sha1(Array((signIn.session ?? signIn.startURL).utf8)).hex
        return PrivateFile(path: center.settings.cliFile("sso/cache/\(name).json"))
    }

    /// The access token, which is good now.
    /// - Throws: an error that names the command to sign in with.
    func valid() async throws -> String {
        guard let token = file.read(), let access = token["accessToken"]?.stringValue,
            let expiry = token["expiresAt"]?.stringValue
        else { throw center.failure("nobody has signed in: run \(signIn.command)") }
        let expiration = try AWSCredentials.cliExpiration(expiry)
        let now = center.time.now()
        // Without a session, the AWS CLI keeps nothing to refresh the token with.
        guard signIn.session != nil, expiration - now < Self.refreshWindow else {
            return try unexpired(access, expiration)
        }
        let reason: AWSError?
        do {
            if let fresh = try await refreshed(token, now) { return fresh }
            reason = nil
        } catch let error as AWSError where error.localCode != .credentialsFailed {
            reason = error
        }
        return try unexpired(access, expiration, reason)
    }

    private func unexpired(
        _ access: String, _ expiration: Timestamp, _ reason: AWSError? = nil
    ) throws(AWSError) -> String {
        guard expiration <= center.time.now() else { return access }
        throw center.failure("its sign-in expired at \(expiration): run \(signIn.command)", underlying: reason)
    }

    /// A new token, which replaces the one in the cache; nil when that cannot be refreshed.
    /// - Throws: `AWSError` of the service; `credentialsFailed` when the cache cannot be written.
    private func refreshed(_ token: JSONObject, _ now: Timestamp) async throws -> String? {
        let names = ["clientId", "clientSecret", "refreshToken", "registrationExpiresAt"]
        let values = names.compactMap { token[$0]?.stringValue }
        guard values.count == names.count, let registration = try? AWSCredentials.cliExpiration(values[3]),
            registration > now
        else { return nil }
        let answer = try await center.client(.ssooidc, signIn).call(
            "CreateToken",
            [
                "grantType": "refresh_token", "clientId": .string(values[0]), "clientSecret": .string(values[1]),
                "refreshToken": .string(values[2]),
            ])
        guard let access = answer["accessToken"]?.stringValue, let seconds = answer["expiresIn"]?.intValue else {
            throw AWSError(.invalidResponse, "IAM Identity Center's answer holds no token")
        }
        var fresh: JSONObject = [
            "startUrl": .string(signIn.startURL), "region": .string(signIn.region), "accessToken": .string(access),
            "expiresAt": .string((now + .seconds(seconds)).wholeSeconds.iso8601), "clientId": .string(values[0]),
            "clientSecret": .string(values[1]), "registrationExpiresAt": .string(values[3]),
        ]
        fresh["refreshToken"] = answer["refreshToken"]
        do throws(SystemError) {
            try file.write(fresh)
        } catch {
            throw center.failure("cannot save the refreshed sign-in in \(file.path): \(error)", underlying: error)
        }
        return access
    }
}

extension Timestamp {
    /// Without the part of a second, which the AWS CLI does not write.
    var wholeSeconds: Timestamp { Timestamp(microseconds: microseconds - microseconds % 1_000_000) }
}
