/// Somebody to call, in the words of a rules file.
enum Mention: Sendable, Hashable {
    /// Everybody in the channel: `@channel`, `@everyone` or `@all`.
    case everyone
    /// Whoever is present: `@here`; everybody at services that know no presence.
    case here
    /// A person by the service's own id or name: `@U012AB3CD`, `@ann`, a phone number at DingTalk.
    case user(String)
    /// A user group (Slack) or role (Discord) by its id: `@group:S012AB3CD`.
    case group(String)

    /// Reads a mention, with or without `@`; `nil` when nothing is named.
    init?(_ text: String) {
        // Matrix's own form keeps its `@`: `@ann:example.org`.
        let isMatrixID = text.hasPrefix("@") && text.contains(":") && !text.hasPrefix("@group:")
        let name = isMatrixID || !text.hasPrefix("@") ? text : String(text.dropFirst())
        switch name.lowercased() {
        case "", "group:": return nil
        case "channel", "everyone", "all": self = .everyone
        case "here": self = .here
        default: self = name.hasPrefix("group:") ? .group(String(name.dropFirst(6))) : .user(name)
        }
    }
}

extension Mention {
    /// As a rules file has it.
    var text: String {
        switch self {
        case .everyone: "@everyone"
        case .here: "@here"
        case .user(let name): "@\(name)"
        case .group(let id): "@group:\(id)"
        }
    }
}
