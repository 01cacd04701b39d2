import AWSResources
public import Basics
import CloudWatchAlarms

/// Compares the alarms that should exist with those that do: no calls, no clock.
public struct AlarmPlanner: Sendable {
    /// So few deletions are never too large a share, unless they are everything that we own in a scope.
    public static let smallDeletion = 5

    private let options: AlarmOptions
    private let now: Timestamp
    private let allowsAnyDeletion: Bool

    /// A planner.
    /// - Parameters:
    ///   - now: what grace periods are measured from.
    ///   - allowsAnyDeletion: whether ``AlarmOptions/maximumDeletedPercent`` does not count, because somebody said so.
    public init(options: AlarmOptions, now: Timestamp, allowsAnyDeletion: Bool = false) {
        self.options = options
        self.now = now
        self.allowsAnyDeletion = allowsAnyDeletion
    }

    /// What would be changed.
    /// - Parameters:
    ///   - existing: of every scope that is looked at; desired alarms of other scopes are blocked with a notice.
    ///   - discovered: the resources on which `desired` rests; for want of them alarms are deleted.
    ///   - since: when their discovery began: an alarm that was made later may rest on what it did not see.
    public func plan(
        desired: DesiredAlarms, existing: [ExistingAlarms], discovered: DiscoveredResources, since: Timestamp? = nil
    ) -> AlarmPlan {
        var plan = AlarmPlan(
            notices: desired.notices, incomplete: discovered.incomplete, resources: discovered.resources.count,
            readCalls: discovered.calls)
        let alarms = desired.alarms.byScope
        let rules = Dictionary(grouping: desired.muteRules, by: \.scope)
        let facts = DiscoveryFacts(discovered, since: since)
        for existing in existing.sorted(by: { $0.scope < $1.scope }) {
            plan.readCalls += existing.calls
            var scope = ScopePlan(options: options, now: now, existing: existing, facts: facts)
            scope.plan(alarms[existing.scope] ?? [], rules[existing.scope] ?? [])
            if !existing.coverage.isOneResource, !allowsAnyDeletion, plan.refusal == nil {
                plan.refusal = scope.refusal
            }
            scope.add(to: &plan)
        }
        plan.resource = existing.lazy.compactMap(\.coverage.resource).first
        let known = Set(existing.map(\.scope))
        for (scope, alarms) in alarms.sorted(by: { $0.key < $1.key }) where !known.contains(scope) {
            plan.notices.append(
                RuleNotice(
                    .error, "\(scope): \(counted(alarms.count, "alarm")) not made: the scope's alarms were not read"))
        }
        return plan
    }

    /// What would be deleted so that nothing of ours is left.
    public func destroyPlan(existing: [ExistingAlarms]) -> AlarmPlan {
        var plan = AlarmPlan()
        for existing in existing.sorted(by: { $0.scope < $1.scope }) {
            plan.readCalls += existing.calls
            var scope = ScopePlan(options: options, now: now, existing: existing, facts: nil)
            scope.plan([], [])
            scope.add(to: &plan)
        }
        return plan
    }
}

extension ResourceKind {
    /// The kind of the resource with this ARN; nil for an id that does not tell it.
    init?(ofResource id: String) {
        guard let kind = ARN(id).flatMap({ ResourceKind.find($0)?.kind }) else { return nil }
        self = kind
    }
}

extension [DesiredAlarm] {
    /// The alarms of each scope; those of a single one, as mostly, are not copied.
    var byScope: [AlarmScope: [DesiredAlarm]] {
        guard let scope = first?.scope, allSatisfy({ $0.scope == scope }) else {
            return Dictionary(grouping: self, by: \.scope)
        }
        return [scope: self]
    }
}

extension DesiredAlarm {
    /// The alarm with the tag that says whose it is.
    func owned(by owner: String) -> DesiredAlarm {
        guard alarm.tags[AlarmOptions.ownerTag] != owner else { return self }
        var owned = self
        owned.alarm.tags[AlarmOptions.ownerTag] = owner
        return owned
    }
}
