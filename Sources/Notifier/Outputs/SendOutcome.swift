/// What an answer means for the message.
enum SendOutcome: Sendable {
    /// It is there. The reference is for replies and changes, where the service has such; `then` is an adornment that
    /// could not be sent before (a graph in the message's thread).
    case delivered(MessageReference?, then: OutboundMessage? = nil)
    /// It is not there yet; send this one instead, at once: the next step, another form or another address.
    ///
    /// Each message leads to a small number of others, never back to itself.
    case next(OutboundMessage, reason: String)
    /// Not now: the same request again, after the time that the service asks for or a back-off.
    case retry(after: Duration?, reason: String)
    /// Not with this token or URL: the service does not know it, or no longer.
    case unauthorized(reason: String)
    /// Never: the same request would be refused again.
    case refused(reason: String)
}
