public import Basics
public import JSON

/// The journal of a run, with the members of Chaos Toolkit's journal.
public struct Journal: Sendable {
    /// How a run ended.
    public enum Status: String, Sendable {
        case completed, failed, aborted, interrupted
    }

    /// The version of chaoslib whose journal this is.
    public static let chaoslibVersion = "1.44.0"

    /// An error that nobody foresaw, or a refusal.
    struct Fault: Sendable {
        /// Where it happened.
        let place: RunEvent.Place
        let message: String
    }

    private let experiment: JSONObject
    private let environment: RunEnvironment
    /// When the run began.
    public internal(set) var start = Timestamp(microseconds: 0)
    /// When it ended.
    public internal(set) var end = Timestamp(microseconds: 0)
    /// How it ended; nil while it runs.
    public internal(set) var status: Status?
    /// Whether the system deviated from its steady state after the method.
    public internal(set) var hasDeviated = false
    /// What interrupted the run.
    public internal(set) var interruption: Interruption.Reason?
    /// What aborted the run; Chaos Toolkit only logs it.
    var fault: Fault?
    var before: JSONValue = .null
    var after: JSONValue = .null
    var during: [JSONValue] = []
    var run: [JSONValue] = []
    var rollbacks: [JSONValue] = []
    /// Members that controls add, such as the place where one has written the journal.
    var additions: JSONObject = [:]

    init(experiment: JSONObject, dry: RunOptions.Dry?, environment: RunEnvironment) {
        var experiment = experiment
        experiment["dry"] = dry.map { .string($0.rawValue) } ?? .null
        self.experiment = experiment
        self.environment = environment
    }

    /// The experiment's title.
    public var title: String { experiment["title"].map { $0.stringValue ?? $0.description } ?? "" }

    /// Ends the run as one that an error has aborted; of several errors the first one is kept.
    mutating func abort(in place: RunEvent.Place, _ message: String) {
        status = .aborted
        fault = fault ?? Fault(place: place, message: message)
    }

    /// Whether the exit status is 0.
    public var isSuccess: Bool { status == .completed && !hasDeviated }

    /// The journal as Chaos Toolkit writes it.
    public var json: JSONObject {
        var json: JSONObject = [
            "chaoslib-version": .string(Self.chaoslibVersion), "platform": .string(environment.platform),
            "node": .string(environment.node), "experiment": .object(experiment),
            "start": .string(start.journalText), "status": status.map { .string($0.rawValue) } ?? .null,
            "deviated": .bool(hasDeviated),
            "steady_states": ["before": before, "after": after, "during": .array(during)],
            "run": .array(run), "rollbacks": .array(rollbacks), "end": .string(end.journalText),
            "duration": .double((end - start).seconds),
        ]
        if let interruption {
            json["interruption"] = [
                "kind": .string(interruption.isSignal ? "signal" : interruption.kind.rawValue),
                "name": .string(interruption.name ?? interruption.kind.rawValue), "reason": .string(interruption.text),
            ]
        }
        if let fault {
            json["error"] = ["stage": .string(fault.place.rawValue), "message": .string(fault.message)]
        }
        for (key, value) in additions { json[key] = value }
        return json
    }
}

/// Where a run takes place.
public struct RunEnvironment: Sendable {
    /// The machine's name.
    public var node: String
    /// Its system, such as `Linux-6.1.0-x86_64`.
    public var platform: String
    /// The time and the waits.
    public var time: TimeSource
    /// Interrupts the rollbacks; raised by a second signal only.
    public var rollbackInterruption: Interruption

    /// A place.
    public init(node: String, platform: String, time: TimeSource, rollbackInterruption: Interruption = Interruption()) {
        self.node = node
        self.platform = platform
        self.time = time
        self.rollbackInterruption = rollbackInterruption
    }
}
