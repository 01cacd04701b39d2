import Basics
import JSON
import TestSupport
import Testing

@testable import Notifier

/// Who has sent a request, as Slack's documentation and its SDK have it.
@Suite struct SlackRequestTests {
    static let secret = "8f742231b10e8888abcd99yyyzzz85a5"
    static let now = Sample.time

    /// A request signed as Slack does it; the event is a function URL's, or Function Compute's.
    static func event(
        _ payload: JSONValue, secret: String = secret, at time: Timestamp = now, isBase64: Bool = false,
        signature: String? = nil
    ) -> JSONValue {
        let body = "payload=" + percentEncoded(payload.description, spaceAsPlus: true)
        let seconds = time.microseconds / 1_000_000
        let own = "v0=" + Digest.hmac(key: Array(secret.utf8), "v0:\(seconds):\(body)").hex
        return [
            "version": "2.0", "rawPath": "/", "requestContext": ["http": ["method": "POST"]],
            "headers": [
                "content-type": "application/x-www-form-urlencoded", "X-Slack-Signature": .string(signature ?? own),
                "x-slack-request-timestamp": .string("\(seconds)"),
            ],
            "body": .string(isBase64 ? Base64.encode(Array(body.utf8)) : body), "isBase64Encoded": .bool(isBase64),
        ]
    }

    static func payload(
        _ action: String = "tocsin-silence", value: String = "0", user: String = "ada", message: String = "1.5",
        channel: String = "C1", more: JSONObject = [:]
    ) -> JSONValue {
        let payload: JSONObject = [
            "type": "block_actions", "user": ["id": "U1", "username": .string(user), "name": .string(user)],
            "container": [
                "type": "message_attachment", "message_ts": .string(message), "channel_id": .string(channel),
            ],
            "channel": ["id": .string(channel)], "trigger_id": "1.2.3",
            "actions": [
                ["type": "button", "action_id": .string(action), "value": .string(value), "action_ts": "1.6"]
            ],
        ]
        return .object(payload.merging(more))
    }

    private static func refusal(_ event: JSONValue, _ secrets: [String] = [secret], at time: Timestamp = now) throws
        -> SlackRequest.Refusal?
    {
        try #require(SlackRequest(event)).refusal(secrets: secrets, at: time)
    }

    /// https://docs.slack.dev/authentication/verifying-requests-from-slack, its own example.
    @Test func theExampleOfTheDocumentation() throws {
        let body =
            "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
            + "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
            + "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
            + "%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
        let event: JSONValue = [
            "headers": [
                "X-Slack-Request-Timestamp": "1531420618",
                "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
            ], "body": .string(body),
        ]
        #expect(try Self.refusal(event, at: Timestamp(secondsSinceEpoch: 1_531_420_618)) == nil)
    }

    @Test func aSignatureCountsForOneSecretAndOneBody() throws {
        let event = Self.event(Self.payload())
        #expect(try Self.refusal(event) == nil)
        #expect(try Self.refusal(Self.event(Self.payload(), isBase64: true)) == nil)
        #expect(try Self.refusal(event, ["other", Self.secret]) == nil)
        #expect(try Self.refusal(event, ["other"]) == .wrongSignature)
        #expect(try Self.refusal(event, [""]) == .wrongSignature)
        #expect(try Self.refusal(event, []) == .wrongSignature)
        #expect(try Self.refusal(Self.event(Self.payload(), secret: "")) == .wrongSignature)
        var changed = event.objectValue ?? [:]
        changed["body"] = .string((event["body"]?.stringValue ?? "") + "&x=1")
        #expect(try Self.refusal(.object(changed)) == .wrongSignature)
        for signature in ["v0=", "v1=00", "v0=" + String(repeating: "0", count: 64)] {
            #expect(try Self.refusal(Self.event(Self.payload(), signature: signature)) == .wrongSignature)
        }
    }

    @Test(arguments: [(300, true), (301, false), (-300, true), (-301, false)])
    func fiveMinutes(seconds: Int, isTaken: Bool) throws {
        let event = Self.event(Self.payload(), at: Self.now - .seconds(seconds))
        #expect(try Self.refusal(event) == (isTaken ? nil : .tooOld))
    }

    @Test func otherRequestsAreNotSlacks() {
        #expect(SlackRequest(["headers": ["X-Slack-Signature": "v0=1"], "body": "payload={}"]) == nil)
        #expect(SlackRequest(["body": "payload={}"]) == nil)
        #expect(SlackRequest("text") == nil)
    }

    /// The SDK's own verifier accepts and refuses the same requests.
    @Test(.enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func theSDKSaysTheSame() throws {
        let times = [0, 299, 301, -299, 3_600].map { Self.now - .seconds($0) }
        var events = times.map { Self.event(Self.payload(), at: $0) }
        events.append(Self.event(Self.payload(user: "ü & <b>"), secret: "other"))
        events.append(Self.event(Self.payload(user: "ü & <b>")))
        events.append(Self.event(Self.payload(), signature: "v0=00"))
        let script = """
            import json, sys
            from slack_sdk.signature import Clock, SignatureVerifier
            class Fixed(Clock):
                def now(self): return float(sys.argv[2])
            verifier = SignatureVerifier(sys.argv[1], Fixed())
            for line in filter(str.strip, sys.stdin):
                event = json.loads(line)
                print(verifier.is_valid_request(event["body"], event["headers"]))
            """
        let seconds = "\(Self.now.microseconds / 1_000_000)"
        let result = try Command.run(
            Workspace.python, ["-c", script, Self.secret, seconds],
            input: events.map(\.description).joined(separator: "\n"))
        #expect(result.errors == "")
        let words = result.output.split(separator: "\n")
        #expect(words.count == events.count)
        for (event, word) in zip(events, words) {
            #expect((try Self.refusal(event) == nil) == (word == "True"), "\(event)")
        }
    }

    @Test func whatWasPressed() throws {
        let press = try #require(SlackRequest(Self.event(Self.payload(value: "abc", user: "ada\u{202E}")))?.press)
        #expect(press.action == .silence)
        #expect(press.alarm == "abc")
        #expect(press.user.id == "U1")
        #expect(press.channel == "C1")
        #expect(press.message == "1.5")
        let others: [JSONValue] = [
            Self.payload("link-0"), Self.payload(more: ["type": "view_submission"]),
            Self.payload(more: ["actions": []]),
            Self.payload(more: ["user": [:]]), Self.payload(more: ["container": [:], "channel": [:]]), "x",
        ]
        for other in others { #expect(SlackRequest(Self.event(other))?.press == nil, "\(other)") }
    }
}
