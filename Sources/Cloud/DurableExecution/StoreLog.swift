public import Basics
internal import JSON
public import StateStore

extension DurableRun {
    /// A run that is recorded in documents of a store, such as objects in S3, for processes on any machine.
    ///
    /// One process at a time has the run: its lease is renewed while it executes, and another one that wants it gets
    /// `DurableError.inUse` until the lease ends. A process that was too slow, and whose run another one has taken
    /// over, can record nothing more: each write says which document it replaces. Each record is one write.
    ///
    /// With `suspendBefore` it is for a function that ends before its run does: `.suspended(until:)` tells when it is
    /// to be called again.
    /// - Parameters:
    ///   - key: of the document; there are more of them whose keys begin with it and a dot.
    ///   - lease: how long others wait for a process that says nothing more.
    ///   - longestWait: longer waits suspend the run, for a process that is paid while it waits; nil for none.
    public static func store(
        _ store: StateStore, key: String, lease: Duration = .seconds(60), longestWait: Duration? = nil
    ) -> DurableRun {
        DurableRun { time in
            let store = StoreLog(store, key, lease: lease, time)
            try await store.open()
            var log = store.log
            log.longestIdleWait = longestWait
            return log
        }
    }

    /// Until when a process has the run of ``store(_:key:lease:longestWait:)``; a time that has passed when none has
    /// it, nil for a run that was never begun.
    public static func leaseEnd(
        in store: StateStore, key: String, deadline: Timestamp
    ) async throws -> Timestamp? {
        try await store.document(key, until: deadline)?.json.flatMap { Head($0) }?.end
    }

    /// Removes the record of ``store(_:key:lease:longestWait:)`` of a run that nobody goes on with.
    public static func remove(from store: StateStore, key: String, deadline: Timestamp) async throws {
        guard let document = try await store.document(key, until: deadline) else { return }
        // The head last: without it nobody finds the segments.
        try await removeSegments(of: document.json.flatMap { Head($0) }, in: store, key, deadline)
        _ = try await store.remove(key, if: .unchanged(document.version), until: deadline)
    }

    /// Drops the steps of a run that has ended, and keeps its result: executed again, it still gives that.
    ///
    /// Nothing is done with a run that goes on, or has no record in the store.
    /// - Throws: `StateStoreError`.
    public static func forgetSteps(in store: StateStore, key: String, deadline: Timestamp) async throws {
        guard let document = try await store.document(key, until: deadline),
            var head = document.json.flatMap({ Head($0) }), head.result != nil
        else { return }
        // Nobody reads them any more. They come first, so that a repetition finds those that are left.
        try await removeSegments(of: head, in: store, key, deadline)
        (head.segments, head.lines) = ([], [])
        _ = try await store.write("\(head.json)", to: key, if: .unchanged(since: document), until: deadline)
    }

    private static func removeSegments(
        of head: Head?, in store: StateStore, _ key: String, _ deadline: Timestamp
    ) async throws {
        for name in head?.segments ?? [] { _ = try await store.remove("\(key).\(name)", until: deadline) }
    }
}

/// The documents of a run, of which this process has the lease.
///
/// The head holds the lease and the newest lines; older ones are in segments that never change. A segment's name has
/// the fencing token in it, so that a process that has lost the run cannot overwrite one of its successor.
private final class StoreLog: Sendable {
    private struct State {
        var head = Head()
        var version: StateStore.Version?
        var recorded = RecordedRun()
        var inbox = CallbackInbox([])
        var isLost = false
        var isOpen = false
    }

    /// From this size on, the lines of the head go into a segment.
    private static let segmentBytes = 128 << 10
    /// Of one call of the store.
    private static let patience = Duration.seconds(30)
    private static let maximumAttempts = 4

    private let store: StateStore
    private let key: String
    private let lease: Duration
    private let time: TimeSource
    private let state = Locked(State())
    private let changes = ChangeFeed()
    private let queue = Locked<WriteQueue?>(nil)

    init(_ store: StateStore, _ key: String, lease: Duration, _ time: TimeSource) {
        (self.store, self.key, self.lease, self.time) = (store, key, lease, time)
    }

    var log: DurableLog {
        var log = DurableLog(place: key, changes: changes) { updates, _ in
            try await self.writer.submit(WriteQueue.Entry(updates: updates))
            self.state.withLock { $0.inbox.note(updates) }
            self.changes.tell(updates.callbacks)
        }
        let recorded = state.withLock { $0.recorded }
        (log.operations, log.result) = (Array(recorded.operations.values), recorded.result)
        log.pollInterval = .seconds(5)
        log.check = { if self.state.withLock({ $0.isLost }) { throw self.lost } }
        log.refresh = { try await self.refresh() }
        log.complete = { result in
            try await self.writer.submit(WriteQueue.Entry(updates: [], result: result))
        }
        log.maintain = { try await self.renew() }
        log.close = { await self.close() }
        return log
    }

    private var writer: WriteQueue {
        queue.withLock { queue in
            if let queue { return queue }
            let new = WriteQueue { [weak self] in try await self?.write($0) }
            queue = new
            return new
        }
    }

    private var lost: DurableError {
        DurableError(.inUse, "\(key): another process has taken this run over; this one records nothing more")
    }

    // MARK: Lease

    func open() async throws {
        let document = try await call { try await $0.document(self.key, until: $1) }
        var head = Head()
        if let document {
            guard let json = document.json, let known = Head(json) else {
                throw DurableError(
                    .unavailable, "\(key): this is no record of a durable run, or one of another version")
            }
            head = known
            if head.result != nil {
                state.withLock { $0.recorded.result = known.result }
                return
            }
            guard head.end <= time.now() else {
                throw DurableError(
                    .inUse, "\(key): another process executes this run, at least until \(head.end) unless it says more")
            }
        }
        var recorded = RecordedRun()
        for name in head.segments { for line in try await segment(name) { try recorded.add(line, in: key) } }
        for line in head.lines { try recorded.add(line, in: key) }
        head.token += 1
        head.batch = 0
        (head.owner, head.end) = (UInt64(time.random() * 0x1p53), time.now() + lease)
        try await replace(&head, .unchanged(since: document))
        state.withLock { state in
            (state.head, state.recorded, state.isOpen) = (head, recorded, true)
            state.inbox = CallbackInbox(recorded.operations.values)
        }
    }

    /// Keeps the lease while a step or a wait takes long.
    private func renew() async throws {
        while true {
            try await time.sleep(lease / 3)
            do { try await writer.submit(WriteQueue.Entry(updates: [])) } catch let error as DurableError {
                // The lease lasts for three of them.
                guard error.code == .unavailable else { throw error }
            }
        }
    }

    private func close() async {
        let release = state.withLock { state -> Bool in
            defer { state.isOpen = false }
            return state.isOpen && !state.isLost
        }
        // Without it the lease ends by itself.
        if release { try? await writer.submit(WriteQueue.Entry(updates: [], releases: true)) }
    }

    // MARK: Writing

    private func write(_ batch: WriteQueue.Batch) async throws {
        if state.withLock({ $0.isLost }) { throw lost }
        var (head, version) = state.withLock { ($0.head, $0.version) }
        if head.bytes > Self.segmentBytes {
            let name = "\(head.token).\(head.segments.count + 1)"
            let text = JSONValue.object(["lines": .array(head.lines)]).description
            _ = try await call { try await $0.write(text, to: "\(self.key).\(name)", until: $1) }
            (head.lines, head.bytes) = ([], 0)
            head.segments.append(name)
        }
        head.batch = batch.number
        head.end = batch.entries.contains { $0.releases } ? Timestamp(microseconds: 0) : time.now() + lease
        for (index, update) in batch.updates.enumerated() {
            // The line that ends an operation makes it too.
            let isFollowed = batch.updates.dropFirst(index + 1).contains { $0.identity == update.identity }
            if update.action == .start, isFollowed { continue }
            let line = RecordLine.update(update).json
            head.lines.append(line)
            head.bytes += line.description.utf8.count
        }
        if let result = batch.entries.lazy.compactMap(\.result).first { head.result = result }
        try await replace(&head, version.map { .unchanged($0) } ?? .absent)
        state.withLock { $0.head = head }
    }

    /// Replaces the head if nobody else has done so.
    private func replace(_ head: inout Head, _ condition: StateStore.Condition) async throws {
        var condition = condition
        let text = head.json.description
        for _ in 0..<Self.maximumAttempts {
            let tried = condition
            switch try await call({ try await $0.write(text, to: self.key, if: tried, until: $1) }) {
            case .written(let version):
                state.withLock { $0.version = version }
                return
            case .conflict(let current):
                var document = current
                if document == nil { document = try await call { try await $0.document(self.key, until: $1) } }
                guard let document, let json = document.json, let found = Head(json) else {
                    if condition == .absent { continue }
                    throw lose()
                }
                if found.token == head.token, found.owner == head.owner {
                    // An earlier write got through, and its answer was lost.
                    state.withLock { $0.version = document.version }
                    if found.batch == head.batch { return }
                    condition = .unchanged(document.version)
                } else if condition == .unchanged(document.version) {
                    continue  // S3 was busy with another write, which was refused
                } else {
                    throw lose()
                }
            }
        }
        throw DurableError(
            .unavailable, "\(key): the store refuses to replace the document, \(Self.maximumAttempts) times")
    }

    private func lose() -> DurableError {
        state.withLock { $0.isLost = true }
        return lost
    }

    private func segment(_ name: String) async throws -> [JSONValue] {
        let document = try await call { try await $0.document("\(self.key).\(name)", until: $1) }
        guard let lines = document?.json?["lines"]?.arrayValue else {
            throw DurableError(.unavailable, "\(key).\(name): this part of the run's record is missing or damaged")
        }
        return lines
    }

    // MARK: Callbacks

    private func refresh() async throws {
        let ids = state.withLock { $0.inbox.ids }
        var messages: [CallbackMessage] = []
        for id in ids {
            for name in [callbackKey(key, id), callbackKey(key, id, isHeartbeat: true)] {
                let document = try await call { try await $0.document(name, until: $1) }
                if let message = document?.json.flatMap(CallbackMessage.init) { messages.append(message) }
            }
        }
        changes.tell(state.withLock { $0.inbox.deliver(messages) })
    }

    private func call<R: Sendable>(
        _ body: @escaping @Sendable (StateStore, Timestamp) async throws -> R
    ) async throws -> R {
        do { return try await body(store, time.now() + Self.patience) } catch let error as StateStoreError {
            throw DurableError(error)
        }
    }
}

/// The document that is replaced with each record.
private struct Head: Sendable {
    /// The fencing token: grows by one with each process.
    var token: Int64 = 0
    /// A number of the process's own, should two begin at the same token.
    var owner: UInt64 = 0
    /// The end of the lease; 1970 when it was given back.
    var end = Timestamp(microseconds: 0)
    /// The last batch that is in it, by the number that its process gave it.
    var batch = 0
    /// Older lines, in order.
    var segments: [String] = []
    var lines: [JSONValue] = []
    /// Of `lines`.
    var bytes = 0
    var result: JSONValue?

    init() {}

    init?(_ json: JSONValue) {
        guard json["durable"] == 1 else { return nil }
        token = json["token"]?.intValue ?? 0
        owner = UInt64(json["owner"]?.intValue ?? 0)
        end = Timestamp(microseconds: json["until"]?.intValue ?? 0)
        batch = Int(json["batch"]?.intValue ?? 0)
        segments = json["segments"]?.arrayValue?.compactMap(\.stringValue) ?? []
        lines = json["lines"]?.arrayValue ?? []
        bytes = lines.reduce(0) { $0 + $1.description.utf8.count }
        result = json["done"]
    }

    var json: JSONValue {
        var object: JSONObject = [
            "durable": 1, "token": .integer(token), "owner": .integer(Int64(owner)),
            "until": .integer(end.microseconds),
            "batch": JSONValue(batch), "segments": .array(segments.map { .string($0) }), "lines": .array(lines),
        ]
        object["done"] = result
        return .object(object)
    }
}

extension RecordedRun {
    fileprivate mutating func add(_ json: JSONValue, in key: String) throws(DurableError) {
        guard let line = RecordLine(json) else {
            throw DurableError(.unavailable, "\(key): an operation of the record is damaged: \(json)")
        }
        add(line)
    }
}

extension DurableError {
    /// What a failure of a store means for a run.
    init(_ error: StateStoreError) {
        switch error.code {
        case .throttled, .unavailable: self.init(.unavailable, error.message, underlying: error)
        case .denied, .missing, .malformed: self.init(.refused, error.message, underlying: error)
        case .tooLarge: self.init(.limit, error.message, underlying: error)
        }
    }
}

/// The key of what was sent to a callback: its result, of which there is one, or its last sign of life.
private func callbackKey(_ key: String, _ id: String, isHeartbeat: Bool = false) -> String {
    "\(key).callback.\(id)" + (isHeartbeat ? ".heartbeat" : "")
}

extension DurableCallbacks {
    /// Those of ``DurableRun/store(_:key:lease:longestWait:)``, which need not be executed at the moment.
    ///
    /// A run that is suspended does not notice: execute it again after a callback is completed.
    /// - Parameters:
    ///   - key: the run's.
    ///   - now: the time of heartbeats and of calls.
    public static func store(
        _ store: StateStore, key: String, now: @escaping @Sendable () -> Timestamp = { .now() }
    ) -> DurableCallbacks {
        DurableCallbacks(now: now) { message in
            do {
                var isHeartbeat = false
                if case .heartbeat = message.content { isHeartbeat = true }
                // The first result counts: it is never replaced.
                _ = try await store.write(
                    message.json.description, to: callbackKey(key, message.id, isHeartbeat: isHeartbeat),
                    if: isHeartbeat ? .always : .absent, until: now() + .seconds(30))
            } catch let error as StateStoreError { throw DurableError(error) }
        }
    }
}
