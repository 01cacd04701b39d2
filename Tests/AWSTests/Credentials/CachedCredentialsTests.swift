import Basics
import Synchronization
import TestSupport
import Testing
import Transport

@testable import AWS

/// Credentials in the cache of `Basics`: when they are used, refreshed in the background, or waited for.
struct CachedCredentialsTests {
    /// Gives credentials named by the number of the fetch.
    ///
    /// The first ones expire after `expiry`, later ones in an hour.
    private final class Source: Sendable {
        let clock = TestClock()
        let fetches = Atomic(0)
        private let expiry: Int?
        private let failing: Int?

        /// - Parameter failing: the fetch that fails.
        init(expiry: Int?, failing: Int? = nil) {
            self.expiry = expiry
            self.failing = failing
        }

        func cache() throws -> CachedCredentials {
            CachedCredentials(time: clock.source, executor: try Loop.shared.get()) { [self] in
                let number = fetches.add(1, ordering: .relaxed).newValue
                if number == failing { throw AWSError(.credentialsFailed, "down") }
                let seconds = number == 1 ? expiry : 3_600
                return AWSCredentials(
                    accessKeyID: "\(number)", secretAccessKey: "s", expiration: seconds.map { clock.now + .seconds($0) }
                )
            }
        }

        /// The number of fetches, after those that have started in the background: the loop has one thread.
        func settledFetches() async throws -> Int {
            await Task(executorPreference: try Loop.shared.get()) {}.value
            return fetches.load(ordering: .relaxed)
        }
    }

    @Test(
        arguments: [
            (nil, true, false), (901, true, false), (900, true, true), (601, true, true), (600, false, true),
            (1, false, true), (0, false, true), (-5, false, true),
        ] as [(Int?, Bool, Bool)])
    func windows(remaining: Int?, isUsed: Bool, refreshes: Bool) async throws {
        let source = Source(expiry: remaining)
        let cache = try source.cache()
        #expect(try await cache.credentials().accessKeyID == "1")
        #expect(try await cache.credentials().accessKeyID == (isUsed ? "1" : "2"))
        #expect(try await source.settledFetches() == (refreshes ? 2 : 1))
    }

    @Test(arguments: [
        (700, 0, true, false), (700, 29, true, false), (700, 30, true, true), (60, 29, true, false),
        (60, 31, false, true), (20, 25, false, true),
    ])
    func afterAFailedRefreshTheOldCredentialsServeUntilTheyExpire(
        remaining: Int, later: Int, isUsed: Bool, refreshes: Bool
    ) async throws {
        let source = Source(expiry: remaining, failing: 2)
        let cache = try source.cache()
        for _ in 0..<2 { #expect(try await cache.credentials().accessKeyID == "1") }
        #expect(try await source.settledFetches() == 2)
        source.clock.advance(.seconds(later))
        #expect(try await cache.credentials().accessKeyID == (isUsed ? "1" : "3"))
        #expect(try await source.settledFetches() == (refreshes ? 3 : 2))
    }

    @Test("a source that asks a person is asked as late as possible", arguments: [(601, true), (600, false)])
    func withoutBackgroundRefresh(remaining: Int, isUsed: Bool) async throws {
        let fetches = Atomic(0)
        let clock = TestClock()
        let cache = CachedCredentials(
            time: clock.source, executor: try Loop.shared.get(), refreshesInBackground: false
        ) {
            let number = fetches.add(1, ordering: .relaxed).newValue
            return AWSCredentials(
                accessKeyID: "\(number)", secretAccessKey: "s", expiration: clock.now + .seconds(remaining))
        }
        #expect(try await cache.credentials().accessKeyID == "1")
        #expect(try await cache.credentials().accessKeyID == (isUsed ? "1" : "2"))
        await Task(executorPreference: try Loop.shared.get()) {}.value
        #expect(fetches.load(ordering: .relaxed) == (isUsed ? 1 : 2))
    }

    @Test func onlyRejectedCredentialsAreRemoved() async throws {
        let cache = try Source(expiry: nil).cache()
        let first = try await cache.credentials()
        await cache.invalidate(AWSCredentials(accessKeyID: "B", secretAccessKey: "s"))
        #expect(try await cache.credentials() == first)
        await cache.invalidate(first)
        #expect(try await cache.credentials().accessKeyID == "2")
    }

    @Test func oneRefreshServesAllWaitersAndACancelledOneEndsAtOnce() async throws {
        let fetches = Atomic(0)
        let (started, gate) = (Gate(), Gate())
        let cache = CachedCredentials(time: TestClock().source) {
            fetches.add(1, ordering: .relaxed)
            started.open()
            await gate.opened()
            try Task.checkCancellation()
            return AWSCredentials(accessKeyID: "fresh", secretAccessKey: "s")
        }
        let first = Task { try await cache.credentials() }
        await started.opened()
        let others = (0..<20).map { _ in Task { try await cache.credentials() } }
        first.cancel()
        // It ends at once although the refresh goes on.
        await #expect(throws: CancellationError.self) { try await first.value }
        gate.open()
        for other in others { #expect(try await other.value.accessKeyID == "fresh") }
        #expect(fetches.load(ordering: .relaxed) == 1)
    }

    @Test func aFailureIsThrownToTheWaitersAndNotKept() async throws {
        let source = Source(expiry: 3_600, failing: 1)
        let cache = try source.cache()
        await #expect(throws: AWSError.self) { try await cache.credentials() }
        #expect(try await cache.credentials().accessKeyID == "2")
        #expect(try await cache.credentials().accessKeyID == "2")
        #expect(source.fetches.load(ordering: .relaxed) == 2)
    }
}
