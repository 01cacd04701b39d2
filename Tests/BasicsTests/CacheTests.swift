import Basics
import TestSupport
import Testing

@Suite struct CacheTests {
    private struct Refused: Error, Hashable { var attempt: Int }

    /// What the next fetches bring, and how many there were.
    private final class Source: Sendable {
        private let state = Locked<(count: Int, failing: Set<Int>)>((0, []))
        var count: Int { state.withLock { $0.count } }

        init(failing: Set<Int> = []) { state.withLock { $0.failing = failing } }

        func next() throws -> Int {
            try state.withLock { state in
                state.count += 1
                if state.failing.contains(state.count) { throw Refused(attempt: state.count) }
                return state.count
            }
        }
    }

    private let clock = TestClock()

    /// Values are fresh for 60 s, and then renewed behind the scenes for 20 s.
    private func cache(
        _ source: Source, usable: Duration? = nil, policy: Cache<String, Int>.Policy = .init(), hold: Gate? = nil
    ) -> Cache<String, Int> {
        Cache(time: clock.source, policy: policy) { [clock] _, _ in
            let now = clock.now
            if let hold { await hold.opened() }
            return .init(
                try source.next(), freshUntil: now + .seconds(60), renewsInBackgroundUntil: now + .seconds(80),
                usableUntil: usable.map { now + $0 })
        }
    }

    @Test func aFreshValueIsNotFetchedAgain() async throws {
        let source = Source()
        let cache = cache(source)
        #expect(cache.freshValue("a") == nil)
        #expect(try await cache.value("a") == 1)
        clock.advance(.seconds(59))
        #expect(try await cache.value("a") == 1)
        #expect(cache.freshValue("a") == 1)
        clock.advance(.seconds(1))
        #expect(cache.freshValue("a") == nil)
        #expect(try await cache.value("b") == 2)
    }

    @Test func allWhoAskMeanwhileShareOneFetch() async throws {
        let (source, gate) = (Source(), Gate())
        let cache = cache(source, hold: gate)
        let first = Task { try await cache.value("a") }
        let others = (0..<20).map { _ in Task { try await cache.value("a") } }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        gate.open()
        for other in others { #expect(try await other.value == 1) }
        #expect(source.count == 1)
    }

    @Test func anOldValueServesWhileItIsRenewedInTheBackground() async throws {
        let source = Source()
        let cache = cache(source)
        _ = try await cache.value("a")
        clock.advance(.seconds(70))
        #expect(try await cache.value("a") == 1)
        while source.count < 2 { await Task.yield() }
        clock.advance(.seconds(1))
        #expect(try await cache.value("a") <= 2)
    }

    @Test func whoComesAfterTheBackgroundTimeWaits() async throws {
        let cache = cache(Source())
        _ = try await cache.value("a")
        clock.advance(.seconds(80))
        #expect(try await cache.value("a") == 2)
    }

    @Test func anOldValueServesWhenRenewingFailsAndSaysWhy() async throws {
        let source = Source(failing: [2])
        let cache = cache(source)
        _ = try await cache.value("a")
        clock.advance(.seconds(100))
        let lookup = try await cache.lookup("a")
        #expect(lookup.value == 1)
        #expect(lookup.renewalError as? Refused == Refused(attempt: 2))
        // For 10 seconds nobody asks again.
        clock.advance(.seconds(9))
        #expect(try await cache.value("a") == 1)
        #expect(source.count == 2)
        clock.advance(.seconds(1))
        let renewed = try await cache.lookup("a")
        #expect(renewed.value == 3)
        #expect(renewed.renewalError == nil)
    }

    @Test func anUnusableValueIsNotServed() async throws {
        let cache = cache(Source(failing: [2]), usable: .seconds(90))
        _ = try await cache.value("a")
        clock.advance(.seconds(90))
        await #expect(throws: Refused(attempt: 2)) { try await cache.value("a") }
        #expect(try await cache.value("a") == 3)
    }

    @Test func aFailureIsKeptAsLongAsThePolicySays() async throws {
        let source = Source(failing: [1])
        let cache = cache(source, policy: .init(failureTimeToLive: .seconds(5)))
        await #expect(throws: Refused(attempt: 1)) { try await cache.value("a") }
        clock.advance(.seconds(4))
        await #expect(throws: Refused(attempt: 1)) { try await cache.value("a") }
        clock.advance(.seconds(1))
        #expect(try await cache.value("a") == 2)
    }

    @Test func expiredValuesAreFetchedAnewAndServeIfThatFails() async throws {
        let cache = cache(Source(failing: [2]))
        _ = try await cache.value("a")
        cache.expire("a")
        #expect(try await cache.value("a") == 1)
        cache.expire("a")
        #expect(try await cache.value("a") == 3)
    }

    @Test func onlyTheRejectedValueIsRemoved() async throws {
        let cache = cache(Source())
        _ = try await cache.value("a")
        cache.remove("a") { $0 == 7 }
        #expect(try await cache.value("a") == 1)
        cache.remove("a") { $0 == 1 }
        #expect(try await cache.value("a") == 2)
    }

    @Test func afterARemovalNobodyWaitsForThePauseOfAnEarlierFailure() async throws {
        let cache = cache(Source(failing: [2]))
        _ = try await cache.value("a")
        clock.advance(.seconds(100))
        #expect(try await cache.value("a") == 1)
        cache.remove("a")
        #expect(try await cache.value("a") == 3)
    }

    @Test func aWaiterGivesUpAtItsDeadlineAndTheFetchGoesOn() async throws {
        let (source, gate) = (Source(), Gate())
        let cache = cache(source, hold: gate)
        let error = await #expect(throws: CacheError.self) {
            try await cache.value("a", deadline: clock.now + .seconds(3))
        }
        #expect(error?.code == .timedOut)
        gate.open()
        #expect(try await cache.value("a") == 1)
    }

    @Test func theOldestKeysAreDropped() async throws {
        let source = Source()
        let cache = cache(source, policy: .init(capacity: 2))
        for key in ["a", "b", "c"] {
            _ = try await cache.value(key)
            clock.advance(.seconds(1))
        }
        #expect(cache.freshValue("a") == nil)
        #expect(cache.freshValue("b") == 2)
        #expect(cache.freshValue("c") == 3)
    }
}
