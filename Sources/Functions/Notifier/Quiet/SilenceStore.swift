public import Basics
import JSON
public import StateStore

/// The silences of a place that the notifier reads and people write: a folder, S3 or DynamoDB.
///
/// All of them are one document, so that the notifier reads once; writes are conditional, so that two people who
/// silence at the same time both do.
public struct SilenceStore: Sendable {
    /// What is kept at a place.
    public struct Contents: Sendable, Hashable {
        /// Also those that have not begun, and for some days those that have ended; the first to end comes first.
        public var silences: [Silence] = []
        /// The names of silences that this version cannot read; they silence nothing.
        public var unreadable: [String] = []
    }

    /// The document's key.
    static let key = "quiet/silences"
    /// How long a silence is listed after its end.
    public static let retention = Duration.seconds(7 * 86_400)
    private static let attempts = 10
    private static let timeout = Duration.seconds(10)

    private let store: StateStore
    private let time: TimeSource

    /// The silences in a store.
    public init(_ store: StateStore, time: TimeSource) { (self.store, self.time) = (store, time) }

    /// All that is kept.
    /// - Throws: `StateStoreError`, or `QuietError` with `damaged`.
    public func contents(until deadline: Timestamp? = nil) async throws -> Contents {
        let document = try await store.document(Self.key, until: deadline ?? time.now() + Self.timeout)
        return Self.contents(of: try Self.entries(of: document))
    }

    /// Adds a silence; from its start on, what it matches is not sent.
    /// - Throws: `StateStoreError`, or `QuietError`.
    public func add(_ silence: Silence, until deadline: Timestamp? = nil) async throws {
        try await change(until: deadline) { entries in
            // A write can have succeeded though its answer was lost.
            if !entries.contains(where: { $0["id"]?.stringValue == silence.id }) { entries.append(silence.json) }
        }
    }

    /// Ends a silence now; one that has not begun goes.
    /// - Returns: it, as it was.
    /// - Throws: `StateStoreError`, or `QuietError` with `noSuchSilence`.
    public func end(_ id: String) async throws -> Silence {
        try await change { entries in
            guard let index = entries.firstIndex(where: { $0["id"]?.stringValue == id }) else {
                let names = entries.compactMap { $0["id"]?.stringValue }
                let advice = names.nearest(to: id).map { ", did you mean \($0)?" } ?? ""
                throw QuietError(.noSuchSilence, "there is no silence \(id)\(advice)")
            }
            guard let silence = Silence(entries[index]) else {
                throw QuietError(.damaged, "the silence \(id) was written by another version and silences nothing")
            }
            let now = time.now()
            // Earlier versions may have written it twice.
            entries = entries.compactMap { entry in
                guard entry["id"]?.stringValue == id, var silence = Silence(entry), silence.end > now else {
                    return entry
                }
                if silence.start >= now { return nil }
                silence.end = now
                return silence.json
            }
            return silence
        }
    }

    private func change<Result: Sendable>(
        until deadline: Timestamp? = nil, _ change: (inout [JSONValue]) throws -> Result
    ) async throws -> Result {
        let result = try await store.update(
            Self.key, attempts: Self.attempts, until: { deadline ?? time.now() + Self.timeout },
            pause: { attempt in try await time.sleep(.milliseconds(Int(time.random() * 100 * Double(attempt)))) }
        ) { document in
            var entries = try Self.entries(of: document)
            let result = try change(&entries)
            let oldest = time.now() - Self.retention
            // What cannot be read was written by a newer version, which may be in use as well.
            entries.removeAll { entry in Silence(entry).map { $0.end < oldest } ?? false }
            return (result, JSONValue.object(["silences": .array(entries)]).description)
        }
        guard let result else {
            throw QuietError(.contended, "others wrote silences at the same moment, \(Self.attempts) times: try again")
        }
        return result
    }

    private static func entries(of document: StateStore.Document?) throws(QuietError) -> [JSONValue] {
        guard let document else { return [] }
        guard let entries = document.json?["silences"]?.arrayValue else {
            throw QuietError(
                .damaged, "the document \(key) is not what Tocsin writes there: remove it, and silence anew")
        }
        return entries
    }

    private static func contents(of entries: [JSONValue]) -> Contents {
        var contents = Contents()
        for entry in entries {
            if let silence = Silence(entry) {
                contents.silences.append(silence)
            } else {
                contents.unreadable.append(entry["id"]?.stringValue ?? "?")
            }
        }
        contents.silences.sort { ($0.end, $0.id) < ($1.end, $1.id) }
        return contents
    }
}
