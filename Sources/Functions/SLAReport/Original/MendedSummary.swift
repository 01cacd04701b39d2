internal import Basics
internal import ServiceHistory

/// `summary.json` and the histories with their defects mended.
///
/// The members that the original has are there in its order; what it lacks comes after them: `slaTarget`,
/// `maintenanceMins` and `errorBudget`.
struct MendedSummary {
    private let input: SLAReportInput
    private let history: ServiceHistory
    private let environment: String
    private let logBucket: String?
    private let now: Timestamp

    init(_ input: SLAReportInput, _ history: ServiceHistory, environment: String, logBucket: String?) {
        self.input = input
        self.history = history
        self.environment = environment
        self.logBucket = logBucket
        now = input.generatedAt
    }

    func bytes() -> [UInt8] {
        let changes = statusChanges()
        var json = OriginalJSON()
        json.open("{")
        json.member("serviceName")
        json.write(history.name)
        json.member("env")
        json.write(environment)
        json.member("currentStatus")
        json.write(changes.current.status.rawValue)
        json.member("currentStatusDurationMins")
        json.write(changes.current.start.map { minutes(from: $0, to: now).rounded(to: 10) } ?? -1)
        json.member("rangeSummaries")
        json.open("[")
        for range in input.ranges { write(range, to: &json) }
        json.close("]")
        json.member("statusChanges")
        json.open("[")
        for change in changes.list { write(change, to: &json) }
        json.close("]")
        json.member("reportGeneratedOn")
        json.write(generatedOn)
        json.member("slaTarget")
        if let objective = history.objective { json.write(objective) } else { json.writeNull() }
        json.close("}")
        return json.bytes
    }

    /// One history for each range, the newest result first.
    func histories() -> [[UInt8]] {
        let longest = input.ranges.map(\.length).max() ?? .zero
        var histories = OriginalHistories()
        var starts: [Timestamp] = []
        for point in history.points.reversed() where point.attempts > 0 && point.start < now {
            guard point.start >= now - longest else { break }
            histories.add(
                OriginalHistoryItem(
                    timestamp: seconds(point.start), succeeded: .bool(point.failures == 0),
                    seconds: (point.maximumSeconds ?? point.seconds).map { .number($0) } ?? .null))
            starts.append(point.start)
        }
        return input.ranges.map { range in
            let count = starts.partitionPoint { $0 >= now - range.length }
            return histories.file(count, reportGeneratedOn: generatedOn)
        }
    }

    private var generatedOn: Int { seconds(now + .milliseconds(500)) }

    private func write(_ range: SLAReportInput.Range, to json: inout OriginalJSON) {
        let times = (now - range.length)..<now
        let availability = history.availability(in: times)
        json.element()
        json.open("{")
        json.member("timeRange")
        json.write(range.text)
        json.member("summary")
        json.open("{")
        json.member("numAttempts")
        json.write(availability.attempts)
        json.member("numSuccesses")
        json.write(availability.successes)
        json.member("successPercent")
        if let percent = availability.percent { json.write(percent) } else { json.writeNull() }
        json.member("failureMins")
        json.write((availability.downtime / .seconds(60)).rounded(to: 100))
        json.member("numFailures")
        json.write(availability.failures)
        json.member("numOutages")
        json.write(availability.outages)
        json.member("maintenanceMins")
        json.write((availability.maintenance / .seconds(60)).rounded(to: 100))
        json.member("errorBudget")
        writeErrorBudget(in: times, to: &json)
        json.close("}")
        json.close("}")
    }

    private func writeErrorBudget(in times: Range<Timestamp>, to json: inout OriginalJSON) {
        guard let budget = history.errorBudget(in: times) else { return json.writeNull() }
        let longer = history.errorBudget(in: times, lookBack: .seconds(6 * 3_600))
        json.open("{")
        json.member("allowedFailures")
        json.write(budget.allowed.rounded(to: 100))
        json.member("leftPercent")
        json.write((budget.left * 100).rounded(to: 100))
        for (name, rate) in [("burnRate1h" as StaticString, budget.burnRate), ("burnRate6h", longer?.burnRate)] {
            json.member(name)
            if let rate { json.write(rate.rounded(to: 100)) } else { json.writeNull() }
        }
        json.member("exhaustedOn")
        if let time = budget.exhaustedAt { json.write(seconds(time)) } else { json.writeNull() }
        json.close("}")
    }

    private func write(_ change: StatusChange, to json: inout OriginalJSON) {
        json.element()
        json.open("{")
        json.member("status")
        json.write(change.status.rawValue)
        json.member("fromTimestamp")
        json.write(seconds(change.start))
        json.member("toTimestamp")
        json.write(seconds(change.end))
        json.member("durationMins")
        json.write(minutes(from: change.start, to: change.end).rounded(to: 10))
        json.member("detailLocation")
        if let location = logLocation(of: change) { json.write(location) } else { json.writeNull() }
        json.close("}")
    }

    private func minutes(from start: Timestamp, to end: Timestamp) -> Double { (end - start) / .seconds(60) }

    private func seconds(_ time: Timestamp) -> Int {
        Int(time.microseconds.flooredDivision(by: 1_000_000).quotient)
    }
}

// Changes of the status.
extension MendedSummary {
    private enum Status: String {
        case success = "SUCCESS"
        case failure = "FAILURE"
        /// Nothing was measured, or only maintenance.
        case unknown = "UNKNOWN"
    }

    /// A status that a service changed to, and how long it had it.
    private struct StatusChange {
        var status: Status
        var start: Timestamp
        /// The end of the report for the one that lasts.
        var end: Timestamp
    }

    /// The status now with its start, nil where no change to it was seen; and the changes of the longest range, the
    /// newest first.
    private func statusChanges() -> (current: (status: Status, start: Timestamp?), list: [StatusChange]) {
        let longest = input.ranges.map(\.length).max() ?? .zero
        let spans = history.spans(in: (now - longest)..<now)
        guard let first = spans.first else { return ((.unknown, nil), []) }
        var list: [StatusChange] = []
        var end = first.start
        for span in spans {
            if end < span.start { list.append(StatusChange(status: .unknown, start: end, end: span.start)) }
            end = span.end ?? now
            list.append(StatusChange(status: span.isGood ? .success : .failure, start: span.start, end: end))
        }
        if end < now { list.append(StatusChange(status: .unknown, start: end, end: now)) }
        let status = list[list.count - 1].status
        // What the history begins with did not change then.
        if first.start == history.points.first(where: { $0.attempts > 0 })?.start { list.removeFirst() }
        return ((status, list.last?.start), list.reversed())
    }

    /// Where `sla-runner` has the output of the first result: the whole name for a single result, and for a period the
    /// start that the names of all its results have in common, as `aws s3 ls` takes it.
    private func logLocation(of change: StatusChange) -> String? {
        guard let logBucket, history.kind == .test, change.status != .unknown else { return nil }
        let folder = "s3://\(logBucket)/\(history.name)/"
        let index = history.points.partitionPoint { $0.start < change.start }
        guard index < history.points.count else { return folder }
        let point = history.points[index]
        guard point.length > .zero else { return "\(folder)\(seconds(point.start))_\(change.status.rawValue)" }
        let (from, to) = (String(seconds(point.start)), String(seconds(point.end - .microseconds(1))))
        return folder + from.commonPrefix(with: to)
    }
}

extension String {
    fileprivate func commonPrefix(with other: String) -> String {
        String(decoding: zip(utf8, other.utf8).prefix { $0 == $1 }.map(\.0), as: UTF8.self)
    }
}
