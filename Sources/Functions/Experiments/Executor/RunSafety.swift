import Basics
import JSON

/// What keeps a run from hitting more than it may: guard, lever, stop conditions, commands, approvals and locks.
public struct RunSafety: Sendable {
    /// The guard; nil where none is configured: then nothing is limited.
    public var guarding: Guard?
    /// The lever, the commands to the run and the stop conditions.
    public var control: RunControl?
    /// Where approvals are asked for.
    public var approvals: Approvals?
    /// How long people have to approve.
    public var approvalTimeout = Duration.seconds(3_600)
    /// The pause between two looks at an approval.
    public var approvalInterval = Duration.seconds(5)
    /// Locks on targets.
    public var locks: TargetLocks?
    /// What is watched, by name, as the guard asks for it.
    public var stopConditions: [String] = []
    /// The account of the credentials; nil when nobody knows.
    public var account: String?
    /// The region of the AWS calls; nil when nobody knows.
    public var region: String?

    /// What other runs have changed and nobody has put back, with the names of the runs; see ``address(of:)``.
    var brokenTargets: [NativeActivity.Target: String] = [:]

    private let registry: ActivityRegistry

    /// Nothing is limited and nobody is asked.
    /// - Parameter registry: the native activities, under whose names the guard knows them.
    public init(registry: ActivityRegistry = ActivityRegistry()) { self.registry = registry }

    /// Asks everything that must permit a run before it begins.
    /// - Throws: ``ExperimentError`` with `refused` and all that the guard has against it.
    func permitStart(of plan: ExperimentExecution.Plan, _ providers: Providers) async throws {
        if let guarding {
            let context = GuardContext(
                registry: registry, substitution: plan.substitution, now: providers.time.now(), account: account,
                region: region, duration: plan.experiment.leastTime(plan.substitution), stopConditions: stopConditions)
            if let error = guarding.refusals(of: plan.experiment, in: context).error { throw error }
        }
        try await control?.start()
    }

    /// Asks before a native action changes its targets.
    var observer: ChangeObserver {
        ChangeObserver(
            willChange: { change in
                // A rollback puts back what was permitted.
                if change.execution.hasPrefix(RunEvent.Place.rollbacks.rawValue + ".") { return }
                for target in change.targets {
                    guard let run = brokenTargets[Self.address(of: target)] else { continue }
                    throw ExperimentError(
                        .refused,
                        "\(target.title) is still changed by the run \(run), which is gone: put it back first, by "
                            + "`tocsin chaos recover`")
                }
                if let guarding {
                    let refusals = guarding.refusals(
                        of: change.targets, by: change.native, "the action \"\(change.activity.name)\"",
                        account: account, region: change.targets.first?.region ?? region)
                    if let error = refusals.error { throw error }
                }
                try await locks?.acquire(change.targets)
            },
            didChange: { _, _ in })
    }

    /// What the runner asks between activities.
    func gates(_ run: String) -> RunGates {
        var gates = RunGates()
        gates.control = control
        if let approvals, let guarding {
            gates.approvals = ApprovalGate(
                run: run, approvals: approvals, timeout: approvalTimeout, interval: approvalInterval
            ) { guarding.needsApproval($0, in: registry) }
        }
        return gates
    }

    /// A target without what may change of it.
    static func address(of target: NativeActivity.Target) -> NativeActivity.Target {
        NativeActivity.Target(kind: target.kind, id: target.id, region: target.region)
    }
}
