import AWS
import JSON

extension MatrixOutput {
    static func mention(_ mention: Mention) -> String {
        switch mention {
        case .everyone, .here: "@room"
        case .user(let id), .group(let id): userID(id)
        }
    }

    private static func userID(_ id: String) -> String { id.hasPrefix("@") ? id : "@\(id)" }

    static func link(_ name: String) -> String {
        name == "@room"
            ? name : "<a href=\"https://matrix.to/#/\(percentEncoded(name, keeping: "@:"))\">\(rules.escape(name))</a>"
    }

    /// With this member present, even when it is empty, no text calls anybody.
    static func mentions(_ mentions: [Mention]) -> JSONValue {
        var result: JSONObject = [:]
        let names = mentions.map { mention($0) }
        let users = names.filter { $0 != "@room" }
        if !users.isEmpty { result["user_ids"] = .array(users.map { .string($0) }) }
        if names.count > users.count { result["room"] = true }
        return .object(result)
    }
}
