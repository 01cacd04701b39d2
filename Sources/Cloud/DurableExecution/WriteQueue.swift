internal import Basics
internal import JSON

/// Writes for several flows in turn: one write at a time, and all that comes in the meantime goes into the next one.
///
/// No task of its own: the flow that finds nobody writing writes, for the others too, until its own is done, and hands
/// over to the next one.
final class WriteQueue: Sendable {
    /// What one flow wants to have written.
    struct Entry: Sendable {
        var updates: [DurableUpdate]
        /// The updates as the service takes them.
        var requests: [JSONValue] = []
        /// The result of the run, with which it ends.
        var result: JSONValue?
        /// Whether the lease is given back with this write.
        var releases = false
        /// Its size in a request, to keep requests small.
        var bytes = 0
        /// Whether nothing else may be in the same write, because it may be refused.
        var isAlone = false
    }

    /// Entries that are written together, all or none.
    struct Batch: Sendable {
        /// A number of its own; the same when the batch is written again because its writer was cancelled.
        let number: Int
        let entries: [Entry]
        fileprivate let tickets: [Int]

        var updates: [DurableUpdate] { entries.flatMap(\.updates) }
    }

    private enum Turn: Sendable { case done(Result<Void, any Error>), write }

    private struct State {
        var queue: [(ticket: Int, entry: Entry)] = []
        var waiting: [Int: CheckedContinuation<Turn, Never>] = [:]
        /// Ends that nobody has heard of yet: the writer's own, or of a flow that is about to wait.
        var ended: [Int: Result<Void, any Error>] = [:]
        var isBusy = false
        /// A batch whose writer was cancelled: it may be stored or not.
        var unclear: Batch?
        var tickets = 0
        var batches = 0

        mutating func nextBatch(_ maximumCount: Int, _ maximumBytes: Int) -> Batch? {
            if let batch = unclear {
                unclear = nil
                return batch
            }
            guard let first = queue.first else { return nil }
            var (count, bytes, entries) = (0, 0, 0)
            for (_, entry) in queue {
                if entries > 0 {
                    if first.entry.isAlone || entry.isAlone || count + entry.updates.count > maximumCount
                        || bytes + entry.bytes > maximumBytes
                    {
                        break
                    }
                }
                (count, bytes, entries) = (count + entry.updates.count, bytes + entry.bytes, entries + 1)
            }
            let taken = queue.prefix(entries)
            queue.removeFirst(entries)
            batches += 1
            return Batch(number: batches, entries: taken.map(\.entry), tickets: taken.map(\.ticket))
        }
    }

    private let maximumCount: Int
    private let maximumBytes: Int
    private let write: @Sendable (Batch) async throws -> Void
    private let state = Locked(State())

    init(
        maximumCount: Int = .max, maximumBytes: Int = .max, write: @escaping @Sendable (Batch) async throws -> Void
    ) {
        (self.maximumCount, self.maximumBytes, self.write) = (maximumCount, maximumBytes, write)
    }

    /// Returns when the entry is written.
    func submit(_ entry: Entry) async throws {
        let (ticket, writes) = state.withLock { state in
            state.tickets += 1
            state.queue.append((state.tickets, entry))
            defer { state.isBusy = true }
            return (state.tickets, !state.isBusy)
        }
        if !writes, case .done(let result) = await turn(ticket) { return try result.get() }
        while true {
            if let result = state.withLock({ $0.ended.removeValue(forKey: ticket) }) {
                handOver(unwritten: nil)
                return try result.get()
            }
            guard let batch = state.withLock({ $0.nextBatch(maximumCount, maximumBytes) }) else { return }
            do {
                try await write(batch)
                end(batch, .success(()))
            } catch let error as CancellationError {
                // Others may wait for it: the next writer repeats it.
                handOver(unwritten: batch)
                throw error
            } catch {
                end(batch, .failure(error))
            }
        }
    }

    private func turn(_ ticket: Int) async -> Turn {
        await withCheckedContinuation { continuation in
            let turn = state.withLock { state -> Turn? in
                if let result = state.ended.removeValue(forKey: ticket) { return .done(result) }
                if !state.isBusy {
                    state.isBusy = true
                    return .write
                }
                state.waiting[ticket] = continuation
                return nil
            }
            if let turn { continuation.resume(returning: turn) }
        }
    }

    private func end(_ batch: Batch, _ result: Result<Void, any Error>) {
        let woken = state.withLock { state in
            batch.tickets.compactMap { ticket in
                let continuation = state.waiting.removeValue(forKey: ticket)
                if continuation == nil { state.ended[ticket] = result }
                return continuation
            }
        }
        for continuation in woken { continuation.resume(returning: .done(result)) }
    }

    /// Lets another flow write, the one that has waited longest.
    private func handOver(unwritten batch: Batch?) {
        let next = state.withLock { state in
            if let batch { state.unclear = batch }
            guard let ticket = state.waiting.keys.min() else {
                state.isBusy = false
                return nil as CheckedContinuation<Turn, Never>?
            }
            return state.waiting.removeValue(forKey: ticket)
        }
        next?.resume(returning: .write)
    }
}
