import Basics
import TestSupport
import Testing

@testable import AlarmProvisioner

@Suite(.timeLimit(.minutes(1))) struct CallPaceTests {
    private let start = PlanSamples.now

    @Test func callsKeepTheRate() {
        var pace = CallPace(CallRates(writes: 4, tags: 5))
        #expect(pace.next("PutMetricAlarm", at: start) == start)
        pace.note("PutMetricAlarm", at: start)
        #expect(pace.next("PutMetricAlarm", at: start) == start + .milliseconds(250))
        #expect(pace.next("TagResource", at: start) == start)
        pace.note("TagResource", at: start)
        #expect(pace.next("TagResource", at: start) == start + .milliseconds(200))
        #expect(pace.next("PutMetricAlarm", at: start + .seconds(9)) == start + .seconds(9))
    }

    @Test func throttlingWaitsLongerEachTimeAndHalvesTheRate() {
        var pace = CallPace(CallRates(writes: 4, tags: 4))
        var pauses: [Duration] = []
        for _ in 0..<7 {
            pace.note("DeleteAlarms", at: start)
            _ = pace.noteThrottling("DeleteAlarms", at: start)
            pauses.append(pace.next("DeleteAlarms", at: start) - start)
        }
        #expect(pauses == [1, 2, 4, 8, 16, 30, 30].map { .seconds($0) })
        pace.noteSuccess("DeleteAlarms")
        pace.note("DeleteAlarms", at: start)
        #expect(pace.next("DeleteAlarms", at: start) > start + .seconds(9))
    }

    @Test func successRestoresTheRateUpToTheQuota() {
        var pace = CallPace(CallRates(writes: 4, tags: 4))
        pace.note("PutMetricAlarm", at: start)
        _ = pace.noteThrottling("PutMetricAlarm", at: start)
        for _ in 0..<20 { pace.noteSuccess("PutMetricAlarm") }
        pace.note("PutMetricAlarm", at: start)
        #expect(pace.next("PutMetricAlarm", at: start) == start + .milliseconds(250))
    }

    @Test func throttledCallsAreCounted() {
        var pace = CallPace(.cloudWatch)
        pace.note("PutMetricAlarm", at: start)
        #expect(pace.noteThrottling("PutMetricAlarm", at: start) == 1)
        #expect(pace.noteThrottling("PutMetricAlarm", at: start) == 2)
        pace.noteSuccess("PutMetricAlarm")
        #expect(pace.noteThrottling("PutMetricAlarm", at: start) == 1)
    }
}
