import Basics
import Testing

@testable import SLAReport

@Suite struct HistoryResolutionTests {
    private static let end = Timestamp(iso8601: "2026-11-29T12:34:56Z") ?? .now()
    private static let day = 86_400

    /// The days that each period has, by the period.
    private func days(services: Int, days: Int = 90, minutes: Int = 14 * day) -> [Int: Double] {
        let resolution = HistoryResolution(services: services, days: days, minutes: minutes, end: Self.end)
        return Dictionary(
            uniqueKeysWithValues: resolution.spans.map {
                ($0.period, (Double($0.range.count) / 864).rounded() / 100)
            })
    }

    @Test(
        "spans follow one another without gaps, from the first day to the minute of the end",
        arguments: [1, 300, 1_000, 4_000])
    func whole(services: Int) throws {
        let resolution = HistoryResolution(services: services, days: 90, minutes: 14 * Self.day, end: Self.end)
        let end = Int(Self.end.secondsSinceEpoch) / 60 * 60
        #expect(resolution.spans.last?.range.upperBound == end)
        let start = try #require(resolution.spans.first?.range.lowerBound)
        #expect(start <= end - 90 * Self.day)
        #expect(start > end - 91 * Self.day)
        for (span, next) in zip(resolution.spans, resolution.spans.dropFirst()) {
            #expect(span.range.upperBound == next.range.lowerBound)
            #expect(span.range.count % span.timingPeriod == 0)
        }
        for span in resolution.spans {
            #expect(span.range.lowerBound % span.timingPeriod == 0)
            #expect(span.timingPeriod % span.period == 0)
        }
        #expect(resolution.pointsPerService * services <= HistoryResolution.budget)
    }

    @Test("few services have all periods, and no period is asked for longer than CloudWatch keeps it")
    func few() {
        let days = days(services: 71)
        #expect(days[60] == 14)
        #expect(days[300].map { $0 > 48 } == true)
        #expect(days[300].map { $0 + 14 < 63 } == true)
        #expect(days[3_600].map { $0 > 27 } == true)
        let long = self.days(services: 1, days: 455, minutes: 30 * Self.day)
        #expect(long[60].map { $0 < 15 } == true)
        #expect(long[300].map { $0 + (long[60] ?? 0) < 63 } == true)
    }

    @Test("more services have coarser periods")
    func many() {
        #expect(days(services: 115)[60] == 14)
        #expect(days(services: 250)[60] == 3)
        #expect(days(services: 300)[60] == 1)
        #expect(days(services: 1_000)[60] == 0.13)
        #expect(days(services: 1_000)[300].map { $0 < 1.2 } == true)
        #expect(days(services: 1_000)[3_600].map { $0 > 88 } == true)
        #expect(days(services: 5_000)[3_600] == nil)
        #expect(days(services: 5_000)[86_400].map { $0 > 80 } == true)
    }

    @Test("a report of one day needs no hours")
    func short() {
        #expect(days(services: 1, days: 1, minutes: Self.day).keys.sorted() == [60, 300])
    }
}
