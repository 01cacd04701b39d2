import JSON
import Testing

@testable import ChaosActivities

/// What of a setting is put back, and what is left to those who have set it since.
struct SavedSettingTests {
    /// What of a setting is as the action set it, or as others did.
    enum Whose: Sendable {
        case before, action, others, both
    }

    @Test(
        "what is as the action set it, or on its way, is put back; what others have set stays",
        arguments: [
            // A count that the action lowered.
            (4, 0, 4, .before, 4), (4, 0, 0, .action, 4), (4, 0, 3, .action, 4), (4, 0, 5, .others, 5),
            (4, 0, 40, .others, 40),
            // A count that it raised.
            (4, 9, 9, .action, 4), (4, 9, 10, .others, 10), (4, 9, 3, .others, 3), (4, 9, 6, .action, 4),
            // Rounded by the service.
            (20.5, 0.7, 0.69999999, .action, 20.5), (20.5, 0.7, 0.6, .others, 0.6), (1, 1.0, 1, .before, 1),
            ("30", "0", "0", .action, "30"), ("30", "0", "60", .others, "60"), ("30", "0", "30", .before, "30"),
            ("none", 0, 0, .action, "none"), ("none", 0, 5, .others, 5), (7, "none", "none", .action, 7),
            (true, true, false, .others, false), (false, true, true, .action, false),
            // Members: those that the action does not set are not its business, but for what it has lost.
            (["a": 5, "b": 5], ["a": 1, "b": 1], ["a": 1, "b": 1], .action, ["a": 5, "b": 5]),
            (["a": 5, "b": 5], ["a": 1, "b": 1], ["a": 1, "b": 9], .both, ["a": 5, "b": 9]),
            (["a": 5, "b": 5], ["a": 1, "b": 1], ["a": 5, "b": 9], .others, ["a": 5, "b": 9]),
            (["a": 5, "b": 5], ["a": 1], ["a": 1, "b": 9], .action, ["a": 5, "b": 9]),
            (["a": 5, "b": 5], ["a": 1], ["a": 5, "b": 9], .before, ["a": 5, "b": 9]),
            (["a": 5, "b": 5], ["a": 1], ["a": 1], .action, ["a": 5, "b": 5]),
            (["a": 5], ["a": 1], ["a": 1, "c": 2], .action, ["a": 5, "c": 2]),
            // One that the action adds.
            (["a": 5], ["a": 1, "*": 1], ["a": 1, "*": 1], .action, ["a": 5]),
            (["a": 5], ["a": 1, "*": 1], ["a": 5], .before, ["a": 5]),
            (["a": 5], ["a": 1, "*": 1], ["a": 5, "*": 3], .others, ["a": 5, "*": 3]),
            ([:], ["*": ["rate": 1]], ["*": ["rate": 1.0, "cache": true]], .action, [:]),
            (
                ["t": ["read": 9, "write": 9]], ["t": ["read": 1, "write": 1]], ["t": ["read": 2_000, "write": 1]],
                .both,
                ["t": ["read": 2_000, "write": 9]]
            ),
        ] as [(JSONValue, JSONValue, JSONValue, Whose, JSONValue)])
    func state(old: JSONValue, after: JSONValue, now: JSONValue, whose: Whose, wanted: JSONValue) {
        let state = SettingState(old: old, after: after, now: now)
        #expect(state.isOurs == (whose == .action || whose == .both))
        #expect(state.isOthers == (whose == .others || whose == .both))
        #expect(state.wanted == wanted)
    }
}
