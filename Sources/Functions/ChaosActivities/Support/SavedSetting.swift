import AWS
import Experiments
import JSON

/// A setting of a resource that an action changes: it is read before, and written back as it was.
///
/// What others have set meanwhile stays, such as a count that an operator raised during the incident.
struct SavedSetting: Sendable {
    /// What the undo does, for plans.
    let summary: String
    let calls: [NativeActivity.Call]
    /// What the setting is, for messages: `the visibility timeout`.
    let name: String
    /// The setting; nil when the resource does not exist any more.
    let read: @Sendable (NativeActivity.Invocation, NativeActivity.Target) async throws -> JSONValue?
    /// What the action sets, in the form of what is read; of an object only the members that it sets.
    ///
    /// Nil where the service tells it in another form than it was set: whatever is not as before is written back then.
    let after: (@Sendable (NativeActivity.Invocation, _ old: JSONValue) -> JSONValue)?
    /// Writes a setting in the place of the one that is there now.
    let write:
        @Sendable (
            NativeActivity.Invocation, NativeActivity.Target, _ wanted: JSONValue, _ now: JSONValue
        ) async throws -> Void

    var undo: NativeActivity.Undo {
        NativeActivity.Undo(
            summary, calls: calls,
            capture: { invocation, target in
                guard let value = try await read(invocation, target) else { return .null }
                return ["value": value]
            },
            check: { invocation, target, before in
                guard let old = before["value"] else { return .nothingLeft("\(target.id) did not exist before") }
                guard let now = try await read(invocation, target) else {
                    return .nothingLeft("\(target.id) does not exist any more")
                }
                let difference = "\(name) of \(target.id) is \(now), it was \(old)"
                let state = state(invocation, old, now)
                if state.isOurs || old.isNull && now != old { return .stillBroken(difference) }
                return state.isOthers ? .nothingLeft("others have changed it: \(difference)") : .restored
            },
            restore: { invocation, target, before in
                guard let old = before["value"], !old.isNull, let now = try await read(invocation, target) else {
                    return
                }
                let state = state(invocation, old, now)
                if state.isOurs { try await write(invocation, target, state.wanted, now) }
            })
    }

    private func state(
        _ invocation: NativeActivity.Invocation, _ old: JSONValue, _ now: JSONValue
    ) -> SettingState {
        SettingState(old: old, after: after?(invocation, old) ?? now, now: now)
    }
}

/// What of a setting is as an action has set it, and what others have set since.
struct SettingState {
    /// The setting with the old values of all that is as the action set it; what others have set is as it is now.
    private(set) var wanted: JSONValue
    /// Whether anything is as the action set it.
    private(set) var isOurs = false
    /// Whether others have set anything that the action had set.
    private(set) var isOthers = false

    /// Compares a setting with what it was before and after the action; of objects each member.
    ///
    /// A number between both is on its way: services change it step by step, or round it.
    init(old: JSONValue, after: JSONValue, now: JSONValue) {
        wanted = now
        guard now != old else { return }
        if let old = old.objectValue, let after = after.objectValue, let now = now.objectValue {
            compareMembers(old, after, now)
        } else if now.isAbout(after) || now.isBetween(old, after) {
            (wanted, isOurs) = (old, true)
        } else {
            isOthers = true
        }
    }

    private mutating func compareMembers(_ old: JSONObject, _ after: JSONObject, _ now: JSONObject) {
        var members = now
        for (name, before) in old {
            // What others have removed need not be put back, but a setting that is written as a whole has it.
            guard let present = now[name] else {
                members[name] = before
                continue
            }
            guard let set = after[name] else { continue }
            let part = SettingState(old: before, after: set, now: present)
            members[name] = part.wanted
            isOurs = isOurs || part.isOurs
            isOthers = isOthers || part.isOthers
        }
        for (name, set) in after where old[name] == nil {
            guard let present = now[name] else { continue }
            if present.isAbout(set) {
                members[name] = nil
                isOurs = true
            } else {
                isOthers = true
            }
        }
        wanted = .object(members)
    }
}

extension JSONValue {
    /// By which share a service may round a number.
    private static var tolerance: Double { 1e-6 }

    /// Whether a value is another one, but for rounded numbers and for members that the other does not have.
    fileprivate func isAbout(_ other: JSONValue) -> Bool {
        if let number = doubleValue, let other = other.doubleValue {
            return abs(number - other) <= Self.tolerance * max(1, abs(other))
        }
        guard let other = other.objectValue, let mine = objectValue else { return self == other }
        return other.allSatisfy { name, value in mine[name]?.isAbout(value) ?? false }
    }

    fileprivate func isBetween(_ one: JSONValue, _ other: JSONValue) -> Bool {
        guard let number = doubleValue, let one = one.doubleValue, let other = other.doubleValue else { return false }
        return (min(one, other)...max(one, other)).contains(number)
    }
}
