import Basics
import JSON
import Transport

/// Fetches credentials from the source that the settings choose.
struct CredentialFetcher: Sendable {
    let http: any HTTPExecuting
    let region: String
    let settings: AWSSettings
    let time: TimeSource

    /// Fetches new credentials.
    ///
    /// Resolves the settings each time, which is cheap, so that no error is kept.
    @Sendable func fetch() async throws -> AWSCredentials {
        let (source, skipped) = try CredentialSource.resolve(settings)
        do {
            return try await fetch(source)
        } catch let error as AWSError where source == .instanceMetadata {
            throw CredentialSource.noCredentials(skipped + ["instance metadata: \(error.message)"])
        }
    }

    private func fetch(_ source: CredentialSource) async throws -> AWSCredentials {
        switch source {
        case .fixed(let credentials): return credentials
        case .role(let role, let using):
            let caller = try await fetch(using)
            return try await call("AssumeRole", role, as: caller)
        case .webIdentity(let role, let tokenFile):
            guard let token = readText(tokenFile).map({ $0.trimmingWhitespace }), !token.isEmpty else {
                throw AWSError(.credentialsFailed, "web identity: cannot read a token from \(tokenFile)")
            }
            // The token stands for the caller: this request is not signed.
            let nobody = AWSCredentials(accessKeyID: "", secretAccessKey: "")
            let more: JSONObject = ["WebIdentityToken": .string(String(token))]
            return try await call("AssumeRoleWithWebIdentity", role, as: nobody, more)
        case .container(let url): return try await ContainerCredentials(fetcher: self, url: url).fetch()
        case .instanceMetadata: return try await InstanceMetadataCredentials(fetcher: self).fetch()
        }
    }

    /// Asks STS for the credentials of a role.
    /// - Parameter more: members of the input beside those that the role sets.
    private func call(
        _ operation: String, _ role: CredentialSource.AssumedRole, as caller: AWSCredentials, _ more: JSONObject = [:]
    ) async throws -> AWSCredentials {
        var input = more
        input["RoleArn"] = .string(role.roleARN)
        input["RoleSessionName"] = .string(role.sessionName ?? "tocsin-\(time.now().millisecondsSinceEpoch)")
        input["ExternalId"] = role.externalID.map(JSONValue.string)
        input["DurationSeconds"] = role.durationSeconds.map(JSONValue.integer)
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
    /// Credentials in the JSON of STS, container agents and the metadata service.
    fileprivate init(document: JSONValue, tokenKey: String) throws(AWSError) {
        guard let id = document["AccessKeyId"]?.stringValue, let secret = document["SecretAccessKey"]?.stringValue
        else {
            let reason = document["Message"]?.stringValue ?? document["message"]?.stringValue
            throw AWSError(.credentialsFailed, "the answer holds no credentials: \(reason ?? "no AccessKeyId")")
        }
        self.init(
            accessKeyID: id, secretAccessKey: secret, sessionToken: document[tokenKey]?.stringValue,
            expiration: document["Expiration"]?.stringValue.flatMap { Timestamp(iso8601: $0) }
        )
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
    /// Short, because outside EC2 nobody answers.
    private static let timeout = Duration.seconds(1)

    let fetcher: CredentialFetcher

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

    /// The body of a response, after at most one retry.
    private func text(_ path: String, method: String = "GET", headers: HTTPHeaders) async throws -> String {
        func bytes() async throws -> [UInt8] {
            try await fetcher.get(base + path, method: method, headers: headers, timeout: Self.timeout)
        }
        let answer: [UInt8]
        do { answer = try await bytes() } catch is AWSError { answer = try await bytes() }
        return String(String(decoding: answer, as: UTF8.self).trimmingWhitespace)
    }
}
