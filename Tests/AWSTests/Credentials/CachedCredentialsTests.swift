import Basics
import JSON
import Synchronization
import TestSupport
import Testing

@testable import AWS

struct CredentialFreshnessTests {
    static let now = Timestamp(secondsSinceEpoch: 1_700_000_000)

    static func credentials(_ id: String = "A", expires seconds: Int?) -> AWSCredentials {
        AWSCredentials(accessKeyID: id, secretAccessKey: "s", expiration: seconds.map { now + .seconds($0) })
    }

    @Test(
        arguments: [
            (nil, true, false), (901, true, false), (900, true, true), (301, true, true), (300, false, true),
            (1, false, true), (0, false, true), (-5, false, true),
        ] as [(Int?, Bool, Bool)])
    func windows(remaining: Int?, isUsed: Bool, refreshes: Bool) {
        var freshness = CredentialFreshness()
        _ = freshness.refreshed(.success(Self.credentials(expires: remaining)), at: Self.now)
        let step = freshness.next(at: Self.now)
        #expect((step.credentials != nil) == isUsed)
        #expect(step.refreshes == refreshes)
        // The second caller joins the refresh.
        #expect(freshness.next(at: Self.now).refreshes == false)
    }

    @Test(arguments: [
        (600, 0, true, false), (600, 29, true, false), (600, 30, true, true), (60, 29, true, false),
        (60, 31, false, true), (20, 25, false, true),
    ])
    func afterAFailedRefreshTheOldOnesServeWhileTheyWork(remaining: Int, later: Int, isUsed: Bool, refreshes: Bool) {
        var freshness = CredentialFreshness()
        let old = Self.credentials(expires: remaining)
        _ = freshness.refreshed(.success(old), at: Self.now)
        _ = freshness.next(at: Self.now)
        let outcome = freshness.refreshed(.failure(AWSError(.credentialsFailed, "down")), at: Self.now)
        #expect((try? outcome.get()) == old)
        let step = freshness.next(at: Self.now + .seconds(later))
        #expect((step.credentials != nil) == isUsed)
        #expect(step.refreshes == refreshes)
    }

    @Test func onlyTheRejectedOnesAreForgotten() {
        var freshness = CredentialFreshness()
        _ = freshness.refreshed(.success(Self.credentials("A", expires: nil)), at: Self.now)
        freshness.invalidate(Self.credentials("B", expires: nil))
        #expect(freshness.next(at: Self.now).credentials?.accessKeyID == "A")
        freshness.invalidate(Self.credentials("A", expires: nil))
        #expect(freshness.next(at: Self.now).credentials == nil)
    }
}

struct CachedCredentialsTests {
    @Test func oneRefreshServesAllAndACancelledWaiterLeavesAlone() async throws {
        let fetches = Atomic(0)
        let (started, gate) = (Gate(), Gate())
        let cache = CachedCredentials(now: { CredentialFreshnessTests.now }) {
            fetches.add(1, ordering: .relaxed)
            started.open()
            await gate.opened()
            try Task.checkCancellation()
            return CredentialFreshnessTests.credentials("fresh", expires: 3600)
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

    @Test func aFailureReachesThoseWhoWaitedAndNobodyElse() async throws {
        let fetches = Atomic(0)
        let cache = CachedCredentials(now: { CredentialFreshnessTests.now }) {
            guard fetches.add(1, ordering: .relaxed).oldValue > 0 else { throw AWSError(.credentialsFailed, "down") }
            return CredentialFreshnessTests.credentials(expires: 3600)
        }
        await #expect(throws: AWSError.self) { try await cache.credentials() }
        #expect(try await cache.credentials().accessKeyID == "A")
        #expect(try await cache.credentials().accessKeyID == "A")
        #expect(fetches.load(ordering: .relaxed) == 2)
    }
}
