/// Finds a profile's credential source, through chains of roles.
struct ProfileResolver {
    let settings: AWSSettings
    private var visited: [String] = []

    init(settings: AWSSettings) { self.settings = settings }

    /// The source of the profile in use or of the web identity variables; `nil` when there is neither.
    mutating func chosenProfile() throws(AWSError) -> CredentialSource? {
        let name = settings.profileName
        let profile = settings.profile
        visited = [name]
        if profile["role_arn"] != nil, profile["web_identity_token_file"] == nil { return try role(name, profile) }
        if let source = try webIdentity(
            tokenFile: settings.value("AWS_WEB_IDENTITY_TOKEN_FILE", key: "web_identity_token_file"),
            roleARN: settings.value("AWS_ROLE_ARN", key: "role_arn"),
            sessionName: settings.value("AWS_ROLE_SESSION_NAME", key: "role_session_name")
        ) {
            return source
        }
        return try ownSource(name, profile)
    }

    /// A role needs somebody to assume it: another profile, or a named kind of source.
    private mutating func role(_ name: String, _ profile: [String: String]) throws(AWSError) -> CredentialSource {
        if profile["mfa_serial"] != nil {
            throw failure(name, "mfa_serial asks for a code from a person, which this program cannot do")
        }
        let role = CredentialSource.AssumedRole(
            roleARN: profile["role_arn"] ?? "", sessionName: profile["role_session_name"],
            externalID: profile["external_id"], durationSeconds: profile["duration_seconds"].flatMap { Int64($0) }
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
        let hasKeys = profile["aws_access_key_id"] != nil
        // A profile may name itself when it also holds the keys.
        if visited.contains(source), source != name || !hasKeys {
            let circle = (visited + [source]).joined(separator: " → ")
            throw failure(name, "source_profile goes round in a circle: \(circle)")
        }
        visited.append(source)
        if !hasKeys, profile["role_arn"] != nil, profile["web_identity_token_file"] == nil {
            return try role(source, profile)
        }
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

    /// What one profile offers by itself.
    private func ownSource(_ name: String, _ profile: [String: String]) throws(AWSError) -> CredentialSource? {
        if let id = profile["aws_access_key_id"] {
            guard let secret = profile["aws_secret_access_key"] else {
                throw failure(name, "aws_access_key_id without aws_secret_access_key")
            }
            let token = profile["aws_session_token"]
            return .fixed(AWSCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token))
        }
        if let source = try webIdentity(
            tokenFile: profile["web_identity_token_file"], roleARN: profile["role_arn"],
            sessionName: profile["role_session_name"]
        ) {
            return source
        }
        let unsupported = ["sso_session", "sso_start_url", "login_session", "credential_process"]
        guard let key = unsupported.first(where: { profile[$0] != nil }) else { return nil }
        throw failure(
            name,
            "\(key) is not supported here: use keys or a role, or pass credentials in the environment "
                + "(aws configure export-credentials --profile \(name) --format env prints them)"
        )
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

/// The shared `config` and `credentials` files, merged.
///
/// Source: "Format of the shared config and credentials files" in the AWS SDKs and Tools reference guide.
struct SharedConfiguration: Sendable, Equatable {
    /// The keys of a section, in lower case; a nested block's keys are `block.key`, as in `sns.endpoint_url`.
    typealias Section = [String: String]

    /// By name; keys of the credentials file win over those of the config file.
    private(set) var profiles: [String: Section] = [:]
    /// `[services NAME]` sections, by name.
    private(set) var services: [String: Section] = [:]

    init(config: String, credentials: String) {
        for (title, section) in Self.sections(of: config) {
            let words = title.split(separator: " ", maxSplits: 1).map { Self.unquoted(trimmed($0)) }
            switch words.count == 2 ? words[0] : title {
            case "default": profiles["default", default: [:]].merge(section) { $1 }
            case "profile" where words.count == 2: profiles[words[1], default: [:]].merge(section) { $1 }
            case "services" where words.count == 2: services[words[1], default: [:]].merge(section) { $1 }
            default: break  // sso-session and what later versions may bring
            }
        }
        for (title, section) in Self.sections(of: credentials) {
            profiles[title, default: [:]].merge(section) { $1 }
        }
    }

    private static func sections(of text: String) -> [(title: String, section: Section)] {
        var sections: [(title: String, section: Section)] = []
        var block: String?
        var keyIndent = Int.max
        for line in text.split(whereSeparator: \.isNewline) {
            let content = trimmed(line)
            if content.isEmpty || content.hasPrefix("#") || content.hasPrefix(";") { continue }
            if content.hasPrefix("["), let end = content.firstIndex(of: "]") {
                sections.append((trimmed(content[..<end].dropFirst()), [:]))
                (block, keyIndent) = (nil, .max)
                continue
            }
            guard !sections.isEmpty, let separator = content.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
                continue
            }
            let key = trimmed(content[..<separator]).lowercased()
            let value = trimmed(content[separator...].dropFirst())
            let indent = line.prefix { $0 == " " || $0 == "\t" }.count
            if indent <= keyIndent {
                sections[sections.count - 1].section[key] = value
                (block, keyIndent) = (value.isEmpty ? key : nil, indent)
            } else if let block {
                sections[sections.count - 1].section["\(block).\(key)"] = value
            }  // else the continuation of a plain value
        }
        return sections
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, let quote = text.first, "\"'".contains(quote), text.last == quote else { return text }
        return String(text.dropFirst().dropLast())
    }
}
