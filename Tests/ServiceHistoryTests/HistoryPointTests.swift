import Basics
import ServiceHistory
import Testing

@Suite struct HistoryPointTests {
    @Test("a point keeps what it is given in 40 bytes, and nil apart from zero")
    func fields() {
        var point = HistoryPoint(
            start: Timestamp(secondsSinceEpoch: 60), length: .seconds(3_600), attempts: 60, successes: 58, seconds: 0.2)
        #expect(MemoryLayout<HistoryPoint>.stride == 40)
        #expect(point.length == .seconds(3_600))
        #expect(point.end == Timestamp(secondsSinceEpoch: 3_660))
        #expect(point.failures == 2)
        #expect(point.seconds == 0.2)
        #expect(point.maximumSeconds == nil)
        point.seconds = nil
        point.maximumSeconds = 0
        #expect(point.seconds == nil)
        #expect(point.maximumSeconds == 0)
        point.attempts = 61
        point.successes = 61
        point.length = .milliseconds(10)
        #expect(point.failures == 0)
        #expect(point.length == .milliseconds(10))
    }

    @Test("the longest period of a metric, and numbers at the ends", arguments: [0, 1, 86_400, 30 * 86_400])
    func length(seconds: Int) {
        let point = HistoryPoint(
            start: Timestamp(secondsSinceEpoch: 0), length: .seconds(seconds), attempts: 1, successes: 0)
        #expect(point.length == .seconds(seconds))
    }
}
