import JSON
import Transport

/// What deliveries to all outputs share.
struct DeliveryContext: Sendable {
    let secrets: Secrets
    let sender: Sender
    let ledger: any Ledger
    /// `nil` when no pictures are wanted.
    let graphs: GraphSource?
    let time: TimeSource
    /// More notifications than this for one output are put together; 0 for never.
    let digestAbove: Int
    let pauses = Pauses()
}
