public import Basics
import Configuration
import ConfigurationSources
import Events
public import FunctionRuntime
import JSON

/// Who gets what of an event, and why: the result of a dry run of the rules.
public struct RoutingTrace: Sendable {
    /// A condition of a route, and what it found.
    public struct Condition: Sendable, Hashable {
        /// Its key in the rules file: `severity`, `tags.team`, `fields.detail.state`.
        public let key: String
        /// What it asks for, as the file says it; any of them is enough.
        public let wanted: [String]
        /// What the notification has there; several for a field in a list.
        public let found: [String]
        /// Whether it holds.
        public let holds: Bool
    }

    /// A route that was looked at.
    public struct Route: Sendable, Hashable {
        /// Counted from 1; nil for `default`.
        public let number: Int?
        /// Where it begins in the rules file.
        public let line: Int?
        /// Whether the notification matches it.
        public let isMatch: Bool
        /// All of its conditions; none means that it takes everything.
        public let conditions: [Condition]
        /// Names of outputs; empty where it drops or only changes something.
        public let outputs: [String]
        /// Whether it ends the way of what matches, without an output.
        public let drops: Bool
        /// Whom it calls, such as `@here`.
        public let mentions: [String]
        /// What it sets: `severity`, `title`, `tags.team`, with the values.
        public let changes: [String]
        /// Whether the routes after it are looked at, too.
        public let goesOn: Bool
    }

    /// One place where a notification goes.
    public struct Destination: Sendable, Hashable {
        /// The output's name in the rules, and its kind.
        public let output: String, kind: String
        /// The title there, after what routes have set.
        public let title: String
        /// The severity there.
        public let severity: Severity
        /// Whom it calls.
        public let mentions: [String]
        /// What becomes of it there: `sent`, or why it waits or is muted.
        public let fate: String
    }

    /// A notification of the event.
    public struct Entry: Sendable, Hashable {
        /// The id of its record in a queue, or else the record's number from 1.
        public let record: String
        /// What it was read as, such as `CloudWatch alarm`.
        public let format: String
        /// Why it could not be read as that, and is shown as it is; nil when it could.
        public let problem: String?
        /// Before the rules change anything.
        public let title: String
        /// Before the rules change anything.
        public let severity: Severity
        /// The new state, in the service's own words.
        public let state: String?
        /// By what `source` in rules knows it.
        public let source: String
        /// The routes that were looked at, in their order.
        public let routes: [Route]
        /// Empty when nobody gets it.
        public let destinations: [Destination]
        /// Where the alarm's end goes, when that is not where it goes by itself.
        public let notes: [String]
    }

    /// In the order of the event.
    public let entries: [Entry]
}

extension Notifier {
    /// Reads an event and asks the rules: sends nothing, fetches no secrets and does not look for duplicates.
    /// - Parameter time: for which it is said what is muted; nil for now.
    /// - Throws: `NotifierError` when the rules cannot be read.
    public func trace(
        _ event: [UInt8], at time: Timestamp? = nil, _ context: InvocationContext
    ) async throws -> RoutingTrace {
        let rules = try await rules.current(deadline: context.deadline).value
        let event = IncomingEvent(parsing: event, requestID: context.requestID, receivedAt: now())
        let heard = event.messages.flatMap(\.notifications)
        let mutes = await state.mutes(rules, hearing: heard, isDryRun: true, until: context.deadline).0
        return RoutingTrace(event, rules, mutes, at: time ?? now())
    }
}

extension RoutingTrace {
    init(_ event: IncomingEvent, _ rules: Rules, _ mutes: Mutes? = nil, at now: Timestamp) {
        entries = event.messages.enumerated().flatMap { index, message in
            let reading = message.reading
            return reading.notifications.map { notification in
                Entry(notification, reading, record: message.queueID ?? "\(index + 1)", rules, mutes, at: now)
            }
        }
    }
}

extension RoutingTrace.Entry {
    fileprivate init(
        _ notification: Notification, _ reading: InputReading, record: String, _ rules: Rules, _ mutes: Mutes?,
        at now: Timestamp
    ) {
        var routes: [RoutingTrace.Route] = []
        let kinds = Dictionary(rules.outputs.map { ($0.name, $0.kind) }) { first, _ in first }
        let destinations = rules.destinations(of: notification) { route, notification, isMatch in
            routes.append(.init(route, number: routes.count + 1, notification, isMatch, rules.fallback))
        }
        let decisions = rules.decisions(for: notification, mutes: mutes, at: now)
        self.init(
            record: record, format: reading.format, problem: reading.problem, title: notification.title,
            severity: notification.severity, state: notification.state?.to, source: notification.source.rawValue,
            routes: routes,
            destinations: zip(destinations, decisions).map { destination, decision in
                RoutingTrace.Destination(
                    output: destination.output, kind: kinds[destination.output] ?? "",
                    title: destination.notification.title, severity: destination.notification.severity,
                    mentions: destination.mentions.map(\.text), fate: decision.text)
            }, notes: rules.notes(onEndOf: notification, destinations))
    }
}

extension Rules {
    /// What people should know of the end of an alarm: it has another severity and state, for which routes may ask.
    fileprivate func notes(onEndOf notification: Notification, _ destinations: [Destination]) -> [String] {
        guard notification.incidentKey != nil else { return [] }
        guard notification.severity > .ok else { return notes(onEnd: notification, destinations) }
        var end = notification
        (end.severity, end.state) = (.ok, nil)
        let form = Incident.Form(notification)
        let known = Set(self.destinations(of: end, as: form).map(\.output))
        let byItself = self.destinations(of: end).map(\.output)
        let places = destinations.map(\.output)
        let lost = places.filter { !known.contains($0) }
        if !lost.isEmpty {
            return ["a route takes its OK for itself: that does not go to \(lost.joined(separator: ", "))"]
        }
        let missed = places.filter { !byItself.contains($0) }
        guard !missed.isEmpty else { return [] }
        let other = byItself.isEmpty ? "nowhere" : "to \(byItself.joined(separator: ", "))"
        return [
            "its OK does not match by itself what leads to \(missed.joined(separator: ", ")): with NOTIFY_STATE it goes "
                + "there all the same, without it \(other)"
        ]
    }

    private func notes(onEnd notification: Notification, _ destinations: [Destination]) -> [String] {
        let byItself = destinations.map(\.output)
        return [Severity.critical, .warning].compactMap { severity in
            let state = notification.state?.from.map { StateChange(to: $0) }
            let form = Incident.Form(severity: severity, state: state, title: notification.title)
            let outputs = self.destinations(of: notification, as: form).map(\.output)
            guard outputs != byItself else { return nil }
            let place = outputs.isEmpty ? "nowhere" : "to \(outputs.joined(separator: ", "))"
            return "if its ALARM was \(severity), it goes where that went with NOTIFY_STATE: \(place)"
        }
    }
}

extension RoutingTrace.Route {
    /// - Parameter route: nil for `default`.
    fileprivate init(
        _ route: Rules.Route?, number: Int, _ notification: Notification, _ isMatch: Bool, _ fallback: Rules.Action
    ) {
        let action: Rules.Action? = route.map(\.action) ?? fallback
        // What is printed must not hold what no chat may show.
        var shown = notification
        shown.message = notification.shownMessage
        var (outputs, mentions): ([String], [Mention]) = ([], [])
        if case .send(let to, let calls) = action { (outputs, mentions) = (to, calls) }
        self.init(
            number: route == nil ? nil : number, line: route?.line, isMatch: isMatch,
            conditions: (route?.match.conditions ?? []).map { condition in
                RoutingTrace.Condition(
                    key: condition.key, wanted: condition.wanted, found: condition.found(in: shown),
                    holds: condition.holds(for: notification))
            },
            outputs: outputs, drops: action == .drop, mentions: mentions.map(\.text),
            changes: route?.changes.words ?? [], goesOn: route.map { $0.goesOn || $0.action == nil } ?? false)
    }
}

extension Changes {
    /// `severity: info`, `tags.team: data`.
    fileprivate var words: [String] {
        (severity.map { ["severity: \($0.rawValue)"] } ?? []) + (title.map { ["title: \($0)"] } ?? [])
            + tags.sorted { $0.key < $1.key }.map { "tags.\($0.key): \($0.value)" }
    }
}
