import Basics
public import JSON

/// What an experiment would do, found by calls that only read.
public struct ExperimentPlan: Sendable {
    /// Where an activity stands in the experiment.
    public enum Phase: String, Sendable, CaseIterable {
        case hypothesis, method, rollbacks
    }

    /// One activity.
    public struct Step: Sendable {
        /// Where it stands.
        public let phase: Phase
        /// Its name.
        public let name: String
        /// Action or probe.
        public let kind: Activity.Kind
        /// `chaosaws.ec2.actions.stop_instances`, `process kubectl`, `http example.org`; without paths and arguments,
        /// which may be secret.
        public let provider: String
        /// `PUT http://example.org/faults/search`, without what may be secret; nil for what is no HTTP request.
        public let request: String?
        /// The scripts that it runs, as the experiment names them, in order.
        public let scripts: [String]
        /// The line in the file.
        public let line: Int?
        /// Whether it runs beside others.
        public let isBackground: Bool
        /// Whether a person must approve it.
        public let needsApproval: Bool
        /// What it would hit.
        public internal(set) var targets: [NativeActivity.Target] = []
        /// Why its targets could not be found.
        public internal(set) var failure: String?
        /// What its undo does; nil for what is not undone.
        public let undo: String?
        /// The AWS operations that it and its undo may call.
        public let calls: [NativeActivity.Call]
        /// The pauses before and after it; nil when they are not known.
        public let pause: Duration?
        /// The longest time that it may take; nil without a limit.
        public let timeout: Duration?
        /// Whether it does harm that nothing puts back.
        public var isIrreversible: Bool { kind == .action && undo == nil && calls.contains { !$0.isRead } }
    }

    /// How long the run takes.
    public struct Time: Sendable, Hashable {
        /// The pauses of the method alone; nil when a pause is not known.
        public let least: Duration?
        /// With all limits of time; nil when an activity has none.
        public let most: Duration?
    }

    /// What the run costs as a durable execution of Lambda, in US dollars.
    public struct Cost: Sendable, Hashable {
        /// How many durable operations it takes.
        public let operations: Int
        /// The dollars for them.
        public let operationDollars: Double
        /// The dollars for what they write.
        public let dataDollars: Double
        /// The dollars for the compute, which runs only while activities act.
        public let computeDollars: Double

        /// All together.
        public var dollars: Double { operationDollars + dataDollars + computeDollars }
        /// Whether Lambda takes so many operations in one execution.
        public var fits: Bool { operations <= DurablePrices.maximumOperations }
    }

    /// The experiment's title.
    public let title: String
    /// The activities in the order of the file.
    public let steps: [Step]
    /// What the guard has against it; empty without a guard.
    public let refusals: [GuardRefusal]
    /// How long it takes.
    public let time: Time
    /// What it costs.
    public let cost: Cost
    /// The IAM policy that it needs.
    public let policy: JSONValue

    /// Whether the run would be refused.
    public var isRefused: Bool { !refusals.isEmpty || !cost.fits }
    /// Whether the plan does not know what an action would hit.
    public var isIncomplete: Bool { steps.contains { $0.failure != nil } }
}

/// Prices and limits of Lambda, in US dollars.
///
/// Sources: the price page of AWS Lambda (durable functions; compute of x86, first tier, us-east-1) and its quotas,
/// read in November 2026. Other regions differ by some per cent.
enum DurablePrices {
    static let operation = 8.0 / 1_000_000
    static let gigabyteWritten = 0.25
    static let gigabyteSecond = 0.000_016_666_7
    /// The most operations of one execution.
    static let maximumOperations = 3_000
}

/// What a plan takes for granted where nobody can know it.
public struct PlanAssumptions: Sendable {
    /// How often the hypothesis is checked.
    public var hypothesisChecks = 2
    /// What one activity writes: its record in the journal.
    public var bytesPerActivity = 4_000
    /// How long one activity computes.
    public var secondsPerActivity = 1.0
    /// The memory of the function, in GB.
    public var memory = 0.25

    /// For a small function and the strategy `default`.
    public init() {}
}

extension ExperimentPlan {
    /// `{"title", "steps": [{"phase", "name", "type", "provider", "line", "background", "approval", "targets",
    /// "failure", "undo", "calls", "pause", "timeout", "request", "scripts"}], "refusals": [{"rule", "line",
    /// "reason"}], "seconds": {"least", "most"}, "cost": {"operations", "operationLimit", "dollars"}, "policy"}`; times
    /// in seconds.
    public var json: JSONValue {
        [
            "title": .string(title), "steps": .array(steps.map(\.json)),
            "refusals": .array(
                refusals.map { refusal in
                    [
                        "source": .string(refusal.source), "rule": .string(refusal.rule),
                        "line": refusal.line.map { .integer(Int64($0)) } ?? .null, "reason": .string(refusal.message),
                    ]
                }),
            "seconds": ["least": Self.seconds(time.least), "most": Self.seconds(time.most)],
            "cost": [
                "operations": .integer(Int64(cost.operations)),
                "operationLimit": .integer(Int64(DurablePrices.maximumOperations)),
                "dollars": .double((cost.dollars * 1e6).rounded() / 1e6),
            ],
            "policy": policy,
        ]
    }

    fileprivate static func seconds(_ duration: Duration?) -> JSONValue {
        guard let duration else { return .null }
        let seconds = duration / .seconds(1)
        return Int64(exactly: seconds).map { .integer($0) } ?? .double(seconds)
    }
}

extension ExperimentPlan.Step {
    fileprivate var json: JSONValue {
        [
            "phase": .string(phase.rawValue), "name": .string(name), "type": .string(kind.rawValue),
            "provider": .string(provider), "line": line.map { .integer(Int64($0)) } ?? .null,
            "background": .bool(isBackground), "approval": .bool(needsApproval),
            "targets": .array(targets.map(\.json)), "failure": failure.map { .string($0) } ?? .null,
            "undo": undo.map { .string($0) } ?? .null,
            "calls": .array(calls.map { ["action": .string($0.action), "reads": .bool($0.isRead)] }),
            "pause": ExperimentPlan.seconds(pause), "timeout": ExperimentPlan.seconds(timeout),
            "request": request.map { .string($0) } ?? .null, "scripts": .array(scripts.map { .string($0) }),
        ]
    }
}
