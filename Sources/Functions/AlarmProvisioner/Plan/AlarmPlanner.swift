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
            if existing.resource == nil, !allowsAnyDeletion, plan.refusal == nil {
                plan.refusal = scope.refusal
            }
            scope.add(to: &plan)
        }
        plan.resource = existing.lazy.compactMap(\.resource).first
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

/// What the discovery says about resources that alarms belong to.
struct DiscoveryFacts: Sendable {
    private let ids: Set<String>
    private let incomplete: [IncompleteDiscovery]
    private let kinds: Set<ResourceKind>?
    private let since: Timestamp?

    init(_ discovered: DiscoveredResources, since: Timestamp?) {
        self.since = since
        kinds = discovered.kinds
        ids = Set(discovered.resources.lazy.map { AlarmTagText.value($0.id) })
        incomplete = discovered.incomplete
    }

    /// Whether the resource with this id, as the alarm's tag has it, was found.
    func exists(_ id: String) -> Bool { ids.contains(id) }

    /// Whether an alarm is newer than what was found, so that nobody knows whether it is wanted.
    func isOlder(than alarm: ExistingAlarm) -> Bool {
        guard let since, let changed = alarm.changedAt else { return false }
        return changed > since
    }

    /// Whether resources of its kind were looked for: only then its absence says something.
    func wasLookedFor(_ id: String) -> Bool {
        guard let kinds else { return true }
        // An account has no ARN.
        let kind = id.hasPrefix("account:") ? ResourceKind.account : ResourceKind(ofResource: id)
        return kind.map { kinds.contains($0) } ?? true
    }

    /// Why it may exist although it was not found: its kind was not listed whole in the scope.
    func doubt(_ id: String, in scope: AlarmScope) -> IncompleteDiscovery? {
        let kind = ResourceKind(ofResource: id)
        return incomplete.first { fault in
            guard fault.scope == scope || Self.isGlobal(kind, fault) else { return false }
            return fault.kind == nil || kind == nil || fault.kind == kind
        }
    }

    /// The resources of global services are listed once for an account; their alarms are in another region, perhaps.
    private static func isGlobal(_ kind: ResourceKind?, _ fault: IncompleteDiscovery) -> Bool {
        [.healthCheck, .distribution, .bucket].contains(kind) && fault.kind == kind
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
