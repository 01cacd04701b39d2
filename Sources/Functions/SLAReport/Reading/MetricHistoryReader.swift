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
    private static let callsAtOnce = 4

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
                    let answer = try await answer(to: open, span) { query, value, slot in
                        values[query.service - batch.services.lowerBound][query.series].set(value, query.role, at: slot)
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
    /// - Parameter take: gets each value with its query and place.
    private func answer(
        to queries: [SeriesQuery], _ span: HistoryResolution.Span,
        _ take: (SeriesQuery, _ value: Double, _ slot: Int) -> Void
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
            let page = try await client.call("GetMetricData", .object(input), deadline: deadline)
            calls += 1
            for result in page["MetricDataResults"]?.arrayValue ?? [] {
                guard let id = result["Id"]?.stringValue, let index = Int(id.dropFirst()), queries.indices ~= index
                else { continue }
                Self.values(of: result, queries[index].period, span) { take(queries[index], $0, $1) }
                let status = result["StatusCode"]?.stringValue ?? "Complete"
                incomplete[index] = status == "Complete" ? nil : status
                messages += Self.messages(result["Messages"])
            }
            messages += Self.messages(page["Messages"])
            guard let token = page["NextToken"]?.stringValue, !token.isEmpty else { break }
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

    private static func messages(_ value: JSONValue?) -> [String] {
        (value?.arrayValue ?? []).map { message in
            [message["Code"]?.stringValue, message["Value"]?.stringValue].compactMap(\.self).joined(separator: ": ")
        }
    }

    private static func values(
        of result: JSONValue, _ period: Int, _ span: HistoryResolution.Span, _ take: (Double, Int) -> Void
    ) {
        guard case .array(let times)? = result["Timestamps"], case .array(let values)? = result["Values"] else {
            return
        }
        for (time, value) in zip(times, values) {
            guard case .string(let text) = time, let seconds = seconds(text), let number = value.doubleValue,
                span.range.contains(seconds)
            else { continue }
            take(number, (seconds - span.range.lowerBound) / period)
        }
    }

    /// Seconds of `2026-11-21T03:42:00+00:00`, the one form in which the client gives time stamps.
    ///
    /// Read digit by digit, because a large report has millions of them.
    private static func seconds(_ text: String) -> Int? {
        var text = text
        return text.withUTF8 { bytes -> Int? in
            func number(_ start: Int, _ length: Int) -> Int? {
                var number = 0
                for index in start..<start + length {
                    let digit = Int(bytes[index]) - 0x30
                    guard 0...9 ~= digit else { return nil }
                    number = number * 10 + digit
                }
                return number
            }
            guard bytes.count >= 19, let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
                let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2), 1...12 ~= month
            else { return nil }
            // Howard Hinnant's `days_from_civil`, as in `CivilDate`.
            let shifted = month <= 2 ? year - 1 : year
            let yearOfEra = shifted % 400
            let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
            let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            let days = shifted / 400 * 146_097 + dayOfEra - 719_468
            return ((days * 24 + hour) * 60 + minute) * 60 + second
        }
    }
}
