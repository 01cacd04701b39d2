import AWS
import Basics
import JSON
import Transport

/// Credentials of a person who has signed in with `aws login`: `login_session` in a profile.
///
/// They are in the AWS CLI's cache, with a token that renews them until the sign-in ends. Source: botocore's
/// `LoginProvider` and `LoginCredentialFetcher`.
struct LoginSession: Sendable {
    let http: any HTTPExecuting
    /// Where credentials are renewed when the cache does not say it.
    let region: String
    let profile: String
    let settings: AWSSettings
    let time: TimeSource

    /// From this long before their expiry, credentials are renewed.
    private static let renewal = Duration.seconds(5 * 60)

    /// The credentials in the cache, renewed when that is due.
    /// - Throws: an error that says to sign in again.
    func fetch() async throws -> AWSCredentials {
        guard var document = file.read(), let credentials = try credentials(document["accessToken"] ?? .null) else {
            throw failure("nobody has signed in: run \(command)")
        }
        guard let expiration = credentials.expiration, expiration - time.now() <= Self.renewal else {
            return credentials
        }
        do {
            return try await renew(&document)
        } catch let error as AWSError {
            guard expiration <= time.now() else { return credentials }
            throw failure("its sign-in expired at \(expiration) (\(error.message)): run \(command)", underlying: error)
        }
    }

    private var command: String { "aws login --profile \(profile)" }

    private var file: PrivateFile {
        let session = settings.files.profiles[profile]?["login_session"] ?? ""
        let name = Digest.sha256Hex(session)
        guard let folder = settings.value("AWS_LOGIN_CACHE_DIRECTORY") else {
            return PrivateFile(path: settings.cliFile("login/cache/\(name).json"))
        }
        let home = settings.environment["HOME"] ?? ""
        return PrivateFile(path: (folder.hasPrefix("~/") ? home + folder.dropFirst() : folder) + "/\(name).json")
    }

    /// Nil when members are missing.
    private func credentials(_ token: JSONValue) throws(AWSError) -> AWSCredentials? {
        guard let id = token["accessKeyId"]?.stringValue, let secret = token["secretAccessKey"]?.stringValue,
            let sessionToken = token["sessionToken"]?.stringValue, let expiry = token["expiresAt"]?.stringValue
        else { return nil }
        let expiration = try AWSCredentials.cliExpiration(expiry)
        return AWSCredentials(
            accessKeyID: id, secretAccessKey: secret, sessionToken: sessionToken, expiration: expiration)
    }

    private func failure(_ reason: String, underlying: (any Error)? = nil) -> AWSError {
        AWSSettings.failure(profile, reason, underlying: underlying)
    }
}

// MARK: - Renewal

extension LoginSession {
    /// Exchanges the refresh token for new credentials and a new refresh token, and saves both.
    /// - Throws: `AWSError`, whose message is the reason.
    private func renew(_ document: inout JSONObject) async throws -> AWSCredentials {
        guard let client = document["clientId"]?.stringValue, let token = document["refreshToken"]?.stringValue,
            let pem = document["dpopKey"]?.stringValue, let key = ProofKey(pem: pem)
        else { throw AWSError(.credentialsFailed, "the cache has nothing to renew it with") }
        let answer = try await post(
            ["clientId": .string(client), "refreshToken": .string(token), "grantType": "refresh_token"],
            region: document["signInRegion"]?.stringValue ?? region, key)
        guard var access = answer["accessToken"]?.objectValue, let seconds = answer["expiresIn"]?.intValue,
            let refreshToken = answer["refreshToken"]?.stringValue
        else { throw AWSError(.invalidResponse, "the answer of AWS Sign-In holds no credentials") }
        access["accountId"] = document["accessToken"]?["accountId"]
        access["expiresAt"] = .string((time.now() + .seconds(seconds)).wholeSeconds.iso8601)
        document["accessToken"] = .object(access)
        document["refreshToken"] = .string(refreshToken)
        guard let credentials = try credentials(.object(access)) else {
            throw AWSError(.invalidResponse, "the answer of AWS Sign-In holds no credentials")
        }
        do throws(SystemError) {
            try file.write(document)
        } catch {
            throw AWSError(.credentialsFailed, "cannot save it in \(file.path): \(error)", underlying: error)
        }
        return credentials
    }

    private func post(_ body: JSONObject, region: String, _ key: ProofKey) async throws -> JSONValue {
        let url = endpoint(region) + "/v1/token"
        let headers: HTTPHeaders = [
            "Content-Type": "application/json", "User-Agent": TocsinVersion.userAgent,
            "DPoP": key.proof(of: url, at: time.now()),
        ]
        let request = HTTPRequest(
            "POST", url, headers: headers, body: .bytes(JSONValue.object(body).serialized()),
            totalTimeout: .seconds(30), maximumResponseBytes: 1 << 20)
        let response: HTTPResponse
        do {
            response = try await http.execute(request)
        } catch let error as TransportError {
            throw AWSError(.transport, error.message, underlying: error)
        }
        let answer = (try? JSONValue(parsing: response.body)) ?? .null
        guard response.status == 200 else {
            throw AWSError(answer["error"]?.stringValue ?? "\(response.status)", reason(answer, response.status))
        }
        return answer
    }

    private func reason(_ answer: JSONValue, _ status: Int) -> String {
        switch answer["error"]?.stringValue {
        case "TOKEN_EXPIRED": "the sign-in is over"
        case "USER_CREDENTIALS_CHANGED": "the person's credentials have changed"
        case "INSUFFICIENT_PERMISSIONS": "the person lacks the permission signin:CreateOAuth2Token"
        case let code: "AWS Sign-In answered \(status)\(code.map { " \($0)" } ?? "")"
        }
    }

    private func endpoint(_ region: String) -> String {
        if let url = settings.value("AWS_ENDPOINT_URL_SIGNIN", "AWS_ENDPOINT_URL") {
            return url.hasSuffix("/") ? String(url.dropLast()) : url
        }
        let domain =
            switch AWSPartition.of(region).name {
            case "aws-cn": "signin.amazonaws.cn"
            case "aws-us-gov": "signin.amazonaws-us-gov.com"
            case "aws-eusc": "signin.amazonaws-eusc.eu"
            case "aws-iso": "signin.c2shome.ic.gov"
            case "aws-iso-b": "signin.sc2shome.sgov.gov"
            case "aws-iso-e": "signin.csphome.adc-e.uk"
            case "aws-iso-f": "signin.csphome.hci.ic.gov"
            default: "signin.aws.amazon.com"
            }
        return "https://\(region).\(domain)"
    }
}
