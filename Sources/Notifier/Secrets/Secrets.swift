import AWS
import JSON
import Synchronization

/// The secrets that outputs need, fetched when they are first needed and kept for a while.
final class Secrets: Sendable {
    /// How long a fetched secret is used before it is fetched again.
    static let age = Duration.seconds(15 * 60)

    private let kept = Mutex<[SecretReference: Refreshed<String>]>([:])
    private let source: SecretSource
    private let now: @Sendable () -> Timestamp
    private let executor: (any TaskExecutor)?

    init(source: SecretSource, now: @escaping @Sendable () -> Timestamp, executor: (any TaskExecutor)? = nil) {
        (self.source, self.now, self.executor) = (source, now, executor)
    }

    /// The secrets by their names.
    /// - Throws: `NotifierError` with `noSecret`.
    func values(of references: [String: SecretReference], until end: Timestamp) async throws -> [String: String] {
        var values: [String: String] = [:]
        for (name, reference) in references { values[name] = try await value(of: reference, until: end) }
        return values
    }

    /// Fetches these anew when they are needed next: a service has refused one.
    func expire(_ references: some Sequence<SecretReference>) {
        for reference in references { entry(reference)?.expire() }
    }

    private func value(of reference: SecretReference, until end: Timestamp) async throws -> String {
        if case .plain(let text) = reference { return text }
        let entry = kept.withLock { kept in
            if let entry = kept[reference] { return entry }
            let entry = Refreshed(for: Self.age, now: now, executor: executor) { [source] end in
                try await source.fetch(reference, until: end)
            }
            kept[reference] = entry
            return entry
        }
        return try await entry.value(until: end)
    }

    private func entry(_ reference: SecretReference) -> Refreshed<String>? { kept.withLock { $0[reference] } }
}
