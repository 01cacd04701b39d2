import JSON

/// What the sender knows beside the notification.
struct MessageOptions: Sendable {
    /// Who is called; nothing in a notification's text ever calls anybody.
    var mentions: [Mention] = []
    /// The first message of the incident at the same output: the new one joins it, and colours it by its severity.
    var thread: MessageReference?
    /// The graph as PNG; outputs whose `takesImages` is false leave it out.
    var image: [UInt8]?
    /// The time of sending, for signatures.
    var now: Timestamp
    /// The same whenever the same notification is sent again to the same output.
    var idempotencyKey: String
}
