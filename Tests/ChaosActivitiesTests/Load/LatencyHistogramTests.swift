import Basics
import TestSupport
import Testing

@testable import ChaosActivities

/// Percentiles from buckets are those of the values, up to the width of a bucket.
struct LatencyHistogramTests {
    @Test(
        "percentiles of known values",
        arguments: [
            ([], 50, 0), ([7], 50, 7), ([7], 99.9, 7), ([1, 2, 3, 4], 50, 2), ([1, 2, 3, 4], 50.1, 3),
            ([1, 2, 3, 4], 100, 4), ([0, 0, 0, 100], 75, 0), ([0, 0, 0, 100], 76, 100),
            ([127, 128, 129, 130], 25, 127), ([1_000_000], 50, 1_000_000),
        ] as [([Int], Double, Int)])
    func known(microseconds: [Int], share: Double, value: Int) {
        var histogram = LatencyHistogram()
        for latency in microseconds { histogram.add(.microseconds(latency)) }
        #expect(histogram.percentile(share) == .microseconds(value))
        #expect(histogram.count == microseconds.count)
        #expect(histogram.maximum == .microseconds(microseconds.max() ?? 0))
        #expect(histogram.minimum == .microseconds(microseconds.min() ?? 0))
    }

    @Test("random latencies from a microsecond to hours: never below the exact percentile, and at most 1.6 % above")
    func random() {
        var random = SeededRandom(5)
        var (histogram, halves) = (LatencyHistogram(), [LatencyHistogram(), LatencyHistogram()])
        var values: [Int] = []
        for number in 0..<20_000 {
            let value = Int(random.next(below: UInt64(1) << UInt64(1 + random.next(below: 34))))
            values.append(value)
            histogram.add(.microseconds(value))
            halves[number % 2].add(.microseconds(value))
        }
        values.sort()
        for share in [0.01, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100] {
            let exact = values[max(1, Int((Double(values.count) * share / 100).rounded(.up))) - 1]
            let found = histogram.percentile(share)
            #expect(found >= .microseconds(exact), "\(share)")
            #expect(found <= .microseconds(Int(Double(exact) * 1.016) + 1), "\(share)")
        }
        var joined = halves[0]
        joined.add(halves[1])
        #expect(joined.percentile(99) == histogram.percentile(99))
        #expect(joined.mean == histogram.mean)
        for limit in [100, 10_000, 1_000_000] {
            let exact = values.count { $0 > limit }
            let near = values.count { $0 > limit && Double($0) <= Double(limit) * 1.016 + 1 }
            let above = histogram.number(above: .microseconds(limit))
            #expect(above <= exact)
            #expect(above >= exact - near)
        }
    }
}
