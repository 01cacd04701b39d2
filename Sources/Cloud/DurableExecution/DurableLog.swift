internal import Basics
internal import JSON

/// An open record of one run, of which this process is the only owner.
struct DurableLog: Sendable {
    /// Whether what was recorded must outlive the machine before the call returns, or only the process.
    enum Durability: Sendable { case process, surviving }

    /// Who completes waits and callbacks.
    enum Timing: Sendable {
        /// This process, by its clock; the record holds the ends.
        case process
        /// The service, which tells it by `refresh`.
        case service
    }

    /// What is recorded, without the operations that other processes' children made obsolete.
    var operations: [DurableOperation] = []
    /// The result of a run that is completed.
    var result: JSONValue?
    var timing = Timing.process
    /// The most operations of a run, as the backend counts them; nil for no limit.
    var maximumOperations: Int?
    /// How often to look for callbacks that were completed while this process goes on.
    var pollInterval = Duration.seconds(1)
    /// Idle longer than this, the process ends rather than to wait; nil where it always waits.
    var longestIdleWait: Duration?
    /// Where the run is recorded, for messages.
    var place: String

    /// Records updates in order, all or none, and returns when they are stored.
    var record: @Sendable ([DurableUpdate], Durability) async throws -> Void
    /// Looks for operations that were changed from outside.
    var refresh: @Sendable () async throws -> Void = {}
    /// Tells of operations that are now other than the updates say: ids of callbacks, ends of waits, results from
    /// outside.
    let changes: ChangeFeed
    /// Records the end of the run.
    var complete: @Sendable (JSONValue) async throws -> Void = { _ in }
    /// Throws when this process has lost the run to another one, as far as it knows.
    var check: @Sendable () throws -> Void = {}
    /// Keeps the run while it is executed; never returns before it is cancelled or has lost the run.
    var maintain: (@Sendable () async throws -> Void)?
    /// Gives the run back; safe to call twice.
    var close: @Sendable () async -> Void = {}

    init(
        place: String, changes: ChangeFeed,
        record: @escaping @Sendable ([DurableUpdate], Durability) async throws -> Void
    ) {
        (self.place, self.changes, self.record) = (place, changes, record)
    }
}

/// How a record tells the engine of changed operations, in the order in which they became known.
final class ChangeFeed: Sendable {
    private let receiver = Locked<@Sendable ([DurableOperation]) -> Void>({ _ in })

    func receive(_ receiver: @escaping @Sendable ([DurableOperation]) -> Void) {
        self.receiver.withLock { $0 = receiver }
    }

    func tell(_ changed: [DurableOperation]) {
        guard !changed.isEmpty else { return }
        receiver.withLock { $0 }(changed)
    }
}
