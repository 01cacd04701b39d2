import AWS
import Basics
import ServiceHistory

/// The days until the certificates of checks end.
struct CertificateDays: Sendable {
    /// By the service's place in the list; without those that have no certificate.
    var days: [Int: Int] = [:]
    /// Why some are missing; nil when all was read.
    var fault: String?
    /// How many calls were made.
    var calls = 0
}

extension MetricHistoryReader {
    /// Reads the newest days of each check, of the last day; of several regions the fewest.
    ///
    /// A report is made without them when they cannot be read.
    func certificates(of services: [MeasuredService], at end: Timestamp) async throws -> CertificateDays {
        let hour = Int(end.microseconds.flooredDivision(by: 3_600_000_000).quotient + 1) * 3_600
        let span = HistoryResolution.Span(range: hour - 90_000..<hour, period: 3_600, timingPeriod: 3_600)
        let calls = MetricBatch.calls(queries(services, span))
        let results = try await calls.concurrentMap(atMost: Self.callsAtOnce) { queries in
            try await self.certificates(queries, span)
        }
        var all = CertificateDays()
        for result in results {
            all.days.merge(result.days) { min($0, $1) }
            all.fault = all.fault ?? result.fault
            all.calls += result.calls
        }
        return all
    }

    private func queries(_ services: [MeasuredService], _ span: HistoryResolution.Span) -> [SeriesQuery] {
        guard let namespace = namespaces.checks else { return [] }
        return services.enumerated().filter { $0.element.kind == .check }.flatMap { place, service in
            service.series.enumerated().map { series, dimensions in
                SeriesQuery(
                    service: place, series: series, role: .mean, points: span.slots, period: span.period,
                    namespace: namespace, metric: .init(name: "certificate-days", statistic: "Minimum"),
                    dimensions: dimensions)
            }
        }
    }

    private func certificates(
        _ queries: [SeriesQuery], _ span: HistoryResolution.Span
    ) async throws -> CertificateDays {
        var result = CertificateDays()
        // The newest of each series: pages come in the order of time.
        var newest: [[Int]: Double] = [:]
        do {
            let answer = try await answer(to: queries, span) { query, series in
                if let days = series.values?.last { newest[[query.service, query.series]] = days }
            }
            result.calls = answer.calls
            if !answer.incomplete.isEmpty { result.fault = answer.reason }
        } catch let error as AWSError {
            result.fault = "\(error)"
        }
        for (place, days) in newest where days.magnitude < 1e6 {
            let days = Int(days.rounded(.down))
            result.days[place[0]] = min(days, result.days[place[0]] ?? days)
        }
        return result
    }
}
