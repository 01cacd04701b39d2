import Basics
import JSON

/// A rollback that a recovery has played, and whether it worked.
///
/// A recovery is stricter than a run: a program that ends with another status than 0, and an HTTP answer of 400 or
/// more, have put nothing back.
public struct PlayedRollback: Sendable, Hashable {
    /// Its name in the experiment.
    public let name: String
    /// Why it failed; nil when it worked.
    public let failure: String?

    /// As `{"name", "failure"}`.
    var json: JSONValue { ["name": .string(name), "failure": failure.map { .string($0) } ?? nil] }

    /// What became of rollbacks, by their records in a journal.
    static func all(_ rollbacks: [Activity], in records: [JSONValue]) -> [PlayedRollback] {
        rollbacks.map { rollback in
            let own = records.filter { record in
                record["activity"]?.objectValue.map { Activity(declaration: $0).name } == rollback.name
            }
            let failure = own.isEmpty ? "failed: it was not played" : own.lazy.compactMap(failure(in:)).first
            return PlayedRollback(name: rollback.name, failure: failure)
        }
    }

    private static func failure(in record: JSONValue) -> String? {
        guard record["status"] == "succeeded" else {
            let text = record["exception"]?[0]?.stringValue?.trimmingWhitespace
            return "failed" + (text.map { ": \($0)" } ?? "")
        }
        guard let status = record["output"]?["status"]?.intValue else { return nil }
        switch record["activity"]?["provider"]?["type"] {
        case "process" where status != 0: return "failed: it ended with status \(status)"
        case "http" where status >= 400: return "failed: it was answered with status \(status)"
        default: return nil
        }
    }
}
