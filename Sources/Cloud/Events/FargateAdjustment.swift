public import Basics
public import JSON

/// How an adjustment of Fargate services ended: what `fargate-adjuster` publishes and `notifier` reads.
public struct FargateAdjustment: Sendable {
    /// How a run, or one service in it, ended.
    public enum State: String, Sendable {
        /// Healthy on the new values.
        case succeeded
        /// It had the wanted values already.
        case unchanged
        /// It failed, and is healthy on the former values again.
        case restored
        /// It failed before anything was changed, or nothing is left of the service.
        case nothingToRestore = "nothing to restore"
        /// It failed, and the way back failed, too: somebody has to look.
        case stillBroken = "still broken"
        /// Only of a run: nothing was begun, and the same request would be refused again.
        case refused
        /// Only of a run: it ended without an outcome.
        case failed
    }

    /// One setting of a service.
    public struct Change: Sendable {
        /// Such as `cpu`.
        public var setting: String
        /// Such as `0.5 vCPU`; nil for a variable that was not there.
        public var from: String?
        /// Such as `1 vCPU`.
        public var to: String

        /// A change.
        public init(_ setting: String, from: String?, to: String) {
            (self.setting, self.from, self.to) = (setting, from, to)
        }
    }

    /// Why a service did not get its new values.
    public struct Cause: Sendable {
        /// Such as `out-of-memory`.
        public var kind: String
        /// For people, with ECS's own words.
        public var text: String

        /// A cause.
        public init(_ kind: String, _ text: String) { (self.kind, self.text) = (kind, text) }
    }

    /// What became of one service.
    public struct Outcome: Sendable {
        /// The component's name.
        public var component: String
        /// The service's ARN, or its name where it could not be read.
        public var service: String
        /// How it ended.
        public var state: State
        /// Why it did not succeed; nil when it did.
        public var cause: Cause?
        /// For people, one line.
        public var message: String
        /// The ARN of the revision that the service is on now, as far as it is known.
        public var taskDefinition: String?
        /// The ARN of the revision from before.
        public var formerTaskDefinition: String?
        /// What was wanted, whether or not the service has it now.
        public var changes: [Change] = []
        /// What did not go as wanted beside.
        public var warnings: [String] = []
        /// When the run was planned.
        public var startedAt: Timestamp?
        /// When it was known how it ended.
        public var endedAt: Timestamp?

        /// An outcome.
        public init(component: String, service: String, _ state: State, _ message: String) {
            (self.component, self.service, self.state, self.message) = (component, service, state, message)
        }
    }

    /// The run's id: the same for every publication of it, so that a second one can be told.
    public var id: String
    /// That of the worst outcome, or why there are none.
    public var state: State
    /// When it was published.
    public var at: Timestamp
    /// For people, one line.
    public var message: String
    /// The kind of error of a run that was refused, such as `invalidInput`.
    public var error: String?
    /// One for each service.
    public var outcomes: [Outcome]

    /// The end of a run.
    public init(
        id: String, state: State, at: Timestamp, message: String, error: String? = nil, outcomes: [Outcome] = []
    ) {
        (self.id, self.state, self.at, self.message) = (id, state, at, message)
        (self.error, self.outcomes) = (error, outcomes)
    }
}

extension FargateAdjustment {
    /// The value of the member `type`.
    public static let type = "tocsin.fargate.adjustment"

    /// The message: `{"type":"tocsin.fargate.adjustment","id":…,"at":…,"run":…,"state":"restored","message":…,
    /// "error":…,"outcomes":[{"component":…,"service":…,"state":…,"cause":{"kind":…,"text":…},"message":…,
    /// "taskDefinition":…,"formerTaskDefinition":…,"changes":[{"setting":…,"from":…,"to":…}],"warnings":[…],
    /// "startedAt":…,"endedAt":…}]}`, times as ISO 8601 in UTC, without the members that are unknown; `run` is the id.
    public var json: JSONValue {
        var object: JSONObject = [
            "type": .string(Self.type), "id": .string(id), "at": .string(at.iso8601), "run": .string(id),
            "state": .string(state.rawValue), "message": .string(message),
        ]
        object["error"] = error.map { .string($0) }
        if !outcomes.isEmpty { object["outcomes"] = .array(outcomes.map(\.json)) }
        return .object(object)
    }

    /// Reads the message.
    /// - Throws: `EventError` with a path within the message.
    public init(_ value: JSONValue) throws(EventError) {
        let fields = try Fields(value, at: "")
        guard try fields.string("type") == Self.type else {
            throw fields.fault(.badValue, "type", "is not \"\(Self.type)\"")
        }
        var outcomes: [Outcome] = []
        for (index, outcome) in (fields.object["outcomes"]?.arrayValue ?? []).enumerated() {
            outcomes.append(try Outcome(outcome, at: "outcomes[\(index)]"))
        }
        self.init(
            id: try fields.string("id"), state: try fields.state(), at: try fields.time("at"),
            message: try fields.string("message"), error: try fields.optionalString("error"), outcomes: outcomes)
    }
}

extension FargateAdjustment {
    /// The message as text, short enough for SNS, which takes 256 KiB with the subject.
    ///
    /// Variables and ECS's words can be long, and services many. First long texts are cut, then settings and warnings
    /// are left out, of at most ``maximumShortOutcomes`` services, the worst first.
    public var text: String {
        var text = json.description
        guard text.utf8.count > Self.maximumBytes else { return text }
        text = shortened(to: 500).json.description
        guard text.utf8.count > Self.maximumBytes else { return text }
        var short = shortened(to: 100)
        for index in short.outcomes.indices {
            (short.outcomes[index].changes, short.outcomes[index].warnings) = ([], [])
        }
        let worst = State.worstFirst.flatMap { state in short.outcomes.filter { $0.state == state } }
        short.outcomes = Array(worst.prefix(Self.maximumShortOutcomes))
        return short.json.description
    }

    /// How long a message may be.
    public static let maximumBytes = 250_000
    /// How many services a message names that is too long otherwise.
    public static let maximumShortOutcomes = 100

    private func shortened(to length: Int) -> FargateAdjustment {
        var copy = self
        copy.message = message.cut(scalars: length)
        copy.outcomes = outcomes.map { outcome in
            var outcome = outcome
            outcome.message = outcome.message.cut(scalars: length)
            outcome.cause = outcome.cause.map { .init($0.kind, $0.text.cut(scalars: length)) }
            outcome.changes = outcome.changes.map {
                .init($0.setting, from: $0.from?.cut(scalars: length), to: $0.to.cut(scalars: length))
            }
            outcome.warnings = outcome.warnings.map { $0.cut(scalars: length) }
            return outcome
        }
        return copy
    }
}

extension FargateAdjustment.State {
    /// Those of services, the worst first.
    public static let worstFirst: [Self] = [.stillBroken, .restored, .nothingToRestore, .succeeded, .unchanged]
}

extension FargateAdjustment.Outcome {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "component": .string(component), "service": .string(service), "state": .string(state.rawValue),
        ]
        object["cause"] = cause.map { ["kind": .string($0.kind), "text": .string($0.text)] }
        object["message"] = .string(message)
        object["taskDefinition"] = taskDefinition.map { .string($0) }
        object["formerTaskDefinition"] = formerTaskDefinition.map { .string($0) }
        object["changes"] = .array(changes.map(\.json))
        object["warnings"] = .array(warnings.map { .string($0) })
        object["startedAt"] = startedAt.map { .string($0.iso8601) }
        object["endedAt"] = endedAt.map { .string($0.iso8601) }
        return .object(object)
    }

    fileprivate init(_ value: JSONValue, at path: String) throws(EventError) {
        let fields = try Fields(value, at: path)
        self.init(
            component: try fields.string("component"), service: try fields.string("service"), try fields.state(),
            try fields.string("message"))
        if let value = fields.object["cause"], value != .null {
            let cause = try Fields(value, at: path + ".cause")
            self.cause = .init(try cause.string("kind"), try cause.string("text"))
        }
        taskDefinition = try fields.optionalString("taskDefinition")
        formerTaskDefinition = try fields.optionalString("formerTaskDefinition")
        for (index, change) in (fields.object["changes"]?.arrayValue ?? []).enumerated() {
            changes.append(try .init(change, at: "\(path).changes[\(index)]"))
        }
        warnings = try fields.strings("warnings")
        startedAt = try fields.optionalString("startedAt") == nil ? nil : fields.time("startedAt")
        endedAt = try fields.optionalString("endedAt") == nil ? nil : fields.time("endedAt")
    }
}

extension FargateAdjustment.Change {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["setting": .string(setting)]
        object["from"] = from.map { .string($0) }
        object["to"] = .string(to)
        return .object(object)
    }

    fileprivate init(_ value: JSONValue, at path: String) throws(EventError) {
        let fields = try Fields(value, at: path)
        self.init(
            try fields.string("setting"), from: try fields.optionalString("from"), to: try fields.string("to"))
    }
}

extension Fields {
    fileprivate func state() throws(EventError) -> FargateAdjustment.State {
        let name = try string("state")
        guard let state = FargateAdjustment.State(rawValue: name) else {
            throw fault(.badValue, "state", "\"\(name)\" is no end of an adjustment")
        }
        return state
    }
}
