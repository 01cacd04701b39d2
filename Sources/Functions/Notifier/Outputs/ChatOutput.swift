import Basics
import Configuration
import Transport

/// One configured output: builds the messages for a notification and reads what the service responds.
///
/// It sends nothing itself. The sender performs what `messages(for:_:)` returns, in order, and asks `outcome(of:to:)`
/// what each response means.
struct ChatOutput: Sendable {
    let kind: OutputKind
    fileprivate let makeMessages: OutputKind.MakeMessages
    fileprivate let readResponse: OutputKind.ReadResponse

    /// What to send for a notification; never empty.
    ///
    /// More than one message where the service's limits split it, or where an earlier message changes its colour.
    func messages(for notification: Notification, _ options: MessageOptions) -> [OutboundMessage] {
        makeMessages(notification, options)
    }

    /// What the response to a message's request means.
    func outcome(of response: HTTPResponse, to message: OutboundMessage) -> SendOutcome {
        readResponse(ServiceResponse(response, from: kind.service), message)
    }
}

/// A kind of output: its name in the rules file, what its service can do, and how it is made from settings.
///
/// Kinds are values because the linker keeps types that conform to a protocol in every program, used or not.
struct OutputKind: Sendable {
    typealias MakeMessages = @Sendable (Notification, MessageOptions) -> [OutboundMessage]
    typealias ReadResponse = @Sendable (ServiceResponse, OutboundMessage) -> SendOutcome
    /// Reads what the service needs; each getter of the settings records the faults it finds.
    typealias Make = @Sendable (ConfigurationSection) -> (MakeMessages, ReadResponse)

    /// What `kind` in the rules file says, such as `google-chat`.
    let name: String
    /// The service's name in messages to people, such as `Google Chat`.
    let service: String
    /// Whether a message can show the graph of an alarm.
    let supportsImages: Bool
    /// Whether people read it, so that a burst may arrive as one message that lists many notifications.
    let supportsDigests: Bool
    private let make: Make

    init(
        _ name: String, service: String, supportsImages: Bool = false, supportsDigests: Bool = true,
        make: @escaping Make
    ) {
        self.name = name
        self.service = service
        self.supportsImages = supportsImages
        self.supportsDigests = supportsDigests
        self.make = make
    }

    /// Makes an output; only usable when `settings` has recorded no fault.
    func makeOutput(_ settings: ConfigurationSection) -> ChatOutput {
        let (makeMessages, readResponse) = make(settings)
        return ChatOutput(kind: self, makeMessages: makeMessages, readResponse: readResponse)
    }
}

extension OutputKind {
    /// Every kind, in the order in which error messages list them.
    static let all: [OutputKind] = [
        .slack, .slackBot, .slackForm, .slackText, .telegram, .teams, .discord, .dingTalk, .feishu, .weCom, .matrix,
        .mattermost, .googleChat, .pagerDuty, .webhook, .amazonQ, .rocketChat, .zulip, .ntfy, .opsgenie, .email, .sns,
        .eventBridge,
    ]
}

extension ConfigurationSection {
    /// A list of names, or names with commas between them: a variable has no other lists.
    func names(_ key: String) -> [String] {
        texts(key, acceptsOne: true).flatMap { $0.text.split(separator: ",") }
            .map { String($0.trimmingWhitespace) }.filter { !$0.isEmpty }
    }
}
