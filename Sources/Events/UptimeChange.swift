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
    }

    /// The same for every publication of one and the same change, so that a second one can be told.
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
