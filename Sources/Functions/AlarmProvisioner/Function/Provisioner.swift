import AWS
public import Basics
public import Transport

/// Plans alarms and makes them: what the function and `tocsin alarms` share.
public struct Provisioner: Sendable {
    private let environment: [String: String]
    private let loop: EventLoop

    /// A provisioner.
    /// - Parameter environment: the variables of docs/alarm-provisioner.md, and AWS's own.
    /// - Throws: ``ProvisionerError`` with everything that is wrong with the variables.
    public init(environment: [String: String], loop: EventLoop) throws {
        self.environment = environment
        self.loop = loop
    }

    /// What is looked at.
    public struct Range: Sendable, Hashable {
        /// The accounts and regions; empty for those that are configured.
        public var scopes: [AlarmScope]
        /// Only the resource with this ARN or id, after an event that names one; nil for everything.
        public var resource: String?

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
