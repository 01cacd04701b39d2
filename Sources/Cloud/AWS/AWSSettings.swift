import Basics
import Glibc

/// The settings in the environment and the profile, looked up by variable and key.
package struct AWSSettings: Sendable {
    package let environment: [String: String]
    /// The profile in use.
    ///
    /// It need not be in a file.
    package let profileName: String
    package let files: SharedConfiguration
    /// What to tell about shared files that exist but cannot be read.
    private(set) var unreadableFiles: [String] = []

    /// The profile's keys.
    ///
    /// Empty when it is the default one and not in a file.
    package var profile: SharedConfiguration.Section { files.profiles[profileName] ?? [:] }

    /// Reads the shared files that the environment names, by default `~/.aws/config` and `~/.aws/credentials`.
    /// - Throws: `invalidConfiguration` when `AWS_PROFILE` names a profile that neither file has.
    package init(environment: [String: String]) throws(AWSError) {
        func path(_ variable: String, _ name: String) -> String {
            let home = environment["HOME"] ?? ""
            guard let path = environment[variable], !path.isEmpty else { return "\(home)/.aws/\(name)" }
            return path.hasPrefix("~/") ? home + path.dropFirst() : path
        }
        let config = path("AWS_CONFIG_FILE", "config")
        let credentials = path("AWS_SHARED_CREDENTIALS_FILE", "credentials")
        var unreadableFiles: [String] = []
        func text(_ path: String) -> String {
            do throws(SystemError) {
                return String(decoding: try contents(ofFile: path, limit: 16 << 20), as: UTF8.self)
            } catch {
                if ![ENOENT, ENOTDIR].contains(error.number) {
                    unreadableFiles.append(
                        "\(path) cannot be read (\(error)): its settings and credentials are not used")
                }
                return ""
            }
        }
        try self.init(
            environment: environment,
            files: SharedConfiguration(config: text(config), credentials: text(credentials)),
            places: "\(config) or \(credentials)"
        )
        self.unreadableFiles = unreadableFiles
    }

    /// Settings from files that have been read.
    /// - Parameter places: where they are, for messages.
    package init(
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
                "profile \(profileName) is not in \(places): add it there, or choose another one (AWS_PROFILE)"
            )
        }
    }

    /// The first of these variables that is set, else the profile's key.
    ///
    /// Empty values count as not set. Not inlined, because it is called in many places.
    @inline(never)
    package func value(_ variables: String..., key: String? = nil) -> String? {
        let candidates = variables.map { environment[$0] } + [key.flatMap { profile[$0] }]
        return candidates.lazy.compactMap(\.self).first { !$0.isEmpty }
    }

    /// Whether the variable or the key says `true`.
    func isOn(_ variable: String, key: String? = nil) -> Bool {
        value(variable, key: key)?.lowercased() == "true"
    }
}

/// The shared `config` and `credentials` files, merged.
///
/// Source: "Format of the shared config and credentials files" in the AWS SDKs and Tools reference guide.
package struct SharedConfiguration: Sendable, Equatable {
    /// The keys of a section, in lower case; a nested block's keys are `block.key`, as in `sns.endpoint_url`.
    package typealias Section = [String: String]

    /// By name.
    ///
    /// Keys of the credentials file win over those of the config file.
    package private(set) var profiles: [String: Section] = [:]
    /// `[services NAME]` sections, by name.
    private(set) var services: [String: Section] = [:]
    /// `[sso-session NAME]` sections, by name.
    package private(set) var signInSessions: [String: Section] = [:]
    /// The profiles whose access key is in the credentials file, and so goes before other sources of the profile.
    private(set) var profilesWithKeyInCredentialsFile: Set<String> = []

    package init(config: String, credentials: String) {
        for (title, section) in Self.sections(of: config) {
            let words = title.split(separator: " ", maxSplits: 1).map { Self.unquoted(String($0.trimmingWhitespace)) }
            switch words.count == 2 ? words[0] : title {
            case "default": profiles["default", default: [:]].merge(section) { $1 }
            case "profile" where words.count == 2: profiles[words[1], default: [:]].merge(section) { $1 }
            case "services" where words.count == 2: services[words[1], default: [:]].merge(section) { $1 }
            case "sso-session" where words.count == 2: signInSessions[words[1], default: [:]].merge(section) { $1 }
            default: break  // Sections such as preview, which are the AWS CLI's own.
            }
        }
        for (title, section) in Self.sections(of: credentials) {
            profiles[title, default: [:]].merge(section) { $1 }
            if section["aws_access_key_id"] != nil { profilesWithKeyInCredentialsFile.insert(title) }
        }
    }

    private static func sections(of text: String) -> [(title: String, section: Section)] {
        var sections: [(title: String, section: Section)] = []
        var block: String?
        var keyIndent = Int.max
        for line in text.split(whereSeparator: \.isNewline) {
            let content = line.trimmingWhitespace
            if content.isEmpty || content.hasPrefix("#") || content.hasPrefix(";") { continue }
            if content.hasPrefix("["), let end = content.firstIndex(of: "]") {
                sections.append((String(content[..<end].dropFirst().trimmingWhitespace), [:]))
                (block, keyIndent) = (nil, .max)
                continue
            }
            guard !sections.isEmpty, let separator = content.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
                continue
            }
            let key = content[..<separator].trimmingWhitespace.lowercased()
            let value = String(content[separator...].dropFirst().trimmingWhitespace)
            let indent = line.prefix { $0 == " " || $0 == "\t" }.count
            if indent <= keyIndent {
                sections[sections.count - 1].section[key] = value
                (block, keyIndent) = (value.isEmpty ? key : nil, indent)
            } else if let block {
                sections[sections.count - 1].section["\(block).\(key)"] = value
            }  // Else it continues a value on the line before, and is not needed.
        }
        return sections
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, let quote = text.first, "\"'".contains(quote), text.last == quote else { return text }
        return String(text.dropFirst().dropLast())
    }
}

/// The file's text; `nil` when it cannot be read or is larger than 16 MiB.
package func readText(_ path: String) -> String? {
    (try? contents(ofFile: path, limit: 16 << 20)).map { String(decoding: $0, as: UTF8.self) }
}
