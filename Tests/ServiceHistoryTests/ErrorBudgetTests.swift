import Basics
import ServiceHistory
import Testing

@Suite struct ErrorBudgetTests {
    /// A result every minute, of which some are bad.
    private func history(_ count: Int, bad: [Int], objective: Double?) -> ServiceHistory {
        let bad = Set(bad)
        return ServiceHistory(String((0..<count).map { bad.contains($0) ? "F" : "S" }), objective: objective)
    }

    @Test("without an objective there is no budget", arguments: [nil, .nan, .infinity] as [Double?])
    func none(objective: Double?) {
        #expect(history(10, bad: [], objective: objective).errorBudget(in: minutes(0..<10)) == nil)
    }

    @Test(
        "allowed, used and left",
        arguments: [
            // 100 - 99.9 is less than 0.1 in binary; one of 1,000 is all of the budget all the same.
            (99.9, 1_000, 1, 1.0, 0.0), (99.9, 1_000, 0, 1, 1), (99.9, 1_000, 2, 1, -1), (99, 1_000, 5, 10, 0.5),
            (99.95, 2_000, 1, 1, 0), (99.99, 100, 1, 0.01, -99), (100, 100, 0, 0, 1), (100, 100, 3, 0, -3),
            (0, 10, 5, 10, 0.5), (150, 10, 0, 0, 1), (-1, 10, 0, 10, 1), (99.9, 0, 0, 0, 1),
        ])
    func left(objective: Double, attempts: Int, failures: Int, allowed: Double, left: Double) throws {
        let history = history(attempts, bad: Array(0..<failures), objective: objective)
        let budget = try #require(history.errorBudget(in: minutes(0..<Double(max(1, attempts)))))
        #expect(budget.objective == objective)
        #expect(budget.allowed == allowed)
        #expect(budget.used == failures)
        #expect(budget.left.isNearly(left))
        #expect(budget.isOverspent == (left < 0))
    }

    @Test(
        "the burn rate is the share of failures in the look-back by the allowed one",
        arguments: [
            // Of 600 minutes, the last hour has 3 failures and the last six hours 4.
            (99.0, 1.0, 5.0), (99, 6, 4.0 / 3.6), (99.9, 1, 50), (95, 1, 1), (100, 1, nil), (99, 0, nil), (99, -1, nil),
        ] as [(Double, Double, Double?)])
    func burnRate(objective: Double, hours: Double, rate: Double?) throws {
        let history = history(600, bad: [10, 300, 560, 570, 580], objective: objective)
        let budget = try #require(
            history.errorBudget(in: minutes(0..<600), lookBack: .seconds(hours * 3_600)))
        #expect((budget.burnRate == nil) == (rate == nil))
        if let rate { #expect(try #require(budget.burnRate).isNearly(rate)) }
    }

    @Test("a look-back without results has no burn rate, and one without failures has 0")
    func quiet() throws {
        let quiet = try #require(history(600, bad: [1], objective: 99).errorBudget(in: minutes(0..<600)))
        #expect(quiet.burnRate == 0)
        #expect(quiet.exhaustedAt == nil)
        let silent = try #require(history(600, bad: [1], objective: 99).errorBudget(in: minutes(0..<700)))
        #expect(silent.burnRate == nil)
        #expect(silent.exhaustedAt == nil)
    }

    @Test("at the rate of the look-back, what is left of the budget lasts so long")
    func exhaustion() throws {
        // 10 of 1,000 are allowed; 4 are used, 3 of them in the last hour: the other 6 take two hours.
        let history = history(1_000, bad: [10, 950, 960, 970], objective: 99)
        let budget = try #require(history.errorBudget(in: minutes(0..<1_000)))
        #expect(budget.exhaustedAt == minute(1_120))
        // Over six hours the same 3 failures last six times as long.
        let slower = try #require(history.errorBudget(in: minutes(0..<1_000), lookBack: .seconds(6 * 3_600)))
        #expect(slower.exhaustedAt == minute(1_720))
    }

    @Test(
        "nil when the budget will last to the end of its time",
        arguments: [(1_119, nil), (1_120, 1_120), (1_500, 1_120)] as [(Double, Double?)])
    func calendar(end: Double, exhausted: Double?) throws {
        // A time that is not over: it counts to its end. What is allowed goes by the results until now.
        let history = history(1_000, bad: [10, 950, 960, 970], objective: 99)
        let budget = try #require(history.errorBudget(in: minutes(0..<end), now: minute(1_000)))
        #expect(budget.allowed == 10)
        #expect(budget.exhaustedAt == exhausted.map(minute))
    }

    @Test("nil when it takes longer than the time that the budget is for")
    func tooLong() throws {
        // 9 failures are left, at one in an hour.
        let history = history(1_000, bad: [970], objective: 99)
        #expect(try #require(history.errorBudget(in: minutes(0..<1_000))).exhaustedAt == minute(1_540))
        let few = self.history(500, bad: [470], objective: 98)
        #expect(try #require(few.errorBudget(in: minutes(0..<500))).exhaustedAt == nil)
    }

    @Test("a young service fails as often as its results tell, not as a whole look-back would")
    func young() throws {
        let history = history(20, bad: [1], objective: 90)
        #expect(try #require(history.errorBudget(in: minutes(-100..<20))).exhaustedAt == minute(40))
    }

    @Test("an overspent budget says since when")
    func overspent() throws {
        let history = history(1_000, bad: [100, 200, 300, 400], objective: 99.7)
        let budget = try #require(history.errorBudget(in: minutes(0..<1_000)))
        #expect(budget.isOverspent)
        #expect(budget.exhaustedAt == minute(300))
        // Used up to the last is used up, though not overspent.
        let spent = self.history(1_000, bad: [100, 200, 300], objective: 99.7)
        let all = try #require(spent.errorBudget(in: minutes(0..<1_000)))
        #expect(!all.isOverspent)
        #expect(all.exhaustedAt == minute(300))
        let strict = self.history(1_000, bad: [500], objective: 100)
        #expect(try #require(strict.errorBudget(in: minutes(0..<1_000))).exhaustedAt == minute(500))
    }

    @Test("maintenance counts neither as attempts nor as failures")
    func maintenance() throws {
        var history = history(1_000, bad: [100, 950, 960], objective: 99)
        history.maintenance = [minutes(900..<1_000)]
        let budget = try #require(history.errorBudget(in: minutes(0..<1_000)))
        #expect(budget.allowed == 9)
        #expect(budget.used == 1)
        #expect(budget.burnRate == nil)
    }
}

extension Double {
    fileprivate func isNearly(_ other: Double) -> Bool { abs(self - other) < 1e-9 }
}
