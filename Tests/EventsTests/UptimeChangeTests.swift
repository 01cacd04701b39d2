import Basics
import Events
import JSON
import Testing

@Suite struct UptimeChangeTests {
    private static let down = UptimeChange(
        id: "shop_api:down:0", state: .down, endpoint: .init(name: "api", group: "shop", url: "https://example.com/"),
        since: Timestamp(microseconds: 1_795_232_520_000_000), at: Timestamp(microseconds: 1_795_232_581_250_000),
        failedConditions: ["[STATUS] (500) == 200"], errors: ["took too long"], region: "eu-central-1"
    )
    private static let bare = UptimeChange(
        id: "_api:up:1", state: .up, endpoint: .init(name: "api"), since: Timestamp(microseconds: 0),
        at: Timestamp(microseconds: 90_000_000)
    )

    @Test func theMessage() {
        #expect(
            Self.down.json.description
                == #"{"type":"tocsin.uptime.change","id":"shop_api:down:0","state":"down","endpoint":{"name":"api","#
                + #""group":"shop","url":"https://example.com/"},"since":"2026-11-21T03:42:00Z","#
                + #""at":"2026-11-21T03:43:01.250Z","durationSeconds":61,"#
                + #""failedConditions":["[STATUS] (500) == 200"],"errors":["took too long"],"region":"eu-central-1"}"#
        )
        #expect(
            Self.bare.json.description
                == #"{"type":"tocsin.uptime.change","id":"_api:up:1","state":"up","endpoint":{"name":"api"},"#
                + #""since":"1970-01-01T00:00:00Z","at":"1970-01-01T00:01:30Z","durationSeconds":90,"#
                + #""failedConditions":[],"errors":[]}"#
        )
    }

    @Test(arguments: [down, bare])
    func readsWhatItWrites(change: UptimeChange) throws {
        #expect(try UptimeChange(change.json) == change)
    }

    @Test(
        arguments: [
            ("type", "sla", #"type: is not "tocsin.uptime.change""#), ("type", nil, "type: is missing"),
            ("state", "degraded", #"state: "degraded" is neither "down" nor "up""#),
            ("endpoint", "api", "endpoint: must be an object, not string"),
            ("endpoint", [:], "endpoint.name: is missing"),
            ("since", "yesterday", #"since: "yesterday" is no time in ISO 8601"#),
            ("at", 5, "at: must be a string, not number"),
            ("errors", [1], "errors: must be an array of strings"), ("id", nil, "id: is missing"),
        ] as [(String, JSONValue, String)])
    func faults(key: String, value: JSONValue, fault: String) throws {
        var message = try #require(Self.down.json.objectValue)
        message[key] = value
        let error = #expect(throws: EventError.self) { try UptimeChange(.object(message)) }
        #expect(error?.description == fault)
    }

    @Test func aClockThatWentBackGivesNoNegativeDuration() {
        var change = Self.down
        change.at = change.since - .seconds(1)
        #expect(change.duration == .zero)
    }
}
