public import AWS
public import Basics
import ConfigurationSources
public import Transport

/// Plans alarms and makes them: what the function and `tocsin alarms` share.
public struct Provisioner: Sendable {
    let settings: ProvisionerSettings
    let time: TimeSource
    private let aws: @Sendable () throws -> AWSConfiguration
    let scopes: ScopeCache
    private let loaded: Cache<Bool, LoadedRules>

    /// A provisioner.
    /// - Parameters:
    ///   - environment: the variables of docs/alarm-provisioner.md, and AWS's own.
    ///   - aws: credentials and region of the account that it works for; by default those of the environment.
    /// - Throws: ``ProvisionerError`` with everything that is wrong with the variables.
    public init(
        environment: [String: String], loop: EventLoop, aws: (@Sendable () throws -> AWSConfiguration)? = nil
    ) throws {
        let configuration = OnFirstUse { try AWSConfiguration(environment: environment, loop: loop) }
        self.init(
            try ProvisionerSettings(environment), environment: environment, time: .live(loop), executor: loop,
            aws: aws ?? { try configuration.value() })
    }

    init(
        _ settings: ProvisionerSettings, environment: [String: String], time: TimeSource,
        executor: (any TaskExecutor)? = nil, aws: @escaping @Sendable () throws -> AWSConfiguration
    ) {
        (self.settings, self.time, self.aws) = (settings, time, aws)
        scopes = ScopeCache(settings, aws: aws)
        let sources = RuleSources(settings, environment: environment, aws: aws)
        loaded = Cache(time: time, executor: executor) { _, deadline in
            let rules = try await sources.load(deadline: deadline)
            let end = time.now() + .seconds(30)
            return .init(rules, freshUntil: end, usableUntil: end)
        }
    }

    /// What is looked at.
    public struct Range: Sendable, Hashable {
        /// The accounts and regions; empty for those that are configured.
        public var scopes: [AlarmScope]
        /// Only the resource with this ARN or id, after an event that names one; nil for everything.
        public var resource: String?

        /// Only resources of these kinds; nil for every kind that rules ask for.
        public var kinds: Set<ResourceKind>?
        /// Whether an event said that the resource is gone: then its alarms go without the grace period, once it is not
        /// found either.
        public var isGone = false

        /// A range.
        public init(scopes: [AlarmScope] = [], resource: String? = nil) {
            self.scopes = scopes
            self.resource = resource
        }
    }

    /// What happens meanwhile, for people: `1,200 resources found`.
    public typealias Progress = @Sendable (String) -> Void

    /// The rules of all sources.
    /// - Throws: ``ProvisionerError`` with every fault, by file and line.
    public func rules(deadline: Timestamp?) async throws -> RuleSet { try await load(deadline).rules }

    /// What would be changed; only reads.
    public func plan(
        _ range: Range = Range(), deadline: Timestamp?, progress: @escaping Progress
    ) async throws -> AlarmPlan {
        let start = time.now()
        let survey = try await survey(range, deadline, progress)
        var options = survey.options
        if range.isGone { options.gracePeriod = .zero }
        var plan = AlarmPlanner(options: options, now: time.now()).plan(
            desired: survey.desired, existing: try await existing(survey, deadline, progress),
            discovered: survey.discovered, since: start)
        plan.notices.insert(contentsOf: survey.notices, at: 0)
        plan.objectives = survey.objectives
        if range.isGone { plan.deleteMissed(because: "its resource is gone: an event says so, and it is not found") }
        return plan
    }

    /// What would be deleted so that none of the owner's alarms is left; only reads.
    public func destroyPlan(
        _ range: Range = Range(), deadline: Timestamp?, progress: @escaping Progress
    ) async throws -> AlarmPlan {
        let options = try await load(deadline).rules.options
        let scopes = try await scopes.scopes(deadline: deadline)
        var survey = Survey(scopes: try scopes.chosen(range.scopes), options: options, withGlobal: true)
        survey.asksAll = true
        if let resource = range.resource {
            try survey.cover { scope in
                guard let id = range.id(in: scope) else {
                    throw ProvisionerError(
                        .invalid,
                        "the alarms to destroy are found by the ARN of their resource, and \(resource) does not tell "
                            + "it: give the ARN, or an id such as i-0123456789abcdef0")
                }
                return id
            }
        } else {
            survey.cover(provisioned: scopes.all)
        }
        let existing = try await existing(survey, deadline, progress)
        return AlarmPlanner(options: options, now: time.now()).destroyPlan(existing: existing)
    }

    /// Carries a plan out, as far as the time allows.
    /// - Throws: ``ProvisionerError`` `refused` for a plan that deletes too much; nothing was changed then.
    public func apply(
        _ plan: AlarmPlan, deadline: Timestamp?, progress: @escaping Progress
    ) async throws -> ApplyOutcome {
        let scopes = try await scopes.scopes(deadline: deadline)
        let applier = AlarmApplier(options: try await load(deadline).rules.options, time: time) { scope in
            try scopes.configuration(of: scope)
        }
        return try await applier.apply(plan, deadline: deadline, progress: progress)
    }

    /// Takes over alarms that somebody else made, by giving them the owner's tag; nothing else is changed.
    /// - Parameter names: exact names, looked for in every place of the range.
    /// - Returns: a result for each name and place, a failure where a place does not have the name.
    public func adopt(
        _ names: [String], _ range: Range = Range(), deadline: Timestamp?
    ) async throws -> [(scope: AlarmScope, result: AlarmAdoption.Result)] {
        let options = try await load(deadline).rules.options
        let scopes = try await scopes.scopes(deadline: deadline)
        var results: [(scope: AlarmScope, result: AlarmAdoption.Result)] = []
        for scope in try scopes.chosen(range.scopes) {
            do {
                let adoption = try AlarmAdoption(
                    scope: scope, options: options, aws: try scopes.configuration(of: scope))
                results += try await adoption.adopt(names, deadline: deadline).map { (scope, $0) }
            } catch {
                // What was taken over in other places must still be told.
                results += names.map { (scope, .init(name: $0, failure: "\(error)", wasOurs: false)) }
            }
        }
        return results
    }

    /// Whose alarms they are.
    func owner(deadline: Timestamp?) async throws -> String {
        if let owner = settings.overrides.owner { return owner }
        return try await load(deadline).rules.options.owner
    }

    /// The rules, read at most once in some seconds: a run needs them several times.
    func load(_ deadline: Timestamp?) async throws -> LoadedRules {
        try await loaded.value(true, deadline: deadline)
    }
}

extension AlarmPlan {
    /// Deletes what would only be marked as missed.
    ///
    /// An empty list alone proves nothing, so the planner waits for a second one. An event is as good as that.
    fileprivate mutating func deleteMissed(because reason: String) {
        for index in steps.indices {
            guard case .markMissed(let alarm, _) = steps[index].change else { continue }
            steps[index].change = .delete(alarm, because: reason)
            steps[index].costAfter = 0
        }
    }
}
