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
    }

    /// Sends what a flush found.
    /// - Returns: the keys of what has not arrived.
    typealias Deliver = @Sendable (AlertGroup, AlertGroup.Flush) async -> Set<String>

    private static let attempts = 8
    private static let callTimeout = Duration.seconds(3)
    /// A group that is so late has lost its wake-up, and nobody is at work on it.
    private static let lateness = Duration.seconds(60)
    /// A wake-up that comes sooner could find that its time is not stored yet, and would be the last one.
    private static let shortestWait = callTimeout + .seconds(2)
    /// A fuller group takes no more alarms: what is told is noted in it as well, and DynamoDB takes 400 KB.
    private static let largestGroup = 250_000

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
        _ arrival: AlertGroup.Arrival, into id: GroupID, _ times: GroupTimes, until end: Timestamp
    ) async throws -> Insertion {
        let insertion = try await insert(arrival, key: id.key, until: end) { known, now in
            var group = known ?? AlertGroup(id, times, at: now)
            group.times = times
            return group
        }
        return insertion ?? .known
    }

    /// Puts the end of an alarm into the group that knows the alarm.
    /// - Returns: nil when there is no such group; nothing has changed then.
    /// - Throws: what ``insert(_:into:_:until:)`` throws.
    func end(_ arrival: AlertGroup.Arrival, in key: String, until end: Timestamp) async throws -> Insertion? {
        let incident = arrival.notification.incidentKey
        return try await insert(arrival, key: key, until: end) { known, _ in
            known.flatMap { $0.knows(incident) ? $0 : nil }
        }
    }

    private func insert(
        _ arrival: AlertGroup.Arrival, key: String, until end: Timestamp,
        _ found: (AlertGroup?, Timestamp) -> AlertGroup?
    ) async throws -> Insertion? {
        let store = try store()
        for attempt in 1...Self.attempts {
            let now = time.now()
            let document = try await store.document(key, until: deadline(end))
            let known = document.flatMap { Self.group($0) }
            guard var group = found(known, now) else { return nil }
            guard group.insert(arrival, at: now) else { return .known }
            let text = group.json.description
            if arrival.notification.severity > .ok, text.utf8.count > Self.largestGroup {
                throw QuietError(.full, "the group is full, with \(group.members.count) alarms")
            }
            let isNew = group.nextFlush != known?.nextFlush
            let isDue = group.nextFlush.map { $0 <= now } ?? false
            let isLate = group.nextFlush.map { $0 + Self.lateness < now } ?? false
            if let due = group.nextFlush, isNew || isLate {
                // Who has put it there flushes at once; the message is for the case that this process dies before.
                let pause: Duration = isDue ? Self.lateness : Self.shortestWait
                try await wakes.wake(key, at: due, notBefore: pause, until: deadline(end))
            }
            if try await write(text, key, over: document, in: store, end) {
                // The wake-up may have come, and found nothing, while that was written.
                let isPast = group.nextFlush.map { $0 <= time.now() } ?? false
                return isPast && (isNew || isLate) ? .isDue : .waits(until: group.nextFlush)
            }
            try await pause(attempt)
        }
        throw QuietError(.contended, "others wrote the group at each of \(Self.attempts) attempts")
    }

    /// Flushes a group if it is due.
    /// - Parameters:
    ///   - wake: the time that a wake-up was for; nil for a group that is due now.
    ///   - prepare: changes a group before it is flushed.
    ///   - muted: why a notification may not be sent.
    /// - Returns: nil when it is not due or not there.
    /// - Throws: what the store or the queue throws; what was sent is sent again then, unless the ledger knows it.
    ///   Nothing once the next wake-up is on its way: if this one came again, too, there would be more and more.
    func flush(
        _ key: String, wake: Timestamp?, until end: Timestamp, prepare: @Sendable (inout AlertGroup) -> Void,
        muted: @Sendable (AlertGroup, AlertGroup.Member) -> MuteReason?, deliver: Deliver
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
        let finished = time.now()
        var woken: Timestamp?
        do {
            for attempt in 1...Self.attempts {
                guard group.finish(flush, failed: failed, at: finished) else { break }
                if try await settle(group, over: document, in: store, &woken, end) { break }
                if attempt == Self.attempts {
                    throw QuietError(.contended, "others wrote the group at each of \(Self.attempts) attempts")
                }
                try await pause(attempt)
                document = try await store.document(key, until: deadline(end))
                guard let current = document.flatMap({ Self.group($0) }) else { break }
                group = current
                prepare(&group)
            }
        } catch {
            guard let woken else { throw error }
            InvocationContext.current?.logger.error(
                "a group was told, and that cannot be written: it may be told again",
                metadata: ["again": "\(woken.iso8601(fractionDigits: 0))", "reason": "\(error)"])
        }
        return Outcome(id: found.id, flush: flush)
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
            if try await write(group.json.description, key, over: document, in: store, end) { return }
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
    /// - Parameter woken: the time of the wake-up that was sent last.
    private func settle(
        _ group: AlertGroup, over document: StateStore.Document?, in store: StateStore, _ woken: inout Timestamp?,
        _ end: Timestamp
    ) async throws -> Bool {
        if group.isOver {
            return try await store.remove(
                group.id.key, if: .unchanged(since: document), until: deadline(end))
        }
        if let next = group.nextFlush, next != woken {
            try await wakes.wake(group.id.key, at: next, notBefore: Self.shortestWait, until: deadline(end))
            woken = next
        }
        return try await write(group.json.description, group.id.key, over: document, in: store, end)
    }

    private func write(
        _ text: String, _ key: String, over document: StateStore.Document?, in store: StateStore, _ end: Timestamp
    ) async throws -> Bool {
        try await store.write(text, to: key, if: .unchanged(since: document), until: deadline(end)).isWritten
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
