import Basics
import JSON
import StateStore

/// The keys of a run's documents in a store.
///
/// - `run/<id>`: the record.
/// - `run/<id>/owner`: the lease of whoever executes the run.
/// - `run/<id>/document/<n>`: the experiment in pieces, from 1; they never change.
/// - `run/<id>/<n>`: the changes, from 1 and without a gap. A document holds the targets of one activity, or a part of
///   them, and is written before the change is made. The last one may be a seal, behind which nobody adds any more.
struct LedgerKeys {
    static let prefix = "run/"

    let run: String

    var record: String { Self.prefix + run }
    var owner: String { "\(record)/owner" }
    func piece(_ number: Int) -> String { "\(record)/document/\(number)" }
    func part(_ number: Int) -> String { "\(record)/\(number)" }

    /// The run that a key belongs to, and what stands behind it: `owner`, `3`, nothing for the record.
    static func parse(_ key: String) -> (run: String, rest: String)? {
        guard key.hasPrefix(prefix) else { return nil }
        let parts = key.dropFirst(prefix.count).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let run = parts.first.map(String.init), RunRecord.isRunID(run) else { return nil }
        return (run, parts.count == 2 ? String(parts[1]) : "")
    }
}

/// A document with the changes of one activity: `{"token": 1, "entries": [ … ]}`, or the seal `{"token": 2, "sealed":
/// "<time>"}`.
///
/// The token is that of its writer's lease. It makes the texts of two writers differ, also when they say the same.
struct LedgerPart {
    var token: Int64
    var entries: [LedgerEntry]
    /// When a recovery closed the list; nil for a part with entries.
    var sealed: Timestamp?

    var isOpen: Bool { entries.contains { $0.state.isOpen } }

    var text: String {
        var object: JSONObject = ["token": .integer(token)]
        if let sealed {
            object["sealed"] = .string(sealed.iso8601)
        } else {
            object["entries"] = .array(entries.map(\.json))
        }
        return JSONValue.object(object).description
    }

    init(token: Int64, entries: [LedgerEntry], sealed: Timestamp? = nil) {
        (self.token, self.entries, self.sealed) = (token, entries, sealed)
    }

    /// Reads a part.
    /// - Throws: ``ExperimentError``, because an entry that cannot be read must not be taken for none.
    init(_ document: StateStore.Document, key: String) throws(ExperimentError) {
        let json = document.json
        let listed = json?["entries"]?.arrayValue?.map(LedgerEntry.init)
        let sealed = json?.objectValue?.time("sealed")
        guard let token = json?["token"]?.intValue, sealed != nil || listed != nil, listed?.contains(nil) != true else {
            throw ExperimentError(
                .notReadable, "the ledger's document \(key) is damaged: look at what it names and remove it by hand")
        }
        self.init(token: token, entries: (listed ?? []).compactMap(\.self), sealed: sealed)
    }
}
