import Basics
import Configuration
import ConfigurationSources
import Events
public import FunctionRuntime
import JSON
import RegularExpressions
import Transport

/// What the notifier would send for an event: the result of a dry run.
public struct DeliveryPlan: Sendable {
    /// One message; placeholders with the host `secret.invalid` replace its secrets.
    public struct Message: Sendable {
        /// The event's records that it tells about, by the queue's ids or else their numbers from 1; several for a
        /// digest.
        public let records: [String]
        /// The notification's title.
        public let title: String
        /// The notification's severity.
        public let severity: Severity
        /// The output's name in the rules file, and its kind.
        public let output: (name: String, kind: String)
        /// `POST slack.com`, the ARN of a topic, the recipients of an e-mail.
        ///
        /// It is `POST the parameter /slack` for a URL that was not fetched.
        public let address: String
        /// The request's body; JSON is indented.
        public let body: String
        /// The request's body, byte for byte.
        public let payload: String
        /// The body that is sent when the service refuses the first for its layout; nil when there is none.
        public let fallback: String?
        /// What it is made of.
        public let content: Content
    }

    /// What a message has to say, before the service's limits cut it.
    public struct Content: Sendable {
        /// Equal for all messages about the same notification, or the same list of several.
        public let key: String
        /// The service of the output, such as `Google Chat`.
        public let service: String
        /// The notification's text; may be empty.
        public let text: String
        /// Names and values.
        public let fields: [(name: String, value: String)]
        /// Labels and addresses.
        public let links: [(title: String, url: String)]
        /// Whether a graph is fetched and sent with it.
        public let hasGraph: Bool
        /// Whether the sender's own message of Slack goes out instead of all that.
        public let isPublishers: Bool
    }

    /// A notification that the rules drop.
    public struct Dropped: Sendable {
        /// The id of its record.
        public let record: String
        /// The notification's title.
        public let title: String
    }

    /// What becomes of a notification at one of its places.
    public struct Explained: Sendable {
        /// The id of its record.
        public let record: String
        /// The notification's title.
        public let title: String
        /// The notification's severity.
        public let severity: Severity
        /// The route, the output, and what becomes of it there.
        public let decision: Decision
    }

    /// Grouped by output; those of one output in the order of sending.
    ///
    /// What is muted is not among them; what waits in a group is, as it would be by itself.
    public var messages: [Message] = []
    /// Notifications that would be sent nowhere.
    public var dropped: [Dropped] = []
    /// How many notifications the event contains, dropped ones included.
    public var notifications = 0
    /// Why each notification goes where it goes, in the order of the event.
    public var decisions: [Explained] = []
}

extension Notifier {
    /// Plans the delivery of an event: sends nothing, fetches no secrets and does not look for duplicates.
    /// - Throws: `NotifierError` when the rules cannot be read.
    public func plan(_ event: [UInt8], _ context: InvocationContext) async throws -> DeliveryPlan {
        let rules = try await rules.current(deadline: context.deadline).value
        let event = IncomingEvent(parsing: event, requestID: context.requestID, receivedAt: now())
        let routed = RoutedEvent(event, rules, trusted: trusted)
        var plan = DeliveryPlan(dropped: routed.dropped, notifications: routed.notifications)
        let heard = routed.heard.map(\.notification)
        let mutes = await state.mutes(rules, hearing: heard, isDryRun: true, until: context.deadline).0
        plan.decisions = routed.received.flatMap { record, notification in
            rules.decisions(for: notification, mutes: mutes, at: now()).map {
                .init(record: record, title: notification.title, severity: notification.severity, decision: $0)
            }
        }
        for load in routed.loads.compactMap({ $0.sent(mutes, at: now()) }) {
            let output = try load.output.makeOutput(secrets: load.output.placeholders)
            for range in Burst.bundles(of: load.notifications, above: delivery.digestAbove, for: output) {
                var (notification, options) = Burst.content(of: Array(load.notifications[range]), now: now())
                if range.count == 1 { options.buttons = delivery.buttons(under: notification, load.output) }
                let content = DeliveryPlan.Content(
                    notification, output.kind, showsGraphs: delivery.graphs != nil && range.count == 1)
                plan.messages += output.messages(for: notification, options).map { message in
                    DeliveryPlan.Message(
                        records: Array(load.recordIDs[range]), title: notification.title,
                        severity: notification.severity, output: (load.output.name, load.output.kind),
                        address: message.address(secretURL: load.output.secrets["url"]), body: message.readableBody,
                        payload: message.bodyText, fallback: message.fallback?().bodyText, content: content
                    )
                }
            }
        }
        return plan
    }
}

extension DeliveryPlan.Content {
    fileprivate init(_ notification: Notification, _ kind: OutputKind, showsGraphs: Bool) {
        let isOfSlack = kind.service == OutputKind.slack.service
        self.init(
            key: notification.dedupeKey, service: kind.service, text: notification.text,
            fields: notification.fields.map { ($0.name, $0.value) },
            links: notification.links.map { ($0.title, $0.url) },
            hasGraph: showsGraphs && kind.supportsImages && notification.graph != nil,
            isPublishers: isOfSlack && notification.isTrusted && notification.slackPayload != nil)
    }
}

extension RoutedEvent.Load {
    /// What is not muted; nil when that is nothing.
    fileprivate func sent(_ mutes: Mutes, at now: Timestamp) -> RoutedEvent.Load? {
        var load = RoutedEvent.Load(output: output)
        for (pending, record) in zip(notifications, recordIDs)
        where mutes.reason(for: pending.notification, own: pending.place.windows, at: now) == nil {
            load.add(pending, record)
        }
        return load.notifications.isEmpty ? nil : load
    }
}

extension OutboundMessage {
    /// Where it goes, without the path: that of a webhook is its secret.
    fileprivate func address(secretURL: SecretReference?) -> String {
        switch call {
        case .publish(let topicARN, _): return topicARN
        case .aws(let request): return request.destination
        case .withheld(let reason): return "nowhere: \(reason)"
        case .http(let request):
            guard request.url.hasPrefix(OutputDefinition.placeholderRoot) else {
                return "\(request.method) \(Self.host(of: request.url))"
            }
            switch secretURL {
            case .plain(let url): return "\(request.method) \(Self.host(of: url))"
            case let reference?: return "\(request.method) \(reference)"
            case nil: return request.method
            }
        }
    }

    private static func host(of url: String) -> String {
        let authority = url.split(separator: "/", maxSplits: 2).dropFirst().first ?? ""
        let host = authority.split(separator: "@").last ?? ""
        return String(host.prefix { $0 != "?" && $0 != "#" })
    }

    fileprivate var readableBody: String {
        guard let json = try? JSONValue(parsing: bodyText) else { return bodyText }
        return String(decoding: json.serialized(.pretty), as: UTF8.self)
    }
}

/// The notifications of one event, sorted by the outputs that the rules send them to.
struct RoutedEvent {
    /// What one output gets, in the order of the event.
    struct Load {
        let output: OutputDefinition
        var notifications: [PendingNotification] = []
        /// The record of each notification, by position.
        var recordIDs: [String] = []

        mutating func add(_ notification: PendingNotification, _ record: String) {
            notifications.append(notification)
            recordIDs.append(record)
        }
    }

    /// Only outputs that get something.
    private(set) var loads: [Load]
    private(set) var dropped: [DeliveryPlan.Dropped] = []
    /// How many notifications the event contains.
    private(set) var notifications = 0
    /// The notifications by their records, as they came.
    private(set) var received: [(record: String, notification: Notification)] = []
    /// The notifications by their records, as the first route changes them: some may inhibit others.
    private(set) var heard: [(record: String, notification: Notification)] = []
    /// What the notifier has sent to itself, by records.
    private(set) var wakes: [(record: String, wake: Wake)] = []
    /// What is known of the alarms in it, and what it changes.
    private(set) var incidents: KnownIncidents

    /// - Parameters:
    ///   - trusted: whose messages may use Slack's markup; a route can say so as well.
    ///   - incidents: the alarms as they were known before: their ends go where they went.
    init(
        _ event: IncomingEvent, _ rules: Rules, trusted: [TextPattern], incidents: KnownIncidents = .none
    ) {
        self.incidents = incidents
        loads = rules.outputs.map { Load(output: $0) }
        let positions = Dictionary(rules.outputs.enumerated().map { ($1.name, $0) }) { first, _ in first }
        for (index, message) in event.messages.enumerated() {
            let record = message.queueID ?? "\(index + 1)"
            if let wake = Wake(message.value) {
                wakes.append((record, wake))
                continue
            }
            let isTrusted = trusted.matches(event.sender(of: message))
            for notification in message.notifications {
                notifications += 1
                let destinations = rules.destinations(
                    of: notification, after: self.incidents.forms(ofEnd: notification))
                self.incidents.take(notification, to: destinations, record: record)
                received.append((record, notification))
                if !self.incidents.overtaken.contains(notification.dedupeKey) {
                    heard.append((record, destinations.first?.notification ?? notification))
                }
                if destinations.isEmpty { dropped.append(.init(record: record, title: notification.title)) }
                for destination in destinations {
                    guard let position = positions[destination.output] else { continue }
                    var notification = destination.notification
                    notification.isTrusted = isTrusted || destination.isTrusted
                    loads[position].add(
                        .init(notification: notification, mentions: destination.mentions, place: destination.place),
                        record)
                }
            }
        }
        loads.removeAll { $0.notifications.isEmpty }
    }
}

extension IncomingEvent {
    /// Who delivered a message, by what the platform says and not by what the message says: the topic's ARN, `queue`,
    /// `http` or `direct`.
    fileprivate func sender(of message: IncomingMessage) -> String {
        switch kind {
        case .topic: message.topicARN ?? "topic"
        case .queue: "queue"
        case .http: "http"
        case .direct: "direct"
        }
    }
}
