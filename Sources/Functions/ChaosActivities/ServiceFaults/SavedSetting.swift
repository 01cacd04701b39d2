import AWS
import Experiments
import JSON

/// A setting of a resource that an action changes: it is read before, and written back as it was.
struct SavedSetting: Sendable {
    /// What the undo does, for plans.
    let summary: String
    let calls: [NativeActivity.Call]
    /// What the setting is, for messages: `the visibility timeout`.
    let name: String
    /// The setting; nil when the resource does not exist any more.
    let read: @Sendable (NativeActivity.Invocation, NativeActivity.Target) async throws -> JSONValue?
    /// Whether the setting is the old one; what is compared may have lost parts that nobody can put back.
    var isSame: @Sendable (_ old: JSONValue, _ now: JSONValue) -> Bool = { $0 == $1 }
    /// Writes the old setting in the place of the one that is there now.
    let write:
        @Sendable (NativeActivity.Invocation, NativeActivity.Target, _ old: JSONValue, _ now: JSONValue) async throws ->
            Void

    var undo: NativeActivity.Undo {
        NativeActivity.Undo(
            summary, calls: calls,
            capture: { invocation, target in ["value": try await read(invocation, target) ?? .null] },
            check: { invocation, target, before in
                guard let now = try await read(invocation, target) else {
                    return .nothingLeft("\(target.id) does not exist any more")
                }
                let old = before["value"] ?? .null
                return isSame(old, now) ? .restored : .stillBroken("\(name) of \(target.id) is \(now), it was \(old)")
            },
            restore: { invocation, target, before in
                guard let now = try await read(invocation, target), let old = before["value"], !old.isNull,
                    !isSame(old, now)
                else { return }
                try await write(invocation, target, old, now)
            })
    }
}
