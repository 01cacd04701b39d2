import JSON
import CloudWatchMetrics

extension MetricWriter {
    /// A record's metrics.
    struct Submission: Sendable {
        let recordID: String
        let messageID: String?
        let data: [MetricDatum]

        var size: RequestSize { RequestSize(data: data.count, bytes: data.reduce(0) { $0 + $1.size.bytes }) }
    }

    /// Keeps what can be written; everything else goes into the report.
    func sift(_ incoming: [IncomingResult], _ report: inout Report) -> [Submission] {
        report.records = incoming.count
        let now = now()
        var seen: Set<String> = []
        return incoming.compactMap { one in
            let id = one.recordID
            do {
                let result = try one.result.get()
                if let messageID = one.messageID, recent.contains(messageID) || !seen.insert(messageID).inserted {
                    report.duplicates += 1
                    return nil
                }
                var data: [MetricDatum] = []
                var faults: [Report.Fault] = []
                for datum in result.metrics(configuration) {
                    if let reason = datum.fault(at: now) {
                        faults.append(.init(recordID: id, reason: reason))
                    } else {
                        data.append(datum)
                    }
                }
                guard !data.isEmpty else {
                    report.rejected += faults.prefix(1)
                    return nil
                }
                report.leftOut += faults
                return Submission(recordID: id, messageID: one.messageID, data: data)
            } catch {
                report.rejected.append(.init(recordID: id, reason: "\(error)"))
                return nil
            }
        }
    }

    /// Writes the records of one request.
    ///
    /// After a failure the rest is not tried: it would only press a service that is in trouble, and use up the time to
    /// say so.
    func write(_ submissions: ArraySlice<Submission>, until end: Timestamp, _ report: inout Report) async {
        guard report.failure == nil else {
            report.failed += submissions.map(\.recordID)
            return
        }
        do {
            let refused = try await output.write(submissions.flatMap(\.data), until: end)
            var position = 0
            for submission in submissions {
                let faults = (position..<position + submission.data.count).compactMap { position in
                    refused[position].map { Report.Fault(recordID: submission.recordID, reason: $0) }
                }
                position += submission.data.count
                guard faults.count < submission.data.count else {
                    report.rejected += faults.prefix(1)
                    continue
                }
                report.leftOut += faults
                report.written += 1
                report.data += submission.data.count - faults.count
                if let id = submission.messageID { recent.insert(id) }
            }
        } catch {
            report.failure = error
            report.failed += submissions.map(\.recordID)
        }
    }
}
