import Basics
import Configuration
import JSON

extension OutputKind {
    /// An SNS topic that Amazon Q Developer in chat applications (AWS Chatbot) shows in chat.
    ///
    /// It takes custom notifications (https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html); it
    /// drops other messages that it does not know, without an error.
    static let amazonQ = OutputKind("amazon-q", service: "Amazon Q", supportsDigests: false) { settings in
        let output = AmazonQOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct AmazonQOutput {
    /// In UTF-16 units; SNS accepts 256 KB, but chat rooms show only a few thousand characters.
    private static let textLimit = 8_000
    private let topicARN: String
    private let count: Int

    init(_ settings: ConfigurationSection) {
        topicARN = settings.requiredText("topic")
        count = settings.maximumMessages()
        if !topicARN.isEmpty && !topicARN.hasPrefix("arn:") {
            settings.fault("topic", expected: "a topic's ARN")
        }
    }

    /// Amazon Q converts this Markdown to the chat's own, where `<` starts mentions and links in Slack.
    private static let rules = TextRules(
        Escaping(
            ["&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "\\*", "_": "\\_", "`": "'", "~": "\\~"], keepsURLs: true),
        .utf16)

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let limit = Self.textLimit
        return notification.parts(Self.rules, first: limit, others: limit, count: count).map { part in
            let message: JSONValue = [
                "version": "1.0", "source": "custom", "id": .string("\(options.idempotencyKey)-\(part.index)"),
                "content": .object(Self.content(notification, part)), "metadata": .object(Self.metadata(notification)),
            ]
            return OutboundMessage(.publish(topicARN: topicARN, message: message.description))
        }
    }

    private static func content(_ notification: Notification, _ part: Notification.Part) -> JSONObject {
        let title = "\(notification.severity.dot) \(notification.title(of: part, rules, 240))"
        var lines = [rules.escape(part.text)].filter { !$0.isEmpty }
        if part.isFirst {
            lines += notification.fittingFields(count: 20, room: textLimit) { field in
                let line = "*\(rules.fit(field.name, 100)):* \(rules.fit(field.value, 500))"
                return (line, line.utf16.count)
            }
        }
        // The description must not be empty.
        lines.append(rules.escape(notification.footer))
        var content: JSONObject = [
            "textType": "client-markdown", "title": .string(title),
            "description": .string(lines.joined(separator: "\n")),
        ]
        let links = part.isFirst ? notification.links.prefix(10).map { "\(rules.fit($0.title, 100)): \($0.url)" } : []
        if !links.isEmpty { content["nextSteps"] = .array(links.map { .string($0) }) }
        let keywords = [notification.source.rawValue] + [notification.region].compactMap { $0 }
        content["keywords"] = .array(keywords.map { .string($0) })
        return content
    }

    /// Not used in practice: the AWS client reads what SNS answers.
    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        return response.isSuccess ? .delivered(nil) : response.failure()
    }

    private static func metadata(_ notification: Notification) -> JSONObject {
        var metadata: JSONObject = [
            "summary": .string(rules.fit(notification.title, 240)), "eventType": .string(notification.source.rawValue),
        ]
        if let incident = notification.incidentKey { metadata["threadId"] = .string(Digest.sha256Hex(incident)) }
        if let resource = notification.resource { metadata["relatedResources"] = [.string(resource)] }
        var context: JSONObject = ["severity": .string(notification.severity.rawValue)]
        context["state"] = notification.state.map { .string($0.to) }
        context["account"] = notification.account.map { .string($0) }
        metadata["additionalContext"] = .object(context)
        return metadata
    }
}
