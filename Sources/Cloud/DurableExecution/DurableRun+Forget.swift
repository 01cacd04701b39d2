public import Basics
import JSON
public import StateStore

extension DurableRun {
    /// Drops the steps of a run that has ended, and keeps its result: executed again, it still gives that.
    ///
    /// Nothing is done with a run that goes on, or has no record in the store.
    /// - Throws: `StateStoreError`.
    public static func forgetSteps(in store: StateStore, key: String, deadline: Timestamp) async throws {
        guard let document = try await store.document(key, until: deadline), var head = document.json?.objectValue,
            head["durable"] == 1, head["done"] != nil
        else { return }
        // Nobody reads them any more. They come first, so that a repetition finds those that are left.
        for segment in head["segments"]?.arrayValue?.compactMap(\.stringValue) ?? [] {
            _ = try await store.remove("\(key).\(segment)", until: deadline)
        }
        (head["segments"], head["lines"]) = ([], [])
        _ = try await store.write(
            JSONValue.object(head).description, to: key, if: .unchanged(since: document), until: deadline)
    }
}
