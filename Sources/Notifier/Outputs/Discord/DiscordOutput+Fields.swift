import JSON

extension DiscordOutput {
    static func fields(_ notification: Notification) -> [JSONValue] {
        var room = embedLimit / 2
        var fields: [JSONValue] = []
        func add(_ name: String, _ value: String, isShort: Bool) {
            let field: JSONValue = ["name": .string(name), "value": .string(value), "inline": .bool(isShort)]
            guard !name.isEmpty, !value.isEmpty, fields.count < fieldLimits.count, length(field) <= room else { return }
            room -= length(field)
            fields.append(field)
        }
        let links = links(notification)
        room -= links.utf16.count
        for field in notification.fields.prefix(fieldLimits.count - 1) {
            add(
                rules.fit(field.name, fieldLimits.name), rules.fit(field.value, fieldLimits.value),
                isShort: field.isShort)
        }
        room += links.utf16.count
        add("Links", links, isShort: false)
        return fields
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
