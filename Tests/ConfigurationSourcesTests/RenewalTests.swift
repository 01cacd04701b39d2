import Basics
import Configuration
import ConfigurationSources
import TestSupport
import Testing

/// Values that are fetched from elsewhere: each has the number of its fetch, from 1, unless that fetch fails.
private final class Remote: Sendable {
    struct Refusal: Error {}

    let count = Locked(0)
    private let failing: Set<Int>
    private let gate: Gate?
    private let text: @Sendable (Int) -> String

    init(failing: Set<Int> = [], gate: Gate? = nil, text: @escaping @Sendable (Int) -> String = { "\($0)" }) {
        (self.failing, self.gate, self.text) = (failing, gate, text)
    }

    var values: RemoteValues {
        RemoteValues(
            object: { _, _, _ in Array(try await self.fetch().utf8) }, parameter: { _, _ in try await self.fetch() },
            secret: { _, _ in try await self.fetch() })
    }

    private func fetch() async throws -> String {
        let number = count.withLock { count in
            count += 1
            return count
        }
        if let gate { await gate.opened() }
        if failing.contains(number) { throw Refusal() }
        return text(number)
    }
}

/// Deadlines are real in these tests, and never reached.
private func testTime(_ clock: TestClock) -> TimeSource {
    clock.source(realSleep: { try await Task.sleep(for: $0) })
}

@Suite struct SecretCacheTests {
    private static let reference = SecretReference.parameter("/a")
    private let clock = TestClock()

    private func cache(_ remote: Remote) -> SecretCache { SecretCache(remote: remote.values, time: testTime(clock)) }

    private func value(_ cache: SecretCache) async throws -> String? {
        try await cache.values(of: ["a": Self.reference], deadline: clock.now + .seconds(3_600))["a"]
    }

    @Test func aSecretIsKeptFor15Minutes() async throws {
        let cache = cache(Remote())
        var values: [String?] = []
        for minutes in [0, 10, 4, 1, 14] {
            clock.advance(.seconds(minutes * 60))
            values.append(try await value(cache))
        }
        #expect(values == ["1", "1", "1", "2", "2"])
        cache.expire([Self.reference])
        #expect(try await value(cache) == "3")
    }

    @Test func aPlainTextIsNotFetched() async throws {
        let remote = Remote()
        #expect(try await cache(remote).values(of: ["a": .plain("b")]) == ["a": "b"])
        #expect(remote.count.withLock { $0 } == 0)
    }

    /// Seconds that the first caller has, and that its fetch gets: others wait for it too.
    @Test(arguments: [(3, 3), (10, 10), (900, 10)]) func aFetchIsBounded(caller: Int, expected: Int) async throws {
        let start = clock.now
        let values = RemoteValues(
            object: { _, _, _ in [] }, parameter: { _, _ in "" },
            secret: { _, deadline in "\(deadline.map { $0 - start } == .seconds(expected))" })
        let cache = SecretCache(remote: values, time: testTime(clock))
        #expect(try await cache.values(of: ["a": Self.reference], deadline: start + .seconds(caller)) == ["a": "true"])
    }

    @Test func oneFetchServesEverybody() async throws {
        let gate = Gate()
        let remote = Remote(gate: gate)
        let cache = cache(remote)
        let values = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<20 { group.addTask { try await value(cache) } }
            gate.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(values == Array(repeating: "1", count: 20))
        #expect(remote.count.withLock { $0 } == 1)
    }

    @Test func aFailureIsNotRemembered() async throws {
        let cache = cache(Remote(failing: [1]))
        await #expect(throws: Remote.Refusal.self) { try await value(cache) }
        #expect(try await value(cache) == "2")
    }

    @Test func theOldSecretStaysInUseAfterAFailure() async throws {
        let cache = cache(Remote(failing: [2, 3]))
        var values = [try await value(cache)]
        for seconds in [900, 9, 1, 10] {
            clock.advance(.seconds(seconds))
            values.append(try await value(cache))
        }
        #expect(values == ["1", "1", "1", "1", "4"])
    }

    @Test func aCancelledCallerDoesNotCancelTheFetch() async throws {
        let gate = Gate()
        let cache = cache(Remote(gate: gate))
        let first = Task { try await value(cache) }
        first.cancel()
        gate.open()
        #expect(try await value(cache) == "1")
        _ = await first.result
    }
}

@Suite struct RenewingConfigurationTests {
    private struct Unreadable: Error, CustomStringConvertible { let description: String }
    private struct Wrong: Error {}

    private let clock = TestClock(Timestamp(secondsSinceEpoch: 1_800_000_000))

    private func configuration(
        _ remote: Remote, _ source: ConfigurationSource = .object(bucket: "b", key: "k"), reads: Locked<Int>? = nil
    ) throws -> RenewingConfiguration<String> {
        try RenewingConfiguration(
            source, maximumAge: .seconds(60), environment: [:], remote: remote.values, time: testTime(clock),
            unreadable: { Unreadable(description: "no answer: \($0)") },
            read: { bytes in
                reads?.withLock { $0 += 1 }
                let text = String(decoding: bytes, as: UTF8.self)
                if text == "wrong" { throw Wrong() }
                return text
            })
    }

    @Test func aConfigurationIsReadAgainWhenItIsOld() async throws {
        let configuration = try configuration(Remote())
        var values: [String] = []
        for seconds in [0, 30, 29, 1, 59] {
            clock.advance(.seconds(seconds))
            values.append(try await configuration.current(deadline: clock.now + .seconds(9)).value)
        }
        #expect(values == ["1", "1", "1", "2", "2"])
    }

    @Test func theSameTextIsNotReadTwice() async throws {
        let reads = Locked(0)
        let configuration = try configuration(Remote(text: { _ in "same" }), reads: reads)
        _ = try await configuration.current()
        clock.advance(.seconds(60))
        #expect(try await configuration.current().value == "same")
        #expect(reads.withLock { $0 } == 1)
    }

    @Test func theOldOneStaysInUseWithAWarning() async throws {
        let configuration = try configuration(Remote(failing: [2], text: { $0 == 3 ? "wrong" : "\($0)" }))
        #expect(try await configuration.current().warning == nil)
        clock.advance(.seconds(60))
        let (value, warning) = try await configuration.current()
        #expect(value == "1")
        #expect(warning == "the configuration read at 2027-01-15T08:00:00Z stays in use: no answer: Refusal()")
        clock.advance(.seconds(9))
        #expect(try await configuration.current().warning == warning)
        clock.advance(.seconds(1))
        #expect(try await configuration.current().warning?.hasSuffix("stays in use: Wrong()") == true)
        clock.advance(.seconds(10))
        let renewed = try await configuration.current()
        #expect(renewed.value == "4" && renewed.warning == nil)
    }

    @Test func withoutAnOldOneTheFaultIsThrown() async throws {
        await #expect(throws: Unreadable.self) { try await configuration(Remote(failing: [1])).current() }
        await #expect(throws: Wrong.self) { try await configuration(Remote(text: { _ in "wrong" })).current() }
    }

    @Test func aTextIsReadAtOnceAndNeverAgain() async throws {
        let reads = Locked(0)
        let configuration = try configuration(Remote(), .text("a"), reads: reads)
        clock.advance(.seconds(3_600))
        #expect(try await configuration.current().value == "a")
        #expect(reads.withLock { $0 } == 1)
        #expect(throws: Wrong.self) { try self.configuration(Remote(), .text("wrong")) }
    }
}
