import Basics
import TestSupport
import Testing

@testable import UptimeChecker

@Suite(.timeLimit(.minutes(1))) struct BodyBudgetTests {
    private let budget = BodyBudget(limit: 100)
    /// A time that never passes: sleeps end when they are cancelled.
    private let time = TimeSource(
        now: { Timestamp(microseconds: 0) },
        sleep: { _ in
            let (stream, continuation) = AsyncStream<Void>.makeStream()
            for await _ in stream {}
            continuation.finish()
            throw CancellationError()
        },
        random: { 0 })

    private func take(_ bytes: Int, _ lease: BodyBudget.Lease) async throws {
        try await lease.take(bytes, within: .seconds(1), time)
    }

    @Test func roomIsGivenBackWithTheLease() async throws {
        var lease: BodyBudget.Lease? = budget.lease()
        if let lease {
            try await take(60, lease)
            try await take(40, lease)
        }
        #expect(budget.used == 100)
        lease = nil
        #expect(budget.used == 0)
    }

    @Test("checks with half of their bodies do not wait for one another for ever")
    func oneGoesBeyondTheLimit() async throws {
        let (first, second, third) = (budget.lease(), budget.lease(), budget.lease())
        for lease in [first, second] { try await take(50, lease) }
        try await take(50, first)
        try await take(10, first)
        #expect(budget.used == 160)
        await #expect(throws: CheckError.self) {
            try await second.take(
                1, within: .seconds(1), TimeSource(now: time.now, sleep: { _ in }, random: time.random))
        }
        let waiting = Task { try await take(1, third) }
        while budget.waitingCount == 0 { await Task.yield() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(budget.waitingCount == 0)
        #expect(budget.used == 160)
    }

    @Test func thoseWhoWaitGoOnInTheirOrder() async throws {
        var leases = (0..<2).map { _ in budget.lease() }
        for lease in leases { try await take(100, lease) }
        let order = Locked<[Int]>([])
        let tasks = await (0..<3).asyncMap { number in
            let task = Task {
                let lease = budget.lease()
                // More than the limit, which one has at a time: two that go on together come in any order.
                try await take(101, lease)
                withExtendedLifetime(lease) { order.withLock { $0.append(number) } }
            }
            while budget.waitingCount <= number { await Task.yield() }
            return task
        }
        #expect(order.withLock { $0 } == [])
        leases = []
        for task in tasks { try await task.value }
        #expect(order.withLock { $0 } == [0, 1, 2])
        #expect(budget.used == 0)
    }
}

extension Range<Int> {
    fileprivate func asyncMap<R>(_ body: (Int) async throws -> R) async rethrows -> [R] {
        var results: [R] = []
        for number in self { results.append(try await body(number)) }
        return results
    }
}
