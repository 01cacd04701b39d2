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

        mutating func removeDeletions(of names: Set<String>) -> [Alarm] {
            let removed = (deletedAlarms + deletedComposites).filter { names.contains($0.name) }
            deletedAlarms.removeAll { names.contains($0.name) }
            deletedComposites.removeAll { names.contains($0.name) }
            return removed.compactMap(\.alarm)
        }

        var inOrder: [AlarmPlanStep] {
            let steps = composites.compactMap(\.last) + deletedComposites + marks
            let depths = CompositeDepths(steps.map(\.alarm))
            return inOrder(depths)
        }

        private func inOrder(_ depths: CompositeDepths) -> [AlarmPlanStep] {
            var steps = Array(alarms.sorted { $0[0].name < $1[0].name }.joined())
            steps += composites.sorted {
                (depths[$0[0].name], $0[0].name) < (depths[$1[0].name], $1[0].name)
            }.joined()
            steps += deletedComposites.sorted { (-depths[$0.name], $0.name) < (-depths[$1.name], $1.name) }
            steps += deletedAlarms.sorted { $0.name < $1.name }
            // An event can turn marks into deletions.
            steps += marks.sorted { (-depths[$0.name], $0.name) < (-depths[$1.name], $1.name) }
            steps += muteRules.sorted { $0.name < $1.name }
            steps += deletedMuteRules.sorted { $0.name < $1.name }
            return steps
        }
    }

    private let options: AlarmOptions
    private let now: Timestamp
    private let existing: ExistingAlarms
    private var check: DeletionCheck
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
    /// What stands in composites that stay as they are: CloudWatch does not delete it.
    private var standing: Set<String> = []
    /// How many alarms were kept for each reason.
    private var kept: [String: Int] = [:]

    init(options: AlarmOptions, now: Timestamp, existing: ExistingAlarms, facts: DiscoveryFacts?) {
        self.options = options
        self.now = now
        self.existing = existing
        check = DeletionCheck(existing, facts, options: options, now: now)
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
        var found: [String: ExistingAlarm] = [:]
        found.reserveCapacity(existing.alarms.count)
        for alarm in existing.alarms { found[alarm.name] = alarm }
        for wanted in desired { check.add(wanted) }
        var rest = found
        for wanted in desired { rest.removeValue(forKey: wanted.alarm.name) }
        ours = found.count { rest[$0.key] == nil && $0.value.isOurs }
        planUndesired(rest.values.compactMap(\.ownAlarm))
        var names = Set<String>(minimumCapacity: desired.count)
        for wanted in desired {
            guard names.insert(wanted.alarm.name).inserted else {
                notice("is wanted twice, by \(wanted.reason.rule) (\(wanted.reason.origin)) too", wanted)
                continue
            }
            plan(wanted, found[wanted.alarm.name])
        }
        tellBlocked()
        keepStanding()
        if !existing.coverage.isOneResource { planMuteRules(muteRules) }
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
            guard let alarm, mayChange(tags, wanted) else { return }
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
        guard mayChange(old.tags, wanted) else { return }
        guard old.type == wanted.alarm.type else { return replace(old, wanted) }
        let kept = check.unknown(of: old.children.subtracting(wanted.alarm.children))
        guard kept.isEmpty else {
            unchanged += 1
            unchangedCost += old.monthlyCost.dollars
            standing.formUnion(old.children)
            return tellKept("composite alarm \(old.name) is left as it is", kept)
        }
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

    /// An alarm of another resource keeps its settings: the run for everything gives both names of their own.
    private mutating func mayChange(_ tags: [String: String], _ wanted: DesiredAlarm) -> Bool {
        let isAllowed = check.mayChange(tags)
        if !isAllowed {
            let resource = tags[AlarmOptions.resourceTag] ?? ""
            notice("not made: the alarm of this name is of \(resource), which this run does not look at", wanted)
        }
        return isAllowed
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

    private mutating func planUndesired(_ alarms: [Alarm]) {
        guard existing.ownershipFailure == nil else { return }
        // Composites come after the alarms that they name.
        let depths = CompositeDepths(alarms)
        for alarm in alarms.sorted(by: { (depths[$0.name], $0.name) < (depths[$1.name], $1.name) }) {
            let verdict = check.verdict(on: alarm)
            if verdict != .leave { ours += 1 }
            let cost = alarm.monthlyCost.dollars
            if case .delete = verdict {} else { standing.formUnion(alarm.children) }
            switch verdict {
            case .leave: break
            case .keep(let reason): keep(alarm, because: reason)
            case .delete(let reason): delete(alarm, because: reason)
            case .mark:
                phases.marks.append(
                    AlarmPlanStep(scope: scope, change: .markMissed(alarm, at: now), costBefore: cost, costAfter: cost))
            case .wait:
                unchanged += 1
                unchangedCost += cost
            }
        }
    }

    private mutating func keepStanding() {
        guard !standing.isEmpty else { return }
        for alarm in phases.removeDeletions(of: standing) {
            deletions -= 1
            keep(alarm, because: "composite alarms that stay as they are ask about them")
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
            guard case .ours(let rule) = rule.ownership, check.covers(Set(rule.alarms)) else { continue }
            let (names, kept) = (Set(rule.alarms), check.staying(of: Set(rule.alarms)))
            // Of a window that is still there some alarm would be known.
            if !kept.isEmpty, kept == names || check.doubt(about: kept) != nil {
                unchanged += 1
                tellKept("mute rule \(rule.name) is kept", kept)
                continue
            }
            let reason =
                check.deletesAll ? "everything of owner \(options.owner) is removed" : "no window asks for it any more"
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
            let wanted = keeping(old, wanted)
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

    /// A mute rule with the names that it must not lose, as far as there is room for them.
    private mutating func keeping(_ old: MuteRule, _ wanted: DesiredMuteRule) -> DesiredMuteRule {
        let kept = check.staying(of: Set(old.alarms).subtracting(wanted.rule.alarms))
        guard !kept.isEmpty else { return wanted }
        tellKept("mute rule \(old.name) keeps \(counted(kept.count, "alarm"))", kept)
        var wanted = wanted
        let room = max(0, MuteRules.mostAlarms - wanted.rule.alarms.count)
        wanted.rule.alarms = (wanted.rule.alarms + kept.sorted().prefix(room)).sorted()
        return wanted
    }

    /// Says what is kept for want of knowledge; what waits for the grace period is nothing special.
    private mutating func tellKept(_ what: String, _ names: Set<String>) {
        guard let doubt = check.doubt(about: names) else { return }
        notices.append(RuleNotice(.warning, "\(scope): \(what): \(doubt)"))
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

    /// The alarm where it has our tag and is not known to be as it should be.
    fileprivate var ownAlarm: Alarm? {
        switch ownership {
        case .ours(let alarm): alarm
        case .oursUnreadable(let tags, _): placeholder(tags)
        case .asDesired, .foreign, .unknown: nil
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
            guard alarm.type == .composite else { continue }
            children[alarm.name] = Array(alarm.children)
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
