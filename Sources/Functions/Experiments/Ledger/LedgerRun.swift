public import Basics
internal import JSON
internal import StateStore

/// A run in the ledger, in the hands of the process that works on it.
///
/// Every operation throws `ExperimentError` with `interrupted` when another process has taken the run over, and
/// `StateStoreError` when the store cannot be written: then nothing may be changed any more.
public final class LedgerRun: Sendable {
    private struct State {
        var lease: Lease
        var content: LedgerContent
    }

    private let ledger: Ledger
    private let keys: LedgerKeys
    private let state: Locked<State>
    /// One change of the documents at a time: a part must not be written before those with lower numbers.
    private let section = SerialSection()

    init(_ ledger: Ledger, _ lease: Lease, _ content: LedgerContent) {
        self.ledger = ledger
        keys = LedgerKeys(run: content.record.run)
        state = Locked(State(lease: lease, content: content))
    }

    /// The run, with its document.
    public var record: RunRecord { state.withLock { $0.content.record } }

    /// All entries in the order in which the changes were to be made.
    public var entries: [LedgerEntry] { state.withLock { $0.content.parts.flatMap(\.part.entries) } }

    /// The entries of one execution of an activity; empty when its intent was not recorded.
    public func entries(of activity: String) -> [LedgerEntry] {
        state.withLock { state in
            (state.content.places[activity] ?? []).flatMap { state.content.parts[$0].part.entries }
        }
    }

    /// The fencing token: grows with each process that works on the run.
    public var token: Int64 { state.withLock { $0.lease.token } }

    // MARK: While the run goes on

    /// Records what is about to be changed; returns when it is stored, and only then the change may be made.
    ///
    /// A target that the activity has an open entry for, of this or an earlier process, is not recorded again: what was
    /// captured first is the state to put back.
    /// - Returns: the entries of the activity; their states tell whether an earlier process has made the change.
    /// - Throws: also ``ExperimentError`` with `refused` when the state of a target is larger than the ledger takes.
    @discardableResult
    public func recordIntent(_ intent: LedgerIntent) async throws -> [LedgerEntry] {
        try await section.run {
            let known = Set(entries(of: intent.activity).filter(\.state.isOpen).map(\.target.address))
            let missing = intent.subjects.filter { !known.contains($0.target.address) }
            guard !missing.isEmpty else { return entries(of: intent.activity) }
            try await renewIfDue()
            for group in try groups(intent, missing) { try await append(intent, group) }
            return entries(of: intent.activity)
        }
    }

    /// Records that the change of an activity was made.
    public func recordChange(of activity: String) async throws {
        let now = ledger.time.now()
        try await change({ $0.places[activity] ?? [] }) { entry in
            guard entry.state == .intended else { return }
            entry.state = .changed
            entry.changed = now
        }
    }

    /// Keeps the run ours: to be called at least twice in the time of a lease.
    /// - Parameter end: when others may take the run; nil for the usual time. For waits without a process.
    public func heartbeat(until end: Timestamp? = nil) async throws {
        try await section.run { try await renew(until: end ?? ledger.time.now() + ledger.leaseDuration) }
    }

    /// Changes what is known of the run itself.
    public func update(_ body: (inout RunRecord) -> Void) async throws {
        try await section.run {
            let content = state.withLock { $0.content }
            var record = content.record
            body(&record)
            let text = record.json(pieces: content.pieces).description
            let version = try await write(text, keys.record, .unchanged(content.version))
            state.withLock { state in
                state.content.record = record
                state.content.version = version
            }
        }
    }

    // MARK: At the end

    /// Records what was found about entries.
    func settle(_ settled: [LedgerEntry]) async throws {
        let byID = Dictionary(settled.map { ($0.id, $0) }) { $1 }
        let activities = Set(settled.map(\.activity))
        try await change({ content in activities.flatMap { content.places[$0] ?? [] }.sorted() }) { entry in
            if let found = byID[entry.id] { entry = found }
        }
    }

    /// Closes the list of changes: a process that has lost the run, and does not know it yet, can add none.
    func seal() async throws {
        try await section.run {
            while state.withLock({ $0.content.parts.last?.part.sealed == nil }) {
                try await append(LedgerPart(token: token, entries: [], sealed: ledger.time.now()))
            }
        }
    }

    /// Takes the run out of the ledger, if nothing is open.
    /// - Returns: whether it was taken out.
    @discardableResult
    public func close() async throws -> Bool {
        guard !entries.contains(where: { $0.state.isOpen }) else { return false }
        // An earlier process may still believe that the run is its own.
        if token > 1 { try await seal() }
        guard !entries.contains(where: { $0.state.isOpen }) else { return false }
        return try await section.run {
            try await renew(until: ledger.time.now() + ledger.leaseDuration)
            let (content, lease) = state.withLock { ($0.content, $0.lease) }
            let deadline = ledger.time.now() + ledger.timeout
            // From the end, so that those who read on until a part is missing see all that is left.
            for number in stride(from: content.parts.count, through: 1, by: -1)
            where content.parts[number - 1].part.sealed == nil {
                _ = try await ledger.store.remove(keys.part(number), until: deadline)
            }
            _ = try await ledger.store.remove(keys.record, until: deadline)
            for number in 1...max(1, content.pieces) {
                _ = try await ledger.store.remove(keys.piece(number), until: deadline)
            }
            // Stays for a day: a second delivery of the same run must not begin it again.
            let end: JSONValue = ["ended": .string(ledger.time.now().iso8601)]
            _ = try await leases.complete(lease, leaving: end, deadline: deadline)
            return true
        }
    }

    /// Gives the run back without an end, for another process or a later recovery.
    public func release() async throws {
        try await section.run {
            let lease = state.withLock { $0.lease }
            _ = try await leases.release(lease, leaving: .null, deadline: ledger.time.now() + ledger.timeout)
        }
    }

    // MARK: Documents

    private var leases: Leases { ledger.leases(ledger.owner.name) }

    /// Renews the lease when a third of its time has gone.
    func renewIfDue() async throws {
        let (now, end) = (ledger.time.now(), state.withLock { $0.lease.end })
        guard now + ledger.leaseDuration * 2 / 3 > end else { return }
        try await renew(until: now + ledger.leaseDuration)
    }

    private func renew(until end: Timestamp) async throws {
        let lease = state.withLock { $0.lease }
        let deadline = ledger.time.now() + ledger.timeout
        guard let renewed = try await leases.renew(lease, until: end, deadline: deadline) else { throw lost }
        state.withLock { $0.lease = renewed }
    }

    private var lost: ExperimentError {
        ExperimentError(
            .interrupted, "the run \(keys.run) was taken over by another process: this one changes nothing any more")
    }

    /// The targets of an intent in groups that fit into one document each.
    private func groups(
        _ intent: LedgerIntent, _ subjects: [LedgerIntent.Subject]
    ) throws -> [[LedgerIntent.Subject]] {
        var groups: [[LedgerIntent.Subject]] = []
        var room = 0
        for subject in subjects {
            let size = intent.entry(subject, id: "000000.000000", at: ledger.time.now()).json.serialized().count + 256
            guard size <= Ledger.maximumBytes else {
                throw ExperimentError(
                    .refused,
                    "nothing was changed: the state of \(subject.target.kind) \(subject.target.id) has "
                        + "\(size / 1_000) KB, and the ledger takes \(Ledger.maximumBytes / 1_000) KB")
            }
            if size > room {
                groups.append([])
                room = Ledger.maximumBytes
            }
            groups[groups.count - 1].append(subject)
            room -= size
        }
        return groups
    }

    private func append(_ intent: LedgerIntent, _ subjects: [LedgerIntent.Subject]) async throws {
        let now = ledger.time.now()
        while true {
            let number = state.withLock { $0.content.parts.count } + 1
            let entries = subjects.enumerated().map { index, subject in
                intent.entry(subject, id: "\(number).\(index + 1)", at: now)
            }
            if try await append(LedgerPart(token: token, entries: entries)) { return }
        }
    }

    /// Adds a part behind the last one that is known.
    /// - Returns: false when there is one already, of an earlier process or of a write whose answer was lost; it is
    ///   known from now on.
    @discardableResult
    private func append(_ part: LedgerPart) async throws -> Bool {
        let number = state.withLock { $0.content.parts.count } + 1
        let (key, deadline) = (keys.part(number), ledger.time.now() + ledger.timeout)
        switch try await ledger.store.write(part.text, to: key, if: .absent, until: deadline) {
        case .written(let version):
            state.withLock { $0.content.append(part, version) }
            return true
        case .conflict(let current):
            guard let document = try await read(key, current) else { throw lost }
            let found = try LedgerPart(document, key: key)
            guard found.token <= token, found.sealed == nil || part.sealed != nil else { throw lost }
            state.withLock { $0.content.append(found, document.version) }
            return document.text == part.text
        }
    }

    /// Changes the entries of some parts, and writes those that differ.
    private func change(
        _ places: (LedgerContent) -> [Int], _ body: (inout LedgerEntry) -> Void
    ) async throws {
        try await section.run {
            for index in state.withLock({ places($0.content) }) {
                let (old, version) = state.withLock { $0.content.parts[index] }
                var part = old
                for place in part.entries.indices { body(&part.entries[place]) }
                guard part.entries != old.entries else { continue }
                part.token = token
                // Known from now on even if the write fails: the next one has it, too.
                state.withLock { $0.content.replace(index, by: part) }
                let written = try await write(part.text, keys.part(index + 1), .unchanged(version))
                state.withLock { $0.content.replace(index, version: written) }
            }
        }
    }

    /// Writes a document that nobody else may have changed.
    private func write(
        _ text: String, _ key: String, _ condition: StateStore.Condition
    ) async throws -> StateStore.Version {
        let deadline = ledger.time.now() + ledger.timeout
        switch try await ledger.store.write(text, to: key, if: condition, until: deadline) {
        case .written(let version): return version
        case .conflict(let current):
            // Our own text: an earlier write got through and its answer was lost.
            guard let document = try await read(key, current), document.text == text else { throw lost }
            return document.version
        }
    }

    private func read(_ key: String, _ known: StateStore.Document?) async throws -> StateStore.Document? {
        if let known { return known }
        return try await ledger.store.document(key, until: ledger.time.now() + ledger.timeout)
    }
}
