import AWS
import Basics
import JSON
import Transport

extension OutputKind {
    /// A WeCom (WeChat Work) group robot (https://developer.work.weixin.qq.com/document/path/91770): Markdown of at most
    /// 4,096 bytes.
    static let weCom = OutputKind("wecom", service: "WeCom", supportsImages: true) { settings in
        let output = WeComOutput(&settings)
        return (output.messages, output.outcome)
    }
}

private struct WeComOutput {
    private static let limit = 4_096
    private static let imageLimit = 2 << 20
    private let url: String
    private let count: Int

    init(_ settings: inout OutputSettings.Reader) {
        url = settings.secretURL()
        count = settings.maximumMessages()
    }

    /// This Markdown has no escape character: an invisible one parts what would belong together.
    private static let rules = TextRules(
        Escaping([
            "&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "*\u{2060}", "]": "]\u{2060}", "#": "#\u{2060}", "`": "'",
        ]), .bytes)

    private static let markup = Markup(
        rules, bold: { "**\($0)**" }, link: { title, url in "[\(title)](\(url.replacingParentheses))" })

    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        let calls = options.mentions.map(Self.mention).joined(separator: " ")
        var messages = Self.markup.parts(of: notification, limit: Self.limit, count: count, mentions: calls).map {
            part in
            let text = Self.markup.text(notification, part, limit: Self.limit, mentions: calls)
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
        // More than 20 a minute are refused.
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
