import Basics
public import JSON
import Transport

/// Makes plans: looks what each activity would hit, and asks the guard about it.
public struct ExperimentPlanner: Sendable {
    /// Makes the call of an activity, as a run does; throws when its arguments are wrong.
    public typealias MakeInvocation =
        @Sendable (_ activity: NativeActivity, _ provider: JSONObject) throws -> NativeActivity.Invocation
    /// Makes the IAM policy of activities on their targets.
    public typealias MakePolicy =
        @Sendable (_ activities: [(activity: NativeActivity, targets: [NativeActivity.Target])]) -> JSONValue

    private let limits: Guard?
    private let context: GuardContext
    private let assumptions: PlanAssumptions
    private let invocation: MakeInvocation
    private let policy: MakePolicy

    /// - Parameters:
    ///   - limits: the guard; nil for none.
    ///   - context: what the guard asks about; its duration is what the plan finds.
    public init(
        guard limits: Guard?, context: GuardContext, assumptions: PlanAssumptions = PlanAssumptions(),
        invocation: @escaping MakeInvocation, policy: @escaping MakePolicy
    ) {
        (self.limits, self.context, self.assumptions) = (limits, context, assumptions)
        (self.invocation, self.policy) = (invocation, policy)
    }

    /// The plan of an experiment; calls that only read.
    /// - Throws: `CancellationError`. What cannot be found stands in the plan.
    public func plan(_ experiment: Experiment) async throws -> ExperimentPlan {
        var steps: [ExperimentPlan.Step] = []
        var refusals: [GuardRefusal] = []
        var used: [(activity: NativeActivity, targets: [NativeActivity.Target])] = []
        let phases: [(ExperimentPlan.Phase, [Activity])] = [
            (.hypothesis, experiment.hypothesis?.probes ?? []), (.method, experiment.method),
            (.rollbacks, experiment.rollbacks),
        ]
        for (phase, activities) in phases {
            for activity in activities where activity.unknownReference == nil {
                let native = native(activity)
                var step = step(activity, phase, native)
                if let native {
                    await resolve(&step, native, activity)
                    try Task.checkCancellation()
                    used.append((native, step.targets))
                    // Rollbacks find what they put back only after it was changed.
                    if phase == .method, step.failure == nil, let limits {
                        refusals += limits.refusals(
                            of: step.targets, by: native, "the \(activity.kind.rawValue) \"\(activity.name)\"",
                            in: context.place(of: activity.provider))
                    }
                }
                steps.append(step)
            }
        }
        let time = Self.time(steps)
        if let limits {
            var context = context
            context.duration = time.least
            let known = Set(refusals)
            refusals = limits.refusals(of: experiment, in: context).filter { !known.contains($0) } + refusals
        }
        return ExperimentPlan(
            title: experiment.document["title"].map { context.substitution.apply(to: $0).stringValue ?? "\($0)" } ?? "",
            steps: steps, refusals: refusals, time: time, cost: cost(steps), policy: policy(used))
    }

    // MARK: One activity

    private func native(_ activity: Activity) -> NativeActivity? {
        guard activity.provider["type"] == "python" else { return nil }
        let arguments = activity.provider["arguments"].map { context.substitution.apply(toArguments: $0) }
        return context.registry.activity(
            module: activity.provider["module"]?.stringValue ?? "",
            function: activity.provider["func"]?.stringValue ?? ""
        )?.resolved(for: arguments?.objectValue ?? [:])
    }

    private func step(
        _ activity: Activity, _ phase: ExperimentPlan.Phase, _ native: NativeActivity?
    ) -> ExperimentPlan.Step {
        ExperimentPlan.Step(
            phase: phase, name: activity.name, kind: activity.kind, provider: provider(activity, native),
            request: PlannedCall.request(activity.provider, context.substitution),
            scripts: PlannedCall.scripts(activity.provider, context.substitution),
            line: activity.line, isBackground: activity.isBackground,
            needsApproval: limits?.needsApproval(activity, in: context.registry) ?? false, undo: native?.undo?.summary,
            calls: native.map { $0.calls + ($0.undo?.calls ?? []) } ?? [],
            pause: activity.pause(context.substitution), timeout: timeout(activity))
    }

    /// What runs, without what may be secret.
    private func provider(_ activity: Activity, _ native: NativeActivity?) -> String {
        let provider = activity.provider
        switch provider["type"]?.stringValue {
        case "process": return "process \(provider["path"]?.stringValue ?? "")"
        case "http":
            let url = provider["url"].map { context.substitution.apply(to: $0) }?.stringValue ?? ""
            return "http \((try? RequestTarget(url))?.bareHost ?? "of an unknown host")"
        default:
            if let native { return "\(native.module).\(native.function)" }
            return "\(provider["module"]?.stringValue ?? "").\(provider["func"]?.stringValue ?? "") (unknown)"
        }
    }

    /// The provider's time-out: a number, or for HTTP those of connecting and of reading.
    private func timeout(_ activity: Activity) -> Duration? {
        guard let value = activity.provider["timeout"].map({ context.substitution.apply(to: $0) }) else { return nil }
        let numbers = (value.arrayValue ?? [value]).compactMap(\.doubleValue)
        return numbers.isEmpty ? nil : .seconds(max(-1e9, min(numbers.reduce(0, +), 1e9)))
    }

    private func resolve(
        _ step: inout ExperimentPlan.Step, _ native: NativeActivity, _ activity: Activity
    ) async {
        guard native.kind == .action else { return }
        do {
            step.targets = try await native.targets(invocation(native, activity.provider))
        } catch {
            step.failure = "\(error)"
        }
    }

    // MARK: Time and cost

    /// The activities of method and rollbacks one after the other; background ones beside them.
    private static func time(_ steps: [ExperimentPlan.Step]) -> ExperimentPlan.Time {
        func sum(_ steps: [ExperimentPlan.Step], _ time: (ExperimentPlan.Step) -> Duration?) -> Duration? {
            MethodTime.total(steps, isBackground: \.isBackground, time: time)
        }
        let least = sum(steps.filter { $0.phase == .method }) { $0.pause }
        let phases = ExperimentPlan.Phase.allCases.map { phase in
            sum(steps.filter { $0.phase == phase }) { step in
                guard let pause = step.pause, let timeout = step.timeout else { return nil }
                return pause + timeout
            }
        }
        guard phases.allSatisfy({ $0 != nil }), let first = phases[0] else {
            return ExperimentPlan.Time(least: least, most: nil)
        }
        // The hypothesis is checked before and after.
        return ExperimentPlan.Time(least: least, most: first + phases.compactMap(\.self).reduce(.zero, +))
    }

    /// One operation for the run, for each activity, for each pause, and for each part that runs beside others.
    private func cost(_ steps: [ExperimentPlan.Step]) -> ExperimentPlan.Cost {
        var (operations, activities) = (1, 0)
        for step in steps {
            let times = step.phase == .hypothesis ? assumptions.hypothesisChecks : 1
            activities += times
            // A pause may be before and after: both are counted, to be on the safe side.
            operations += times * (1 + (step.pause == .zero ? 0 : 2) + (step.isBackground ? 1 : 0))
        }
        let bytes = Double(activities * assumptions.bytesPerActivity)
        let seconds = Double(activities) * assumptions.secondsPerActivity
        return ExperimentPlan.Cost(
            operations: operations, operationDollars: Double(operations) * DurablePrices.operation,
            dataDollars: bytes / 1e9 * DurablePrices.gigabyteWritten,
            computeDollars: seconds * assumptions.memory * DurablePrices.gigabyteSecond)
    }
}
