/// What the environment and the profile say, looked up by variable and key.
struct AWSSettings: Sendable {
    let environment: [String: String]
    /// The profile in use, also when no file defines it.
    let profileName: String
    let files: SharedConfiguration

    /// The profile's keys; empty when it is the default one and not defined.
    var profile: SharedConfiguration.Section { files.profiles[profileName] ?? [:] }

    /// Reads the shared files that the environment names, by default `~/.aws/config` and `~/.aws/credentials`.
    /// - Throws: `invalidConfiguration` when `AWS_PROFILE` names a profile that neither file has.
    init(environment: [String: String]) throws(AWSError) {
        func path(_ variable: String, _ name: String) -> String {
            let home = environment["HOME"] ?? ""
            guard let path = environment[variable], !path.isEmpty else { return "\(home)/.aws/\(name)" }
            return path.hasPrefix("~/") ? home + path.dropFirst() : path
        }
        let config = path("AWS_CONFIG_FILE", "config")
        let credentials = path("AWS_SHARED_CREDENTIALS_FILE", "credentials")
        try self.init(
            environment: environment,
            files: SharedConfiguration(config: readText(config) ?? "", credentials: readText(credentials) ?? ""),
            places: "\(config) or \(credentials)"
        )
    }

    /// Settings from files that have been read.
    init(
        environment: [String: String], files: SharedConfiguration, places: String = "the shared files"
    ) throws(AWSError) {
        self.environment = environment
        self.files = files
        let chosen = [environment["AWS_PROFILE"], environment["AWS_DEFAULT_PROFILE"]].compactMap(\.self)
            .first { !$0.isEmpty }
        profileName = chosen ?? "default"
        guard chosen == nil || files.profiles[profileName] != nil else {
            throw AWSError(
                .invalidConfiguration,
                "AWS_PROFILE names profile \(profileName), which is not in \(places): add it there or unset the variable"
            )
        }
    }

    /// The first of these variables that is set, else the profile's key; empty values count as not set.
    func value(_ variables: String..., key: String? = nil) -> String? {
        let candidates = variables.map { environment[$0] } + [key.flatMap { profile[$0] }]
        return candidates.lazy.compactMap(\.self).first { !$0.isEmpty }
    }

    /// Whether the variable or the key says `true`.
    func isOn(_ variable: String, key: String? = nil) -> Bool {
        value(variable, key: key)?.lowercased() == "true"
    }
}
