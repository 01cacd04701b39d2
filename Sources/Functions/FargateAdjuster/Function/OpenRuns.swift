import Basics
import DurableExecution
import JSON
import StateStore

/// The runs that this function has begun and not ended, in documents of its state store.
///
/// One document names all of them, so that the timer reads one document, and so that a service is in one run only.
struct OpenRuns: Sendable {
    /// A run that goes on.
    struct Entry: Sendable, Hashable, Codable {
        var run: String
        var services: [ECSServiceName]
        /// The ARN of the durable execution; nil for a run that is recorded in the store.
        var execution: String?
        var startedAt: Timestamp
        /// Whether the run is only to be ended, because the durable execution that had it was stopped.
        var isRecovery: Bool?
        /// Which of the attempts to begin it has written its order.
        var attempt: Int?
    }

    /// What became of the wish to begin.
    enum Beginning: Sendable, Hashable {
        case begun(Entry)
        /// By an earlier attempt of the same event.
        case goesOn(Entry)
        /// A service is in another run.
        case heldByOther(ECSServiceName, Entry)
        /// An earlier attempt of the same event has ended.
        case ended
    }

    /// What the document of all runs holds.
    private struct Index: Codable {
        var open: [Entry] = []
        /// Those whose answers are kept, the newest first.
        var ended: [String]?

        /// Adds a run to those that have ended.
        /// - Returns: those whose answers are not kept any longer.
        mutating func end(_ run: String) -> [String] {
            let all = [run] + (ended ?? []).filter { $0 != run }
            ended = Array(all.prefix(OpenRuns.keptAnswers))
            return Array(all.dropFirst(OpenRuns.keptAnswers))
        }
    }

    /// So many answers are kept for those who ask for them later.
    static let keptAnswers = 200
    private static let index = "function/open"
    private static let maximumAttempts = 12
    /// Of one call of the store.
    private static let patience = Duration.seconds(20)

    let store: StateStore
    let time: TimeSource

    // MARK: Which runs go on

    /// All of them, the oldest first.
    func all() async throws -> [Entry] { try Self.index(await document(Self.index)?.json).open }

    /// The open run with this id; nil for none.
    func entry(_ run: String) async throws -> Entry? { try await all().first { $0.run == run } }

    /// The open run of a service; nil for none.
    func entry(of service: ECSServiceName) async throws -> Entry? {
        try await all().first { $0.services.contains { $0.isSame(as: service) } }
    }

    /// Begins a run, unless one of its services is in another one.
    ///
    /// Each attempt writes the order for itself, and removes none but its own: another attempt of the same event may
    /// begin at any time. The one that the index names counts, whatever the configuration says now.
    func begin(_ entry: Entry, order: AdjustmentRun.Order) async throws -> Beginning {
        var new = entry
        // Before the index names the run: who finds it there can go on with it.
        let version: StateStore.Version
        (new.attempt, version) = try await note(order)
        let beginning = try await update { [new] index -> (Beginning, Bool) in
            if let known = index.open.first(where: { $0.run == new.run }) { return (.goesOn(known), false) }
            if index.ended?.contains(new.run) == true { return (.ended, false) }
            for service in new.services {
                if let other = index.open.first(where: { $0.services.contains { $0.isSame(as: service) } }) {
                    return (.heldByOther(service, other), false)
                }
            }
            index.open.append(new)
            return (.begun(new), true)
        }
        if case .begun = beginning { return beginning }
        _ = try? await store.remove(Self.order(new), if: .unchanged(version), until: deadline)
        return beginning
    }

    /// What a run was begun with; nil for one that has ended.
    func order(of entry: Entry) async throws -> AdjustmentRun.Order? {
        guard let order = try await document(Self.order(entry))?.json else { return nil }
        return try JSONDecoder().decode(AdjustmentRun.Order.self, from: order)
    }

    /// Writes what a run was begun with, after it was lost.
    func restore(_ order: AdjustmentRun.Order, of entry: Entry) async throws {
        _ = try await store.write(try Self.text(order), to: Self.order(entry), until: deadline)
    }

    /// Takes a run over from a durable execution that has ended without it: from now on it is recorded in the store.
    func takeOver(_ entry: Entry, order: AdjustmentRun.Order) async throws -> Entry {
        try await restore(order, of: entry)
        var taken = entry
        (taken.execution, taken.isRecovery) = (nil, true)
        return try await update { [taken] index in
            index.open = index.open.map { $0.run == taken.run ? taken : $0 }
            return (taken, true)
        }
    }

    private func note(_ order: AdjustmentRun.Order) async throws -> (attempt: Int, StateStore.Version) {
        let text = try Self.text(order)
        for attempt in 1...Self.maximumAttempts {
            let key = Self.order(order.run, attempt)
            if case .written(let version) = try await store.write(text, to: key, if: .absent, until: deadline) {
                return (attempt, version)
            }
        }
        throw AdjusterError(
            .unavailable,
            "the run \(order.run) is being begun \(Self.maximumAttempts) times at once; the same call may succeed later"
        )
    }

    // MARK: Ends

    /// Ends a run; its answer is kept for those who ask for it later.
    func end(_ run: String, answer: JSONValue) async throws {
        try await write(answer, of: run, if: .always)
        let (entry, dropped) = try await update { index in
            let entry = index.open.first { $0.run == run }
            let isKnown = entry == nil && index.ended?.contains(run) == true
            index.open.removeAll { $0.run == run }
            return ((entry, index.end(run)), !isKnown)
        }
        await removeRest(of: run, entry)
        await removeAnswers(dropped)
    }

    /// Keeps the answer to an event that has begun no run, unless another delivery of it has.
    func keep(_ answer: JSONValue, of run: String) async throws {
        let (isOpen, dropped) = try await update { index -> ((Bool, [String]), Bool) in
            if index.open.contains(where: { $0.run == run }) { return ((true, []), false) }
            return ((false, index.end(run)), true)
        }
        // After the index: from then on no other delivery begins the run.
        if !isOpen { try await write(answer, of: run, if: .absent) }
        await removeAnswers(dropped)
    }

    /// Forgets a run that has changed nothing, so that the same event can begin it again.
    func forget(_ run: String) async throws {
        let entry = try await update { index -> (Entry?, Bool) in
            let entry = index.open.first { $0.run == run }
            index.open.removeAll { $0.run == run }
            return (entry, entry != nil)
        }
        await removeRest(of: run, entry)
    }

    /// How a run has ended; nil while it goes on, and for an unknown one.
    func answer(of run: String) async throws -> JSONValue? { try await document(Self.answer(run))?.json?["answer"] }

    /// Removes the record of a run that is not open.
    func removeRecord(of run: String) async {
        try? await DurableRun.remove(from: store, key: Self.record(run), deadline: deadline)
    }

    private func write(_ answer: JSONValue, of run: String, if condition: StateStore.Condition) async throws {
        _ = try await store.write(
            "\(JSONValue.object(["answer": answer]))", to: Self.answer(run), if: condition,
            expires: time.now() + Self.kept, until: deadline)
    }

    /// Nobody reads these documents any more, so one that stays does no harm.
    private func removeRest(of run: String, _ entry: Entry?) async {
        for key in [Self.cancellation(run), Self.callbacks(run)] + (entry.map { [Self.order($0)] } ?? []) {
            _ = try? await store.remove(key, until: deadline)
        }
        await removeRecord(of: run)
    }

    private func removeAnswers(_ runs: [String]) async {
        for run in runs { _ = try? await store.remove(Self.answer(run), until: deadline) }
    }

    // MARK: What others tell a run

    /// Notes that a run is to end with everything put back.
    func cancel(_ run: String) async throws {
        _ = try await store.write("{\"cancelled\":true}", to: Self.cancellation(run), until: deadline)
    }

    /// Whether somebody has cancelled the run.
    func isCancelled(_ run: String) async throws -> Bool { try await document(Self.cancellation(run)) != nil }

    /// Notes the callback by which ECS's events wake a durable execution that waits for a service.
    func note(callback id: String, of service: String, run: String) async throws {
        try await update(Self.callbacks(run)) { value in
            var ids = value?.objectValue ?? [:]
            ids[service] = .string(id)
            return ((), .object(ids))
        }
    }

    /// The ids of the callbacks that a durable execution waits for.
    func callbacks(of run: String) async throws -> [String] {
        (try await document(Self.callbacks(run))?.json?.objectValue ?? [:]).compactMap { $0.value.stringValue }
    }

    // MARK: Documents

    /// The document of a run's record, see `DurableRun.store`.
    ///
    /// Not where the command line has its records: its runs have other steps, and it would take one that waits for one
    /// whose process has died. Without a record it leaves the run alone until the time of its claim is over.
    static func record(_ run: String) -> String { "function/record/\(run)" }

    /// How long answers are kept at most, where the store forgets by itself.
    private static let kept = Duration.seconds(30 * 86_400)

    private static func answer(_ run: String) -> String { "function/run/\(run)" }
    private static func order(_ run: String, _ attempt: Int) -> String { "function/order/\(run).\(attempt)" }
    private static func order(_ entry: Entry) -> String { order(entry.run, entry.attempt ?? 1) }
    private static func cancellation(_ run: String) -> String { "function/cancel/\(run)" }
    private static func callbacks(_ run: String) -> String { "function/callbacks/\(run)" }

    private static func text(_ order: AdjustmentRun.Order) throws -> String {
        "\(try JSONEncoder().encodeToValue(order))"
    }

    private var deadline: Timestamp { time.now() + Self.patience }

    private func document(_ key: String) async throws -> StateStore.Document? {
        try await store.document(key, until: deadline)
    }

    private static func index(_ value: JSONValue?) throws -> Index {
        guard let value else { return Index() }
        return try JSONDecoder().decode(Index.self, from: value)
    }

    /// Changes the index.
    /// - Parameter change: returns its result, and whether anything is different.
    private func update<Result>(
        _ change: (inout Index) throws -> (Result, isChanged: Bool)
    ) async throws -> Result {
        try await update(Self.index) { value in
            var index = try Self.index(value)
            let (result, isChanged) = try change(&index)
            return (result, isChanged ? try JSONEncoder().encodeToValue(index) : nil as JSONValue?)
        }
    }

    /// Changes a document that others change, too.
    /// - Parameter change: gets what is there, and returns its result and what is to be there; nil for no change.
    private func update<Result>(
        _ key: String, _ change: (JSONValue?) throws -> (Result, next: JSONValue?)
    ) async throws -> Result {
        let changed = try await store.update(
            key, attempts: Self.maximumAttempts, until: { deadline },
            pause: { attempt in
                // A hundred runs may begin at once: each waits for a time of its own.
                try await time.sleep(.milliseconds(Int64(time.random() * Double(50 << min(attempt, 5)))))
            }
        ) { document in
            let (result, next) = try change(document?.json)
            return (result, next.map { "\($0)" })
        }
        guard let changed else {
            throw AdjusterError(
                .unavailable,
                "\(key): others changed it \(Self.maximumAttempts) times in a row; the same call may succeed later")
        }
        return changed
    }
}
