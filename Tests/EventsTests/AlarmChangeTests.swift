import Basics
import Events
import JSON
import Testing

@Suite struct AlarmChangeTests {
    private static let partial = AlarmChange(
        id: "r1", state: .partial, owner: "tocsin", trigger: "schedule",
        at: Timestamp(microseconds: 1_795_232_520_000_000), created: 1, updated: 1, deleted: 1, monthlyCost: 0.1,
        changes: [
            .init(.created, alarm: "a", scope: "123456789012/eu-central-1", resource: "i-1"),
            .init(.updated, alarm: "b", scope: "123456789012/eu-central-1", reason: "threshold 80 → 90"),
            .init(.deleted, alarm: "c", scope: "123456789012/eu-central-1", resource: "i-2", reason: "i-2 is gone"),
        ], failures: ["d: AccessDenied"])
    private static let bare = AlarmChange(
        id: "r2", state: .refused, owner: "shop", trigger: "RunInstances", at: Timestamp(microseconds: 0))

    @Test func theMessage() {
        #expect(
            Self.partial.json.description
                == #"{"type":"tocsin.alarms.change","id":"r1","state":"partial","owner":"tocsin","#
                + #""trigger":"schedule","at":"2026-11-21T03:42:00Z","created":1,"updated":1,"deleted":1,"#
                + #""monthlyCost":0.1,"changes":["#
                + #"{"action":"created","alarm":"a","scope":"123456789012/eu-central-1","resource":"i-1"},"#
                + #"{"action":"updated","alarm":"b","scope":"123456789012/eu-central-1","#
                + #""reason":"threshold 80 → 90"},"#
                + #"{"action":"deleted","alarm":"c","scope":"123456789012/eu-central-1","resource":"i-2","#
                + #""reason":"i-2 is gone"}],"failures":["d: AccessDenied"]}"#)
    }

    @Test(arguments: [partial, bare])
    func readsWhatItWrites(change: AlarmChange) throws {
        #expect(try AlarmChange(JSONValue(parsing: change.json.description)) == change)
    }

    @Test(
        arguments: [
            ("type", "sla", #"type: is not "tocsin.alarms.change""#), ("id", nil, "id: is missing"),
            ("state", "fine", #"state: "fine" is none of done, partial, refused, failed"#),
            ("owner", 5, "owner: must be a string, not number"), ("trigger", nil, "trigger: is missing"),
            ("at", "yesterday", #"at: "yesterday" is no time in ISO 8601"#),
            (
                "changes", [["action": "seen"]],
                #"changes[0].action: "seen" is neither created, updated nor deleted"#
            ),
            ("changes", [["action": "created"]], "changes[0].alarm: is missing"),
            ("failures", [1], "failures: must be an array of strings"),
        ] as [(String, JSONValue, String)])
    func faults(key: String, value: JSONValue, fault: String) throws {
        var message = try #require(Self.partial.json.objectValue)
        message[key] = value
        let error = #expect(throws: EventError.self) { try AlarmChange(.object(message)) }
        #expect(error?.description == fault)
    }

    @Test("a message names so many changes and failures, and no more", arguments: [0, 50, 51])
    func limits(count: Int) {
        let changes = (0..<count).map { AlarmChange.Change(.created, alarm: "a\($0)", scope: "1/r") }
        let change = AlarmChange(
            id: "r", state: .done, owner: "o", trigger: "t", at: Timestamp(microseconds: 0), created: count,
            changes: changes, failures: (0..<count).map { "f\($0)" })
        #expect(change.changes.count == min(count, 50))
        #expect(change.failures.count == min(count, 10))
        #expect(change.created == count)
    }
}
