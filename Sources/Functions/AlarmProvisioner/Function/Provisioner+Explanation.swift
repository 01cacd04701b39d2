public import Basics
import CloudWatchAlarms
public import JSON
import ServiceLevels
import TextTables

/// A rule that is in force, and what it makes.
public struct RuleListing: Sendable, Hashable {
    /// The rule's name.
    public var rule: String
    /// `rules.yaml:12`, `catalogue`.
    public var origin: String
    /// The kinds of resources that it is for; empty for objectives and the like.
    public var kinds: [String]
    /// How many resources it matched.
    public var resources = 0
    /// How many alarms it makes.
    public var alarms = 0
    /// The names of some of its alarms.
    public var examples: [String] = []
    /// What the alarms of an objective take, each way; nil for other rules, and before it is known where they are made.
    public var cost: ObjectiveCost?

    /// `{"rule", "origin", "kinds", "resources", "alarms", "examples", "cost"}`, the last for objectives only, as in
    /// ``AlarmPlan/json(maximumSteps:)``.
    public var json: JSONValue {
        var object: JSONObject = [
            "rule": .string(rule), "origin": .string(origin), "kinds": .array(kinds.map { .string($0) }),
            "resources": .init(resources), "alarms": .init(alarms),
            "examples": .array(examples.map { .string($0) }),
        ]
        object["cost"] = cost?.json
        return .object(object)
    }
}

/// Which rule makes an alarm, from what, and why so.
public struct AlarmExplanation: Sendable, Hashable {
    /// The alarm's name.
    public var name: String
    /// Where it is.
    public var scope: AlarmScope
    /// Name and text, in the order in which people read them, such as `rule`, `resource`, `threshold` and `state`.
    public var facts: [Fact]

    /// One thing that is to be said.
    public struct Fact: Sendable, Hashable {
        /// Such as `threshold`.
        public var name: String
        /// Such as `0.9 × timeout_ms (3,000) = 2,700`.
        public var text: String
    }

    /// For people: `rule       lambda-errors (catalogue)`.
    /// - Parameter width: the longest line, in terminal columns, from 40.
    public func lines(width: Int = 100) -> [String] {
        let names = (facts.map(\.name.count).max() ?? 0) + 2
        return facts.flatMap { fact in
            fact.text.wrapped(to: max(40, width) - names, indent: 0).enumerated().map { index, line in
                let name = index == 0 ? fact.name : ""
                return name + String(repeating: " ", count: names - name.count) + line
            }
        }
    }

    /// `{"alarm", "scope", "rule", "origin", …}`.
    public var json: JSONValue {
        var object: JSONObject = ["alarm": .string(name), "scope": .string("\(scope)")]
        for fact in facts { object[fact.name] = .string(fact.text) }
        return .object(object)
    }
}

extension Provisioner {
    /// The rules of all sources, without asking AWS what they match.
    public func listing(deadline: Timestamp?) async throws -> [RuleListing] {
        let rules = try await load(deadline)
        return Self.listing(rules)
    }

    /// The rules of all sources, and what each of them makes.
    public func listing(
        _ range: Range = Range(), deadline: Timestamp?, progress: @escaping Progress
    ) async throws -> [RuleListing] {
        var rows = Self.listing(try await load(deadline))
        let survey = try await survey(range, deadline, progress)
        var positions = Dictionary(rows.indices.map { (rows[$0].rule, $0) }) { first, _ in first }
        var resources: [String: Set<String>] = [:]
        for desired in survey.desired.alarms {
            let reason = desired.reason
            let position: Int
            if let known = positions[reason.rule] {
                position = known
            } else {
                // Tags and CloudwatchMonitoring's file make rules of their own.
                position = rows.count
                positions[reason.rule] = position
                rows.append(
                    RuleListing(
                        rule: reason.rule, origin: "\(reason.origin)", kinds: reason.kind.map { [$0.rawValue] } ?? []))
            }
            rows[position].alarms += 1
            if let resource = reason.resource { resources[reason.rule, default: []].insert(resource) }
            if rows[position].examples.count < 3 { rows[position].examples.append(desired.alarm.name) }
        }
        for index in rows.indices {
            rows[index].resources = resources[rows[index].rule]?.count ?? 0
            rows[index].cost = survey.objectives.first {
                $0.rule == rows[index].rule && "\($0.origin)" == rows[index].origin
            }
        }
        return rows
    }

    private static func listing(_ loaded: LoadedRules) -> [RuleListing] {
        loaded.rules.rules.map { rule in
            RuleListing(
                rule: rule.name, origin: "\(rule.origin)", kinds: rule.match.kinds.sorted().map(\.rawValue))
        }
            + loaded.rules.objectives.map { rule in
                RuleListing(
                    rule: rule.name, origin: "\(rule.origin)", kinds: [])
            }
    }

    // MARK: Explanations

    /// Says of every alarm of a name which rule makes it, from which resource, and why its threshold is what it is.
    ///
    /// Alarms of the owner that no rule asks for any more are explained by their tags.
    /// - Parameter pattern: a name, with `*` for any text.
    public func explanations(
        ofAlarm pattern: String, deadline: Timestamp?, progress: @escaping Progress
    ) async throws -> [AlarmExplanation] {
        let survey = try await survey(Range(), deadline, progress)
        let glob = Glob(pattern)
        let plan = AlarmPlanner(options: survey.options, now: time.now()).plan(
            desired: survey.desired, existing: try await existing(survey, deadline, progress),
            discovered: survey.discovered)
        let steps = Dictionary(grouping: plan.steps.filter { glob.matches($0.name) }) { "\($0.scope) \($0.name)" }
        let wanted = survey.desired.alarms.filter { glob.matches($0.alarm.name) }
        var explanations = wanted.map { desired in
            AlarmExplanation(desired, steps["\(desired.scope) \(desired.alarm.name)"]?.first)
        }
        let names = Set(wanted.map { "\($0.scope) \($0.alarm.name)" })
        explanations += plan.steps.compactMap { step in
            guard glob.matches(step.name), !names.contains("\(step.scope) \(step.name)") else { return nil }
            return AlarmExplanation(unwanted: step)
        }
        return explanations.sorted { ($0.name, $0.scope) < ($1.name, $1.scope) }
    }
}

extension AlarmExplanation {
    /// Of an alarm that should exist.
    fileprivate init(_ desired: DesiredAlarm, _ step: AlarmPlanStep?) {
        (name, scope, facts) = (desired.alarm.name, desired.scope, [])
        let reason = desired.reason
        add("rule", reason.rule)
        add("origin", "\(reason.origin)")
        if reason.origin.source == .catalogue { add("why", AlarmCatalogue.entry(named: reason.rule)?.reason) }
        add("kind", reason.kind?.rawValue)
        add("resource", reason.resource)
        add("threshold", reason.threshold)
        add("description", desired.alarm.description)
        add("notifies", desired.alarm.actions.alarm.joined(separator: ", "))
        switch step?.change {
        case .create: add("state", "does not exist yet")
        case .update(_, _, let differences):
            let texts = differences.map { "\($0.setting) \($0.from) → \($0.to)" }
            add("state", "differs: " + texts.joined(separator: ", "))
        case .delete(_, let because): add("state", "would be deleted and made anew: \(because)")
        default: add("state", "exists and is as it should be")
        }
    }

    /// Of an alarm that no rule asks for; nil for a step of another kind.
    fileprivate init?(unwanted step: AlarmPlanStep) {
        let (alarm, state): (Alarm, String)
        switch step.change {
        case .delete(let found, let because): (alarm, state) = (found, "would be deleted: \(because)")
        case .markMissed(let found, _): (alarm, state) = (found, "its resource was not found: it goes after the grace")
        default: return nil
        }
        (name, scope, facts) = (alarm.name, step.scope, [])
        add("rule", alarm.tags[AlarmOptions.ruleTag])
        add("origin", alarm.tags[AlarmOptions.originTag])
        add("resource", alarm.tags[AlarmOptions.resourceTag])
        add("description", alarm.description)
        add("state", state)
    }

    private mutating func add(_ name: String, _ text: String?) {
        if let text, !text.isEmpty { facts.append(Fact(name: name, text: text)) }
    }
}
