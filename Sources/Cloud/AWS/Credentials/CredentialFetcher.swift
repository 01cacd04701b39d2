package import Basics
package import JSON
package import Transport

/// Fetches credentials from the source that the settings choose.
package struct CredentialFetcher: Sendable {
    let http: any HTTPExecuting
    let region: String
    let settings: AWSSettings
    let time: TimeSource

    /// - Parameter region: where STS is asked for roles.
    package init(http: any HTTPExecuting, region: String, settings: AWSSettings, time: TimeSource) {
        self.http = http
        self.region = region
        self.settings = settings
        self.time = time
    }

    /// Fetches new credentials.
    ///
    /// Resolves the settings each time, which is cheap, so that no error is kept.
    @Sendable func fetch() async throws -> AWSCredentials {
        let (source, skipped) = try CredentialSource.resolve(settings)
        return try await fetch(source, skipped: skipped)
    }

    /// Fetches new credentials from a source.
    /// - Parameter skipped: why the sources before it in the chain have none.
    package func fetch(_ source: CredentialSource, skipped: [String] = []) async throws -> AWSCredentials {
        switch source {
        case .fixed(let credentials):
            try credentials.checkExpiration(at: time.now(), "environment: AWS_CREDENTIAL_EXPIRATION")
            return credentials
        case .role(let role, let using):
            if let device = role.mfaSerial {
                throw AWSError(
                    .credentialsFailed,
                    "the role \(role.roleARN) wants a code of the device \(device) (mfa_serial), which this program "
                        + "cannot ask for")
            }
            return try await assume(role, as: fetch(using))
        case .webIdentity(let role, let tokenFile):
            guard let token = readText(tokenFile).map({ $0.trimmingWhitespace }), !token.isEmpty else {
                throw AWSError(.credentialsFailed, "web identity: cannot read a token from \(tokenFile)")
            }
            // The token stands for the caller: this request is not signed.
            let nobody = AWSCredentials(accessKeyID: "", secretAccessKey: "")
            let more: JSONObject = ["WebIdentityToken": .string(String(token))]
            return try await call("AssumeRoleWithWebIdentity", role, as: nobody, more)
        case .container(let url):
            let credentials = try await ContainerCredentials(fetcher: self, url: url).fetch()
            try credentials.checkExpiration(at: time.now(), "container: \(url) answered with credentials whose expiry")
            return credentials
        case .instanceMetadata:
            do {
                return try await InstanceMetadataCredentials(fetcher: self).fetch()
            } catch let error as AWSError {
                throw CredentialSource.noCredentials(skipped + ["instance metadata: \(error.message)"])
            }
        case .user(let key, let profile):
            throw AWSError(
                .credentialsFailed,
                "profile \(profile): \(key) is not supported here: use keys or a role, or pass credentials in "
                    + "the environment (aws configure export-credentials --profile \(profile) --format env prints them)"
            )
        }
    }

    /// Asks STS for the credentials of a role.
    /// - Parameter code: the code of the role's MFA device, when it has one.
    package func assume(
        _ role: CredentialSource.AssumedRole, as caller: any CredentialsProvider, code: String? = nil
    ) async throws -> AWSCredentials {
        var input: JSONObject = [:]
        input["ExternalId"] = role.externalID.map(JSONValue.string)
        input["DurationSeconds"] = role.durationSeconds.map(JSONValue.integer)
        input["SerialNumber"] = role.mfaSerial.map(JSONValue.string)
        input["TokenCode"] = code.map(JSONValue.string)
        return try await call("AssumeRole", role, as: caller, input)
    }

    /// - Parameter more: members of the input beside the role's name.
    private func call(
        _ operation: String, _ role: CredentialSource.AssumedRole, as caller: any CredentialsProvider,
        _ more: JSONObject
    ) async throws -> AWSCredentials {
        var input = more
        input["RoleArn"] = .string(role.roleARN)
        input["RoleSessionName"] = .string(role.sessionName ?? "tocsin-\(time.now().millisecondsSinceEpoch)")
        do {
            let sts = try AWSClient(.sts, configuration: AWSConfiguration(self, credentials: caller))
            let output = try await sts.call(operation, .object(input))
            return try AWSCredentials(document: output["Credentials"] ?? .null, tokenKey: "SessionToken")
        } catch let error as AWSError {
            throw AWSError(.credentialsFailed, "cannot assume the role \(role.roleARN)", underlying: error)
        }
    }

    /// The body of a credential endpoint's response with status 200.
    fileprivate func get(
        _ url: String, method: String = "GET", headers: HTTPHeaders = [:], timeout: Duration
    ) async throws -> [UInt8] {
        let request = HTTPRequest(
            method, url, headers: headers, connectTimeout: timeout, totalTimeout: timeout, maximumResponseBytes: 1 << 20
        )
        do {
            let response = try await http.execute(request)
            guard response.status == 200 else {
                let text = String(decoding: response.body.prefix(200), as: UTF8.self)
                throw AWSError(.credentialsFailed, "\(method) \(url) answered \(response.status): \(text)")
            }
            return response.body
        } catch let error as TransportError {
            throw AWSError(.credentialsFailed, "\(method) \(url) failed: \(error.message)", underlying: error)
        }
    }
}

extension AWSCredentials {
    /// Credentials in the JSON of STS, container agents, the metadata service and credential processes.
    package init(document: JSONValue, tokenKey: String) throws(AWSError) {
        guard let id = document["AccessKeyId"]?.stringValue, let secret = document["SecretAccessKey"]?.stringValue
        else {
            let reason = document["Message"]?.stringValue ?? document["message"]?.stringValue
            throw AWSError(.credentialsFailed, "the answer holds no credentials: \(reason ?? "no AccessKeyId")")
        }
        self.init(accessKeyID: id, secretAccessKey: secret, sessionToken: document[tokenKey]?.stringValue)
        if let expiration = document["Expiration"], expiration != .null {
            self.expiration = try Self.expiration(expiration.stringValue ?? "")
        }
    }

    /// Reads an expiry; one that cannot be read must not become "never".
    package static func expiration(_ text: String) throws(AWSError) -> Timestamp {
        guard let time = Timestamp(iso8601: text) else {
            throw AWSError(.credentialsFailed, "the expiry \"\(text)\" is not an ISO 8601 time")
        }
        return time
    }

    /// - Parameter place: whose expiry it is, for the message.
    /// - Throws: `credentialsFailed` when they have expired.
    package func checkExpiration(at now: Timestamp, _ place: String) throws(AWSError) {
        guard let expiration, expiration <= now else { return }
        throw AWSError(.credentialsFailed, "\(place) \(expiration) has passed")
    }

    /// As above, from bytes.
    ///
    /// A message about bad bytes does not quote them, as they may hold a secret.
    fileprivate init(document bytes: [UInt8]) throws(AWSError) {
        guard let document = try? JSONValue(parsing: bytes) else {
            throw AWSError(.credentialsFailed, "the answer is not JSON")
        }
        try self.init(document: document, tokenKey: "Token")
    }
}

/// Credentials from the agent of ECS, EKS or Greengrass.
///
/// Source: "Container credential provider" in the AWS SDKs and Tools reference guide.
private struct ContainerCredentials {
    private static let attempts = 3

    let fetcher: CredentialFetcher
    let url: String

    func fetch() async throws -> AWSCredentials {
        var attempt = 1
        while true {
            do {
                let headers = try headers()
                return try AWSCredentials(
                    document: await fetcher.get(url, headers: headers, timeout: .seconds(2))
                )
            } catch let error as AWSError where attempt < Self.attempts && error.code != Self.badToken {
                attempt += 1
                try await fetcher.time.sleep(.seconds(1))
            } catch let error as AWSError {
                throw AWSError(.credentialsFailed, "container: \(error.message)", underlying: error.underlying)
            }
        }
    }

    private static let badToken = AWSError.LocalCode.invalidConfiguration.rawValue

    /// Reads the token's file each time because EKS replaces it.
    private func headers() throws(AWSError) -> HTTPHeaders {
        var headers: HTTPHeaders = ["Accept": "application/json"]
        let token: String?
        if let path = fetcher.settings.value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            token = readText(path)
            if token == nil { throw AWSError(.invalidConfiguration, "cannot read the token file \(path)") }
        } else {
            token = fetcher.settings.value("AWS_CONTAINER_AUTHORIZATION_TOKEN")
        }
        if let token, token.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
            throw AWSError(.invalidConfiguration, "the authorization token has a line end or control character in it")
        }
        headers["Authorization"] = token
        return headers
    }
}

/// Credentials of an EC2 instance's role, by the second version of its metadata service.
///
/// Source: "IMDS credential provider" in the AWS SDKs and Tools reference guide.
private struct InstanceMetadataCredentials {
    private static let path = "/latest/meta-data/iam/security-credentials/"
    let fetcher: CredentialFetcher
    /// Short by default, because outside EC2 nobody answers.
    private let timeout: Duration
    private let attempts: Int64

    init(fetcher: CredentialFetcher) throws(AWSError) {
        func number(_ variable: String, _ key: String, _ normal: Int64) throws(AWSError) -> Int64 {
            guard let text = fetcher.settings.value(variable, key: key) else { return normal }
            guard let number = Int64(text), (1...600).contains(number) else {
                throw AWSError(.invalidConfiguration, "\(variable) or \(key) is \"\(text)\": give 1 to 600")
            }
            return number
        }
        self.fetcher = fetcher
        timeout = .seconds(try number("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", 1))
        attempts = try number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", 2)
    }

    func fetch() async throws -> AWSCredentials {
        let token = try await text(
            "/latest/api/token", method: "PUT", headers: ["X-aws-ec2-metadata-token-ttl-seconds": "21600"]
        )
        let headers: HTTPHeaders = ["X-aws-ec2-metadata-token": token]
        let role = try await text(Self.path, headers: headers)
        var credentials = try AWSCredentials(
            document: Array(try await text(Self.path + role, headers: headers).utf8)
        )
        // During an outage the metadata service gives out expired credentials, which AWS then still accepts. A later
        // expiry keeps them in use; the random part spreads the next requests of many instances.
        let validity = CachedCredentials.renewal + .seconds(120 + 480 * fetcher.time.random())
        let earliest = fetcher.time.now() + validity
        if let expiration = credentials.expiration, expiration < earliest { credentials.expiration = earliest }
        return credentials
    }

    private var base: String {
        let settings = fetcher.settings
        if let url = settings.value("AWS_EC2_METADATA_SERVICE_ENDPOINT", key: "ec2_metadata_service_endpoint") {
            return url.hasSuffix("/") ? String(url.dropLast()) : url
        }
        let mode = settings.value("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", key: "ec2_metadata_service_endpoint_mode")
        return mode?.lowercased() == "ipv6" ? "http://[fd00:ec2::254]" : "http://169.254.169.254"
    }

    /// The body of a response, after as many attempts as the settings allow.
    private func text(_ path: String, method: String = "GET", headers: HTTPHeaders) async throws -> String {
        var attempt: Int64 = 1
        while true {
            do {
                let answer = try await fetcher.get(base + path, method: method, headers: headers, timeout: timeout)
                return String(String(decoding: answer, as: UTF8.self).trimmingWhitespace)
            } catch is AWSError where attempt < attempts {
                attempt += 1
            }
        }
    }
}
