import Basics
import ServiceHistory
import Testing

@Suite struct AvailabilityTests {
    @Test(
        "attempts, successes, outages, seconds of downtime",
        arguments: [
            ("", 1, 0, 0, 0, 0), ("SSSS", 4, 4, 4, 0, 0), ("FFFSSFS", 7, 7, 3, 2, 240), ("SPS", 3, 4, 3, 1, 60),
            // It lasts, and counts until the end of the range.
            ("SFFF", 4, 4, 1, 1, 180), ("SFFF", 8, 4, 1, 1, 420),
            // It ends at a gap, with the last period that was measured.
            ("SFFF", 9, 4, 1, 1, 180), ("SFF.......S", 11, 4, 2, 1, 120), ("000", 3, 0, 0, 0, 0),
        ] as [(String, Double, Int, Int, Int, Int)])
    func series(text: String, length: Double, attempts: Int, successes: Int, outages: Int, downtime: Int) {
        let availability = ServiceHistory(text).availability(in: minutes(0..<length))
        #expect(availability.attempts == attempts)
        #expect(availability.successes == successes)
        #expect(availability.failures == attempts - successes)
        #expect(availability.outages == outages)
        #expect(availability.downtime == .seconds(downtime))
        #expect(availability.maintenance == .zero)
    }

    @Test(
        "a range has its start and not its end, and a period counts where it starts",
        arguments: [
            // The periods start at 0, 60, 120 (bad) and 180 minutes, and are an hour long.
            (0..<240, 4, 1, 60), (0..<120, 2, 0, 0), (0..<120.5, 3, 1, 0.5), (120..<180, 1, 1, 60),
            (120.5..<180, 0, 0, 59.5), (120.5..<240, 1, 0, 59.5), (180..<240, 1, 0, 0), (60..<60, 0, 0, 0),
            (1..<60, 0, 0, 0),
        ] as [(Range<Double>, Int, Int, Double)])
    func boundaries(range: Range<Double>, attempts: Int, failures: Int, downtime: Double) {
        let history = ServiceHistory("SSFS", step: 3_600, length: 3_600)
        let availability = history.availability(in: minutes(range))
        #expect(availability.attempts == attempts)
        #expect(availability.failures == failures)
        #expect(availability.downtime == .seconds(downtime * 60))
    }

    @Test("a range that ends in the future has the downtime until now")
    func future() {
        let availability = ServiceHistory("SFFF").availability(in: minutes(0..<1_000), now: minute(5))
        #expect(availability.downtime == .seconds(4 * 60))
        #expect(availability.attempts == 4)
    }

    @Test(
        "what starts in maintenance does not count",
        arguments: [
            (1..<3, 3, 0, 2, 0.0), (1..<2, 4, 1, 1, 60), (0.5..<2, 4, 1, 1.5, 60), (1.5..<2, 5, 2, 0.5, 90),
            (4..<9, 4, 2, 1, 120), (-5..<0, 5, 2, 0, 120), (-5..<100, 0, 0, 5, 0),
        ] as [(Range<Double>, Int, Int, Double, Double)])
    func maintenance(
        window: Range<Double>, attempts: Int, failures: Int, maintenance: Double, downtime: Double
    ) {
        let availability = ServiceHistory("SFFSS", maintenance: [minutes(window)]).availability(in: minutes(0..<5))
        #expect(availability.attempts == attempts)
        #expect(availability.failures == failures)
        #expect(availability.maintenance == .seconds(maintenance * 60))
        #expect(availability.downtime == .seconds(downtime))
    }

    @Test(
        "the percentage is cut: 100 is only what never failed",
        arguments: [
            (0, 0, "–", nil), (1, 1, "100 %", 100), (1, 0, "0.00 %", 0), (3, 2, "66.66 %", 66.66),
            (1_000, 999, "99.90 %", 99.9), (10_000, 9_999, "99.99 %", 99.99), (100_000, 99_999, "99.99 %", 99.99),
            (1_000_000_000, 999_999_999, "99.99 %", 99.99), (100_000, 99_949, "99.94 %", 99.94),
            (20_000, 1, "0.00 %", 0), (1_000, 29, "2.90 %", 2.9), (.max, .max - 1, "99.99 %", 99.99),
        ] as [(Int, Int, String, Double?)])
    func percent(attempts: Int, successes: Int, text: String, percent: Double?) {
        let availability = Availability(attempts: attempts, successes: successes)
        #expect(availability.percentText == text)
        #expect(availability.percent == percent)
        #expect((availability.ratio == nil) == (percent == nil))
    }

    @Test("the mean time goes by attempts, over those that were timed")
    func seconds() throws {
        var history = ServiceHistory("SSSS")
        history.points[0].seconds = 1
        history.points[1].seconds = 4
        history.points[1].attempts = 3
        history.points[1].successes = 3
        history.points[3].seconds = 9
        history.maintenance = [minutes(3..<4)]
        #expect(history.availability(in: minutes(0..<4)).seconds == 3.25)
        #expect(history.availability(in: minutes(2..<4)).seconds == nil)
    }

    @Test("more successes than attempts, as late metrics may have it, are no failures")
    func late() {
        let point = HistoryPoint(start: origin, length: .seconds(60), attempts: 2, successes: 3)
        let availability = ServiceHistory(name: "shop", kind: .test, points: [point]).availability(in: minutes(0..<1))
        #expect(availability.attempts == 2)
        #expect(availability.successes == 2)
        #expect(availability.outages == 0)
    }
}
