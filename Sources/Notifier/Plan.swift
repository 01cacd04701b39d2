/// What the notifier would send for an event.
public struct Plan: Sendable {
    /// One message, as far as it may be shown: where secrets would be, addresses of `secret.invalid` stand.
    public struct Message: Sendable {
        /// The records of the event that it is about.
        public let records: [String]
        /// What it is about.
        public let title: String
        /// How much it matters.
        public let severity: Severity
        /// The output's name and kind.
        public let output: (name: String, kind: String)
        /// `POST slack.com`, or the ARN of a topic; `POST ***` for a webhook, whose address is a secret.
        public let address: String
        /// What would be sent; JSON is laid out over lines.
        public let body: String
    }

    /// A notification that the rules drop.
    public struct Dropped: Sendable {
        /// The record it is in.
        public let record: String
        /// What it is about.
        public let title: String
    }

    /// For each output in the order of sending.
    public var messages: [Message] = []
    /// What goes nowhere.
    public var dropped: [Dropped] = []
    /// How many notifications the event holds.
    public var notifications = 0
}
