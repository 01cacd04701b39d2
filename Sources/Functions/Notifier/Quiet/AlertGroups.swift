import Basics
import FunctionRuntime
import JSON
import Logging
import StateStore

/// The groups in a store: puts alarms into them, and flushes those that are due.
///
/// Several processes do so at the same time. Writes are conditional; who comes second reads again.
struct AlertGroups: Sendable {
    /// What became of an alarm that was put into its group.
    enum Insertion: Sendable, Hashable {
        /// It waits for the group's time.
        case waits(until: Timestamp?)
        /// The group is due, and nobody else has been woken for it.
        case isDue
        /// It was there already.
        case known
    }

    /// What became of a flush.
    struct Outcome: Sendable {
        var id: GroupID
        var flush: AlertGroup.Flush
        var failed: Set<String> = []
    }

    /// Sends what a flush found.
    /// - Returns: the keys of what has not arrived.
    typealias Deliver = @Sendable (AlertGroup, AlertGroup.Flush) async -> Set<String>

    private static let attempts = 8
    private static let callTimeout = Duration.seconds(3)
    /// A group that is so late has lost its wake-up, and nobody is at work on it.
    private static let lateness = Duration.seconds(60)

    let store: @Sendable () throws -> StateStore
    let wakes: WakeQueue
    let time: TimeSource

    /// Whether a group is stored.
    func contains(_ id: GroupID, until end: Timestamp) async throws -> Bool {
        try await store().document(id.key, until: deadline(end)) != nil
    }

    /// Puts an alarm into its group, which is made if there is none.
    /// - Throws: what the store or the queue throws; `QuietError` with `contended`. The alarm is not in the group then.
    func insert(
        _ notification: Notification, mentions: [Mention], into id: GroupID, _ times: GroupTimes, until end: Timestamp
    ) async throws -> Insertion {
        let store = try store()
        for attempt in 1...Self.attempts {
            let now = time.now()
            let document = try await store.document(id.key, until: deadline(end))
            let known = document.flatMap { Self.group($0) }
            var group = known ?? AlertGroup(id, times, at: now)
            group.times = times
            guard group.insert(notification, mentions: mentions, at: now) else { return .known }
            let isNew = group.nextFlush != known?.nextFlush
            let isDue = group.nextFlush.map { $0 <= now } ?? false
            let isLate = group.nextFlush.map { $0 + Self.lateness < now } ?? false
            if let due = group.nextFlush, isNew || isLate {
                // Who has put it there flushes at once; the message is for the case that this process dies before.
                let pause: Duration = isDue ? Self.lateness : .zero
                try await wakes.wake(id.key, at: due, notBefore: pause, until: deadline(end))
            }
            if try await write(group, over: document, in: store, end) {
                return isDue && (isNew || isLate) ? .isDue : .waits(until: group.nextFlush)
            }
            try await pause(attempt)
        }
        throw QuietError(.contended, "others wrote the group \(id.text) at each of \(Self.attempts) attempts")
    }

    /// Flushes a group if it is due.
    /// - Parameters:
    ///   - wake: the time that a wake-up was for; nil for a group that is due now.
    ///   - prepare: changes a group before it is flushed.
    ///   - muted: why a notification may not be sent.
    /// - Returns: nil when it is not due or not there.
    /// - Throws: what the store or the queue throws; what was sent is sent again then, unless the ledger knows it.
    func flush(
        _ key: String, wake: Timestamp?, until end: Timestamp, prepare: @Sendable (inout AlertGroup) -> Void,
        muted: @Sendable (AlertGroup, Notification) -> MuteReason?, deliver: Deliver
    ) async throws -> Outcome? {
        let store = try store()
        var document = try await store.document(key, until: deadline(end))
        guard var group = document.flatMap({ Self.group($0) }) else { return nil }
        let now = time.now()
        guard let due = group.nextFlush else { return nil }
        if due > now {
            // A wake-up on the way to its time, which is longer than a delay can be; any other one is outdated.
            if wake == due { try await wakes.wake(key, at: due, until: deadline(end)) }
            return nil
        }
        prepare(&group)
        let found = group
        let flush = group.flush(at: now) { muted(found, $0) }
        let failed = flush.members.isEmpty ? [] : await deliver(group, flush)
        for attempt in 1...Self.attempts {
            guard group.finish(flush, failed: failed, at: time.now()) else { break }
            if try await settle(group, over: document, in: store, end) { break }
            if attempt == Self.attempts {
                throw QuietError(.contended, "others wrote the group \(group.id.text) at each attempt")
            }
            try await pause(attempt)
            document = try await store.document(key, until: deadline(end))
            guard let current = document.flatMap({ Self.group($0) }) else { break }
            group = current
            prepare(&group)
        }
        return Outcome(id: found.id, flush: flush, failed: failed)
    }

    /// Stops the reminders of an alarm in a group; one that is not there reminds nobody.
    /// - Throws: what the store throws; `QuietError` with `contended`.
    func acknowledge(_ incident: String, in key: String, until end: Timestamp) async throws {
        let store = try store()
        for attempt in 1...Self.attempts {
            let document = try await store.document(key, until: deadline(end))
            guard var group = document.flatMap({ Self.group($0) }), group.acknowledge(incident: incident) else {
                return
            }
            if try await write(group, over: document, in: store, end) { return }
            try await pause(attempt)
        }
        throw QuietError(.contended, "others wrote the group at each of \(Self.attempts) attempts")
    }

    /// Sends the wake-up of a group again, for who has lost it.
    func renewWake(_ key: String, until end: Timestamp) async throws {
        guard let document = try await store().document(key, until: deadline(end)),
            let due = Self.group(document)?.nextFlush
        else { return }
        try await wakes.wake(key, at: due, until: deadline(end))
    }

    /// The keys of all groups.
    func keys(until end: Timestamp) async throws -> [String] {
        try await store().documents(prefix: GroupID.prefix, until: end).keys.sorted()
    }

    /// Stores what is left of a group, or removes it.
    private func settle(
        _ group: AlertGroup, over document: StateStore.Document?, in store: StateStore, _ end: Timestamp
    ) async throws -> Bool {
        if group.isOver {
            return try await store.remove(
                group.id.key, if: .unchanged(since: document), until: deadline(end))
        }
        if let next = group.nextFlush { try await wakes.wake(group.id.key, at: next, until: deadline(end)) }
        return try await write(group, over: document, in: store, end)
    }

    private func write(
        _ group: AlertGroup, over document: StateStore.Document?, in store: StateStore, _ end: Timestamp
    ) async throws -> Bool {
        try await store.write(
            group.json.description, to: group.id.key, if: .unchanged(since: document), until: deadline(end)
        ).isWritten
    }

    private static func group(_ document: StateStore.Document) -> AlertGroup? {
        if let group = document.json.flatMap({ AlertGroup($0) }) { return group }
        InvocationContext.current?.logger.error("a stored group cannot be read, its alarms are forgotten")
        return nil
    }

    private func pause(_ attempt: Int) async throws {
        try await time.sleep(.milliseconds(Int64(time.random() * 40 * Double(attempt))))
    }

    private func deadline(_ end: Timestamp) -> Timestamp { min(end, time.now() + Self.callTimeout) }
}
