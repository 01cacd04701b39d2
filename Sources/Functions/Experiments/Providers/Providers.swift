public import AWS
public import Basics
public import JSON
public import Transport

/// What runs an activity: the three providers of Chaos Toolkit.
public struct Providers: Sendable {
    /// Runs child processes, and everything else.
    public let loop: EventLoop
    /// Sends the requests of `http` activities.
    public let http: any HTTPExecuting
    /// What `python` activities name.
    public let registry: ActivityRegistry
    /// Region, credentials and transport; asked for at the first activity that needs AWS.
    public let aws: @Sendable () throws -> AWSConfiguration
    /// The process's environment.
    public let environment: [String: String]
    /// The time, waits and chance.
    public let time: TimeSource
    /// Decides what random choices take.
    public let seed: UInt64
    /// When everything must have ended; nil for no limit.
    public let deadline: Timestamp?
    /// Whether certificates are verified where an activity does not say so.
    public var verifiesTLS = true
    /// Whether the sane behaviour takes the place of Chaos Toolkit's surprises; see ``StrictRule``.
    public var isStrict = false
    /// What is asked and told around a change by a native action.
    public var changes = ChangeObserver()
    /// Says where HTTP requests may be redirected to; nil for anywhere.
    public var guarding: Guard?

    /// Providers.
    public init(
        loop: EventLoop, http: any HTTPExecuting, registry: ActivityRegistry,
        aws: @escaping @Sendable () throws -> AWSConfiguration, environment: [String: String], time: TimeSource,
        seed: UInt64, deadline: Timestamp? = nil
    ) {
        self.loop = loop
        self.http = http
        self.registry = registry
        // One configuration for all activities, so that credentials are fetched once.
        let configuration = OnFirstUse(aws)
        self.aws = { try configuration.value() }
        self.environment = environment
        self.time = time
        self.seed = seed
        self.deadline = deadline
    }

    /// The same, where only a probe may stand: an action is refused, because no guard, lock or ledger would see it.
    var ofProbesOnly: Providers {
        var providers = self
        providers.changes.willChange = { change in
            let name = "\(change.native.module).\(change.native.function)"
            throw ExperimentError(
                .refused, "\"\(change.activity.name)\" is the action \(name), and only a probe may stand here")
        }
        return providers
    }

    /// The call of a native activity as a run would make it, such as for a plan.
    /// - Throws: `ExperimentError` when the arguments are not those of the activity.
    public func invocation(
        of native: NativeActivity, provider: JSONObject, _ substitution: Substitution
    ) throws -> NativeActivity.Invocation {
        try NativeProvider(providers: self).invocation(of: native, provider, substitution)
    }

    /// Runs an activity, and returns its output.
    ///
    /// - Parameter execution: names this execution of the activity within the run.
    /// - Throws: `ExperimentError` with `.activityFailed` for what fails as activities do, any other error for what
    ///   ends the run, and `CancellationError`.
    func run(_ activity: Activity, execution: String, _ substitution: Substitution) async throws -> JSONValue {
        switch activity.provider["type"] {
        case "process": return try await ProcessProvider(loop: loop).run(activity.provider, substitution)
        case "http":
            var provider = HTTPProvider(http: http, verifiesTLS: verifiesTLS, isStrict: isStrict)
            if let guarding {
                let title = "the \(activity.kind.rawValue) \"\(activity.name)\""
                provider.refusesRedirect = { guarding.refusal(ofURL: $0, title)?.description }
            }
            return try await provider.run(activity.provider, substitution)
        case "python":
            return try await NativeProvider(providers: self).run(
                activity, execution: execution, substitution)
        case nil: throw ExperimentError(.unforeseen, "\(activity.name) has no provider with a type: say what runs it")
        // Chaos Toolkit returns None for a type that it does not know and did not validate.
        default: return .null
        }
    }
}

/// What is asked before a native action changes its targets, and told afterwards.
///
/// Here the guard, the locks and the ledger take part.
public struct ChangeObserver: Sendable {
    /// A change that is about to be made.
    public struct Change: Sendable {
        /// The activity in the experiment.
        public let activity: Activity
        /// Names this execution of the activity within the run.
        public let execution: String
        /// What it stands for.
        public let native: NativeActivity
        /// Its arguments and what it works with.
        public let invocation: NativeActivity.Invocation
        /// What it will hit.
        public let targets: [NativeActivity.Target]

        /// Whether a rollback makes it.
        var isRollback: Bool { execution.hasPrefix(RunEvent.Place.rollbacks.rawValue + ".") }
    }

    /// Called before the change; what it throws prevents it.
    public var willChange: @Sendable (Change) async throws -> Void
    /// Called after the change, also when it failed.
    public var didChange: @Sendable (Change, _ error: (any Error)?) async throws -> Void

    /// Asks and tells nothing.
    public init() {
        willChange = { _ in }
        didChange = { _, _ in }
    }

    /// An observer of these two.
    public init(
        willChange: @escaping @Sendable (Change) async throws -> Void,
        didChange: @escaping @Sendable (Change, (any Error)?) async throws -> Void
    ) {
        self.willChange = willChange
        self.didChange = didChange
    }
}
