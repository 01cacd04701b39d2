internal import Basics

/// The drawn console, shared by all who look at it.
///
/// It is drawn at most once a second, and seldom enough that drawing takes a fifth of a core as a rule.
final class ConsoleBoard: Sendable {
    /// Counts the actions: what was drawn before one is not shown after it.
    private let generation = Locked(0)
    private let cache: Cache<Int, DrawnConsole>

    init(_ snapshot: @escaping @Sendable () async -> ConsoleSnapshot, access: ConsoleAccess) {
        let time = TimeSource(
            now: { .now() }, sleep: { try await Task.sleep(for: $0) }, random: { .random(in: 0..<1) })
        cache = Cache(time: time, policy: .init(capacity: 2)) { _, _ in
            let start = Timestamp.now()
            let drawn = DrawnConsole(await snapshot(), access: access)
            let end = Timestamp.now()
            let expiry = end + min(max((end - start) * 4, .seconds(1)), .seconds(15))
            return .init(drawn, freshUntil: expiry, usableUntil: expiry)
        }
    }

    /// What there is to see now.
    func drawn() async throws -> DrawnConsole { try await cache.value(generation.withLock { $0 }) }

    /// Has the next look drawn anew, also when an older drawing is just being made.
    func hasChanged() { generation.withLock { $0 += 1 } }
}
