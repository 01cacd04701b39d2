public import Basics
public import DurableExecution
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
    /// The right to be the one run of the experiment; nil when its runs may overlap.
    public var slot: ExperimentSlot?
    /// The pause between two looks at the slot while another run has it.
    public var slotInterval = Duration.seconds(5)
    /// When the invocation of a durable run is nearly over.
    public var handover: Timestamp?
    /// What a durable run can record; nil for no limits.
    public var limits: DurableLimits?
    /// What is watched, by name, as the guard asks for it.
    public var stopConditions: [String] = []
    /// Where the AWS calls go.
    var places = CallPlaces(for: nil)
    /// Finds what other runs have changed and nobody has put back; see ``address(of:)``.
    var brokenTargets: @Sendable () async throws -> [NativeActivity.Target: OtherRun] = { [:] }
    /// Whether the run was taken over by a recovery; see ``RunGates``.
    var isRecovery = false

    /// A run that has changed a target.
    struct OtherRun: Sendable {
        let run: String
        /// Whether it may still be executed; otherwise only a recovery puts the target back.
        let isAlive: Bool

        /// Why the target must not be hit.
        func message(_ target: NativeActivity.Target) -> String {
            isAlive
                ? "\(target.title) is being hit by another run, \(run): wait for its end, or end it by "
                    + "`tocsin chaos stop \(run)`"
                : "\(target.title) is still changed by the run \(run), which is gone: put it back first, by "
                    + "`tocsin chaos recover`"
        }
    }

    private let registry: ActivityRegistry

    /// Nothing is limited and nobody is asked.
    /// - Parameter registry: the native activities, under whose names the guard knows them.
    public init(registry: ActivityRegistry = ActivityRegistry()) { self.registry = registry }

    /// Asks everything that must permit a run before it begins.
    /// - Throws: ``ExperimentError`` with `refused` and all that the guard has against it.
    func permitStart(of plan: ExperimentExecution.Plan, _ providers: Providers) async throws {
        if let guarding {
            var context = GuardContext(
                registry: registry, substitution: plan.substitution, now: providers.time.now(),
                places: try await places.places(of: plan.experiment, plan.substitution, providers),
                duration: plan.experiment.leastTime(plan.substitution), stopConditions: stopConditions)
            context.canAskForApproval = approvals != nil
            if let error = guarding.refusals(of: plan.experiment, in: context).error { throw error }
        }
        try await control?.start()
    }

    /// Claims the right to be the one run of the experiment; where the policy says so, waits until the other has ended.
    /// - Throws: ``ExperimentError`` with `refused` when another run has it and there is no time to wait for its end.
    func claimSlot(on scope: DurableScope, _ interruption: Interruption) async throws {
        guard let slot else { return }
        let answer = try await scope.waitForCondition("turn", every: slotInterval) { _ in
            do {
                guard case .wait(let run) = try await slot.acquire() else { return .holds(true) }
                if interruption.reason == nil { return .again(nil) }
                return .holds(.string("the experiment is still running as \(run), and there is no time left to wait"))
            } catch let error as ExperimentError where error.code == .refused {
                return .holds(.string(error.message))
            }
        }
        if let reason = answer.stringValue { throw ExperimentError(.refused, reason) }
        guard !slot.isHeld else { return }
        // A run that goes on: it had the slot before.
        do {
            guard case .wait(let run) = try await slot.acquire() else { return }
            interruption.raise(Interruption.Reason(.lost, "the run \(run) of the same experiment has started"))
        } catch let error as ExperimentError where error.code == .refused {
            interruption.raise(Interruption.Reason(.lost, error.message))
        }
    }

    /// Keeps locks and slot.
    /// - Parameter end: when they end; nil for the usual time. For waits without a process.
    /// - Returns: why the run must end, when another run has one of them now.
    func renew(until end: Timestamp? = nil) async throws -> StopReason? {
        let lost = try await locks?.renew(until: end)
        return try await slot?.renew(until: end) ?? lost
    }

    /// Gives locks and slot back.
    func release() async {
        await locks?.release()
        await slot?.release()
    }

    /// Asks before a native action changes its targets.
    var observer: ChangeObserver {
        ChangeObserver(
            willChange: { change in
                // A rollback puts back what was permitted.
                if change.isRollback { return }
                let broken = change.targets.isEmpty ? [:] : try await brokenTargets()
                for target in change.targets {
                    guard let other = broken[Self.address(of: target)] else { continue }
                    throw ExperimentError(.refused, other.message(target))
                }
                if let guarding {
                    let place = try await places.place(of: change.invocation)
                    let refusals = guarding.refusals(
                        of: change.targets, by: change.native, "the action \"\(change.activity.name)\"",
                        in: place)
                    if let error = refusals.error { throw error }
                }
                try await locks?.acquire(change.targets)
            },
            didChange: { _, _ in })
    }

    /// What the runner asks between activities.
    /// - Parameter isOver: whether the run has ended, and only its record is played again.
    func gates(_ run: String, isOver: Bool) -> RunGates {
        var gates = RunGates()
        gates.isOver = isOver
        gates.isRecovery = isRecovery
        gates.control = control
        gates.handover = handover
        // Less some for the members around it.
        gates.maximumRecordBytes = limits.map { $0.resultBytes - 1_024 }
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
