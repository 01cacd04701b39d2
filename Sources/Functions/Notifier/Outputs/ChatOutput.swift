import Transport

/// One place of one service that notifications are sent to: a pure builder of messages and a reader of answers.
///
/// It does no input or output itself. The sender performs what `messages(for:_:)` gives, in order, and asks `outcome`
/// what each answer means. Adding a service is one type like this and its line in `OutputKind.all`.
protocol ChatOutput: Sendable {
    /// The name of the kind in the rules file, such as `slack` or `discord`.
    static var kind: String { get }

    /// Reads what the service needs; each `settings` getter notes the faults it finds.
    init(_ settings: inout OutputSettings.Reader)

    /// Whether a graph can go with a message.
    var supportsImages: Bool { get }

    /// Whether people read it, so that a burst may come as one message that lists many notifications.
    var supportsDigests: Bool { get }

    /// What to send for a notification: one message, more where the service's limits split it or where an earlier
    /// message is changed too. Never empty.
    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage]

    /// What the answer to a message's request means.
    func outcome(of response: HTTPResponse, to message: OutboundMessage) -> SendOutcome
}

extension ChatOutput {
    /// The name of the kind in the rules file.
    var kind: String { Self.kind }

    var supportsImages: Bool { false }

    var supportsDigests: Bool { true }
}

/// Every kind of output there is; their names are what `kind` in a rules file may say.
enum OutputKind {
    static let all: [any ChatOutput.Type] = [
        SlackWebhookOutput.self, SlackBotOutput.self, SlackFormOutput.self, SlackTextOutput.self, TelegramOutput.self,
        TeamsOutput.self, DiscordOutput.self, DingTalkOutput.self, FeishuOutput.self, WeComOutput.self,
        MatrixOutput.self, MattermostOutput.self, GoogleChatOutput.self, PagerDutyOutput.self, WebhookOutput.self,
        AmazonQOutput.self,
    ]
}
