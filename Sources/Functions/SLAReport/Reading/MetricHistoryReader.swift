import AWS
import Basics
import JSON
import ServiceHistory

/// Reads the results of services from CloudWatch in as few calls as its limits allow.
struct MetricHistoryReader: Sendable {
    let client: AWSClient
    let namespaces: MetricNamespaces
    let deadline: Timestamp?

    /// Calls that run at the same time.
    ///
    /// CloudWatch takes 50 calls and 396,000 data points of older data a second.
    static let callsAtOnce = 4

    /// What was read, and what was not.
    struct Outcome: Sendable {
        /// The points of each service, in the order in which they were asked for.
        var points: [[HistoryPoint]]
        /// Why points of a service are missing, by its place in the list.
        var unread: [Int: [Gap]] = [:]
        /// How many calls were made, pages and repetitions included.
        var calls = 0
    }

    /// A stretch of time that could not be read whole.
    struct Gap: Sendable, Hashable {
        let range: Range<Int>
        let reason: String
    }

    /// Reads all services in all spans.
    ///
    /// What cannot be read of one service does not hold back the others.
    /// - Throws: `AWSError` when CloudWatch refuses the program as such, or `CancellationError`.
    func read(
        _ services: [MeasuredService], _ resolution: HistoryResolution, progress: @escaping @Sendable (String) -> Void
    ) async throws -> Outcome {
        var outcome = Outcome(points: [[HistoryPoint]](repeating: [], count: services.count))
        for span in resolution.spans {
            let batches = MetricBatch.batches(of: services, in: span, namespaces)
            let done = Locked(0)
            let from = Timestamp(microseconds: Int64(span.range.lowerBound) * 1_000_000).iso8601.prefix(10)
            let read = try await batches.concurrentMap(atMost: Self.callsAtOnce) { batch in
                let result = try await self.read(batch, span, services)
                let count = done.withLock {
                    $0 += 1
                    return $0
                }
                progress(
                    "Reading \(counted(services.count, "service")) from \(from) on by \(span.period) s: "
                        + "\(count) of \(batches.count) …")
                return result
            }
            for (batch, result) in zip(batches, read) {
                outcome.calls += result.calls
                for (offset, service) in batch.services.enumerated() {
                    // Exactly as long as needed: growing by halves would double the memory of a large report.
                    outcome.points[service].reserveCapacity(
                        outcome.points[service].count + result.points[offset].count)
                    outcome.points[service] += result.points[offset]
                    if let reason = result.faults[service] {
                        outcome.unread[service, default: []].append(Gap(range: span.range, reason: reason))
                    }
                }
            }
        }
        return outcome
    }

    /// The points of a batch's services.
    private struct BatchResult: Sendable {
        var points: [[HistoryPoint]] = []
        var faults: [Int: String] = [:]
        var calls = 0
    }

    private func read(
        _ batch: MetricBatch, _ span: HistoryResolution.Span, _ services: [MeasuredService]
    ) async throws -> BatchResult {
        var result = BatchResult()
        var values = batch.services.map { services[$0].series.map { _ in SeriesValues(span) } }
        for call in batch.calls {
            var open = call
            var reason = ""
            // What CloudWatch could not answer is asked once more.
            for _ in 0..<2 where !open.isEmpty {
                do {
                    let answer = try await answer(to: open, span) { query, series in
                        values[query.service - batch.services.lowerBound][query.series].take(series, of: query, span)
                    }
                    result.calls += answer.calls
                    (open, reason) = (answer.incomplete.map { open[$0.key] }, answer.reason)
                } catch let error as AWSError {
                    if error.isDenied || error.localCode == .noCredentials || error.localCode == .credentialsFailed {
                        throw error
                    }
                    reason = "\(error)"
                    break  // The client has tried it again already.
                }
            }
            for query in open { result.faults[query.service] = reason }
        }
        result.points = zip(batch.services, values).map { service, values in
            values.points(span, secondsPerUnit: services[service].kind.metrics.secondsPerUnit)
        }
        return result
    }

    /// Asks for all pages of some queries.
    /// - Parameter take: gets what each query gave on a page.
    func answer(
        to queries: [SeriesQuery], _ span: HistoryResolution.Span,
        _ take: (SeriesQuery, MetricDataPage.Series) -> Void
    ) async throws -> (incomplete: [Int: String], reason: String, calls: Int) {
        var input: JSONObject = [
            "StartTime": .init(span.range.lowerBound), "EndTime": .init(span.range.upperBound),
            "ScanBy": "TimestampAscending",
            "MetricDataQueries": .array(queries.enumerated().map { $1.json(id: "q\($0)") }),
        ]
        // Until its last page a query is open: `PartialData` means that more comes, or that no more can be had.
        var incomplete = Dictionary(uniqueKeysWithValues: queries.indices.map { ($0, "no answer") })
        var messages: [String] = []
        var calls = 0
        var tokens: Set<String> = []
        while true {
            let page = try await client.answer(
                "GetMetricData", .object(input), as: MetricDataPage.self, deadline: deadline)
            calls += 1
            for result in page.results ?? [] {
                guard let id = result.id, let index = Int(id.dropFirst()), queries.indices ~= index else { continue }
                take(queries[index], result)
                incomplete[index] = result.status == "Complete" ? nil : result.status
                messages += (result.messages ?? []).map(\.text)
            }
            messages += (page.messages ?? []).map(\.text)
            guard let token = page.token, !token.isEmpty else { break }
            guard tokens.insert(token).inserted else {
                throw AWSError(.invalidResponse, "the service gave the same page token twice")
            }
            input["NextToken"] = .string(token)
        }
        let states = Set(incomplete.values).sorted().joined(separator: ", ")
        let text = messages.prefix(3).joined(separator: "; ")
        return (
            incomplete, "CloudWatch did not answer wholly (\(states)\(text.isEmpty ? "" : ": \(text)"))", calls
        )
    }
}
