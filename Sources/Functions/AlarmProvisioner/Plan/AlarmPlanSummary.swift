import CloudWatchAlarms

/// The numbers of a plan.
public struct AlarmPlanSummary: Sendable, Hashable {
    /// Alarms and mute rules that are made.
    public var created = 0
    /// Alarms and mute rules of which settings or tags change.
    public var changed = 0
    /// Alarms and mute rules that are deleted.
    public var deleted = 0
    /// Alarms of resources that are missed for the first time.
    public var marked = 0
    /// Alarms of resources that are back.
    public var cleared = 0
    /// What all alarms cost in US dollars a month before, as far as it is known.
    public var costBefore = 0.0
    /// What all alarms cost in US dollars a month after, as far as it is known.
    public var costAfter = 0.0
    /// How many of the alarms that are made or changed cost more than that, by an amount that is not known.
    public var unknownCosts = 0
}

extension AlarmPlan {
    /// Whether nothing is to be done.
    public var isEmpty: Bool { steps.isEmpty }

    /// The numbers.
    public var summary: AlarmPlanSummary {
        var summary = AlarmPlanSummary()
        (summary.costBefore, summary.costAfter) = (unchangedCost, unchangedCost)
        for step in steps {
            summary.costBefore += step.costBefore
            summary.costAfter += step.costAfter
            switch step.change {
            case .create(let wanted):
                summary.created += 1
                if wanted.alarm.monthlyCost.unknownPart != nil { summary.unknownCosts += 1 }
            case .update(let wanted, _, _):
                summary.changed += 1
                if wanted.alarm.monthlyCost.unknownPart != nil { summary.unknownCosts += 1 }
            case .createMuteRule: summary.created += 1
            case .updateMuteRule: summary.changed += 1
            case .delete, .deleteMuteRule: summary.deleted += 1
            case .markMissed: summary.marked += 1
            case .clearMissed: summary.cleared += 1
            }
        }
        return summary
    }
}

extension AlarmPlanStep {
    /// The word for the step in JSON.
    var action: String {
        switch change {
        case .create: "create"
        case .update: "update"
        case .delete: "delete"
        case .markMissed: "mark-missed"
        case .clearMissed: "clear-missed"
        case .createMuteRule: "create-mute-rule"
        case .updateMuteRule: "update-mute-rule"
        case .deleteMuteRule: "delete-mute-rule"
        }
    }

    /// The settings that change; empty for steps that change none.
    var differences: [AlarmDifference] {
        switch change {
        case .update(_, _, let differences), .updateMuteRule(_, _, let differences): differences
        default: []
        }
    }

    /// Why something is deleted; nil for other steps.
    var because: String? {
        switch change {
        case .delete(_, let reason), .deleteMuteRule(_, let reason): reason
        default: nil
        }
    }
}

extension Double {
    /// Dollars with two digits, `$12.40`, rounded half up.
    var dollars: String {
        guard isFinite, magnitude < 1e15 else { return "$?" }
        let cents = Int((magnitude * 100).rounded())
        let digits = String(cents % 100)
        return (self < 0 && cents > 0 ? "-" : "") + "$\(cents / 100)." + (digits.utf8.count < 2 ? "0" : "") + digits
    }
}
