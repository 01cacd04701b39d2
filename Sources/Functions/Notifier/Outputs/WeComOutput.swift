import Basics
import Configuration
import JSON

extension OutputKind {
    /// A WeCom (WeChat Work) group robot: Markdown (https://developer.work.weixin.qq.com/document/path/91770).
    static let weCom = OutputKind("wecom", service: "WeCom", supportsImages: true) { settings in
        let output = WeComOutput(settings)
        return (output.messages, output.outcome)
    }
}

private struct WeComOutput {
    /// In bytes.
    private static let limit = 4_096
    /// In bytes.
    private static let imageLimit = 2 << 20
    private let url: String
    private let count: Int

    init(_ settings: ConfigurationSection) {
        url = settings.secretURL()
        count = settings.maximumMessages()
    }

    /// This Markdown has no escape character; an invisible word joiner after a character keeps it from being markup.
    private static let rules = TextRules(
        Escaping([
            "&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "*\u{2060}", "]": "]\u{2060}", "#": "#\u{2060}", "`": "'",
        ]), .bytes)

    private static let markup = Markup(
        rules, bold: { "**\($0)**" }, link: { title, url in "[\(title)](\(url.encodedForMarkdown))" })

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let mentions = options.mentions.map(Self.mention).joined(separator: " ")
        var messages = Self.markup.parts(of: notification, limit: Self.limit, count: count, mentions: mentions).map {
            part in
            let text = Self.markup.text(notification, part, limit: Self.limit, mentions: mentions)
            return OutboundMessage(to: url, json: ["msgtype": "markdown", "markdown": ["content": .string(text)]])
        }
        if let image = options.image, image.count <= Self.imageLimit {
            let content: JSONValue = ["base64": .string(Base64.encode(image)), "md5": .string(Digest.md5(image).hex)]
            var graph = OutboundMessage(to: url, json: ["msgtype": "image", "image": content])
            graph.isOptional = true
            messages.append(graph)
        }
        return messages
    }

    func outcome(of response: ServiceResponse, to message: OutboundMessage) -> SendOutcome {
        // WeCom refuses more than 20 messages a minute.
        response.robotOutcome(
            rateLimited: [45009, 45033], unavailable: [-1, 50001], unauthorized: [93000, 40058])
    }

    private static func mention(_ mention: Mention) -> String {
        switch mention {
        case .everyone, .here: "<@all>"
        case .user(let id), .group(let id): "<@\(id.filter { $0 != "<" && $0 != ">" })>"
        }
    }
}
