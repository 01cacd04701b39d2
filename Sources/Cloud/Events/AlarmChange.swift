public import Basics
public import JSON

/// What the alarm provisioner did with alarms: what `alarm-provisioner` publishes and `notifier` reads.
public struct AlarmChange: Sendable, Hashable {
    /// How a run ended.
    public enum State: String, Sendable, CaseIterable {
        /// Everything was done.
        case done
        /// Some of it was not: the next run tries again.
        case partial
        /// A safety limit stopped it before anything was changed.
        case refused
        /// Nothing could be done.
        case failed
    }

    /// One alarm or mute rule.
    public struct Change: Sendable, Hashable {
        /// What was done with it.
        public enum Action: String, Sendable, CaseIterable {
            case created, updated, deleted
        }

        /// Created, updated or deleted.
        public var action: Action
        /// The name of the alarm or mute rule.
        public var alarm: String
        /// `123456789012/eu-central-1`.
        public var scope: String
        /// The ARN or id of the resource that it watches; nil for none.
        public var resource: String?
        /// Why, or which settings changed: `threshold 80 → 90`; at most ``maximumTextLength`` characters.
        public var reason: String?

        /// A change.
        public init(
            _ action: Action, alarm: String, scope: String, resource: String? = nil, reason: String? = nil
        ) {
            (self.action, self.alarm, self.scope) = (action, alarm, scope)
            (self.resource, self.reason) = (resource, reason)
        }
    }

    /// The same for every publication of one run, so that a second one can be told.
    public var id: String
    /// How the run ended.
    public var state: State
    /// Whose alarms they are.
    public var owner: String
    /// What began the run: `schedule`, `RunInstances`.
    public var trigger: String
    /// When the run ended.
    public var at: Timestamp
    /// How many alarms and mute rules were created.
    public var created: Int
    /// How many got other settings.
    public var updated: Int
    /// How many were deleted.
    public var deleted: Int
    /// US dollars a month more, or less.
    public var monthlyCost: Double
    /// At most ``maximumChanges`` of them.
    public var changes: [Change]
    /// What went wrong, at most ``maximumFailures`` texts of ``maximumTextLength`` characters.
    public var failures: [String]

    /// How many changes a message names: SNS takes 256 KB.
    public static let maximumChanges = 50
    /// How many failures a message names: people read ten.
    public static let maximumFailures = 10
    /// How many characters a reason or a failure has: one of an alarm's queries alone can have thousands.
    public static let maximumTextLength = 500

    /// A change.
    public init(
        id: String, state: State, owner: String, trigger: String, at: Timestamp, created: Int = 0, updated: Int = 0,
        deleted: Int = 0, monthlyCost: Double = 0, changes: [Change] = [], failures: [String] = []
    ) {
        (self.id, self.state, self.owner, self.trigger, self.at) = (id, state, owner, trigger, at)
        (self.created, self.updated, self.deleted, self.monthlyCost) = (created, updated, deleted, monthlyCost)
        self.changes = changes.prefix(Self.maximumChanges).map { change in
            var change = change
            change.reason = change.reason?.cut(scalars: Self.maximumTextLength)
            return change
        }
        self.failures = failures.prefix(Self.maximumFailures).map { $0.cut(scalars: Self.maximumTextLength) }
    }
}

extension AlarmChange {
    /// The value of the member `type`.
    public static let type = "tocsin.alarms.change"

    /// The message: `{"type":"tocsin.alarms.change","id":…,"state":"done","owner":…,"trigger":…,"at":…,"created":1,
    /// "updated":0,"deleted":0,"monthlyCost":0.1,"changes":[{"action":"created","alarm":…,"scope":…,"resource":…,
    /// "reason":…}],"failures":[…]}`, the time as ISO 8601 in UTC, without the members that are unknown.
    public var json: JSONValue {
        [
            "type": .string(Self.type), "id": .string(id), "state": .string(state.rawValue), "owner": .string(owner),
            "trigger": .string(trigger), "at": .string(at.iso8601), "created": .init(created),
            "updated": .init(updated), "deleted": .init(deleted), "monthlyCost": .double(monthlyCost),
            "changes": .array(changes.map(\.json)), "failures": .array(failures.map { .string($0) }),
        ]
    }

    /// Reads the message.
    /// - Throws: `EventError` with a path within the message.
    public init(_ value: JSONValue) throws(EventError) {
        let fields = try Fields(value, at: "")
        guard try fields.string("type") == Self.type else {
            throw fields.fault(.badValue, "type", "is not \"\(Self.type)\"")
        }
        let name = try fields.string("state")
        guard let state = State(rawValue: name) else {
            let states = State.allCases.map(\.rawValue).joined(separator: ", ")
            throw fields.fault(.badValue, "state", "\"\(name)\" is none of \(states)")
        }
        var changes: [Change] = []
        for (index, change) in (fields.object["changes"]?.arrayValue ?? []).enumerated() {
            changes.append(try Change(change, at: "changes[\(index)]"))
        }
        self.init(
            id: try fields.string("id"), state: state, owner: try fields.string("owner"),
            trigger: try fields.string("trigger"), at: try fields.time("at"),
            created: Int(fields.object["created"]?.intValue ?? 0),
            updated: Int(fields.object["updated"]?.intValue ?? 0),
            deleted: Int(fields.object["deleted"]?.intValue ?? 0),
            monthlyCost: fields.object["monthlyCost"]?.number ?? 0, changes: changes,
            failures: try fields.strings("failures"))
    }
}

extension AlarmChange.Change {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "action": .string(action.rawValue), "alarm": .string(alarm), "scope": .string(scope),
        ]
        object["resource"] = resource.map { .string($0) }
        object["reason"] = reason.map { .string($0) }
        return .object(object)
    }

    fileprivate init(_ value: JSONValue, at path: String) throws(EventError) {
        let fields = try Fields(value, at: path)
        let name = try fields.string("action")
        guard let action = Action(rawValue: name) else {
            throw fields.fault(.badValue, "action", "\"\(name)\" is neither created, updated nor deleted")
        }
        self.init(
            action, alarm: try fields.string("alarm"), scope: try fields.string("scope"),
            resource: try fields.optionalString("resource"), reason: try fields.optionalString("reason"))
    }
}
