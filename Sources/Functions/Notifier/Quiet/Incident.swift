import Basics
import JSON

/// What is known of an alarm from its beginning to its end, so that the end goes where the beginning went.
///
/// An `OK` has another severity, state and title than the `ALARM` that it ends, and routes ask for these. So the way of
/// the end is looked for with what was said while the alarm fired.
struct Incident: Sendable, Hashable {
    /// What routes may have looked at.
    struct Form: Sendable, Hashable {
        let severity: Severity
        let state: StateChange?
        let title: String
    }

    /// After this time a beginning that is older than the known end is taken as one that fires again.
    private static let longestOvertaking = Duration.seconds(6 * 3_600)
    private static let maximumForms = 4
    private static let maximumPlaces = 32

    /// What was said of it while it fired, the newest first: `critical`, and `warning` before that.
    private(set) var forms: [Form] = []
    /// The keys of the groups that its beginning was for, by the names of outputs.
    private(set) var places: [String: String] = [:]
    /// The outputs that were sent its beginning without a group.
    private(set) var told: Set<String> = []
    /// When it fired last.
    private(set) var fired: Timestamp?
    /// When it was over; nil while it fires.
    private(set) var over: Timestamp?

    /// Takes what is said of it.
    /// - Parameter places: the group for each output that it goes to.
    mutating func take(_ notification: Notification, places: [String: String], at now: Timestamp) {
        // A sender whose clock is wrong must not make all that comes later look old.
        let time = min(notification.time, now)
        if notification.severity == .ok {
            if fired.map({ $0 <= time }) ?? true { over = max(over ?? time, time) }
            return
        }
        guard !isOvertaken(notification, at: now) else { return }
        if over != nil { self = Incident() }
        fired = max(fired ?? time, time)
        let form = Form(notification)
        forms = Array(([form] + forms.filter { $0 != form }).prefix(Self.maximumForms))
        for (output, key) in places where self.places.count < Self.maximumPlaces || self.places[output] != nil {
            self.places[output] = key
        }
    }

    /// Notes that an output was sent its beginning.
    mutating func tell(_ output: String) {
        if over == nil, told.count < Self.maximumPlaces { told.insert(output) }
    }

    /// Whether an alarm comes after the end that it had: deliveries overtake one another.
    func isOvertaken(_ notification: Notification, at now: Timestamp) -> Bool {
        guard let over, notification.severity > .ok, now - over < Self.longestOvertaking else { return false }
        return notification.time < over
    }
}

extension Incident.Form {
    init(_ notification: Notification) {
        self.init(
            severity: notification.severity, state: notification.state.map { .init(to: $0.to) },
            title: notification.title.cut(300))
    }

    /// A notification as it would be if it said this.
    func applied(to notification: Notification) -> Notification {
        var notification = notification
        (notification.severity, notification.state, notification.title) = (severity, state, title)
        return notification
    }
}

extension Incident {
    /// The stored form.
    var json: JSONValue {
        var object: JSONObject = [
            "forms": .array(
                forms.map {
                    [.string($0.severity.rawValue), $0.state.map { .string($0.to) } ?? .null, .string($0.title)]
                }),
            "places": .object(JSONObject(places.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
        ]
        if !told.isEmpty { object["told"] = .array(told.sorted().map { .string($0) }) }
        if let fired { object["fired"] = .integer(fired.microseconds) }
        if let over { object["over"] = .integer(over.microseconds) }
        return .object(object)
    }

    /// Reads the stored form; nil for anything else.
    init?(_ json: JSONValue) {
        guard let forms = json["forms"]?.arrayValue else { return nil }
        self.forms = forms.compactMap { form in
            guard let severity = form[0]?.stringValue.flatMap(Severity.init(rawValue:)),
                let title = form[2]?.stringValue
            else { return nil }
            return Form(severity: severity, state: form[1]?.stringValue.map { StateChange(to: $0) }, title: title)
        }
        for (output, key) in json["places"]?.objectValue ?? [:] { places[output] = key.stringValue }
        told = Set((json["told"]?.arrayValue ?? []).compactMap(\.stringValue))
        fired = json["fired"]?.intValue.map { Timestamp(microseconds: $0) }
        over = json["over"]?.intValue.map { Timestamp(microseconds: $0) }
    }
}

/// The incidents that an event tells of, as they were before it and as it changes them.
struct KnownIncidents: Sendable {
    /// A place that an alarm's beginning was for and its end is not.
    struct Elsewhere: Sendable {
        let record: String
        let output: String
        /// The group that may know the alarm.
        let group: String
        let notification: Notification
    }

    /// Whether incidents are looked up at all.
    private(set) var isTracking = false
    private(set) var incidents: [String: Incident] = [:]
    /// What the event says of each, in its order.
    private(set) var changes: [String: [(notification: Notification, places: [String: String])]] = [:]
    /// Alarms that were over before they came, by the keys of their deliveries.
    private(set) var overtaken: Set<String> = []
    /// The groups that have to hear of an end that the rules send elsewhere.
    private(set) var elsewhere: [Elsewhere] = []
    private var now = Timestamp(microseconds: 0)

    /// Nothing is known, and nothing is kept.
    static var none: KnownIncidents { KnownIncidents() }

    /// Keeps what becomes of these incidents.
    static func tracking(_ incidents: [String: Incident], at now: Timestamp) -> KnownIncidents {
        var known = KnownIncidents()
        (known.isTracking, known.incidents, known.now) = (true, incidents, now)
        return known
    }

    /// What is known of the alarm that a notification tells of.
    subscript(_ notification: Notification) -> Incident? { notification.incidentKey.flatMap { incidents[$0] } }

    /// What was said of an alarm while it fired, for its end; nothing for any other notification.
    func forms(ofEnd notification: Notification) -> [Incident.Form] {
        notification.severity == .ok ? self[notification]?.forms ?? [] : []
    }

    /// Notes where a notification goes.
    mutating func take(_ notification: Notification, to destinations: [Rules.Destination], record: String) {
        guard isTracking, let key = notification.incidentKey else { return }
        var incident = incidents[key] ?? Incident()
        if incident.isOvertaken(notification, at: now) {
            overtaken.insert(notification.dedupeKey)
            return
        }
        if notification.severity == .ok {
            let outputs = Set(destinations.map(\.output))
            for (output, group) in incident.places.sorted(by: { $0.key < $1.key }) where !outputs.contains(output) {
                let told = destinations.first?.notification ?? notification
                elsewhere.append(.init(record: record, output: output, group: group, notification: told))
            }
        }
        let places = Dictionary(destinations.map { ($0.output, $0.groupKey) }) { first, _ in first }
        changes[key, default: []].append((notification, places))
        incident.take(notification, places: places, at: now)
        incidents[key] = incident
    }
}

extension Rules.Destination {
    /// The group that the notification waits in there, or is kept in while it is muted.
    fileprivate var groupKey: String {
        let id = place.grouping?.group(of: notification, to: output) ?? Grouping.hold(of: notification, to: output)
        return id.key
    }
}

extension Rules {
    /// Whether the way of an alarm's end could be another than that of its beginning.
    var askForState: Bool {
        routes.contains { route in
            route.grouping != nil
                || route.match.conditions.contains { condition in
                    switch condition {
                    case .severity, .atLeast: true
                    case .property(let property, _): property == .state || property == .title
                    case .tag, .field: false
                    }
                }
        }
    }
}
