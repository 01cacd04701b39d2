import JSON

/// What the notifier was invoked with: the way it came, and everything in it.
struct IncomingEvent: Sendable, Hashable {
    /// How the event was delivered, which decides what a failure to send must answer.
    enum Kind: Sendable, Hashable {
        /// SNS → Lambda: an error makes Lambda deliver the event again.
        case topic
        /// SQS → Lambda: the answer names the records to deliver again.
        case queue
        /// EventBridge, an alarm's action, an FC trigger, a caller: an error makes the service try again, if it does.
        case direct
        /// An HTTP request: the answer's status says whether to try again.
        case http
    }

    let kind: Kind
    /// In the event's order; empty for an empty batch and for an HTTP request that brings nothing, such as a probe.
    let records: [IncomingRecord]
}
