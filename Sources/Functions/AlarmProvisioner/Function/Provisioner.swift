public import AWS
public import Basics
import ConfigurationSources
public import Transport

/// Plans alarms and makes them: what the function and `tocsin alarms` share.
public struct Provisioner: Sendable {
    private let settings: ProvisionerSettings
    private let environment: [String: String]
    private let time: TimeSource
    private let aws: @Sendable () throws -> AWSConfiguration
    private let scopes: ScopeCache

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
            try ProvisionerSettings(environment), environment: environment, time: .live(loop),
            aws: aws ?? { try configuration.value() })
    }

    init(
        _ settings: ProvisionerSettings, environment: [String: String], time: TimeSource,
        aws: @escaping @Sendable () throws -> AWSConfiguration
    ) {
        (self.settings, self.environment, self.time, self.aws) = (settings, environment, time, aws)
        scopes = ScopeCache(settings, environment: environment, aws: aws)
    }

    /// Whose alarms they are.
    func owner(deadline: Timestamp?) async throws -> String {
        if let owner = settings.overrides.owner { return owner }
        return try await rules(deadline: deadline).options.owner
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
    public func rules(deadline: Timestamp?) async throws -> RuleSet {
        throw ProvisionerError(.unavailable, "not there yet")
    }

    /// What would be changed; only reads.
    public func plan(_ range: Range = Range(), deadline: Timestamp?, progress: Progress) async throws -> AlarmPlan {
        throw ProvisionerError(.unavailable, "not there yet")
    }

    /// What would be deleted so that none of the owner's alarms is left; only reads.
    public func destroyPlan(_ range: Range = Range(), deadline: Timestamp?, progress: Progress) async throws
        -> AlarmPlan
    {
        throw ProvisionerError(.unavailable, "not there yet")
    }

    /// Carries a plan out, as far as the time allows.
    public func apply(_ plan: AlarmPlan, deadline: Timestamp?, progress: Progress) async throws -> ApplyOutcome {
        throw ProvisionerError(.unavailable, "not there yet")
    }
}
