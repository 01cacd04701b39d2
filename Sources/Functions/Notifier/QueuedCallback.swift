import Basics
import Events
import FunctionRuntime
import JSON
import Logging

extension Notifier {
    /// Hands an HTTP request's messages to the platform's queue, so that the caller need not wait for the chat.
    ///
    /// CloudMonitor waits five seconds for its callback, then calls again, three times in all. The event comes back
    /// from the queue as one of a direct caller, and its failure makes the platform try again. The same alarm is
    /// queued once, however often it is told.
    /// - Returns: 202 when it is queued; 503 when nobody knows, so that the caller asks again; nil where there is no
    ///   queue, or it has refused: then the caller has to wait for the delivery.
    func enqueue(
        _ event: IncomingEvent, _ routed: RoutedEvent, _ context: InvocationContext
    ) async -> FunctionResponse? {
        guard let enqueue = context.enqueue, let body = event.requestBody, !routed.loads.isEmpty else { return nil }
        switch await enqueue(body.serialized(), routed.id) {
        case .stored:
            context.logger.info("request queued", metadata: ["records": .stringConvertible(event.messages.count)])
            return Self.response(202, queued: true)
        case .unknown(let reason):
            context.logger.error(
                "request perhaps not queued, the caller may repeat it", metadata: ["reason": "\(reason)"])
            return Self.response(503, queued: false)
        case .refused(let reason):
            context.logger.error("request not queued, delivered at once", metadata: ["reason": "\(reason)"])
            return nil
        }
    }

    private static func response(_ status: Int64, queued: Bool) -> FunctionResponse {
        FunctionResponse(json: [
            "statusCode": .integer(status), "headers": ["Content-Type": "application/json"],
            "body": .string(queued ? #"{"queued":true}"# : #"{"queued":false}"#),
        ])
    }
}

extension RoutedEvent {
    /// Equal for events with the same notifications, by the keys that the ledger knows them by.
    fileprivate var id: String {
        let keys = Set(loads.flatMap { $0.notifications.map(\.notification.dedupeKey) })
        return "n" + Digest.sha256Hex(keys.sorted().joined(separator: "\n"))
    }
}
