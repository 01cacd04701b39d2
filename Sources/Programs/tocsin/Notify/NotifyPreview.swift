import Basics
import ChatPages
import LocalCloud
import Notifier
import TextTables

/// The page of `tocsin notify --preview`, made from a plan of what would be sent.
struct NotifyPreview {
    /// The rules when there are none: the three chats whose look is drawn, with their default settings.
    static let sampleRules = """
        outputs:
          slack: {kind: slack, url: "https://hooks.slack.com/services/preview"}
          teams: {kind: teams, url: "https://teams.example.com/preview"}
          discord: {kind: discord, url: "https://discord.com/api/webhooks/preview"}
        """

    /// The variables by which the notifier knows its outputs; where none is set, the sample rules are used.
    static let variables = [
        "NOTIFY_CONFIG", "NOTIFY_CONFIG_TEXT", "OUTPUT_KIND", "SLACK_WEBHOOK_URL", "slack_webhook_url",
    ]

    let page: ChatPage

    init(_ plan: DeliveryPlan, time: Timestamp) {
        var sections: [ChatPage.Section] = []
        var positions: [String: Int] = [:]
        for message in plan.messages {
            let position = positions[message.content.key] ?? sections.count
            positions[message.content.key] = position
            if position == sections.count {
                sections.append(.init(title: message.title, severity: message.severity.rawValue, deliveries: []))
            }
            let request = ChatPage.Message(body: message.payload, fallback: message.fallback)
            let deliveries = sections[position].deliveries
            if let known = deliveries.firstIndex(where: { $0.output.name == message.output.name }) {
                sections[position].deliveries[known].messages.append(request)
            } else {
                sections[position].deliveries.append(Self.delivery(message, request))
            }
        }
        page = ChatPage(
            sections: sections, dropped: plan.dropped.map(\.title), notes: plan.decisions.compactMap(Self.note),
            time: time)
    }

    /// `ALARM: "cpu-high" … to ops: muted until 07:00 by mute[0]`; nil for what is sent, or dropped.
    private static func note(_ explained: DeliveryPlan.Explained) -> String? {
        switch explained.decision.outcome {
        case .sent, .dropped: nil
        case .muted, .grouped:
            "\(explained.title.cut(to: 200)) to \(explained.decision.output ?? "nobody"): \(explained.decision.text)"
        }
    }

    private static func delivery(_ message: DeliveryPlan.Message, _ request: ChatPage.Message) -> ChatPage.Delivery {
        let content = message.content
        // The messages of the functions that Tocsin replaces say what those said.
        let isCompared = !content.isPublishers && !["slack-form", "slack-text"].contains(message.output.kind)
        return ChatPage.Delivery(
            output: (message.output.name, message.output.kind, content.service), address: message.address,
            content: isCompared
                ? .init(title: message.title, text: content.text, fields: content.fields, links: content.links) : nil,
            messages: [request], hasGraph: content.hasGraph)
    }

    /// Writes the page and says on standard error what a reader should look at.
    /// - Throws: `ExitCode` when the file cannot be written, which is told then.
    func write(to file: String) throws {
        try writeOutput(String(decoding: page.html(), as: UTF8.self), to: file)
        let messages = page.sections.flatMap(\.deliveries).reduce(0) { $0 + $1.messages.count }
        let place = file == "-" ? "Drawn:" : "\(file) shows"
        printError("\(place) \(counted(messages, "message")). Nothing was sent.")
        for note in page.notes { printError("Note: \(note)") }
        for warning in page.warnings { printError("Note: \(warning)") }
    }
}
