/// One record of an event, read: a bad one never costs another.
struct IncomingRecord: Sendable, Hashable {
    /// SQS's message id, which a partial batch answer names; otherwise the record's place in the event, such as `0`.
    let id: String
    /// What it says, at least one notification: one message of Security Hub may tell of many findings.
    let notifications: [Notification]
}
