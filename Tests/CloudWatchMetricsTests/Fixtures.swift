import Basics
import JSON
import Synchronization

@testable import CloudWatchMetrics

/// 2026-11-21T03:42:00Z, the time at which all tests run.
let testTime = Timestamp(secondsSinceEpoch: 1_795_232_520.0)

extension MetricDatum {
    /// A count of 1 for a service in a region.
    static func sample(
        _ name: String = "attempts", service: String = "shop", value: Double = 1, unit: Unit = .count
    ) -> MetricDatum {
        MetricDatum(
            name: name,
            dimensions: [.init(name: "Region", value: "eu-central-1"), .init(name: "Service", value: service)],
            timestamp: testTime, value: value, unit: unit
        )
    }
}

/// Collects what is written to it.
final class Sink: Sendable {
    private let state = Mutex<[UInt8]>([])
    func write(_ bytes: [UInt8]) { state.withLock { $0 += bytes } }
    var lines: [String] {
        state.withLock { String(decoding: $0, as: UTF8.self) }.split(separator: "\n").map(String.init)
    }
}
