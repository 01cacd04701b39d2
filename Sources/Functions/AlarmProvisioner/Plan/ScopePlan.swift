import AWSResources
import Basics
import CloudWatchAlarms

/// The plan of one scope while it is made.
struct ScopePlan {
    /// Steps in the order in which they are carried out; each phase is sorted by itself.
    ///
    /// What stands in a composite must exist before the composite, and cannot be deleted before it. New alarms come
    /// before the deletion of old ones, so that a change of names leaves no time without alarms, and so do mute rules,
    /// which can change their names while their window is open.
    private struct Phases {
        var alarms: [[AlarmPlanStep]] = []
        var composites: [[AlarmPlanStep]] = []
        var deletedComposites: [AlarmPlanStep] = []
        var deletedAlarms: [AlarmPlanStep] = []
        var marks: [AlarmPlanStep] = []
        var muteRules: [AlarmPlanStep] = []
        var deletedMuteRules: [AlarmPlanStep] = []

        mutating func append(_ steps: [AlarmPlanStep], for alarm: Alarm) {
            if alarm.type == .composite { composites.append(steps) } else { alarms.append(steps) }
        }

        var inOrder: [AlarmPlanStep] {
            let depths = CompositeDepths(composites.compactMap(\.last).map(\.alarm) + deletedComposites.map(\.alarm))
            var steps = Array(alarms.sorted { $0[0].name < $1[0].name }.joined())
            steps += composites.sorted {
                (depths[$0[0].name], $0[0].name) < (depths[$1[0].name], $1[0].name)
            }.joined()
            steps += deletedComposites.sorted { (-depths[$0.name], $0.name) < (-depths[$1.name], $1.name) }
            steps += deletedAlarms.sorted { $0.name < $1.name }
            steps += marks.sorted { $0.name < $1.name }
            steps += muteRules.sorted { $0.name < $1.name }
            steps += deletedMuteRules.sorted { $0.name < $1.name }
            return steps
        }
    }

    private let options: AlarmOptions
    private let now: Timestamp
    private let existing: ExistingAlarms
    /// Nil when nothing should be left.
    private let facts: DiscoveryFacts?
    private var scope: AlarmScope { existing.scope }

    private var phases = Phases()
    private var notices: [RuleNotice] = []
    private var incomplete: [IncompleteDiscovery] = []
    private var unchanged = 0
    private var unchangedCost = 0.0
    private var deletions = 0
    private var ours = 0
    /// Alarms whose names others have, by owner.
    private var blocked: [String?: [(wanted: DesiredAlarm, reason: String)]] = [:]
    /// How many alarms were kept for each reason.
    private var kept: [String: Int] = [:]

    init(options: AlarmOptions, now: Timestamp, existing: ExistingAlarms, facts: DiscoveryFacts?) {
        self.options = options
        self.now = now
        self.existing = existing
        self.facts = facts
    }

    /// Why the deletions are too many; nil when they are not.
    var refusal: String? {
        let percent = 100 * Double(deletions) / Double(max(1, ours))
        guard deletions > 0, percent > options.maximumDeletedPercent else { return nil }
        guard deletions > AlarmPlanner.smallDeletion || deletions == ours else { return nil }
        let limit = options.maximumDeletedPercent.plainText
        return "\(scope): the plan would delete \(deletions) of our \(counted(ours, "alarm")) "
            + "(\(Int(percent.rounded())) %), and \(limit) % is the limit: if that is meant, raise it with "
            + "--max-deleted-percent or ALARM_MAX_DELETED_PERCENT"
    }

    func add(to plan: inout AlarmPlan) {
        plan.steps += phases.inOrder
        plan.unchanged += unchanged
        plan.unchangedCost += unchangedCost
        plan.notices += notices
        plan.incomplete += incomplete
        for (reason, count) in kept.sorted(by: { $0.key < $1.key }) {
            plan.notices.append(
                RuleNotice(.warning, "\(scope): \(counted(count, "alarm")) of missing resources kept: \(reason)"))
        }
    }

    // MARK: Alarms

    mutating func plan(_ desired: [DesiredAlarm], _ muteRules: [DesiredMuteRule]) {
        if let failure = existing.failure {
            // What exists is not known: whatever was written could overwrite somebody's alarm.
            incomplete.append(IncompleteDiscovery(kind: nil, scope: scope, reason: failure))
            notices.append(RuleNotice(.error, "\(scope): nothing is changed: \(failure)"))
            return
        }
        if let failure = existing.ownershipFailure {
            incomplete.append(IncompleteDiscovery(kind: nil, scope: scope, reason: failure))
            notices.append(RuleNotice(.warning, "\(scope): no alarm is deleted: \(failure)"))
        }
        var rest: [String: ExistingAlarm] = [:]
        rest.reserveCapacity(existing.alarms.count)
        for alarm in existing.alarms { rest[alarm.name] = alarm }
        ours = rest.values.count { $0.isOurs }
        var names = Set<String>(minimumCapacity: desired.count)
        for wanted in desired {
            guard names.insert(wanted.alarm.name).inserted else {
                notice("is wanted twice, by \(wanted.reason.rule) (\(wanted.reason.origin)) too", wanted)
                continue
            }
            plan(wanted, rest.removeValue(forKey: wanted.alarm.name))
        }
        tellBlocked()
        for alarm in rest.values.sorted(by: { $0.name < $1.name }) { planUndesired(alarm) }
        if existing.resource == nil { planMuteRules(muteRules) }
    }

    private mutating func plan(_ wanted: DesiredAlarm, _ alarm: ExistingAlarm?) {
        switch alarm?.ownership {
        case nil: create(wanted)
        case .asDesired?: keep(wanted)
        case .foreign(let owner)?:
            let whose = owner.map { "belongs to \($0) (tag \(AlarmOptions.ownerTag))" } ?? "was made by somebody else"
            let advice =
                owner == nil
                ? "choose another name, or take it over with tocsin alarms import" : "choose another name or prefix"
            blocked[owner, default: []].append((wanted, "an alarm of this name \(whose): \(advice)"))
        case .unknown(let reason)?:
            notice("not made: an alarm of this name exists, and whose it is cannot be read: \(reason)", wanted)
        case .oursUnreadable(let tags, let reason)?:
            guard let alarm else { return }
            guard alarm.type == wanted.alarm.type else { return replace(alarm.placeholder(tags), wanted) }
            var old = wanted.alarm
            old.tags = tags
            let unreadable = AlarmDifference("settings", from: "unreadable: \(reason)", to: "as the rule says")
            update(wanted, from: old, [unreadable] + tagDifferences(old, wanted))
        case .ours(let old)?: plan(wanted, over: old)
        }
    }

    /// A second provisioner with the first one's prefix collides with all of its alarms: that is one notice.
    private mutating func tellBlocked() {
        for (owner, alarms) in blocked.sorted(by: { ($0.key ?? "") < ($1.key ?? "") }) {
            guard alarms.count > 3 else {
                for (wanted, reason) in alarms { notice("not made: \(reason)", wanted) }
                continue
            }
            let examples = alarms.prefix(2).map(\.wanted.alarm.name).joined(separator: ", ")
            let whose = owner.map { "belong to \($0) (tag \(AlarmOptions.ownerTag))" } ?? "were made by somebody else"
            let advice = owner == nil ? "take them over with tocsin alarms import, or choose" : "choose"
            notices.append(
                RuleNotice(
                    .error,
                    "\(scope): \(alarms.count) alarms not made: alarms of these names \(whose), such as \(examples): "
                        + "\(advice) another prefix"))
        }
    }

    private mutating func plan(_ wanted: DesiredAlarm, over old: Alarm) {
        guard old.type == wanted.alarm.type else { return replace(old, wanted) }
        let wanted = wanted.owned(by: options.owner)
        let tags = TagChanges(from: old.tags, to: wanted.alarm.tags, copied: options.copiedTags)
        if wanted.alarm.hasSettings(of: old) {
            if tags.isEmpty { return keep(wanted) }
            if tags.added.isEmpty, tags.removed == [AlarmOptions.missedTag] {
                let cost = old.monthlyCost.dollars
                phases.marks.append(
                    AlarmPlanStep(scope: scope, change: .clearMissed(old), costBefore: cost, costAfter: cost))
                return
            }
        }
        update(wanted, from: old, AlarmDifference.between(old, wanted.alarm, tags: tags))
    }

    private func tagDifferences(_ old: Alarm, _ wanted: DesiredAlarm) -> [AlarmDifference] {
        let tags = TagChanges(
            from: old.tags, to: wanted.owned(by: options.owner).alarm.tags, copied: options.copiedTags)
        return AlarmDifference.between(old, old, tags: tags)
    }

    private mutating func keep(_ wanted: DesiredAlarm) {
        unchanged += 1
        unchangedCost += wanted.alarm.monthlyCost.dollars
    }

    private mutating func create(_ wanted: DesiredAlarm) {
        guard isRight(wanted) else { return }
        let step = AlarmPlanStep(
            scope: scope, change: .create(wanted.owned(by: options.owner)),
            costAfter: wanted.alarm.monthlyCost.dollars)
        phases.append([step], for: wanted.alarm)
    }

    private mutating func update(_ wanted: DesiredAlarm, from old: Alarm, _ differences: [AlarmDifference]) {
        guard isRight(wanted) else { return }
        let step = AlarmPlanStep(
            scope: scope, change: .update(wanted.owned(by: options.owner), from: old, differences: differences),
            costBefore: old.monthlyCost.dollars, costAfter: wanted.alarm.monthlyCost.dollars)
        phases.append([step], for: wanted.alarm)
    }

    /// An alarm keeps its type for ever: another one needs a new alarm of the same name.
    private mutating func replace(_ old: Alarm, _ wanted: DesiredAlarm) {
        guard isRight(wanted) else { return }
        let wanted = wanted.owned(by: options.owner)
        let because = "its type changes from \(old.type.rawValue) to \(wanted.alarm.type.rawValue)"
        let steps = [
            AlarmPlanStep(scope: scope, change: .delete(old, because: because), costBefore: old.monthlyCost.dollars),
            AlarmPlanStep(scope: scope, change: .create(wanted), costAfter: wanted.alarm.monthlyCost.dollars),
        ]
        phases.append(steps, for: wanted.alarm)
    }

    /// Alarms that CloudWatch would refuse are told now, not when half of the plan is done.
    private mutating func isRight(_ wanted: DesiredAlarm) -> Bool {
        let faults = wanted.owned(by: options.owner).alarm.faults
        if !faults.isEmpty { notice("not made: \(faults.joined(separator: "; "))", wanted) }
        return faults.isEmpty
    }

    private mutating func notice(_ text: String, _ wanted: DesiredAlarm) {
        notices.append(
            RuleNotice(
                .error,
                "\(scope): alarm \(wanted.alarm.name) of rule \(wanted.reason.rule) (\(wanted.reason.origin)) \(text)"))
    }

    // MARK: Alarms that nobody wants

    private mutating func planUndesired(_ existing: ExistingAlarm) {
        let alarm: Alarm
        switch existing.ownership {
        case .ours(let old): alarm = old
        case .oursUnreadable(let tags, _): alarm = existing.placeholder(tags)
        case .asDesired, .foreign, .unknown: return
        }
        guard self.existing.ownershipFailure == nil else { return }
        let id = alarm.tags[AlarmOptions.resourceTag]
        guard let facts else { return delete(alarm, because: "everything of owner \(options.owner) is removed") }
        if let resource = self.existing.resource, id != AlarmTagText.value(resource) { return }
        // Alarms of no resource may stand for a group of them, so that any incomplete list makes them doubtful.
        if let doubt = facts.doubt(id ?? "", in: scope) {
            return keep(alarm, because: "\(doubt.kind?.rawValue ?? "resources") could not be listed: \(doubt.reason)")
        }
        // A run for one resource has made it meanwhile, or another one; the next run knows what to do.
        if facts.isOlder(than: existing) {
            unchanged += 1
            unchangedCost += alarm.monthlyCost.dollars
            return
        }
        guard let id, !id.isEmpty else { return delete(alarm, because: "no rule asks for it any more") }
        if facts.exists(id) || !facts.wasLookedFor(id) {
            delete(alarm, because: "no rule asks for it any more")
        } else if let missed = alarm.tags[AlarmOptions.missedTag].flatMap({ Timestamp(iso8601: $0) }) {
            if now - missed >= options.gracePeriod {
                delete(alarm, because: "its resource is gone since \(missed.iso8601)")
            } else {
                unchanged += 1
                unchangedCost += alarm.monthlyCost.dollars
            }
        } else {
            // Even without a grace period a resource must be missed twice: one empty list proves nothing.
            let cost = alarm.monthlyCost.dollars
            phases.marks.append(
                AlarmPlanStep(scope: scope, change: .markMissed(alarm, at: now), costBefore: cost, costAfter: cost))
        }
    }

    private mutating func delete(_ alarm: Alarm, because reason: String) {
        deletions += 1
        let step = AlarmPlanStep(
            scope: scope, change: .delete(alarm, because: reason), costBefore: alarm.monthlyCost.dollars)
        if alarm.type == .composite { phases.deletedComposites.append(step) } else { phases.deletedAlarms.append(step) }
    }

    private mutating func keep(_ alarm: Alarm, because reason: String) {
        kept[reason, default: 0] += 1
        unchanged += 1
        unchangedCost += alarm.monthlyCost.dollars
    }

    // MARK: Mute rules

    private mutating func planMuteRules(_ desired: [DesiredMuteRule]) {
        if let failure = existing.muteRuleFailure {
            notices.append(
                RuleNotice(desired.isEmpty ? .warning : .error, "\(scope): no mute rule is changed: \(failure)"))
            return
        }
        var rest = Dictionary(existing.muteRules.map { ($0.name, $0) }) { first, _ in first }
        var names: Set<String> = []
        for wanted in desired where names.insert(wanted.rule.name).inserted {
            var wanted = wanted
            wanted.rule.tags[AlarmOptions.ownerTag] = options.owner
            plan(wanted, rest.removeValue(forKey: wanted.rule.name))
        }
        for rule in rest.values.sorted(by: { $0.name < $1.name }) {
            guard case .ours(let rule) = rule.ownership else { continue }
            let reason =
                facts == nil ? "everything of owner \(options.owner) is removed" : "no window asks for it any more"
            phases.deletedMuteRules.append(
                AlarmPlanStep(scope: scope, change: .deleteMuteRule(rule, because: reason)))
        }
    }

    private mutating func plan(_ wanted: DesiredMuteRule, _ rule: ExistingMuteRule?) {
        let what = "mute rule \(wanted.rule.name) (\(wanted.origin))"
        switch rule?.ownership {
        case .foreign?:
            notices.append(
                RuleNotice(.error, "\(scope): \(what) not made: somebody else's has this name: choose another"))
        case .unknown(let reason)?:
            notices.append(RuleNotice(.error, "\(scope): \(what) not made: what exists cannot be read: \(reason)"))
        case .ours(let old)?:
            let tags = TagChanges(from: old.tags, to: wanted.rule.tags, copied: [])
            let differences = AlarmDifference.between(old, wanted.rule, tags: tags)
            if differences.isEmpty {
                unchanged += 1
            } else if isRight(wanted, what) {
                phases.muteRules.append(
                    AlarmPlanStep(
                        scope: scope, change: .updateMuteRule(wanted, from: old, differences: differences)))
            }
        case nil where isRight(wanted, what):
            phases.muteRules.append(AlarmPlanStep(scope: scope, change: .createMuteRule(wanted)))
        case nil: break
        }
    }

    private mutating func isRight(_ wanted: DesiredMuteRule, _ what: String) -> Bool {
        let faults = wanted.rule.faults
        if !faults.isEmpty {
            notices.append(RuleNotice(.error, "\(scope): \(what) not made: \(faults.joined(separator: "; "))"))
        }
        return faults.isEmpty
    }
}

extension ExistingAlarm {
    /// Whether it has our tag.
    fileprivate var isOurs: Bool {
        switch ownership {
        case .asDesired, .ours, .oursUnreadable: true
        case .foreign, .unknown: false
        }
    }

    /// An alarm of the same type and tags whose settings are not known, for its deletion.
    fileprivate func placeholder(_ tags: [String: String]) -> Alarm {
        let condition: AlarmCondition =
            switch type {
            case .composite: .composite(CompositeCondition(rule: .constant(false)))
            case .log:
                .log(LogCondition(query: "", logGroups: [], queryRoleARN: "", comparison: .greater, threshold: 0))
            case .metric: .promQL(PromQLCondition(query: ""))
            }
        return Alarm(name: name, condition: condition, tags: tags)
    }
}

extension AlarmPlanStep {
    /// The name of the alarm or mute rule.
    public var name: String {
        switch change {
        case .create(let wanted), .update(let wanted, _, _): wanted.alarm.name
        case .delete(let alarm, _), .markMissed(let alarm, _), .clearMissed(let alarm): alarm.name
        case .createMuteRule(let wanted), .updateMuteRule(let wanted, _, _): wanted.rule.name
        case .deleteMuteRule(let rule, _): rule.name
        }
    }

    /// The alarm as it will be, or as it was when it is deleted; nil for mute rules.
    fileprivate var alarm: Alarm? {
        switch change {
        case .create(let wanted), .update(let wanted, _, _): wanted.alarm
        case .delete(let alarm, _), .markMissed(let alarm, _), .clearMissed(let alarm): alarm
        case .createMuteRule, .updateMuteRule, .deleteMuteRule: nil
        }
    }
}

/// How many composites of a plan stand below each of its composites.
private struct CompositeDepths {
    private var depths: [String: Int] = [:]

    init(_ alarms: [Alarm?]) {
        var children: [String: [String]] = [:]
        for case let alarm? in alarms {
            guard case .composite(let condition) = alarm.condition else { continue }
            children[alarm.name] = condition.rule.alarms.map { ARN($0)?.name ?? $0 }
        }
        for name in children.keys { _ = measure(name, children, path: []) }
    }

    subscript(name: String) -> Int { depths[name] ?? 0 }

    /// A circle, which CloudWatch does not evaluate either, ends at the alarm where it closes.
    private mutating func measure(_ name: String, _ children: [String: [String]], path: Set<String>) -> Int {
        if let depth = depths[name] { return depth }
        guard let below = children[name], !path.contains(name) else { return 0 }
        let path = path.union([name])
        let depth = 1 + (below.map { measure($0, children, path: path) }.max() ?? 0)
        depths[name] = depth
        return depth
    }
}
