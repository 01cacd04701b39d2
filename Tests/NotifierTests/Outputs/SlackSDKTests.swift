import JSON
import TestSupport
import Testing

@testable import Notifier

/// Slack's own Python SDK validates the blocks: types, members and lengths.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup")) struct SlackSDKTests {
    static let script = """
        import json, sys
        from slack_sdk.models.blocks import Block
        faults = []
        for line in filter(str.strip, sys.stdin):
            for attachment in json.loads(line).get("attachments", []):
                blocks = attachment.get("blocks", [])
                if len(blocks) > 50: faults.append("%d blocks" % len(blocks))
                for wanted in blocks:
                    try:
                        parsed = Block.parse(wanted)
                        parsed.validate_json()
                        if parsed.to_dict() != wanted: faults.append("%s is not %s" % (parsed.to_dict(), wanted))
                    except Exception as error: faults.append("%s: %s" % (error, json.dumps(wanted)[:300]))
                    for text in [wanted.get("text")] + wanted.get("fields", []):
                        if text and not text["text"]: faults.append("empty text")
        print("\\n".join(faults))
        """

    @Test func everyBlockIsValid() throws {
        var bodies: [String] = []
        for sample in try [SampleOutput["slack"], SampleOutput["slack-bot"]] {
            let output = try sample.make(["max-messages": 2])
            let samples = [Sample.alarm, Sample.ok, Sample.plain, Sample.hostile, Sample.long()]
            for notification in samples + LimitTests.fillings.map(LimitTests.flood) {
                bodies += output.messages(for: notification, Sample.options()).map(\.bodyText)
            }
        }
        bodies += try Samples.all.map { try $0.bodies(SampleOutput["slack"]) }
        let input = bodies.joined(separator: "\n")
        let result = try Command.run(Workspace.python, ["-c", Self.script], input: input)
        #expect(result.errors == "")
        #expect(result.output == "\n")
        #expect(bodies.count > 25)
    }

    @Test func theSDKRefusesALongHeader() throws {
        let text: JSONValue = ["type": "plain_text", "text": .string(String(repeating: "x", count: 151))]
        let body: JSONValue = ["attachments": [["blocks": [["type": "header", "text": text]]]]]
        let result = try Command.run(Workspace.python, ["-c", Self.script], input: body.description)
        #expect(result.output.contains("cannot exceed 150"))
    }
}
