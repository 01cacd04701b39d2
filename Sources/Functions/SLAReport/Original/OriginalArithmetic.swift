internal import Basics
internal import ServiceHistory

/// The numbers of the report function of sla-monitor with all their defects, for those who compare
/// (`REPORT_ARITHMETIC=original`).
///
/// It goes over the results from the newest to the oldest, but counts as if time went forward. Lengths are of seconds
/// that are taken for milliseconds. The newest result is the message that the original was called with; the others
/// are the maxima of CloudWatch's minutes.
struct OriginalArithmetic {
    private struct Result {
        /// Seconds since 1970.
        var timestamp: Int
        var succeeded: Bool
        var seconds: Double?
    }

    private let input: SLAReportInput
    private let name: String
    private let logBucket: String?
    /// The newest first; never empty.
    private let results: [Result]

    /// nil when the history has no results.
    init?(_ input: SLAReportInput, _ history: ServiceHistory, logBucket: String?) {
        self.input = input
        name = history.name
        self.logBucket = logBucket
        // It read from the start of the last range of the list on, from the whole minute.
        let start = (input.generatedAt - (input.ranges.last?.length ?? .zero)).microseconds
        let minute = start - start.flooredDivision(by: 60_000_000).remainder
        let measured = history.points.filter { $0.attempts > 0 }
        guard let newest = measured.last else { return nil }
        results = (measured.dropLast().filter { $0.start.microseconds >= minute } + [newest]).reversed().map { point in
            Result(
                timestamp: Int(point.start.microseconds.flooredDivision(by: 1_000_000).quotient),
                succeeded: point.successes > 0, seconds: point.maximumSeconds ?? point.seconds)
        }
    }

    func summary() -> [UInt8] {
        var json = OriginalJSON()
        json.open("{")
        json.member("serviceName")
        json.write(name)
        if !input.environment.isEmpty {
            json.member("env")
            json.write(input.environment)
        }
        json.member("currentStatus")
        json.write(status(results[0]))
        json.member("currentStatusDurationMins")
        json.write(currentStatusMinutes())
        json.member("rangeSummaries")
        json.open("[")
        for range in input.ranges { writeSummary(of: range, to: &json) }
        json.close("]")
        json.member("statusChanges")
        json.open("[")
        writeStatusChanges(to: &json)
        json.close("]")
        json.member("reportGeneratedOn")
        json.write(Int((input.generatedAt.secondsSinceEpoch + 0.5).rounded(.down)))
        json.close("}")
        return json.bytes
    }

    /// One history for each range; the first item has a Boolean, those after it have numbers.
    func histories() -> [[UInt8]] {
        input.ranges.map { range in
            var histories = OriginalHistories()
            var count = 0
            for (place, result) in results.enumerated() where isWithin(range, result) {
                let isMessage = place == 0
                histories.add(
                    OriginalHistoryItem(
                        timestamp: result.timestamp,
                        succeeded: isMessage ? .bool(result.succeeded) : .number(result.succeeded ? 1 : 0),
                        seconds: result.seconds.map { .number($0) } ?? (isMessage ? .null : .absent)))
                count += 1
            }
            return histories.file(count, reportGeneratedOn: nil)
        }
    }

    private func writeSummary(of range: SLAReportInput.Range, to json: inout OriginalJSON) {
        var (attempts, successes, failures) = (0, 0, 0)
        var failureMinutes = 0.0
        // The newest failure is counted twice: here, and as the first change from success.
        var outages = results[0].succeeded ? 0 : 1
        var wasSuccess = true
        var lastFailure: Int?
        for result in results where isWithin(range, result) {
            attempts += 1
            if result.succeeded {
                successes += 1
            } else {
                failures += 1
                if let lastFailure { failureMinutes += minutes(from: result.timestamp, to: lastFailure) }
                lastFailure = result.timestamp
                if wasSuccess { outages += 1 }
            }
            wasSuccess = result.succeeded
        }
        json.element()
        json.open("{")
        json.member("timeRange")
        json.write(range.text)
        json.member("summary")
        json.open("{")
        json.member("numAttempts")
        json.write(attempts)
        json.member("numSuccesses")
        json.write(successes)
        json.member("successPercent")
        json.write(successes == 0 ? 0 : Int((Double(successes) / Double(attempts) * 100).rounded(.down)))
        json.member("failureMins")
        json.write(failureMinutes.rounded(to: 100))
        json.member("numFailures")
        json.write(failures)
        json.member("numOutages")
        json.write(outages)
        json.close("}")
        json.close("}")
    }

    private func writeStatusChanges(to json: inout OriginalJSON) {
        var wasSuccess = true
        var lastFailure = results[0].timestamp
        var lastChange = results[0].timestamp
        var duration = 0.0
        for result in results.dropFirst() {
            if !result.succeeded {
                // 0 was taken for no time at all.
                if lastFailure != 0 { duration += minutes(from: result.timestamp, to: lastFailure) }
                lastFailure = result.timestamp
            }
            guard result.succeeded != wasSuccess else { continue }
            wasSuccess = result.succeeded
            json.element()
            json.open("{")
            json.member("status")
            json.write(status(result))
            json.member("fromTimestamp")
            json.write(lastChange / 1_000)
            json.member("toTimestamp")
            json.write(result.timestamp / 1_000)
            json.member("durationMins")
            json.write(duration)
            json.member("detailLocation")
            json.write("s3://\(logBucket ?? "undefined")/\(name)/\(result.timestamp)_\(status(result))")
            json.close("}")
            lastChange = result.timestamp
            duration = 0
        }
    }

    /// From the newest result with another status to the report, in minutes; -1 when all have the same.
    private func currentStatusMinutes() -> Double {
        guard let other = results.first(where: { $0.succeeded != results[0].succeeded }) else { return -1 }
        let milliseconds = input.generatedAt.millisecondsSinceEpoch - Int64(other.timestamp) * 1_000
        return (Double(milliseconds) / 60_000).rounded(to: 10)
    }

    private func isWithin(_ range: SLAReportInput.Range, _ result: Result) -> Bool {
        let time = Timestamp(millisecondsSinceEpoch: Int64(result.timestamp) * 1_000)
        let now = Timestamp(millisecondsSinceEpoch: input.generatedAt.millisecondsSinceEpoch)
        return now - range.length <= time && time <= now
    }

    private func status(_ result: Result) -> String { result.succeeded ? "SUCCESS" : "FAILURE" }

    private func minutes(from start: Int, to end: Int) -> Double { Double(end - start) / 60_000 }
}

extension Double {
    /// Rounded as `Math.round(number * unit) / unit` does.
    func rounded(to unit: Double) -> Double {
        let scaled = self * unit
        let below = scaled.rounded(.down)
        return (scaled - below >= 0.5 ? below + 1 : below) / unit
    }
}
