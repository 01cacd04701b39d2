public import Basics

/// How many failures an objective allows in a time, and how many there were.
public struct ErrorBudget: Sendable, Hashable {
    /// The share of successful results that was promised, in per cent.
    public var objective: Double
    /// How many failures it allows: its share of the results of the time.
    public var allowed: Double
    /// How many there were.
    public var used: Int
    /// The failures of the look-back by what the objective allows for it: at 1 the budget lasts as long as its time.
    ///
    /// nil when the look-back has no results, and when the objective allows no failure.
    public var burnRate: Double?
    /// When the budget was used up, or when it will be if failures go on as in the look-back.
    ///
    /// nil when it will not be in the time, or before as long again when the time is over.
    public var exhaustedAt: Timestamp?

    /// Makes a budget.
    public init(
        objective: Double, allowed: Double, used: Int, burnRate: Double? = nil, exhaustedAt: Timestamp? = nil
    ) {
        self.objective = objective
        self.allowed = allowed
        self.used = used
        self.burnRate = burnRate
        self.exhaustedAt = exhaustedAt
    }

    /// The share that is left: 1 when nothing failed, 0 when as much failed as is allowed, less when it is overspent.
    ///
    /// Where no failure is allowed, each one takes 1.
    public var left: Double {
        guard used > 0 else { return 1 }
        return allowed > 0 ? 1 - Double(used) / allowed : -Double(used)
    }

    /// Whether more failed than is allowed.
    public var isOverspent: Bool { Double(used) > allowed }

    /// How many whole budgets more were used than there are, above two: there a percentage says little.
    ///
    /// nil when it is less, and when no failure is allowed.
    public var overspentTimes: Int? {
        guard allowed > 0, left < -2, left > -1e9 else { return nil }
        return Int(-left)
    }
}

extension ServiceHistory {
    /// What is left of the failures that the objective allows in a range; nil without an objective.
    ///
    /// Maintenance does not count; points count where they start, as in ``availability(in:now:gaps:)``.
    /// - Parameters:
    ///   - lookBack: how far back failures tell the burn rate; one and six hours are usual.
    ///   - now: when the range ends in the future, such as a calendar month; the end of the range when nil.
    public func errorBudget(
        in range: Range<Timestamp>, lookBack: Duration = .seconds(3600), now: Timestamp? = nil
    ) -> ErrorBudget? {
        guard let objective, objective.isFinite else { return nil }
        let now = now ?? range.upperBound
        let share = AllowedShare(objective)
        let whole = counts(in: range)
        var budget = ErrorBudget(objective: objective, allowed: share.of(whole.attempts), used: whole.failures)

        let recent = counts(in: (now - max(lookBack, .zero))..<now)
        if recent.attempts > 0, share.perHundredMillion > 0 {
            budget.burnRate = Double(recent.failures) / share.of(recent.attempts)
        }
        if budget.used > 0, Double(budget.used) >= budget.allowed {
            budget.exhaustedAt = timeOfFailure(budget.allowed, in: range)
        } else {
            budget.exhaustedAt = exhaustion(of: budget, in: range, recent: recent, lookBack: lookBack, now: now)
        }
        return budget
    }

    /// When as many failures of a range as are given had happened.
    private func timeOfFailure(_ count: Double, in range: Range<Timestamp>) -> Timestamp? {
        var windows = MaintenanceCursor(maintenance)
        var failures = Counts()
        for point in points[points.firstIndex(from: range.lowerBound)...] where !windows.contains(point.start) {
            failures.add(point)
            if failures.failures > 0, Double(failures.failures) >= count { return point.start }
        }
        return nil
    }

    /// When the failures that are left will have happened, if they go on at the rate of the look-back.
    private func exhaustion(
        of budget: ErrorBudget, in range: Range<Timestamp>, recent: Counts, lookBack: Duration, now: Timestamp
    ) -> Timestamp? {
        guard recent.failures > 0, let first = points.first else { return nil }
        let measured = min(lookBack, now - first.start) / .seconds(1)
        guard measured > 0 else { return nil }
        let left = (budget.allowed - Double(budget.used)) * measured / Double(recent.failures)
        let end = now < range.upperBound ? range.upperBound : now + (range.upperBound - range.lowerBound)
        guard left <= (end - now) / .seconds(1) else { return nil }
        return now + .seconds(left)
    }
}

/// The share of failures that an objective allows, as a whole number of hundred-millionths.
///
/// 100 - 99.9 is less than 0.1 in binary: one failure of 1,000 would overspend the budget of which it is all.
private struct AllowedShare {
    var perHundredMillion: Int

    init(_ objective: Double) {
        perHundredMillion = 100_000_000 - Int((min(max(objective, 0), 100) * 1_000_000).rounded())
    }

    func of(_ attempts: Int) -> Double {
        Double(Int128(attempts) * Int128(perHundredMillion)) / 100_000_000
    }
}
