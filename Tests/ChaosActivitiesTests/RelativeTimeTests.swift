import Basics
import Experiments
import JSON
import Testing

@testable import ChaosActivities

/// The times that the probes of X-Ray and Incident Manager take.
struct RelativeTimeTests {
    private static let now = Timestamp(secondsSinceEpoch: 1_800_000_000)

    @Test(
        "a time is now, a count of units before, seconds since 1970 or a time stamp",
        arguments: [
            ("now", 1_800_000_000), ("1 second", 1_799_999_999), ("3 minutes", 1_799_999_820),
            ("0.5 hours", 1_799_998_200), ("0 days", 1_800_000_000), ("2 days", 1_799_827_200),
            ("1 week", 1_799_395_200), ("1 month", 1_797_408_000), ("2 years", 1_736_928_000),
            (1_795_000_000, 1_795_000_000),
            (1_795_000_000.25, 1_795_000_000.25), (0, 0), ("2026-11-20T00:00:00Z", 1_795_132_800),
        ] as [(JSONValue, Double)])
    func moments(value: JSONValue, seconds: Double) throws {
        #expect(
            try RelativeTime.moment(value, before: Self.now) == Timestamp(microseconds: Int64(seconds * 1_000_000)))
    }

    @Test(
        "anything else is refused, so that a unit that is misspelt does not count as another",
        arguments: [
            "3 minuts", "3", "minutes", "3 minutes ago", "-3 minutes", "3  fortnights", "", "later", nil, true, [],
            "1e30 years", 1e300,
        ] as [JSONValue])
    func refused(value: JSONValue) {
        let error = #expect(throws: ExperimentError.self) { try RelativeTime.moment(value, before: Self.now) }
        #expect(error?.message.contains("is no time: give now, a count of seconds") == true)
    }
}
