import Basics
import JSON
import LocalCloud
import Testing
import TextTables

struct ServiceStatusTests {
    private static let noon = Timestamp(secondsSinceEpoch: 1_795_262_400)

    private let statuses = [
        ServiceStatus(
            service: "payments", attempts: 3, successes: 2,
            last: .init(succeeded: false, duration: .milliseconds(1500), time: noon - .seconds(90))
        ),
        ServiceStatus(
            service: "shop-frontend", attempts: 1200, successes: 1200,
            last: .init(succeeded: true, duration: nil, time: noon + .seconds(2))
        ),
        ServiceStatus(service: "new", attempts: 0, successes: 0, last: nil),
    ]

    @Test func theTableHasARowPerService() {
        #expect(
            statuses.table(now: Self.noon).lines() == [
                "SERVICE        LAST    SUCCESS  ATTEMPTS  DURATION          SEEN",
                "payments       FAILED   66.6 %         3     1.5 s  1 m 30 s ago",
                "shop-frontend  ok      100.0 %      1200         -           now",
                "new            -             -         0         -             -",
            ]
        )
    }

    @Test(arguments: [(0, 0, "-"), (0, 7, "0.0 %"), (2, 3, "66.6 %"), (9999, 10_000, "99.9 %"), (5, 5, "100.0 %")])
    func theRateIsNeverRoundedUp(successes: Int, attempts: Int, rate: String) {
        #expect(ServiceStatus(service: "s", attempts: attempts, successes: successes, last: nil).successRate == rate)
    }

    @Test func aLineShowsTheNewestResult() {
        #expect(statuses[0].line == "2026-11-21T11:58:30Z payments: FAILED in 1.5 s; 66.6 % of 3")
        #expect(statuses[1].line == "2026-11-21T12:00:02Z shop-frontend: ok; 100.0 % of 1200")
        #expect(statuses[2].line == "new: 0 tests, - succeeded")
    }
}
