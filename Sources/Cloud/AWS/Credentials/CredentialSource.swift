/// Where credentials come from, by the settings alone.
///
/// Nothing is sent to find it out.
package indirect enum CredentialSource: Sendable, Equatable {
    /// Keys in the environment or in a profile.
    case fixed(AWSCredentials)
    /// A role, assumed with the credentials of another source.
    case role(AssumedRole, using: CredentialSource)
    /// A role, assumed with the token in a file, which something else renews.
    case webIdentity(AssumedRole, tokenFile: String)
    /// The container agent of ECS, EKS or Greengrass.
    case container(url: String)
    /// The metadata service of EC2.
    case instanceMetadata
    /// A command or a sign-in on a person's machine.
    ///
    /// By the profile's key that names it: `credential_process`, `login_session`, `sso_session` or `sso_start_url`.
    /// Functions have none of these; the target `AWSUserCredentials` fetches them.
    case user(key: String, profile: String)

    /// The parameters of `AssumeRole`.
    package struct AssumedRole: Sendable, Equatable {
        package var roleARN: String
        package var sessionName: String?
        package var externalID: String?
        package var durationSeconds: Int64?
        /// The device whose code a person has to give.
        package var mfaSerial: String?

        package init(
            roleARN: String, sessionName: String? = nil, externalID: String? = nil, durationSeconds: Int64? = nil,
            mfaSerial: String? = nil
        ) {
            self.roleARN = roleARN
            self.sessionName = sessionName
            self.externalID = externalID
            self.durationSeconds = durationSeconds
            self.mfaSerial = mfaSerial
        }
    }
}

extension CredentialSource {
    /// The source that the settings choose, in the order of botocore's default chain.
    /// - Parameter prefersProfile: whether the profile was chosen by the caller, not by a variable: then the keys and
    ///   the web identity in the environment do not count.
    /// - Returns: the source, and for each one before it in the chain why it was skipped.
    /// - Throws: `credentialsFailed` when the first configured source cannot work, `noCredentials` when there is none.
    package static func resolve(
        _ settings: AWSSettings, prefersProfile: Bool = false
    ) throws(AWSError) -> (source: CredentialSource, skipped: [String]) {
        var skipped: [String] = []
        if !prefersProfile {
            if let source = try environment(settings) { return (source, skipped) }
            skipped.append("environment: AWS_ACCESS_KEY_ID is not set")
        }
        var resolver = ProfileResolver(settings: settings)
        if let source = try resolver.chosenProfile(prefersProfile: prefersProfile) { return (source, skipped) }
        if !prefersProfile { skipped.append("web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set") }
        skipped.append("profile \(settings.profileName): " + reasonWithoutSource(settings))
        if let source = try container(settings) { return (source, skipped) }
        skipped.append("container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and …_FULL_URI are not set")
        if !settings.isOn("AWS_EC2_METADATA_DISABLED") { return (.instanceMetadata, skipped) }
        skipped.append("instance metadata: AWS_EC2_METADATA_DISABLED is true")
        throw noCredentials(skipped)
    }

    /// Why the profile in use has no source.
    private static func reasonWithoutSource(_ settings: AWSSettings) -> String {
        guard let profile = settings.files.profiles[settings.profileName] else { return "not in the shared files" }
        let isSignIn = profile["sso_session"] != nil || profile["sso_start_url"] != nil
        return isSignIn ? "its sign-in needs sso_account_id and sso_role_name" : "has neither keys nor a role"
    }

    /// An error that lists every source.
    package static func noCredentials(_ reasons: [String]) -> AWSError {
        AWSError(.noCredentials, "no source gave credentials. " + reasons.joined(separator: "; "))
    }

    /// Keys in environment variables.
    fileprivate static func environment(_ settings: AWSSettings) throws(AWSError) -> CredentialSource? {
        guard let id = settings.value("AWS_ACCESS_KEY_ID") else { return nil }
        guard let secret = settings.value("AWS_SECRET_ACCESS_KEY") else {
            throw AWSError(.credentialsFailed, "AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not")
        }
        let token = settings.value("AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN")
        var credentials = AWSCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token)
        if let expiration = settings.value("AWS_CREDENTIAL_EXPIRATION") {
            credentials.expiration = try AWSCredentials.expiration(expiration)
        }
        return .fixed(credentials)
    }

    /// The container agent.
    ///
    /// Plain HTTP is allowed only for this machine and the agents' fixed addresses.
    fileprivate static func container(_ settings: AWSSettings) throws(AWSError) -> CredentialSource? {
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
        guard !authority.contains("@") else { return false }  // The part before it would be a user name, not the host.
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        if ["localhost", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "[::1]"].contains(host.lowercased()) {
            return true
        }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets[0] == "127" && octets.allSatisfy { UInt8($0) != nil }
    }
}

/// Finds a profile's credential source.
///
/// Follows chains of roles.
private struct ProfileResolver {
    let settings: AWSSettings
    private var visited: [String] = []

    init(settings: AWSSettings) { self.settings = settings }

    /// The source of the profile in use or of the web identity variables; `nil` when there is neither.
    mutating func chosenProfile(prefersProfile: Bool) throws(AWSError) -> CredentialSource? {
        let name = settings.profileName
        let profile = settings.profile
        visited = [name]
        if isRole(profile) { return try role(name, profile) }
        func value(_ variable: String, _ key: String) -> String? {
            prefersProfile ? profile[key] : settings.value(variable, key: key)
        }
        if let source = try webIdentity(
            tokenFile: value("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file"),
            roleARN: value("AWS_ROLE_ARN", "role_arn"), sessionName: value("AWS_ROLE_SESSION_NAME", "role_session_name")
        ) {
            return source
        }
        return try ownSource(name, profile)
    }

    /// Whether the profile's role is assumed with other credentials.
    private func isRole(_ profile: [String: String]) -> Bool {
        profile["role_arn"] != nil && profile["web_identity_token_file"] == nil
    }

    /// A role, with the credentials that assume it: those of another profile or of a named kind of source.
    private mutating func role(_ name: String, _ profile: [String: String]) throws(AWSError) -> CredentialSource {
        let role = CredentialSource.AssumedRole(
            roleARN: profile["role_arn"] ?? "", sessionName: profile["role_session_name"],
            externalID: profile["external_id"], durationSeconds: profile["duration_seconds"].flatMap { Int64($0) },
            mfaSerial: profile["mfa_serial"]
        )
        switch (profile["source_profile"], profile["credential_source"]) {
        case (let source?, nil): return .role(role, using: try sourceProfile(source, of: name))
        case (nil, let kind?): return .role(role, using: try namedSource(kind, of: name))
        case (nil, nil): throw failure(name, "role_arn needs source_profile or credential_source beside it")
        case (.some, .some): throw failure(name, "has both source_profile and credential_source: drop one")
        }
    }

    private mutating func sourceProfile(_ source: String, of name: String) throws(AWSError) -> CredentialSource {
        guard let profile = settings.files.profiles[source] else {
            throw failure(name, "its source_profile \(source) does not exist")
        }
        let hasKeys = profile["aws_access_key_id"] != nil || profile["aws_secret_access_key"] != nil
        // A profile may name itself when it also holds the keys.
        if visited.contains(source), source != name || !hasKeys {
            let circle = (visited + [source]).joined(separator: " → ")
            throw failure(name, "source_profile goes round in a circle: \(circle)")
        }
        visited.append(source)
        if !hasKeys, isRole(profile) { return try role(source, profile) }
        if let own = try ownSource(source, profile) { return own }
        throw failure(name, "its source_profile \(source) has no credentials")
    }

    private func namedSource(_ kind: String, of name: String) throws(AWSError) -> CredentialSource {
        let source: CredentialSource?
        switch kind.lowercased() {
        case "environment": source = try CredentialSource.environment(settings)
        case "ecscontainer": source = try CredentialSource.container(settings)
        case "ec2instancemetadata": source = .instanceMetadata
        default:
            throw failure(
                name, "credential_source \(kind) is unknown, give Environment, EcsContainer or Ec2InstanceMetadata"
            )
        }
        guard let source else { throw failure(name, "credential_source \(kind) has no credentials") }
        return source
    }

    /// The source that the profile itself holds, in the order of botocore; nil when there is none.
    private func ownSource(_ name: String, _ profile: [String: String]) throws(AWSError) -> CredentialSource? {
        if let source = try webIdentity(
            tokenFile: profile["web_identity_token_file"], roleARN: profile["role_arn"],
            sessionName: profile["role_session_name"]
        ) {
            return source
        }
        if profile["sso_account_id"] != nil || profile["sso_role_name"] != nil {
            return .user(key: profile["sso_session"] == nil ? "sso_start_url" : "sso_session", profile: name)
        }
        if settings.files.profilesWithKeyInCredentialsFile.contains(name), let keys = try keys(name, profile) {
            return keys
        }
        for key in ["login_session", "credential_process"] where profile[key] != nil {
            return .user(key: key, profile: name)
        }
        return try keys(name, profile)
    }

    private func keys(_ name: String, _ profile: [String: String]) throws(AWSError) -> CredentialSource? {
        guard let id = profile["aws_access_key_id"] else { return nil }
        guard let secret = profile["aws_secret_access_key"] else {
            throw failure(name, "aws_access_key_id without aws_secret_access_key")
        }
        let token = profile["aws_security_token"] ?? profile["aws_session_token"]
        return .fixed(AWSCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token))
    }

    private func webIdentity(
        tokenFile: String?, roleARN: String?, sessionName: String?
    ) throws(AWSError) -> CredentialSource? {
        guard let tokenFile else { return nil }
        guard let roleARN else {
            throw AWSError(.credentialsFailed, "web identity: a token file is set but no role: set AWS_ROLE_ARN")
        }
        return .webIdentity(.init(roleARN: roleARN, sessionName: sessionName), tokenFile: tokenFile)
    }

    private func failure(_ profile: String, _ reason: String) -> AWSError {
        AWSError(.credentialsFailed, "profile \(profile): \(reason)")
    }
}
