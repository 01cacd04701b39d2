public import FunctionRuntime
import JSON
import Transport

extension Notifier {
    /// What would be sent for an event: without sending, fetching secrets, or asking who has sent it before.
    /// - Throws: `NotifierError` when the rules cannot be had.
    public func plan(_ event: [UInt8], _ context: InvocationContext) async throws -> Plan {
        let rules = try await rules.value(until: context.deadline)
        let dispatch = Dispatch(IncomingEvent(parsing: event, requestID: context.requestID, receivedAt: now()), rules)
        var plan = Plan(dropped: dispatch.dropped, notifications: dispatch.notifications)
        for (definition, jobs, records) in dispatch.loads {
            let output = try definition.makeOutput(secrets: definition.placeholders)
            for range in Burst.bundles(of: jobs, above: delivery.digestAbove, for: output) {
                let (notification, options) = Burst.content(of: Array(jobs[range]), now: now())
                plan.messages += output.messages(for: notification, options).map { message in
                    Plan.Message(
                        records: Array(records[range]), title: notification.title, severity: notification.severity,
                        output: (definition.name, definition.kind), address: message.address,
                        body: message.readableBody
                    )
                }
            }
        }
        return plan
    }
}

extension OutboundMessage {
    fileprivate var address: String {
        switch call {
        case .publish(let topicARN, _): return topicARN
        case .http(let request):
            let parts = request.url.split(separator: "/", maxSplits: 2)
            let host = parts.count > 1 ? String(parts[1]) : "***"
            return "\(request.method) " + (request.url.hasPrefix(OutputDefinition.placeholderRoot) ? "***" : host)
        }
    }

    fileprivate var readableBody: String {
        guard let json = try? JSONValue(parsing: bodyText) else { return bodyText }
        return String(decoding: json.serialized(.pretty), as: UTF8.self)
    }
}
