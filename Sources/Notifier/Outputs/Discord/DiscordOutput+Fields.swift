import JSON

extension DiscordOutput {
    /// The fields, and the links as one more.
    static func fields(_ notification: Notification) -> [JSONValue] {
        let links = links(notification)
        let room = embedLimit / 2 - links.utf16.count
        let fields = notification.facts(count: fieldLimits.count - 1, room: room) { field in
            let fact = self.field(field.name, rules.fit(field.value, fieldLimits.value), isShort: field.isShort)
            return (fact, length(fact))
        }
        return links.isEmpty ? fields : fields + [field("Links", links, isShort: false)]
    }

    /// Neither name nor value may be empty.
    private static func field(_ name: String, _ value: String, isShort: Bool) -> JSONValue {
        let name = rules.fit(name, fieldLimits.name)
        return [
            "name": .string(name.isEmpty ? TextRules.mark : name),
            "value": .string(value.isEmpty ? TextRules.mark : value), "inline": .bool(isShort),
        ]
    }

    private static func links(_ notification: Notification) -> String {
        var text = ""
        for link in notification.links {
            let next = "[\(rules.fit(link.title, 100))](<\(link.url.filter { !"<> ".contains($0) })>)"
            if text.utf16.count + next.utf16.count + 3 <= fieldLimits.value {
                text += (text.isEmpty ? "" : " · ") + next
            }
        }
        return text
    }

    static func length(_ field: JSONValue) -> Int {
        (field["name"]?.stringValue?.utf16.count ?? 0) + (field["value"]?.stringValue?.utf16.count ?? 0)
    }

    static func mention(_ mention: Mention) -> String {
        switch mention {
        case .everyone: "@everyone"
        case .here: "@here"
        case .user(let id): "<@\(id.filter(\.isNumber))>"
        case .group(let id): "<@&\(id.filter(\.isNumber))>"
        }
    }

    /// Nothing in a text calls anybody, whatever it says: only these.
    static func allowed(_ mentions: [Mention]) -> JSONValue {
        var (users, roles, everyone): ([JSONValue], [JSONValue], [JSONValue]) = ([], [], [])
        for mention in mentions {
            switch mention {
            case .everyone, .here: everyone = ["everyone"]
            case .user(let id): users.append(.string(id.filter(\.isNumber)))
            case .group(let id): roles.append(.string(id.filter(\.isNumber)))
            }
        }
        return ["parse": .array(everyone), "users": .array(users), "roles": .array(roles)]
    }
}
