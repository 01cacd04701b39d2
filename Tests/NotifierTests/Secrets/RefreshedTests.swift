import Basics
import JSON
import Synchronization
import TestSupport
import Testing

@testable import Notifier

@Suite struct RefreshedTests {
    private struct Refusal: Error {}

    /// Counts the fetches; each gives its number, from 1, unless it is one of those that fail.
    private final class Source: Sendable {
        let count = Atomic(0)
        let failing: Set<Int>
        let gate: Gate?

        init(failing: Set<Int> = [], gate: Gate? = nil) { (self.failing, self.gate) = (failing, gate) }

        func fetch() async throws -> Int {
            let number = count.add(1, ordering: .relaxed).newValue
            if let gate { await gate.opened() }
            if failing.contains(number) { throw Refusal() }
            return number
        }
    }

    private let clock = TestClock(Sample.time)

    private func kept(_ source: Source) -> Refreshed<Int> {
        Refreshed(for: .seconds(60), now: { [clock] in clock.now }, executor: nil) { _ in try await source.fetch() }
    }

    @Test func aValueIsKeptUntilItIsOld() async throws {
        let kept = kept(Source())
        var values: [Int] = []
        for pause in [0, 30, 29, 1, 59] {
            clock.advance(.seconds(pause))
            values.append(try await kept.value(until: clock.now))
        }
        #expect(values == [1, 1, 1, 2, 2])
        kept.expire()
        #expect(try await kept.value(until: clock.now) == 3)
    }

    /// Seconds that the first caller has, and that its fetch gets: others wait for it too.
    @Test(arguments: [(3, 3), (10, 10), (900, 10)]) func aFetchIsBounded(caller: Int, expected: Int) async throws {
        let start = clock.now
        let kept = Refreshed(for: .seconds(60), now: { start }, executor: nil) { end in end - start }
        #expect(try await kept.value(until: start + .seconds(caller)) == .seconds(expected))
    }

    @Test func oneFetchServesEverybody() async throws {
        let gate = Gate()
        let source = Source(gate: gate)
        let kept = kept(source)
        let values = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await kept.value(until: clock.now) } }
            gate.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(values == Array(repeating: 1, count: 20))
        #expect(source.count.load(ordering: .relaxed) == 1)
    }

    @Test func aFailureIsNotRemembered() async throws {
        let kept = kept(Source(failing: [1]))
        await #expect(throws: Refusal.self) { try await kept.value(until: clock.now) }
        #expect(try await kept.value(until: clock.now) == 2)
    }

    @Test func theOldValueGoesOnAfterAFailure() async throws {
        let kept = kept(Source(failing: [2, 3]))
        var values = [try await kept.value(until: clock.now)]
        for pause in [60, 9, 1, 10] {
            clock.advance(.seconds(pause))
            values.append(try await kept.value(until: clock.now))
        }
        #expect(values == [1, 1, 1, 1, 4])
    }

    @Test func aCancelledCallerDoesNotCancelTheFetch() async throws {
        let gate = Gate()
        let kept = kept(Source(gate: gate))
        let first = Task { [clock] in try await kept.value(until: clock.now) }
        first.cancel()
        gate.open()
        #expect(try await kept.value(until: clock.now) == 1)
        _ = await first.result
    }
}
