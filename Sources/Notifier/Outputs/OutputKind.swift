/// Every kind of output there is; their names are what `kind` in a rules file may say.
enum OutputKind {
    static let all: [any ChatOutput.Type] = [
        SlackWebhookOutput.self, SlackBotOutput.self, SlackFormOutput.self, SlackTextOutput.self, TelegramOutput.self,
        TeamsOutput.self, DiscordOutput.self, DingTalkOutput.self, FeishuOutput.self, WeComOutput.self,
        MatrixOutput.self, MattermostOutput.self, GoogleChatOutput.self, PagerDutyOutput.self, WebhookOutput.self,
        AmazonQOutput.self,
    ]
}
