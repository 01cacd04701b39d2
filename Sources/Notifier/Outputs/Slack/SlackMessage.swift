import JSON

/// What Slack's two ways in have in common: the same messages go to a webhook and to `chat.postMessage`.
struct SlackMessage: Sendable {
    /// The members that make up what is shown.
    let content: JSONObject
    /// The same as text alone.
    let plain: @Sendable () -> JSONObject

    /// The messages of a notification; one that brought its own Slack message is sent as its publisher wrote it.
    static func all(_ notification: Notification, mentions: [Mention], count: Int) -> [SlackMessage] {
        let mentions = mentions.map(SlackLayout.mention).joined(separator: " ")
        if let payload = notification.slackPayload { return [own(payload, mentions)] }
        let limit = SlackLayout.textLimit
        return notification.parts(SlackLayout.rules, first: limit, others: limit, count: count).map { part in
            SlackMessage(content: SlackLayout.content(notification, part, mentions: mentions)) {
                let limit = SlackLayout.plainLimit
                let text = SlackLayout.text.text(notification, part, limit: limit, mentions: mentions)
                return ["text": .string(text), "mrkdwn": false]
            }
        }
    }

    private static func own(_ payload: JSONObject, _ mentions: String) -> SlackMessage {
        var content: JSONObject = [:]
        for key in ["text", "attachments", "blocks", "mrkdwn"] { content[key] = payload[key] }
        let words = [mentions, payload["text"]?.stringValue ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
        if !words.isEmpty { content["text"] = .string(words) }
        // What remains when the publisher's blocks are refused.
        let summary = payload["attachments"]?[0]?["fallback"]?.stringValue ?? JSONValue.object(payload).description
        let text = words.isEmpty ? SlackLayout.rules.fit(summary, SlackLayout.plainLimit) : words
        return SlackMessage(content: content) { ["text": .string(text)] }
    }

    /// Errors of the layout, after which the same words go through as text.
    ///
    /// `invalid_attachments` also comes when Slack cannot load an image.
    static func refusesLayout(_ error: String) -> Bool {
        ["invalid_blocks", "invalid_attachments", "invalid_payload", "msg_blocks_too_long", "too_many_attachments"]
            .contains { error.hasPrefix($0) }
    }
}

extension JSONObject {
    /// These members and those of another object, which win.
    func merging(_ other: JSONObject) -> JSONObject {
        other.reduce(into: self) { $0[$1.key] = $1.value }
    }
}
