public import Basics
public import JSON

/// An endpoint went down, or is up again: what `uptime-checker` publishes and `notifier` reads.
public struct UptimeChange: Sendable, Hashable {
    /// What an endpoint is.
    public enum State: String, Sendable, CaseIterable {
        /// Its checks fail.
        case down
        /// Its checks succeed.
        case up
    }

    /// Whom the change is about.
    public struct Endpoint: Sendable, Hashable {
        /// The name in the configuration.
        public var name: String
        /// The group in the configuration.
        public var group: String?
        /// The address without user, password and secret parameters; `nil` when the configuration hides it.
        public var url: String?

        /// Names an endpoint.
        public init(name: String, group: String? = nil, url: String? = nil) {
            self.name = name
            self.group = group
            self.url = url
        }

        /// `group/name`, or the name alone.
        public var displayName: String { group.map { "\($0)/\(name)" } ?? name }
    }

    /// The same for every publication of one and the same change, so that a second one can be told; of its own for
    /// every outage.
    public var id: String
    /// The endpoint's state now.
    public var state: State
    /// The endpoint.
    public var endpoint: Endpoint
    /// When the outage began: the start of its first failed check.
    public var since: Timestamp
    /// When the change was seen.
    public var at: Timestamp
    /// The conditions that failed, as Gatus shows them (`[STATUS] (500) == 200`); for `up` those of the last failure.
    public var failedConditions: [String]
    /// What went wrong, without secrets; for `up` at the last failure.
    public var errors: [String]
    /// The region that the checks ran in.
    public var region: String?

    /// Makes a change.
    public init(
        id: String, state: State, endpoint: Endpoint, since: Timestamp, at: Timestamp, failedConditions: [String] = [],
        errors: [String] = [], region: String? = nil
    ) {
        self.id = id
        self.state = state
        self.endpoint = endpoint
        self.since = since
        self.at = at
        self.failedConditions = failedConditions
        self.errors = errors
        self.region = region
    }

    /// How long the outage lasts, or lasted.
    public var duration: Duration { max(.zero, at - since) }
}

extension UptimeChange {
    /// The value of the member `type`.
    public static let type = "tocsin.uptime.change"

    /// The message: `{"type":"tocsin.uptime.change","id":…,"state":"down","endpoint":{"name":…,"group":…,"url":…},
    /// "since":…,"at":…,"durationSeconds":…,"failedConditions":[…],"errors":[…],"region":…}`, times as ISO 8601 in UTC,
    /// without the members that are unknown.
    public var json: JSONValue {
        var who: JSONObject = ["name": .string(endpoint.name)]
        if let group = endpoint.group { who["group"] = .string(group) }
        if let url = endpoint.url { who["url"] = .string(url) }
        var message: JSONObject = [
            "type": .string(Self.type), "id": .string(id), "state": .string(state.rawValue), "endpoint": .object(who),
            "since": .string(since.iso8601), "at": .string(at.iso8601),
            "durationSeconds": .integer(duration.components.seconds),
            "failedConditions": .array(failedConditions.map { .string($0) }),
            "errors": .array(errors.map { .string($0) }),
        ]
        if let region { message["region"] = .string(region) }
        return .object(message)
    }

    /// Reads the message; `durationSeconds` is not read, it follows from the times.
    /// - Throws: `EventError` with a path within the message.
    public init(_ value: JSONValue) throws(EventError) {
        let fields = try Fields(value, at: "")
        guard try fields.string("type") == Self.type else {
            throw fields.fault(.badValue, "type", "is not \"\(Self.type)\"")
        }
        let name = try fields.string("state")
        guard let state = State(rawValue: name) else {
            throw fields.fault(.badValue, "state", "\"\(name)\" is neither \"down\" nor \"up\"")
        }
        let endpoint = try Fields(try fields.value("endpoint"), at: "endpoint")
        self.init(
            id: try fields.string("id"), state: state,
            endpoint: Endpoint(
                name: try endpoint.string("name"), group: try endpoint.optionalString("group"),
                url: try endpoint.optionalString("url")
            ),
            since: try fields.time("since"), at: try fields.time("at"),
            failedConditions: try fields.strings("failedConditions"), errors: try fields.strings("errors"),
            region: try fields.optionalString("region")
        )
    }
}
