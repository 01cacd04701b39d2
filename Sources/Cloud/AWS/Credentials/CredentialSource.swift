/// Where credentials come from, as the settings say; reading it costs no network.
indirect enum CredentialSource: Sendable, Equatable {
    /// Keys in the environment or in a profile.
    case fixed(AWSCredentials)
    /// A role, assumed with the credentials of another source.
    case role(AssumedRole, using: CredentialSource)
    /// A role, assumed with a token that something else keeps fresh in a file.
    case webIdentity(AssumedRole, tokenFile: String)
    /// The container agent of ECS, EKS or Greengrass.
    case container(url: String)
    /// The metadata service of EC2.
    case instanceMetadata

    /// What a role's session is made of.
    struct AssumedRole: Sendable, Equatable {
        var roleARN: String
        var sessionName: String?
        var externalID: String?
        var durationSeconds: Int64?
    }
}

extension CredentialSource {
    /// The source that the settings choose, in the order of botocore's default chain, and why others were passed over.
    /// - Throws: `credentialsFailed` when the first configured source cannot work, `noCredentials` when there is none.
    static func resolve(_ settings: AWSSettings) throws(AWSError) -> (source: CredentialSource, passedOver: [String]) {
        var passedOver: [String] = []
        if let source = try environment(settings) { return (source, passedOver) }
        passedOver.append("environment: AWS_ACCESS_KEY_ID is not set")
        var resolver = ProfileResolver(settings: settings)
        if let source = try resolver.chosenProfile() { return (source, passedOver) }
        passedOver.append("web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set")
        let isDefined = settings.files.profiles[settings.profileName] != nil
        passedOver.append(
            "profile \(settings.profileName): \(isDefined ? "has neither keys nor a role" : "not in the shared files")"
        )
        if let source = try container(settings) { return (source, passedOver) }
        passedOver.append("container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and …_FULL_URI are not set")
        if !settings.isOn("AWS_EC2_METADATA_DISABLED") { return (.instanceMetadata, passedOver) }
        passedOver.append("instance metadata: AWS_EC2_METADATA_DISABLED is true")
        throw noCredentials(passedOver)
    }

    /// The error that lists every source.
    static func noCredentials(_ reasons: [String]) -> AWSError {
        AWSError(.noCredentials, "no source gave credentials. " + reasons.joined(separator: "; "))
    }

    /// Keys in environment variables.
    static func environment(_ settings: AWSSettings) throws(AWSError) -> CredentialSource? {
        guard let id = settings.value("AWS_ACCESS_KEY_ID") else { return nil }
        guard let secret = settings.value("AWS_SECRET_ACCESS_KEY") else {
            throw AWSError(.credentialsFailed, "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not")
        }
        let token = settings.value("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
        return .fixed(AWSCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token))
    }

    /// The container agent; plain HTTP is for this machine and the agents' fixed addresses only.
    static func container(_ settings: AWSSettings) throws(AWSError) -> CredentialSource? {
        if let path = settings.value("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            return .container(url: "http://169.254.170.2" + (path.hasPrefix("/") ? path : "/" + path))
        }
        guard let url = settings.value("AWS_CONTAINER_CREDENTIALS_FULL_URI") else { return nil }
        let parts = SignedURL(url)
        if parts.scheme.lowercased() == "https://" { return .container(url: url) }
        guard parts.scheme.lowercased() == "http://", isContainerHost(parts.authority) else {
            throw AWSError(
                .credentialsFailed,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI: \"\(parts.authority)\" is neither https, nor a loopback address, "
                    + "nor 169.254.170.2, 169.254.170.23 or [fd00:ec2::23]"
            )
        }
        return .container(url: url)
    }

    private static func isContainerHost(_ authority: Substring) -> Bool {
        guard !authority.contains("@") else { return false }  // what stands before it is not the host
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        if ["localhost", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "[::1]"].contains(host.lowercased()) {
            return true
        }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets[0] == "127" && octets.allSatisfy { UInt8($0) != nil }
    }
}
