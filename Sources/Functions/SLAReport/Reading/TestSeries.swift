import Basics
import ServiceHistory

/// The series of the tests that messages tell of, in all regions as a whole report has them.
///
/// Kept for some minutes, so that a busy queue costs a call of `ListMetrics` for each test and not for each message.
final class TestSeries: Sendable {
    private struct Known {
        let service: MeasuredService
        let listedAt: Timestamp
    }

    private let known = Locked<[String: Known]>([:])

    private static let maximumAge = Duration.seconds(300)
    /// More than a queue tells of; beyond, all is listed anew.
    private static let maximumKnown = 2_000
    private static let callsAtOnce = 4

    /// The services of some names, in their order.
    /// - Parameter region: of a test that is not listed yet.
    func services(
        _ names: [String], _ discovery: ServiceDiscovery, region: String, at now: Timestamp
    ) async throws -> [MeasuredService] {
        try await names.concurrentMap(atMost: Self.callsAtOnce) { name in
            if let known = self.known.withLock({ $0[name] }), now - known.listedAt < Self.maximumAge {
                return known.service
            }
            guard let service = try await discovery.test(named: name) else {
                let dimensions = [
                    MetricDimension(name: "Region", value: region), MetricDimension(name: "Service", value: name),
                ]
                return MeasuredService(name: name, group: nil, kind: .test, series: [dimensions])
            }
            self.known.withLock { known in
                if known.count >= Self.maximumKnown { known = [:] }
                known[name] = Known(service: service, listedAt: now)
            }
            return service
        }
    }
}
