import Configuration
import Events
public import FunctionRuntime
import JSON
import Transport

/// What the notifier would send for an event.
public struct Plan: Sendable {
    /// One message, as far as it may be shown: where secrets would be, addresses of `secret.invalid` stand.
    public struct Message: Sendable {
        /// The records of the event that it is about.
        public let records: [String]
        /// What it is about.
        public let title: String
        /// How much it matters.
        public let severity: Severity
        /// The output's name and kind.
        public let output: (name: String, kind: String)
        /// `POST slack.com`, or the ARN of a topic; `POST ***` for a webhook, whose address is a secret.
        public let address: String
        /// What would be sent; JSON is laid out over lines.
        public let body: String
    }

    /// A notification that the rules drop.
    public struct Dropped: Sendable {
        /// The record it is in.
        public let record: String
        /// What it is about.
        public let title: String
    }

    /// For each output in the order of sending.
    public var messages: [Message] = []
    /// What goes nowhere.
    public var dropped: [Dropped] = []
    /// How many notifications the event holds.
    public var notifications = 0
}

extension Notifier {
    /// What would be sent for an event: without sending, fetching secrets, or asking who has sent it before.
    /// - Throws: `NotifierError` when the rules cannot be had.
    public func plan(_ event: [UInt8], _ context: InvocationContext) async throws -> Plan {
        let rules = try await rules.current(deadline: context.deadline).value
        let dispatch = Dispatch(IncomingEvent(parsing: event, requestID: context.requestID, receivedAt: now()), rules)
        var plan = Plan(dropped: dispatch.dropped, notifications: dispatch.notifications)
        for (definition, jobs, records) in dispatch.loads {
            let output = try definition.makeOutput(secrets: definition.placeholders)
            for range in Burst.bundles(of: jobs, above: delivery.digestAbove, for: output) {
                let (notification, options) = Burst.content(of: Array(jobs[range]), now: now())
                plan.messages += output.messages(for: notification, options).map { message in
                    Plan.Message(
                        records: Array(records[range]), title: notification.title, severity: notification.severity,
                        output: (definition.name, definition.kind), address: message.address,
                        body: message.readableBody
                    )
                }
            }
        }
        return plan
    }
}

extension OutboundMessage {
    fileprivate var address: String {
        switch call {
        case .publish(let topicARN, _): return topicARN
        case .http(let request):
            let parts = request.url.split(separator: "/", maxSplits: 2)
            let host = parts.count > 1 ? String(parts[1]) : "***"
            return "\(request.method) " + (request.url.hasPrefix(OutputDefinition.placeholderRoot) ? "***" : host)
        }
    }

    fileprivate var readableBody: String {
        guard let json = try? JSONValue(parsing: bodyText) else { return bodyText }
        return String(decoding: json.serialized(.pretty), as: UTF8.self)
    }
}

/// Which notifications of an event go to which outputs.
struct Dispatch {
    /// One output's notifications in the event's order, with the ids of their records.
    private(set) var loads: [(output: OutputDefinition, jobs: [PendingNotification], records: [String])]
    /// What the rules drop.
    private(set) var dropped: [Plan.Dropped] = []
    /// In the whole event.
    private(set) var notifications = 0

    init(_ event: IncomingEvent, _ rules: Rules) {
        loads = rules.outputs.map { ($0, [], []) }
        let positions = Dictionary(rules.outputs.enumerated().map { ($1.name, $0) }) { first, _ in first }
        for (index, message) in event.messages.enumerated() {
            let record = message.queueID ?? "\(index)"
            for notification in message.notifications {
                notifications += 1
                let destinations = rules.destinations(of: notification)
                if destinations.isEmpty { dropped.append(.init(record: record, title: notification.title)) }
                for destination in destinations {
                    guard let position = positions[destination.output] else { continue }
                    loads[position].jobs.append(.init(notification: notification, mentions: destination.mentions))
                    loads[position].records.append(record)
                }
            }
        }
        loads.removeAll { $0.jobs.isEmpty }
    }
}
