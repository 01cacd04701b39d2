internal import JSON
internal import Transport

/// Gets credentials from the source that the settings choose.
struct CredentialFetcher: Sendable {
    let http: any HTTPExecuting
    let region: String
    let settings: AWSSettings
    let time: TimeSource

    /// The settings are resolved every time: it is cheap, and an error is not remembered.
    @Sendable func fetch() async throws -> AWSCredentials {
        let (source, passedOver) = try CredentialSource.resolve(settings)
        do {
            return try await fetch(source)
        } catch let error as AWSError where source == .instanceMetadata {
            throw CredentialSource.noCredentials(passedOver + ["instance metadata: \(error.message)"])
        }
    }

    private func fetch(_ source: CredentialSource) async throws -> AWSCredentials {
        switch source {
        case .fixed(let credentials): return credentials
        case .role(let role, let using):
            let caller = try await fetch(using)
            return try await assume(role, "AssumeRole", as: caller)
        case .webIdentity(let role, let tokenFile):
            guard let token = readText(tokenFile).map({ trimmed($0) }), !token.isEmpty else {
                throw AWSError(.credentialsFailed, "web identity: cannot read a token from \(tokenFile)")
            }
            // The token stands for the caller: this request is not signed.
            let nobody = AWSCredentials(accessKeyID: "", secretAccessKey: "")
            return try await assume(
                role, "AssumeRoleWithWebIdentity", as: nobody, with: ["WebIdentityToken": .string(token)]
            )
        case .container(let url): return try await ContainerCredentials(fetcher: self, url: url).fetch()
        case .instanceMetadata: return try await InstanceMetadataCredentials(fetcher: self).fetch()
        }
    }

    private func assume(
        _ role: CredentialSource.AssumedRole, _ operation: String, as caller: AWSCredentials,
        with more: JSONObject = [:]
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

    /// The body of a 200 from a credential endpoint.
    func get(
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
    /// Credentials as STS, container agents and the metadata service write them.
    init(document: JSONValue, tokenKey: String) throws(AWSError) {
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

    /// As above, from bytes; a message about bad bytes does not quote them.
    init(document bytes: [UInt8]) throws(AWSError) {
        guard let document = try? JSONValue(parsing: bytes) else {
            throw AWSError(.credentialsFailed, "the answer is not JSON")
        }
        try self.init(document: document, tokenKey: "Token")
    }
}
