import AWSResources
import Basics
import CloudWatchAlarms

/// Which alarms of a scope a run is for: it changes no others, since it has not looked at what they are for.
public enum AlarmCoverage: Sendable, Hashable {
    /// All, and the mute rules.
    case all
    /// Those of the resource with this id.
    case resource(String)
    /// Those of services without regions: the rest belongs to a region that the run leaves alone.
    case globalServices

    /// The id of the only resource that is looked at; nil for more.
    var resource: String? { if case .resource(let id) = self { id } else { nil } }

    /// Whether nothing of other resources is looked at.
    var isOneResource: Bool { resource != nil }

    /// Whether the alarms of a resource are covered, by its id as the alarm's tag has it; nil for alarms of no
    /// resource.
    func includes(_ resource: String?) -> Bool {
        switch self {
        case .all: true
        case .resource(let id): resource == AlarmTagText.value(id)
        case .globalServices:
            resource.flatMap { ResourceKind(ofResource: $0) }.map { KindFinder.globalKinds.contains($0) } ?? false
        }
    }
}

/// Decides what becomes of the alarms of ours in one scope that no rule asks for.
///
/// It decides, too, which names composites and mute rules must keep. Nothing is deleted, and no name is dropped, that
/// it does not allow.
struct DeletionCheck {
    /// What becomes of an alarm.
    enum Verdict: Equatable {
        /// The run is not for it.
        case leave
        /// What it is for could not be listed whole, for this reason.
        case keep(String)
        /// Its resource was not found for the first time.
        case mark
        /// Its resource was not found, and the grace period is not over; or it is newer than what was found.
        case wait
        /// For this reason.
        case delete(String)
    }

    private let existing: ExistingAlarms
    /// Nil when nothing should be left.
    private let facts: DiscoveryFacts?
    private let options: AlarmOptions
    private let now: Timestamp
    /// The names of alarms that were made after the discovery had begun.
    private let newer: Set<String>
    /// The names of alarms that the run is for.
    private var covered: Set<String> = []
    /// The names of alarms that the run leaves alone.
    private var left: Set<String> = []
    /// The names of alarms whose grace period is not over.
    private var missing: Set<String> = []
    /// Why it is not known whether alarms are as they should be, by name.
    private var doubts: [String: String] = [:]

    init(_ existing: ExistingAlarms, _ facts: DiscoveryFacts?, options: AlarmOptions, now: Timestamp) {
        (self.existing, self.facts, self.options, self.now) = (existing, facts, options, now)
        newer = Set(existing.alarms.filter { facts?.isOlder(than: $0) ?? false }.map(\.name))
    }

    /// Whether nothing should be left.
    var deletesAll: Bool { facts == nil }

    /// Takes an alarm that a rule asks for.
    mutating func add(_ desired: DesiredAlarm) {
        covered.insert(desired.alarm.name)
        guard let facts, facts.doubt("", in: existing.scope) != nil else { return }
        // Its resource was found, but perhaps not all that is to be known of it.
        doubts[desired.alarm.name] = facts.doubt(desired.reason.resource ?? "", in: existing.scope)?.text
    }

    /// Takes an alarm that no rule asks for; a composite after those that it names.
    mutating func verdict(on alarm: Alarm) -> Verdict {
        let verdict = judge(alarm)
        if verdict != .leave { covered.insert(alarm.name) }
        switch verdict {
        case .leave: left.insert(alarm.name)
        case .mark, .wait: missing.insert(alarm.name)
        case .keep(let reason): doubts[alarm.name] = reason
        case .delete: break
        }
        return verdict
    }

    private func judge(_ alarm: Alarm) -> Verdict {
        let id = alarm.tags[AlarmOptions.resourceTag].flatMap { $0.isEmpty ? nil : $0 }
        guard existing.coverage.includes(id) || isOverCovered(alarm, id) else { return .leave }
        guard let facts else { return .delete("everything of owner \(options.owner) is removed") }
        // Alarms of no resource may stand for a group of them, so that any incomplete list makes them doubtful.
        if let doubt = facts.doubt(id ?? "", in: existing.scope) { return .keep(doubt.text) }
        // A run for one resource has made it meanwhile, or another one; the next run knows what to do.
        if newer.contains(alarm.name) { return .wait }
        let unwanted = Verdict.delete("no rule asks for it any more")
        guard let id else { return isOverMissing(alarm) ? .wait : unwanted }
        guard !facts.exists(id), facts.wasLookedFor(id) else {
            // Only runs for everything make composites.
            return existing.coverage.isOneResource && alarm.type == .composite ? .leave : unwanted
        }
        // Even without a grace period a resource must be missed twice: one empty list proves nothing.
        guard let missed = alarm.tags[AlarmOptions.missedTag].flatMap({ Timestamp(iso8601: $0) }) else { return .mark }
        return now - missed >= options.gracePeriod ? .delete("its resource is gone since \(missed.iso8601)") : .wait
    }

    /// Whether a composite of no resource is over alarms that the run is for, and over no others.
    private func isOverCovered(_ alarm: Alarm, _ id: String?) -> Bool {
        id == nil && existing.coverage == .globalServices && !alarm.children.isEmpty
            && alarm.children.isSubset(of: covered)
    }

    /// Whether nobody asks for a composite because the resources of all its alarms are missing, perhaps by mistake.
    private func isOverMissing(_ alarm: Alarm) -> Bool {
        !alarm.children.isEmpty && alarm.children.isSubset(of: missing)
    }

    /// Whether an alarm may be changed to what a rule asks for.
    func mayChange(_ tags: [String: String]) -> Bool {
        tags[AlarmOptions.resourceTag].map { existing.coverage.includes($0) } ?? true
    }

    /// Those of these alarms of which it is not known whether they are still wanted.
    func unknown(of names: Set<String>) -> Set<String> {
        if existing.ownershipFailure != nil, facts != nil { return names }
        return names.filter { left.contains($0) || doubts[$0] != nil }
    }

    /// Those of these alarms that stay, or may have to.
    func staying(of names: Set<String>) -> Set<String> { unknown(of: names).union(names.intersection(missing)) }

    /// Why it is not known of some of these alarms, where that is a failure.
    func doubt(about names: Set<String>) -> String? { names.sorted().lazy.compactMap { doubts[$0] }.first }

    /// Whether a mute rule for these alarms is for none that the run leaves alone.
    func covers(_ names: Set<String>) -> Bool { existing.coverage == .all || names.isSubset(of: covered) }
}

extension Alarm {
    /// The names of the alarms that a composite asks about.
    var children: Set<String> {
        guard case .composite(let condition) = condition else { return [] }
        return Set(condition.rule.alarms.map { ARN($0)?.name ?? $0 })
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

extension IncompleteDiscovery {
    /// For notices: `sqs could not be listed: AccessDenied`.
    fileprivate var text: String { "\(kind?.rawValue ?? "resources") could not be listed: \(reason)" }
}
