import CloudWatchAlarms
public import JSON

extension AlarmPlan {
    /// The plan for programs: `--json` and the function's answer.
    ///
    /// `summary` has `create`, `update`, `delete`, `markMissed`, `clearMissed`, `unchanged`, `resources`, `readCalls`,
    /// `costBefore`, `costAfter` and `unknownCosts`. Then come `refused` (null or a text), `steps`, `notices`,
    /// `incomplete` and `objectives`. New members may be added; none changes its meaning.
    /// - Parameter maximumSteps: how many steps are listed; `summary` counts all.
    public func json(maximumSteps: Int = .max) -> JSONValue {
        let numbers = summary
        return [
            "summary": [
                "create": JSONValue(numbers.created), "update": JSONValue(numbers.changed),
                "delete": JSONValue(numbers.deleted), "markMissed": JSONValue(numbers.marked),
                "clearMissed": JSONValue(numbers.cleared), "unchanged": JSONValue(unchanged),
                "resources": JSONValue(resources), "readCalls": JSONValue(readCalls),
                "costBefore": .double(numbers.costBefore.cents), "costAfter": .double(numbers.costAfter.cents),
                "unknownCosts": JSONValue(numbers.unknownCosts),
            ],
            "refused": refusal.map { .string($0) } ?? .null,
            "steps": .array(steps.prefix(maximumSteps).map(\.json)),
            "notices": .array(notices.map { ["level": .string($0.level.rawValue), "text": .string($0.text)] }),
            "incomplete": .array(
                incomplete.map { gap in
                    [
                        "kind": gap.kind.map { .string($0.rawValue) } ?? .null, "account": .string(gap.scope.account),
                        "region": .string(gap.scope.region), "reason": .string(gap.reason),
                    ]
                }),
            "objectives": .array(objectives.map(\.json)),
        ]
    }
}

extension ObjectiveCost {
    /// `{"rule", "origin", "chosen": "promql"|"math"|null, "promql": way, "math": way}`, a way being `{"alarms",
    /// "cost", "unknownCost"}` with the last as a text or null, or `{"obstacle"}` where it cannot be taken.
    var json: JSONValue {
        [
            "rule": .string(rule), "origin": .string("\(origin)"),
            "chosen": chosen.map { .string($0.rawValue) } ?? .null,
            ObjectiveStyle.promQL.rawValue: promQL.json, ObjectiveStyle.metricMath.rawValue: metricMath.json,
        ]
    }
}

extension ObjectiveCost.Way {
    fileprivate var json: JSONValue {
        if let obstacle { return ["obstacle": .string(obstacle)] }
        return [
            "alarms": JSONValue(alarms), "cost": .double(dollars.cents),
            "unknownCost": unknownPart.map { .string($0) } ?? .null,
        ]
    }
}

extension ApplyOutcome {
    /// The outcome for programs: `complete`, `done`, `failed`, `postponed`, `untried`, `writeCalls`, and `failures`
    /// with a step and its `failure` each.
    public var json: JSONValue {
        let failed = results.filter { $0.failure != nil }
        return [
            "complete": .bool(isComplete), "done": JSONValue(results.count(where: \.isDone)),
            "failed": JSONValue(failed.count),
            "postponed": JSONValue(results.count { $0.postponement != nil }), "untried": JSONValue(untried.count),
            "writeCalls": JSONValue(writeCalls),
            "failures": .array(
                failed.map { result in
                    var json = result.step.place
                    json["failure"] = .string(result.failure ?? "")
                    return .object(json)
                }),
        ]
    }
}

extension AlarmPlanStep {
    /// Where and what: `account`, `region`, `action` and `alarm`, or `muteRule`.
    var place: JSONObject {
        var json: JSONObject = [
            "account": .string(scope.account), "region": .string(scope.region), "action": .string(action),
        ]
        json[action.hasSuffix("mute-rule") ? "muteRule" : "alarm"] = .string(name)
        return json
    }

    /// The step: ``place``, `costBefore`, `costAfter`, and where they apply `type`, `rule`, `origin`, `resource`,
    /// `threshold`, `because` and `differences` (of `setting`, `from`, `to`).
    public var json: JSONValue {
        var json = place
        (json["costBefore"], json["costAfter"]) = (.double(costBefore.cents), .double(costAfter.cents))
        switch change {
        case .create(let wanted), .update(let wanted, _, _):
            json["type"] = .string(wanted.alarm.type.rawValue)
            json["rule"] = .string(wanted.reason.rule)
            json["origin"] = .string(wanted.reason.origin.description)
            if let resource = wanted.reason.resource { json["resource"] = .string(resource) }
            json["threshold"] = .string(wanted.reason.threshold)
        case .delete(let alarm, _), .markMissed(let alarm, _), .clearMissed(let alarm):
            json["type"] = .string(alarm.type.rawValue)
            if let resource = alarm.tags[AlarmOptions.resourceTag] { json["resource"] = .string(resource) }
        case .createMuteRule, .updateMuteRule, .deleteMuteRule: break
        }
        if let because { json["because"] = .string(because) }
        if !differences.isEmpty {
            json["differences"] = .array(
                differences.map {
                    ["setting": .string($0.setting), "from": .string($0.from), "to": .string($0.to)]
                })
        }
        return .object(json)
    }
}

extension Double {
    /// Dollars rounded to the cent.
    fileprivate var cents: Double { (self * 100).rounded() / 100 }
}
