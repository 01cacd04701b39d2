public import Basics
internal import JSON
internal import Markup
internal import StatusPages

/// A page that shows messages as Slack, Teams and Discord would show them, read from the payloads that they would get.
///
/// It holds all that it needs, runs no scripts and asks nobody for anything.
public struct ChatPage: Sendable {
    /// What a notification says, before an output cuts it.
    public struct Content: Sendable {
        /// One line.
        public var title: String
        /// May be empty.
        public var text: String
        /// Names and values.
        public var fields: [(name: String, value: String)]
        /// Labels and addresses.
        public var links: [(title: String, url: String)]

        /// A content to compare the messages with.
        public init(
            title: String, text: String, fields: [(name: String, value: String)],
            links: [(title: String, url: String)]
        ) {
            (self.title, self.text, self.fields, self.links) = (title, text, fields, links)
        }
    }

    /// One request to an output.
    public struct Message: Sendable {
        /// The body, as it would be sent.
        public var body: String
        /// What is sent when the service refuses the first; nil for nothing.
        public var fallback: String?

        /// A request.
        public init(body: String, fallback: String?) { (self.body, self.fallback) = (body, fallback) }
    }

    /// What one output is sent for one notification.
    public struct Delivery: Sendable {
        /// The output's name in the rules, its kind, and the service that the kind is of.
        public var output: (name: String, kind: String, service: String)
        /// Where it goes, without secrets.
        public var address: String
        /// What has to be shown; nil where the message is not made of it.
        public var content: Content?
        /// In the order of sending.
        public var messages: [Message]
        /// Whether a graph is added when it is sent.
        public var hasGraph: Bool

        /// What one output is sent.
        public init(
            output: (name: String, kind: String, service: String), address: String, content: Content?,
            messages: [Message], hasGraph: Bool
        ) {
            (self.output, self.address, self.content) = (output, address, content)
            (self.messages, self.hasGraph) = (messages, hasGraph)
        }
    }

    /// What all outputs are sent for one notification.
    public struct Section: Sendable {
        /// The notification's title.
        public var title: String
        /// `critical`, `warning`, `info` or `ok`.
        public var severity: String
        /// By output, in the order of the rules.
        public var deliveries: [Delivery]

        /// What all outputs are sent.
        public init(title: String, severity: String, deliveries: [Delivery]) {
            (self.title, self.severity, self.deliveries) = (title, severity, deliveries)
        }
    }

    /// By notification.
    public var sections: [Section]
    /// Titles of notifications that go nowhere.
    public var dropped: [String]
    /// What is not sent at once, a sentence each: it is muted, or waits in a group.
    public var notes: [String]
    /// When the messages were made.
    public var time: Timestamp

    /// A page of these.
    public init(sections: [Section], dropped: [String], notes: [String] = [], time: Timestamp) {
        (self.sections, self.dropped, self.notes, self.time) = (sections, dropped, notes, time)
    }
}

extension ChatPage {
    /// A delivery as it is drawn.
    struct Drawn {
        let delivery: Delivery
        let messages: [ChatMessage]
        let leftOut: [String]

        init(_ delivery: Delivery) {
            self.delivery = delivery
            var messages = delivery.messages.map { ChatMessage($0.body, kind: delivery.output.kind) }
            let isDrawn = messages.allSatisfy { $0.look != .plain }
            leftOut = isDrawn ? delivery.content.map { LeftOut(of: $0, in: messages).sentences } ?? [] : []
            if delivery.hasGraph, isDrawn, !messages.isEmpty { messages[0].addGraph() }
            self.messages = messages
        }
    }

    /// What a reader should know of the drawings, a line each: what is refused, and what is left out.
    public var warnings: [String] {
        sections.flatMap { section in
            section.deliveries.flatMap { delivery -> [String] in
                let drawn = Drawn(delivery)
                let place = "\(delivery.output.name): \(section.title)"
                let faults = drawn.messages.flatMap(\.faults).map { fault in
                    let verb = fault.isRefusal ? "refuses" : "does not show all of"
                    return "\(place): \(delivery.output.service) \(verb) the message: \(fault.sentence)"
                }
                return faults + drawn.leftOut.map { "\(place): \($0)" }
            }
        }
    }

    /// The page, UTF-8.
    public func html() -> [UInt8] {
        var head = PageHead(title: "How the chats show it")
        (head.styles, head.scripts) = ([BaseStyle.text, ChatStyle.text, ChatPageStyle.text], [])
        var html = HTML()
        html.literal("<!DOCTYPE html>\n")
        html.element("html", ["lang": "en"]) { html in
            head.write(into: &html)
            html.element("body") { html in
                html.element("a", ["class": "skip", "href": "#main"], "Skip to the messages")
                html.masthead("Tocsin", "message preview", label: "Contents")
                html.element("main", ["id": "main"]) { html in write(into: &html) }
                html.element("footer") { html in
                    html.element(
                        "p",
                        "Drawn from the payloads that the outputs would be sent, by tocsin \(TocsinVersion.current) at "
                            + "\(time.iso8601(fractionDigits: 0)). The services’ own programs may look a little different."
                    )
                }
            }
        }
        return html.bytes
    }
}
