import Basics
import ServiceHistory
import Testing
import TimeZones

@testable import StatusPages

@Suite struct PageTextTests {
    @Test(arguments: [
        (1.0, "100 %"), (0.999_999, "99.99 %"), (0.999, "99.9 %"), (0.5, "50 %"), (0.29, "29 %"), (0.0, "0 %"),
        (-0.0879, "-8.79 %"), (.nan, "– %"),
    ])
    func percentagesAreCut(share: Double, text: String) { #expect(PageText.percent(share) == text) }

    @Test(
        arguments: [
            (0.045, "45 ms"), (0.000_4, "< 1 ms"), (0, "0 ms"), (1.239, "1.23 s"), (12.39, "12.3 s"), (nil, "–"),
            (.nan, "–"),
            (-1, "0 ms"),
        ] as [(Double?, String)])
    func responseTimesHaveThreeDigits(seconds: Double?, text: String) { #expect(PageText.seconds(seconds) == text) }

    @Test func timesAreThoseOfTheZone() throws {
        let time = Timestamp(microseconds: 1_791_756_300_000_000)
        #expect(PageText.full(time, .utc) == "11 Oct 2026, 22:05 UTC")
        let zone = try #require(TimeZoneRules(named: "Europe/Berlin"))
        #expect(PageText.full(time, zone) == "12 Oct 2026, 00:05 Europe/Berlin")
        #expect(PageText.isoDay(time, zone) == "2026-10-12")
    }

    @Test(
        arguments: [
            (-2, "bad", "expired 2 days ago"), (0, "bad", "ends today"), (6, "bad", "ends in 6 days"),
            (7, "warn", "ends in 7 days"), (29, "warn", "ends in 29 days"), (30, nil, "ends in 30 days"),
        ] as [(Int, String?, String)])
    func certificatesWarnInTime(days: Int, tone: String?, text: String) {
        #expect(CertificateText.tone(days) == tone)
        #expect(CertificateText.long(days) == text)
    }

    @Test func textOfOthersIsOneLineWithoutWhatHides() {
        #expect(PageText.line(" a\nb\u{202E}c\u{7} ") == "a bc")
        #expect(PageText.line("abcdef", limit: 3) == "abc…")
    }

    @Test(arguments: [
        (1_000, 0, "100 % of the error budget of 30 days left"), (1_000, 1, "0 % of the error budget of 30 days left"),
        (1_000, 3, "the error budget of 30 days is overspent by 200 %"),
        (1_000, 47, "the error budget of 30 days is overspent 46 times"),
    ])
    func budgetsAreToldInWords(attempts: Int, failures: Int, text: String) throws {
        let budget = ErrorBudget(objective: 99.9, allowed: Double(attempts) / 1_000, used: failures)
        #expect(BudgetText.left(budget, days: 30) == text)
    }

    @Test func aBudgetOfNothingIsTold() {
        #expect(
            BudgetText.left(ErrorBudget(objective: 100, allowed: 0, used: 2), days: 30)
                == "no failure is allowed, there were 2")
    }
}
