import Basics
import DurableExecution
import JSON
import StateStore
import TestSupport
import Testing

@testable import FargateAdjuster

@Suite struct OpenRunsTests {
    private let clock = TestClock()

    private func entry(_ run: String, _ services: String...) -> OpenRuns.Entry {
        OpenRuns.Entry(
            run: run, services: services.map { ECSServiceName(name: $0, cluster: "shop") }, execution: nil,
            startedAt: clock.now)
    }

    private func order(_ run: String) -> AdjustmentRun.Order {
        AdjustmentRun.Order(
            run: run, components: [ComponentConfiguration(name: "web", service: "web")],
            request: AdjustmentRequest(components: []))
    }

    @Test("a service is in one run; the same event begins its run once; after the end it is free")
    func beginning() async throws {
        let runs = OpenRuns(store: .memory(), time: clock.source)
        var (first, second) = (entry("a", "web", "api"), entry("b", "jobs", "api"))
        (first.attempt, second.attempt) = (1, 1)
        #expect(try await runs.begin(first, order: order("a")) == .begun(first))
        var other = order("a")
        other.components[0].timeout = 1
        #expect(try await runs.begin(first, order: other) == .goesOn(first))
        let held = OpenRuns.Beginning.heldByOther(ECSServiceName(name: "api", cluster: "shop"), first)
        #expect(try await runs.begin(second, order: order("b")) == held)
        #expect(try await runs.all() == [first])
        #expect(try await runs.order(of: second) == nil)
        #expect(try await runs.order(of: first) == order("a"))

        try await runs.end("a", answer: ["state": "succeeded"])
        #expect(try await runs.all().isEmpty)
        #expect(try await runs.answer(of: "a") == ["state": "succeeded"])
        #expect(try await runs.begin(second, order: order("b")) == .begun(second))
        // The same event again.
        #expect(try await runs.begin(entry("a", "web"), order: order("a")) == .ended)
    }

    @Test("a run that was forgotten can begin again")
    func forgetting() async throws {
        let runs = OpenRuns(store: .memory(), time: clock.source)
        for _ in 1...2 {
            _ = try await runs.begin(entry("a", "web"), order: order("a"))
            #expect(try await runs.all().map(\.run) == ["a"])
            try await runs.forget("a")
            #expect(try await runs.all().isEmpty)
            #expect(try await runs.answer(of: "a") == nil)
        }
    }

    /// The keys of all documents except the index.
    private func keys(_ store: StateStore) async throws -> Set<String> {
        Set(try await store.documents(until: .never).keys).subtracting(["function/open"])
    }

    @Test(
        "nothing but the answer stays of a run that has ended, and of a forgotten one nothing",
        arguments: [true, false])
    func rest(_ ends: Bool) async throws {
        let store = StateStore.memory()
        let runs = OpenRuns(store: store, time: clock.source)
        _ = try await runs.begin(entry("a", "web"), order: order("a"))
        try await runs.cancel("a")
        try await runs.note(callback: "1", of: "web", run: "a")
        // Long enough for segments.
        _ = try await DurableRun.store(store, key: OpenRuns.record("a")).execute(time: clock.source) { scope in
            for index in 1...3 {
                _ = try await scope.step("\(index)") { .string(String(repeating: "x", count: 100_000)) }
            }
            return nil
        }
        #expect(try await keys(store).contains { $0.hasPrefix("function/record/a.") })
        if ends { try await runs.end("a", answer: nil) } else { try await runs.forget("a") }
        #expect(try await keys(store) == (ends ? ["function/run/a"] : []))
    }

    @Test("the newest answers are kept, and the others removed: of runs, and of refusals")
    func answers() async throws {
        let store = StateStore.memory()
        let runs = OpenRuns(store: store, time: clock.source)
        let last = OpenRuns.keptAnswers + 2
        for number in 1...last {
            if number % 2 == 0 {
                try await runs.keep(["n": JSONValue(number)], of: "r\(number)")
            } else {
                _ = try await runs.begin(entry("r\(number)", "web"), order: order("r\(number)"))
                try await runs.end("r\(number)", answer: ["n": JSONValue(number)])
            }
        }
        #expect(try await keys(store).count == OpenRuns.keptAnswers)
        #expect(try await runs.answer(of: "r2") == nil)
        #expect(try await runs.answer(of: "r3") == ["n": 3])
        #expect(try await runs.answer(of: "r\(last)") == ["n": JSONValue(last)])
    }

    @Test("a refusal is not kept as the answer of a run that another delivery has begun")
    func refusalOfOpenRun() async throws {
        let runs = OpenRuns(store: .memory(), time: clock.source)
        _ = try await runs.begin(entry("a", "web"), order: order("a"))
        try await runs.keep(["state": "refused"], of: "a")
        #expect(try await runs.answer(of: "a") == nil)
        #expect(try await runs.all().map(\.run) == ["a"])
    }

    @Test("a delivery that begins nothing leaves the order of another one that begins meanwhile")
    func overlappingDeliveries() async throws {
        let inner = StateStore.memory()
        let time = clock.source
        let outer = OpenRuns(store: inner, time: time)
        _ = try await outer.begin(entry("other", "web"), order: order("other"))
        let (same, sameOrder) = (entry("a", "web"), order("a"))
        let hasRaced = Locked(false)
        // Between the look at the index and the removal the other run ends, and the second delivery begins.
        let store = StateStore(
            read: { try await inner.document($0, until: $1) }, readAll: { try await inner.documents(until: $0) },
            write: { try await inner.write($0, to: $1, if: $2, expires: $3, until: $4) },
            remove: { key, condition, deadline in
                if !hasRaced.withLock({ value in
                    defer { value = true }; return value
                }) {
                    try await outer.end("other", answer: nil)
                    guard case .begun = try await outer.begin(same, order: sameOrder) else { return false }
                }
                return try await inner.remove(key, if: condition, until: deadline)
            })
        let first = try await OpenRuns(store: store, time: time).begin(same, order: sameOrder)
        guard case .heldByOther = first else {
            Issue.record("\(first)")
            return
        }
        let begun = try #require(try await outer.entry("a"))
        #expect(try await outer.order(of: begun) == sameOrder)
    }

    @Test("cancellations and callbacks are noted, and removed at the end")
    func notes() async throws {
        let runs = OpenRuns(store: .memory(), time: clock.source)
        #expect(try await runs.isCancelled("a") == false)
        try await runs.cancel("a")
        #expect(try await runs.isCancelled("a"))
        #expect(try await runs.isCancelled("b") == false)
        try await runs.note(callback: "1", of: "web", run: "a")
        try await runs.note(callback: "2", of: "api", run: "a")
        try await runs.note(callback: "3", of: "web", run: "a")
        #expect(try await runs.callbacks(of: "a").sorted() == ["2", "3"])
        try await runs.end("a", answer: nil)
        #expect(try await runs.isCancelled("a") == false)
        #expect(try await runs.callbacks(of: "a").isEmpty)
    }

    @Test("of two that begin at once on one service, one begins")
    func race() async throws {
        let inner = StateStore.memory()
        let hasRaced = Locked(false)
        let (time, second, secondOrder) = (clock.source, entry("b", "web"), order("b"))
        // The other one writes between the read and the write of the first.
        let store = StateStore(
            read: { key, deadline in
                let document = try await inner.document(key, until: deadline)
                let isFirst = hasRaced.withLock { value in
                    defer { value = value || key == "function/open" }
                    return !value && key == "function/open"
                }
                if isFirst {
                    _ = try await OpenRuns(store: inner, time: time).begin(second, order: secondOrder)
                }
                return document
            }, readAll: { try await inner.documents(until: $0) },
            write: { try await inner.write($0, to: $1, if: $2, expires: $3, until: $4) },
            remove: { try await inner.remove($0, if: $1, until: $2) })
        let runs = OpenRuns(store: store, time: clock.source)
        var other = second
        other.attempt = 1
        let held = OpenRuns.Beginning.heldByOther(ECSServiceName(name: "web", cluster: "shop"), other)
        #expect(try await runs.begin(entry("a", "web"), order: order("a")) == held)
        #expect(try await runs.all().map(\.run) == ["b"])
    }

    @Test("a document that others keep changing is given up, as something that may succeed later")
    func contention() async throws {
        let store = StateStore(
            read: { _, _ in nil }, readAll: { _ in [:] },
            write: { _, key, _, _, _ in
                key == "function/open" ? .conflict(current: nil) : .written(StateStore.Version("1"))
            }, remove: { _, _, _ in true })
        let runs = OpenRuns(store: store, time: clock.source)
        let error = await #expect(throws: AdjusterError.self) {
            try await runs.begin(entry("a", "web"), order: order("a"))
        }
        #expect(error?.code == .unavailable)
        #expect(clock.sleeps.count == 12)
    }
}
