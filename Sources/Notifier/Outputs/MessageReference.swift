import JSON

/// A message that was delivered, so that a later one can answer or change it; storable as JSON.
struct MessageReference: Sendable, Hashable {
    /// Slack's channel id, Telegram's chat id, Matrix's room; empty where the id alone will do.
    var channel = ""
    /// The service's id of the message: Slack's `ts`, Telegram's `message_id`, Matrix's event id.
    var id: String
    /// What a change of the message needs of it, because no service hands it out again: its blocks, its text.
    var content = JSONValue.null
}

extension MessageReference {
    /// The form for keeping.
    var json: JSONValue { ["channel": .string(channel), "id": .string(id), "content": content] }

    /// Reads the form for keeping.
    init?(_ json: JSONValue) {
        guard let channel = json["channel"]?.stringValue, let id = json["id"]?.stringValue else { return nil }
        self.init(channel: channel, id: id, content: json["content"] ?? .null)
    }
}
