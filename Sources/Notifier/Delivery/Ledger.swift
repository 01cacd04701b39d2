import JSON

/// Remembers what has been sent, so that an event that comes again is not sent again, and which messages later ones
/// belong to.
///
/// It never fails: what cannot be looked up counts as not sent, because an alert twice is better than none.
protocol Ledger: Sendable {
    /// Takes a notification for sending; a claim that is not settled ends by itself.
    func claim(_ key: String, until end: Timestamp) async -> Claim

    /// Gives a claim back.
    /// - Parameter end: when the work has to end; little more time than that is taken.
    func settle(_ key: String, _ settlement: Settlement, until end: Timestamp) async

    /// The message that an incident began with.
    func thread(_ key: String) async -> IncidentThread?

    /// Keeps the message that an incident began with; `nil` forgets it.
    func keep(_ thread: IncidentThread?, for key: String) async
}

/// What came of asking for a notification.
enum Claim: Sendable, Hashable {
    /// Send it, without as many of its first messages as have been sent before.
    case mine(sent: Int)
    /// It has been sent.
    case done
    /// Somebody else is sending it just now.
    case taken
}

/// How far the sending of a notification came.
enum Settlement: Sendable, Hashable {
    case done
    case partly(sent: Int)
}
