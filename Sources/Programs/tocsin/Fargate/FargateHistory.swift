import Basics
import FargateAdjuster
import JSON
import TextTables

/// What has become of a service so far.
struct FargateHistory: Sendable {
    /// A run, or a deployment of ECS.
    struct Event: Sendable {
        let service: String
        /// The run's id, or the deployment's.
        let id: String
        let start: Timestamp?
        let duration: Duration?
        let state: String
        let style: Style
        let owner: String?
        let changes: [ServicePlan.Change]
        /// Why it ended so.
        let message: String
        let json: JSONValue
    }

    /// Who goes on with an open run.
    enum Holder: Sendable, Equatable {
        case process
        /// Ends its run before the time of its claim.
        case function(until: Timestamp)
        /// The process is gone; the command that ends the run.
        case nobody(recovery: String)

        var isAlive: Bool { if case .nobody = self { false } else { true } }

        var text: String {
            switch self {
            case .process: "its process was alive less than a minute ago"
            case .function(let end):
                "belongs to the function fargate-adjuster, which goes on with it until \(end.iso8601(fractionDigits: 0)) "
                    + "at the latest"
            case .nobody(let recovery): "its process is gone: `\(recovery)` ends it"
            }
        }
    }

    let name: String
    /// The newest first.
    var events: [Event] = []
    /// Where the events come from, if not from the record.
    var note: String?
    /// Whether there may be more, which could not be read.
    var isIncomplete = false

    /// A line for each event, below it what was changed and why it ended so; none wider than `width`.
    func lines(width: Int, colour: Bool) -> [String] {
        var lines = name.wrapped(to: width, indent: 2).map { colour ? Style.heading.applied(to: $0) : $0 }
        if let note { lines += note.wrapped(to: max(20, width - 2), indent: 0).map { "  " + $0 } }
        guard !events.isEmpty else { return lines }
        let columns: [Table.Column] = [
            .init("STARTED"), .init("OUTCOME"), .init("TIME", rightAligned: true, dropOrder: 1),
            .init("RUN", dropOrder: 2), .init("BY", dropOrder: 3),
        ]
        let rows: [[Table.Cell]] = events.map { event in
            [
                .init(event.start.map { $0.iso8601(fractionDigits: 0) } ?? "–"), .init(event.state, event.style),
                .init(event.duration?.text ?? ""), .init(event.id, .faint), .init(event.owner ?? "", .faint),
            ]
        }
        let table = Table(columns, narrowestFirstColumn: 20, rows: rows).lines(width: width, colour: colour)
        lines.append(table[0])
        for (line, event) in zip(table.dropFirst(), events) {
            lines.append(line)
            let changes = event.changes.map { "\($0.setting) \($0.from ?? "none") → \($0.to)" }.joined(separator: "; ")
            for text in [changes, event.message] where !text.isEmpty {
                lines += text.wrapped(to: max(20, width - 4), indent: 0).map { "    " + $0 }
            }
        }
        return lines
    }
}

extension FargateHistory.Event {
    /// A run of the record.
    /// - Parameter holder: who goes on with it; nil when it has ended.
    init(service: String, _ entry: AdjustmentLedger.Entry, holder: FargateHistory.Holder?, now: Timestamp) {
        let outcome = entry.outcome
        let changes = outcome.map(\.changes).flatMap { $0.isEmpty ? nil : $0 } ?? entry.plan?.changes ?? []
        let end = outcome?.endedAt ?? (outcome == nil ? now : nil)
        let seconds = end.map { max(0, ($0 - entry.startedAt).components.seconds) }
        let isGood = outcome?.state == .succeeded || outcome?.state == .unchanged
        let message = outcome.map { isGood ? "" : $0.message } ?? holder?.text ?? ""
        var json: JSONObject = [
            "service": .string(service), "run": .string(entry.run), "startedAt": .string(entry.startedAt.iso8601),
            "owner": .string(entry.owner),
            "changes": .array(
                changes.map { change in
                    [
                        "setting": .string(change.setting), "from": change.from.map { .string($0) } ?? .null,
                        "to": .string(change.to),
                    ]
                }),
        ]
        json["seconds"] = seconds.map { .integer($0) }
        json["outcome"] = outcome?.json
        json["isAlive"] = holder.map { .bool($0.isAlive) }
        self.init(
            service: service, id: entry.run, start: entry.startedAt, duration: seconds.map { .seconds($0) },
            state: outcome?.state.rawValue ?? (holder?.isAlive == true ? "running" : "open"),
            style: outcome?.state.style ?? (holder?.isAlive == true ? .plain : .bad), owner: entry.owner,
            changes: changes,
            message: message, json: .object(json))
    }

    /// A deployment of `ListServiceDeployments`.
    init(service: String, deployment: JSONValue) {
        func time(_ key: String) -> Timestamp? {
            deployment[key].flatMap { value in
                value.doubleValue.map { Timestamp(secondsSinceEpoch: $0) }
                    ?? value.stringValue.flatMap { Timestamp(iso8601: $0) }
            }
        }
        let status = deployment["status"]?.stringValue ?? ""
        let (start, end) = (time("startedAt") ?? time("createdAt"), time("finishedAt"))
        let arn = deployment["serviceDeploymentArn"]?.stringValue ?? ""
        let reason = deployment["statusReason"]?.stringValue ?? ""
        let isGood = status == "SUCCESSFUL"
        let isOpen = ["PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"]
            .contains(status)
        var json: JSONObject = [
            "service": .string(service), "deployment": .string(arn), "status": .string(status),
        ]
        json["startedAt"] = start.map { .string($0.iso8601) }
        json["finishedAt"] = end.map { .string($0.iso8601) }
        if !reason.isEmpty { json["reason"] = .string(reason) }
        var duration: Duration?
        if let start, let end { duration = .seconds(max(0, (end - start).components.seconds)) }
        self.init(
            service: service, id: String(arn.split(separator: "/").last ?? ""), start: start, duration: duration,
            state: status.lowercased().replacing("_", with: " "), style: isGood ? .good : isOpen ? .plain : .bad,
            owner: nil, changes: [], message: isGood ? "" : reason, json: .object(json))
    }
}
