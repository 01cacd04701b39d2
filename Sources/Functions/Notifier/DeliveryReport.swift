import Basics
import JSON
import Logging

/// What happened to the notifications of one event: the invocation's log, response and error are made from it.
struct DeliveryReport: Sendable {
    struct Failure: Sendable, Hashable {
        let recordID: String
        let output: String
        let reason: String
    }

    /// A notification that was not sent on purpose.
    struct Muted: Sendable, Hashable {
        let recordID: String
        let title: String
        let output: String
        let reason: MuteReason
    }

    let records: Int
    let notifications: Int
    /// How many notifications the rules dropped.
    let dropped: Int
    // A notification to two outputs counts twice in these.
    private(set) var sent = 0
    private(set) var duplicates = 0
    private(set) var failures: [Failure] = []
    /// How many wait in a group.
    private(set) var grouped = 0
    private(set) var muted: [Muted] = []

    init(records: Int, _ event: RoutedEvent) {
        (self.records, notifications, dropped) = (records, event.notifications, event.dropped.count)
    }

    mutating func add(_ load: RoutedEvent.Load, _ outcomes: [OutputDelivery.Outcome]) {
        for (recordID, outcome) in zip(load.recordIDs, outcomes) {
            switch outcome {
            case .sent: sent += 1
            case .duplicate: duplicates += 1
            case .failed(let reason), .refused(let reason):
                failures.append(Failure(recordID: recordID, output: load.output.name, reason: reason))
            }
        }
    }

    mutating func addGrouped() { grouped += 1 }

    mutating func addDuplicate() { duplicates += 1 }

    mutating func mute(_ recordID: String, _ notification: Notification, _ output: String, _ reason: MuteReason) {
        muted.append(Muted(recordID: recordID, title: notification.title.cut(200), output: output, reason: reason))
    }

    /// - Parameter output: empty for what concerns no output.
    mutating func fail(_ recordID: String, _ output: String, _ reason: String) {
        failures.append(Failure(recordID: recordID, output: output, reason: reason))
    }

    /// Fails the records of an event that tell of an alarm's end, so that they come again.
    mutating func fail(endsIn event: RoutedEvent, _ reason: String) {
        for (record, notification) in event.received
        where notification.severity == .ok && notification.incidentKey != nil {
            fail(record, "", reason)
        }
    }

    /// The ids of the records that the queue must deliver again.
    var failedRecords: [String] { failures.map(\.recordID) }

    /// The error that makes the platform deliver the event again; `nil` when everything was sent.
    var error: NotifierError? {
        guard let failure = failures.first else { return nil }
        let total = sent + duplicates + failures.count
        // What was sent can fail as well: when its group could not be told that the alarm is over.
        let place = failure.output.isEmpty ? "" : " to \(failure.output)"
        return NotifierError(
            .notSent,
            "\(failures.count) of \(total) notifications need another delivery; record \(failure.recordID)\(place): "
                + failure.reason
        )
    }

    /// Logs one line for each failure and each muted notification, then the counts.
    func log(to logger: Logger) {
        for muted in muted {
            logger.info(
                "notification muted",
                metadata: [
                    "record": "\(muted.recordID)", "title": "\(muted.title)", "output": "\(muted.output)",
                    "reason": "\(muted.reason)",
                ])
        }
        for failure in failures {
            logger.error(
                "notification not sent",
                metadata: [
                    "record": "\(failure.recordID)", "output": "\(failure.output)", "reason": "\(failure.reason)",
                ])
        }
        var counts: Logger.Metadata = [
            "records": .stringConvertible(records), "notifications": .stringConvertible(notifications),
            "sent": .stringConvertible(sent), "duplicates": .stringConvertible(duplicates),
            "dropped": .stringConvertible(dropped), "failed": .stringConvertible(failures.count),
        ]
        if grouped > 0 { counts["grouped"] = .stringConvertible(grouped) }
        if !muted.isEmpty { counts["muted"] = .stringConvertible(muted.count) }
        logger.info("notifications delivered", metadata: counts)
    }

    /// The counts, for direct callers, and what has muted something.
    var summary: JSONValue {
        var object = counts
        let names = muted.map(\.reason.name)
        if !names.isEmpty { object["mutedBy"] = .array(Set(names).sorted().map { .string($0) }) }
        return .object(object)
    }

    /// What has not happened is left out where it is not usual.
    private var counts: JSONObject {
        var object: JSONObject = [
            "records": .init(records), "notifications": .init(notifications), "sent": .init(sent),
            "duplicates": .init(duplicates), "dropped": .init(dropped), "failed": .init(failures.count),
        ]
        if grouped > 0 { object["grouped"] = .init(grouped) }
        if !muted.isEmpty { object["muted"] = .init(muted.count) }
        return object
    }

    /// The HTTP response in the form that function URLs and the FC host read; 502 when something was not sent.
    ///
    /// The caller may be anybody: a failure has the id by which the log has the reasons, and no reason.
    func httpResponse(requestID: String) -> JSONValue {
        var body = counts
        if !failures.isEmpty { body["requestId"] = .string(requestID) }
        return [
            "statusCode": .integer(failures.isEmpty ? 200 : 502), "headers": ["Content-Type": "application/json"],
            "body": .string(JSONValue.object(body).description),
        ]
    }
}
