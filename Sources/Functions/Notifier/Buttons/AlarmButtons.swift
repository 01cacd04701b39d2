import Basics
import JSON

/// The buttons under an alarm in Slack, and what people have done with them.
struct AlarmButtons: Sendable {
    /// The name under which the alarm is kept.
    let id: String
    /// The group that sends the alarm, and reminds of it; nil for none.
    var group: String?
    /// Those that can be pressed, from left to right.
    var actions: [AlarmAction]
    /// What was done, in the order of the buttons.
    var deeds: [(AlarmAction, SentAlarm.Deed)] = []

    init(id: String, hasGraph: Bool) {
        self.id = id
        actions = hasGraph ? [.silence, .acknowledge, .graph] : [.silence, .acknowledge]
    }

    /// The buttons of a notification; nil for what is over, is no alarm, or whose sender has laid it out himself.
    init?(_ notification: Notification, output: String, group: String? = nil) {
        guard let incident = notification.incidentKey, notification.severity > .ok,
            !(notification.isTrusted && notification.slackPayload != nil)
        else { return nil }
        self.init(id: SentAlarm.id(incident, output: output), hasGraph: notification.graph != nil)
        self.group = group
    }
}

extension DeliveryContext {
    /// The buttons of a notification at an output; nil where there are none.
    func buttons(under notification: Notification, _ output: OutputDefinition, group: String? = nil) -> AlarmButtons? {
        guard buttons != nil, output.signingSecret != nil else { return nil }
        return AlarmButtons(notification, output: output.name, group: group)
    }
}

extension AlarmButtons {
    /// By these names the blocks are found again in a message.
    private static let actionsBlock = "tocsin-buttons"
    private static let deedsBlock = "tocsin-deeds"

    /// The blocks: who has done what, and the buttons.
    ///
    /// Names of people are plain text: they neither format nor mention.
    var blocks: [JSONValue] {
        var blocks: [JSONValue] = []
        if !deeds.isEmpty {
            let elements = deeds.map { action, deed in SlackLayout.plain(Self.line(action, deed)) }
            blocks.append([
                "type": "context", "block_id": .string(Self.deedsBlock), "elements": .array(elements),
            ])
        }
        guard !actions.isEmpty else { return blocks }
        let elements = actions.map { action -> JSONValue in
            [
                "type": "button", "action_id": .string(action.actionID), "text": SlackLayout.plain(action.label),
                "value": .string(id),
            ]
        }
        blocks.append(["type": "actions", "block_id": .string(Self.actionsBlock), "elements": .array(elements)])
        return blocks
    }

    /// A message's content with these blocks in place of the buttons that it has; nil for one without layout.
    func applied(to content: JSONValue) -> JSONValue? {
        guard let attachment = content["attachments"]?[0]?.objectValue, let blocks = attachment["blocks"]?.arrayValue,
            let place = blocks.firstIndex(where: Self.isOurs)
        else { return nil }
        var changed = blocks.filter { !Self.isOurs($0) }
        changed.insert(contentsOf: self.blocks, at: place)
        return Self.replaced(content, attachment, changed)
    }

    /// A message's content without buttons, for an alarm that is over; what was done stays.
    static func removed(from content: JSONValue) -> JSONValue {
        guard let attachment = content["attachments"]?[0]?.objectValue, let blocks = attachment["blocks"]?.arrayValue
        else { return content }
        return replaced(content, attachment, blocks.filter { $0["block_id"]?.stringValue != actionsBlock })
    }

    private static func isOurs(_ block: JSONValue) -> Bool {
        [actionsBlock, deedsBlock].contains(block["block_id"]?.stringValue)
    }

    private static func replaced(
        _ content: JSONValue, _ attachment: JSONObject, _ blocks: [JSONValue]
    ) -> JSONValue {
        guard var object = content.objectValue, var attachments = object["attachments"]?.arrayValue else {
            return content
        }
        var attachment = attachment
        attachment["blocks"] = .array(blocks)
        attachments[0] = .object(attachment)
        object["attachments"] = .array(attachments)
        return .object(object)
    }

    /// `Silenced by ada until 2026-11-29 15:42 UTC`, escaped.
    private static func line(_ action: AlarmAction, _ deed: SentAlarm.Deed) -> String {
        let name = SlackLayout.rules.fit(deed.user.name, 200)
        return switch action {
        case .silence: "🔕 Silenced by \(name) until \((deed.until ?? deed.time).minuteText)"
        case .acknowledge: "✅ Acknowledged by \(name) at \(deed.time.minuteText)"
        case .graph: "📈 Graph for \(name)"
        }
    }
}

extension AlarmButtons {
    /// What the thread is told of a deed, escaped.
    static func announcement(_ action: AlarmAction, _ deed: SentAlarm.Deed) -> String {
        let end = deed.silence.map { " Silence \($0): tocsin silence end \($0) ends it." } ?? ""
        return line(action, deed) + "." + (action == .acknowledge ? " No more reminders of it." : end)
    }

    /// What one hears who comes second, escaped.
    static func excuse(_ action: AlarmAction, _ deed: SentAlarm.Deed) -> String {
        deed.isConfirmed
            ? "Nothing to do: \(line(action, deed))."
            : "Nothing to do: \(SlackLayout.rules.fit(deed.user.name, 200)) is silencing it at this moment."
    }
}

extension Timestamp {
    /// `2026-11-29 15:42 UTC`.
    var minuteText: String {
        let text = iso8601(fractionDigits: 0)
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }
}
