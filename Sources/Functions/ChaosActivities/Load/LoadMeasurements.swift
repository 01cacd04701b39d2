import Basics

/// What the loads of this process measured in the last hours, for the probes of the same experiment.
///
/// Latencies are kept in slices of ten seconds, so that memory does not grow with the load.
final class LoadMeasurements: Sendable {
    /// Those of this process: an activity cannot hand its output to another.
    static let recent = LoadMeasurements()

    /// The length of a slice, in seconds.
    private static let slice: Int64 = 10
    /// Slices that are kept: four hours.
    private static let maximumSlices = 1_440

    private let slices = Locked<[Int64: (latencies: LatencyHistogram, failures: Int)]>([:])

    func add(start: Timestamp, latency: Duration, hasFailed: Bool) {
        let number = Self.number(of: start)
        slices.withLock { slices in
            // What failed has missed any limit, however fast it did.
            if hasFailed {
                slices[number, default: (.init(), 0)].failures += 1
            } else {
                slices[number, default: (.init(), 0)].latencies.add(latency)
            }
            if slices.count > Self.maximumSlices, let first = slices.keys.min() { slices[first] = nil }
        }
    }

    /// How many requests began in a time, and how many of them failed or took longer than a limit.
    ///
    /// The slices at both ends count as a whole.
    func missed(_ limit: Duration, from start: Timestamp, to end: Timestamp) -> (requests: Int, missed: Int) {
        let range = Self.number(of: start)...max(Self.number(of: start), Self.number(of: end))
        return slices.withLock { slices in
            slices.filter { range.contains($0.key) }.values.reduce((0, 0)) { sum, slice in
                (
                    sum.0 + slice.latencies.count + slice.failures,
                    sum.1 + slice.latencies.number(above: limit) + slice.failures
                )
            }
        }
    }

    private static func number(of time: Timestamp) -> Int64 {
        time.microseconds.flooredDivision(by: slice * 1_000_000).quotient
    }
}
