import AWS
import Basics
import JSON
import StateStore
import Synchronization
import TestSupport
import Testing

/// Two processes and a lease, in all stores; the clock is theirs alone.
@Suite(.timeLimit(.minutes(2))) struct LeaseTests {
    private let clock = TestClock()

    private func leases(_ store: StateStore, _ holder: String) -> Leases {
        Leases(in: store, holder: holder, now: { [clock] in clock.now })
    }

    private func acquire(_ leases: Leases, for time: Duration = .seconds(10)) async throws -> Lease? {
        let attempt = try await leases.acquire("k", until: clock.now + time, deadline: farFuture)
        guard case .acquired(let lease) = attempt else { return nil }
        return lease
    }

    private func run(_ kind: StoreKind, _ test: (_ ours: Leases, _ theirs: Leases) async throws -> Void) async throws {
        try await kind.run { store, other in try await test(leases(store, "us"), leases(other, "them")) }
    }

    @Test(arguments: StoreKind.available) func oneHolderAtATime(kind: StoreKind) async throws {
        try await run(kind) { ours, theirs in
            let lease = try #require(try await acquire(ours))
            #expect(lease.token == 1)
            #expect(lease.value == .null)
            #expect(try await acquire(theirs) == nil)
            #expect(try await ours.release(lease, leaving: ["done": 2], deadline: farFuture))
            let next = try #require(try await acquire(theirs))
            #expect(next.token == 2)
            #expect(next.value == ["done": 2])
        }
    }

    @Test(arguments: StoreKind.available) func aLeaseEndsByItself(kind: StoreKind) async throws {
        try await run(kind) { ours, theirs in
            let lease = try await acquire(ours)
            #expect(lease?.end == clock.now + .seconds(10))
            clock.advance(.seconds(10) - .microseconds(1))
            #expect(try await acquire(theirs) == nil)
            clock.advance(.microseconds(1))
            #expect(try await acquire(theirs)?.token == 2)
        }
    }

    @Test(arguments: StoreKind.available) func aRenewedLeaseLastsLonger(kind: StoreKind) async throws {
        try await run(kind) { ours, theirs in
            let lease = try #require(try await acquire(ours))
            let end = clock.now + .seconds(30)
            let renewed = try #require(try await ours.renew(lease, until: end, deadline: farFuture))
            #expect(renewed.token == lease.token)
            #expect(renewed.end == end)
            clock.advance(.seconds(29))
            #expect(try await acquire(theirs) == nil)
            #expect(try await ours.complete(renewed, deadline: farFuture))
        }
    }

    /// The holder was too slow; whatever it does now is refused by its token.
    @Test(arguments: StoreKind.available) func aLeaseThatWasTakenOver(kind: StoreKind) async throws {
        try await run(kind) { ours, theirs in
            let lost = try #require(try await acquire(ours))
            clock.advance(.seconds(11))
            let taken = try #require(try await acquire(theirs))
            #expect(try await ours.renew(lost, until: clock.now + .seconds(60), deadline: farFuture) == nil)
            #expect(try await ours.release(lost, leaving: "late", deadline: farFuture) == false)
            #expect(try await ours.complete(lost, leaving: "late", deadline: farFuture) == false)
            #expect(try await theirs.complete(taken, leaving: "right", deadline: farFuture))
            #expect(try await ours.release(lost, leaving: "late", deadline: farFuture) == false)
            let attempt = try await ours.acquire("k", until: clock.now, deadline: farFuture)
            #expect(attempt == .completed("right"))
        }
    }

    @Test(arguments: StoreKind.available) func completedWorkStaysCompleted(kind: StoreKind) async throws {
        try await run(kind) { ours, theirs in
            let lease = try #require(try await acquire(theirs))
            try await ours.complete("k", deadline: farFuture)
            #expect(try await theirs.release(lease, leaving: 1, deadline: farFuture) == false)
            let attempt = try await theirs.acquire("k", until: clock.now, deadline: farFuture)
            #expect(attempt == .completed(.null))
        }
    }

    @Test(arguments: StoreKind.available) func ourOwnLeaseIsOursAgain(kind: StoreKind) async throws {
        try await run(kind) { ours, theirs in
            let first = try #require(try await acquire(ours))
            let second = try #require(try await acquire(ours))
            #expect(second.token == 2)
            #expect(try await ours.release(first, leaving: "late", deadline: farFuture) == false)
            #expect(try await acquire(theirs) == nil)
        }
    }

    @Test("others see who has a lease, until when, and that its work is done", arguments: StoreKind.available)
    func theHolderIsTold(kind: StoreKind) async throws {
        try await run(kind) { ours, theirs in
            #expect(try await theirs.holder(of: "k", deadline: farFuture) == nil)
            let lease = try #require(try await acquire(ours))
            let holder = try await theirs.holder(of: "k", deadline: farFuture)
            #expect(holder == LeaseHolder(name: "us", end: lease.end, isCompleted: false))
            _ = try await ours.complete(lease, deadline: farFuture)
            #expect(try await theirs.holder(of: "k", deadline: farFuture)?.isCompleted == true)
        }
    }

    @Test(arguments: StoreKind.available) func oneOfManyGetsIt(kind: StoreKind) async throws {
        try await kind.run { store, _ in
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<8 {
                    group.addTask { try await acquire(leases(store, "\(number)")) != nil }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(winners == 1)
        }
    }

    /// A write gets through, its answer is lost, and the client sends it again: the condition does not hold any more.
    @Test func aLostAnswer() async throws {
        let store = StateStore.memory()
        let losesNext = Atomic(false)
        let lossy = StateStore(
            read: { try await store.document($0, until: $1) }, readAll: { try await store.documents(until: $0) },
            write: { text, key, condition, _, deadline in
                if losesNext.exchange(false, ordering: .relaxed) {
                    _ = try await store.write(text, to: key, if: condition, until: deadline)
                }
                return try await store.write(text, to: key, if: condition, until: deadline)
            },
            remove: { try await store.remove($0, if: $1, until: $2) })
        let ours = leases(lossy, "us")
        losesNext.store(true, ordering: .relaxed)
        let lease = try #require(try await acquire(ours))
        #expect(try await acquire(leases(store, "them")) == nil)
        losesNext.store(true, ordering: .relaxed)
        let renewed = try #require(try await ours.renew(lease, until: clock.now + .seconds(20), deadline: farFuture))
        losesNext.store(true, ordering: .relaxed)
        #expect(try await ours.release(renewed, leaving: 1, deadline: farFuture))
        #expect(try await acquire(leases(store, "them"))?.value == 1)
    }

    /// Anything else under the key, such as a file that was cut off, counts as a lease that nobody has.
    @Test func nonsenseIsReplaced() async throws {
        let store = StateStore.memory()
        _ = try await store.write("{\"token\":", to: "k", until: farFuture)
        #expect(try await acquire(leases(store, "us"))?.token == 1)
    }
}
