import Basics
import CloudWatchAlarms
import Events
import JSON

/// What a run of the provisioner did, or what a plan would do: the function's answer, its log and its message.
struct ProvisionerSummary: Sendable {
    let state: AlarmChange.State
    let action: ProvisionerRequest.Action
    let trigger: String
    let owner: String
    let at: Timestamp
    /// How many alarms and mute rules were created, updated and deleted, or would be.
    private(set) var created = 0
    private(set) var updated = 0
    private(set) var deleted = 0
    /// Alarms whose resource was missed, or is back.
    private(set) var marked = 0
    /// US dollars a month of what is created, updated and deleted.
    private(set) var costBefore = 0.0
    private(set) var costAfter = 0.0
    /// What went wrong: an alarm that was asked for does not exist, or one that should not exist does.
    let problems: [String]
    /// What people should know, too.
    let warnings: [String]
    private let plan: AlarmPlan
    private let outcome: ApplyOutcome?
    private var changes: [AlarmChange.Change] = []
    private let run: String

    /// How many steps, notices, gaps and failures an answer names each: Lambda takes 6 MB.
    static let maximumRows = 200

    /// - Parameters:
    ///   - run: the invocation's id.
    ///   - outcome: nil when the plan was only to be told.
    init(
        _ request: ProvisionerRequest, owner: String, run: String, at: Timestamp, plan: AlarmPlan,
        outcome: ApplyOutcome?
    ) {
        action = request.action ?? .apply
        (trigger, self.owner, self.at, self.plan, self.outcome, self.run) = (
            request.trigger, owner, at, plan, outcome, run
        )
        let failures = (outcome?.results ?? []).compactMap { result in
            result.failure.map { "\(result.step.title): \($0)" }
        }
        let missing = plan.incomplete.map { "\($0.scope) \($0.kind?.rawValue ?? "everything"): \($0.reason)" }
        let errors = plan.notices.filter { $0.level == .error }.map(\.text)
        let untried = outcome?.untried.count ?? 0
        problems =
            (plan.refusal.map { ["nothing was changed: \($0)"] } ?? []) + failures + missing + errors
            + (untried == 0 ? [] : ["no time was left for \(counted(untried, "change")): the next run makes them"])
        let postponed = (outcome?.results ?? []).compactMap { result in
            result.postponement.map { "\(result.step.title): \($0)" }
        }
        warnings = plan.notices.filter { $0.level == .warning }.map(\.text) + postponed
        let done = outcome.map { $0.results.filter(\.isDone).map(\.step) } ?? plan.steps
        // Nothing done and nothing found in order, although there was something to do or to look at.
        let isInVain = done.isEmpty && plan.unchanged == 0
        state =
            if plan.refusal != nil { .refused } else if problems.isEmpty { .done } else {
                isInVain && (outcome?.results.isEmpty == false || !plan.incomplete.isEmpty) ? .failed : .partial
            }
        guard plan.refusal == nil || action == .plan else { return }
        for step in done { count(step) }
    }

    private mutating func count(_ step: AlarmPlanStep) {
        costBefore += step.costBefore
        costAfter += step.costAfter
        let (kind, resource, reason): (AlarmChange.Change.Action, String?, String?)
        switch step.change {
        case .create(let desired): (kind, resource, reason) = (.created, desired.reason.resource, nil)
        case .update(let desired, _, let differences):
            (kind, resource) = (.updated, desired.reason.resource)
            reason = differences.map(\.text).joined(separator: ", ")
        case .delete(let alarm, let because):
            (kind, resource, reason) = (.deleted, alarm.tags[AlarmOptions.resourceTag], because)
        case .createMuteRule: (kind, resource, reason) = (.created, nil, nil)
        case .updateMuteRule(_, _, let differences):
            (kind, resource, reason) = (.updated, nil, differences.map(\.text).joined(separator: ", "))
        case .deleteMuteRule(_, let because): (kind, resource, reason) = (.deleted, nil, because)
        case .markMissed, .clearMissed:
            marked += 1
            return
        }
        switch kind {
        case .created: created += 1
        case .updated: updated += 1
        case .deleted: deleted += 1
        }
        guard changes.count < AlarmChange.maximumChanges else { return }
        changes.append(
            AlarmChange.Change(
                kind, alarm: step.name, scope: "\(step.scope)", resource: resource, reason: reason))
    }

    // MARK: The answer

    /// The members of ``AlarmPlan/json(maximumSteps:)`` and, unless it was only planned, of ``ApplyOutcome/json``, with
    /// `"state": "done"|"partial"|"refused"|"failed"`, `action`, `trigger` and `owner`.
    var json: JSONValue {
        var object: JSONObject = [
            "state": .string(state.rawValue), "action": .string(action.rawValue), "trigger": .string(trigger),
            "owner": .string(owner),
        ]
        for part in [plan.json(maximumSteps: Self.maximumRows), outcome?.json] {
            for (key, value) in part?.objectValue ?? [:] { object[key] = value.prefix(Self.maximumRows) }
        }
        return .object(object)
    }

    /// For the log.
    var line: String {
        let verb = action == .plan ? "Planned" : state == .done ? "Done" : "Done in part"
        return "\(verb) after \(trigger): \(created) created, \(updated) updated, \(deleted) deleted, "
            + "\(plan.unchanged) unchanged; \(counted(plan.resources, "resource")), "
            + "\(counted(plan.readCalls, "read")), \(counted(outcome?.writeCalls ?? 0, "write"))"
    }

    /// What is published; nil when nothing changed and nothing failed, and for a plan.
    var change: AlarmChange? {
        guard action != .plan, created + updated + deleted > 0 || !problems.isEmpty else { return nil }
        // A failure that comes back with every run is one message, so its id is made of what failed.
        let content = ([owner, state.rawValue] + problems.map(\.withoutCallNumbers)).joined(separator: "\n")
        let id = created + updated + deleted > 0 ? "\(run)" : String(Digest.sha256Hex(content).prefix(32))
        return AlarmChange(
            id: id, state: state, owner: owner, trigger: trigger, at: at, created: created, updated: updated,
            deleted: deleted, monthlyCost: costAfter - costBefore, changes: changes, failures: problems)
    }
}

extension JSONValue {
    /// A list with so many elements at most.
    fileprivate func prefix(_ count: Int) -> JSONValue {
        arrayValue.map { .array(Array($0.prefix(count))) } ?? self
    }
}

extension String {
    /// Without what is another one in each run in the text of an `AWSError`: the request's id and the attempt.
    fileprivate var withoutCallNumbers: String {
        let words = split(separator: " ", omittingEmptySubsequences: false)
        return words.indices.filter { index in
            let before = words[..<index].suffix(2)
            return before.last?.hasSuffix("attempt") != true
                && !(before.first?.hasSuffix("request") == true && before.last == "id")
        }.map { words[$0] }.joined(separator: " ")
    }
}

extension AlarmDifference {
    /// `threshold 80 → 90`.
    fileprivate var text: String { "\(setting) \(from) → \(to)" }
}

extension AlarmPlanStep {
    /// `create tocsin-cpu-i-1 in 123456789012/eu-central-1`.
    public var title: String { "\(action) \(name) in \(scope)" }
}
