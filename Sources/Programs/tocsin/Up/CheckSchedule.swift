import Basics
import JSON
import LocalCloud
import UptimeChecker

/// Which endpoints and suites are checked when; a pure state.
///
/// Each has its own interval. Those that were down are invoked apart from the others: they take up to their timeout,
/// and what is checked in one invocation has its results together. So is each suite, which takes longer.
struct CheckSchedule {
    private struct Item {
        var entry: CombinedEndpoints.Entry
        var due: Timestamp
        var isRunning = false
        var isDown = false

        /// When it is to be checked: at once when that lies further ahead than an interval, because the clock was set
        /// back.
        func time(at now: Timestamp) -> Timestamp { due > now + interval ? now : due }

        /// Between two invocations; never needed of an entry without one.
        var interval: Duration { entry.checkInterval ?? entry.interval }
    }

    /// The most endpoints of an invocation: its answer says of no more why they are down.
    static let batchSize = 100

    private var items: [String: Item] = [:]

    /// Takes another set of endpoints; those that are known are due when they were, others now.
    ///
    /// Of external endpoints only those with a heartbeat are looked at.
    mutating func replace(_ entries: [CombinedEndpoints.Entry], at now: Timestamp) {
        let old = items
        items = [:]
        for entry in entries where entry.checkInterval != nil {
            var item = old[entry.displayName] ?? Item(entry: entry, due: now)
            // Another address or interval is tried at once.
            if item.entry != entry { (item.entry, item.due) = (entry, now) }
            items[entry.displayName] = item
        }
    }

    /// What is to be checked now, in batches for one invocation each; it counts as running until ``finish(_:down:)``.
    mutating func batches(at now: Timestamp) -> [[String]] {
        let due = items.filter { !$0.value.isRunning && $0.value.time(at: now) <= now }
        for (name, item) in due {
            items[name]?.isRunning = true
            // At the same distances, unless it is late already.
            let next = item.time(at: now) + item.interval
            items[name]?.due = next > now ? next : now + item.interval
        }
        return [false, true].flatMap { isDown in
            batches(of: due.filter { $0.value.isDown == isDown }.keys.sorted())
        }
    }

    /// Names in batches for one invocation each; every suite has its own, for none is to wait for a longer one.
    func batches(of names: [String]) -> [[String]] {
        let endpoints = names.filter { !(items[$0]?.entry.isSuite ?? false) }
        let suites = names.filter { items[$0]?.entry.isSuite ?? false }
        return stride(from: 0, to: endpoints.count, by: Self.batchSize).map {
            Array(endpoints[$0..<min($0 + Self.batchSize, endpoints.count)])
        } + suites.map { [$0] }
    }

    /// All endpoints and suites, sorted.
    var names: [String] { items.keys.sorted() }

    /// The names of which an answer with these causes tells something: of an external endpoint only that its heartbeat
    /// is missing.
    func told(_ names: [String], causes: Set<String>) -> [String] {
        names.filter { items[$0]?.entry.isExternal != true || causes.contains($0) }
    }

    /// An invocation has ended.
    /// - Parameter down: those that were down; nil when the invocation failed and nobody knows.
    mutating func finish(_ names: [String], down: Set<String>?) {
        for name in names {
            items[name]?.isRunning = false
            if let down { items[name]?.isDown = down.contains(name) }
        }
    }

    /// When something is due next; nil when nothing is.
    func next(at now: Timestamp) -> Timestamp? {
        items.values.lazy.filter { !$0.isRunning }.map { $0.time(at: now) }.min()
    }
}

/// Invokes `uptime-checker` for the endpoints that are due, as often as each of them says.
actor CheckRunner {
    private var schedule = CheckSchedule()
    private var wake: CheckedContinuation<Void, Never>?
    private let onAnswer: @Sendable ([String], CheckAnswer) -> Void
    private let note: @Sendable (String) -> Void

    /// - Parameters:
    ///   - onAnswer: called after each invocation with the endpoints that were checked.
    ///   - note: called with a line for people about each invocation that failed.
    init(
        onAnswer: @escaping @Sendable ([String], CheckAnswer) -> Void, note: @escaping @Sendable (String) -> Void
    ) {
        (self.onAnswer, self.note) = (onAnswer, note)
    }

    /// Takes another set of endpoints.
    func replace(_ entries: [CombinedEndpoints.Entry]) {
        schedule.replace(entries, at: .now())
        rouse()
    }

    /// Invokes the function until the task is cancelled.
    func run(_ function: LocalFunction) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                for batch in schedule.batches(at: .now()) {
                    group.addTask { await self.check(batch, function) }
                }
                await waitForNext()
            }
            group.cancelAll()
        }
    }

    /// Checks endpoints now, due or not; all of them when there are no names.
    func checkNow(_ names: [String], _ function: LocalFunction) async throws -> CheckAnswer {
        let batches = schedule.batches(of: names.isEmpty ? schedule.names : names)
        return try await withThrowingTaskGroup(of: CheckAnswer.self) { group in
            for batch in batches {
                group.addTask {
                    let answer = try await self.invoke(batch, function)
                    await self.tell(batch, answer)
                    return answer
                }
            }
            var sum = CheckAnswer()
            while let answer = try await group.next() { sum.add(answer) }
            return sum
        }
    }

    private func check(_ names: [String], _ function: LocalFunction) async {
        do {
            let answer = try await invoke(names, function)
            schedule.finish(names, down: Set(answer.causes.keys))
            tell(names, answer)
        } catch {
            schedule.finish(names, down: nil)
            if !Task.isCancelled { note("uptime-checker: \(error)") }
        }
        rouse()
    }

    private func tell(_ names: [String], _ answer: CheckAnswer) {
        onAnswer(schedule.told(names, causes: Set(answer.causes.keys)), answer)
    }

    private func invoke(_ names: [String], _ function: LocalFunction) async throws -> CheckAnswer {
        let event: JSONValue = ["endpoints": .array(names.map { .string($0) })]
        let result = try await function.invoke(event.serialized())
        if let error = result.error { throw error }
        return CheckAnswer(try JSONValue(parsing: result.payload))
    }

    // MARK: Waiting

    /// Waits until something is due, an invocation has ended or the endpoints are others.
    private func waitForNext() async {
        let timer = schedule.next(at: .now()).map { next in
            Task {
                // A timer that is cancelled must not end the next wait, which would cancel the next timer, and so on.
                do { try await Task.sleep(for: max(.milliseconds(10), next - .now())) } catch { return }
                self.rouse()
            }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { wake in
                if Task.isCancelled { wake.resume() } else { self.wake = wake }
            }
        } onCancel: {
            Task { await self.rouse() }
        }
        timer?.cancel()
    }

    private func rouse() {
        wake?.resume()
        wake = nil
    }
}
