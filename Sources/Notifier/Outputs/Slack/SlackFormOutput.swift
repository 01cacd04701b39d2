import AWS
import JSON
import Transport

/// The message of the CloudWatch notifier that this one replaces, byte for byte: a form field `payload` with one
/// attachment.
///
/// For channels whose readers, or programs, are used to it.
struct SlackFormOutput: ChatOutput {
    static let kind = "slack-form"
    private let url: String
    private let sender: JSONObject

    init(_ settings: inout OutputSettings.Reader) {
        url = settings.secretURL()
        sender = settings.slackSender()
    }

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let (attachment, text) = Self.attachment(notification)
        let mentions = options.mentions.map(SlackLayout.mention)
        let words = (mentions + [text]).filter { !$0.isEmpty }.joined(separator: " ")
        let payload = sender.merging(["attachments": [attachment], "text": .string(words)])
        let form = "payload=" + percentEncoded(PythonText.json(.object(payload)), spaceAsPlus: true)
        let headers: HTTPHeaders = ["Content-Type": "application/x-www-form-urlencoded"]
        return [OutboundMessage(.http(OutboundMessage.request("POST", url, headers, Array(form.utf8))))]
    }

    func outcome(of response: HTTPResponse, to message: OutboundMessage) -> SendOutcome {
        SlackWebhookOutput.outcome(Answer(response, of: "Slack"), to: message)
    }

    private static func attachment(_ notification: Notification) -> (JSONValue, text: String) {
        let message = notification.message
        guard let name = message["AlarmName"]?.stringValue else {
            let value = SlackLayout.rules.fit(PythonText.json(message), 8_000)
            let field: JSONValue = ["title": "Message", "value": .string(value), "short": false]
            return (["fallback": "A new message", "fields": [field]], "AWS notification")
        }
        func word(_ key: String) -> String { SlackLayout.rules.fit(message[key]?.stringValue ?? "", 4_000) }
        let state = word("NewStateValue")
        let hasDescription = message["AlarmDescription"]?.stringValue != nil
        let description: JSONValue = hasDescription ? .string(word("AlarmDescription")) : .null
        let title = SlackLayout.rules.escape(name)
        let link =
            "https://console.aws.amazon.com/cloudwatch/home?region=\(notification.region ?? "")"
            + "#alarm:alarmFilter=ANY;name=" + percentEncoded(name, spaceAsPlus: true)
        let reason = state == "OK" ? "" : "\(word("NewStateReason"))   \(SlackLayout.rules.escape(link))"
        return (
            [
                "color": .string(["OK": "good", "INSUFFICIENT_DATA": "warning"][state] ?? "danger"),
                "fallback": .string("Alarm \(title) triggered"),
                "fields": [
                    ["title": .string(title), "value": description, "short": false],
                    [
                        "title": .string("\(word("OldStateValue")) -> \(state)"), "value": .string(reason),
                        "short": false,
                    ],
                ],
            ], ""
        )
    }
}
