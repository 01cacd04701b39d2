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
