import JSON
import TestSupport
import Testing

@testable import ChatPages

/// Payloads as the services document them: what is drawn, and what they would refuse.
@Suite struct PayloadTests {
    // MARK: Drawing

    @Test func slackBlocks() throws {
        let payload = #"""
            {"text": "<!here>", "attachments": [{"color": "danger", "fallback": "f", "title": "not shown", "blocks": [
              {"type": "header", "text": {"type": "plain_text", "text": "A &amp; *b*"}},
              {"type": "section", "text": {"type": "mrkdwn", "text": "*b*"}, "fields": [
                {"type": "mrkdwn", "text": "*Metric*"}, {"type": "plain_text", "text": "*CPU*"}, {"type": "mrkdwn", "text": "x"}]},
              {"type": "divider"}, {"type": "image", "image_url": "https://a.example/i.png", "alt_text": "graph"},
              {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Open"},
                "url": "https://a.example/"}]},
              {"type": "context", "elements": [{"type": "mrkdwn", "text": "_x_"}, {"type": "plain_text", "text": "_y_"}]},
              {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [
                {"type": "text", "text": "r", "style": {"bold": true}}]}]}, {"type": "input"}]}]}
            """#
        let message = ChatMessage(payload, kind: "slack")
        #expect(message.look == .slack)
        #expect(message.blocks.map(\.sketch) == ["[@here]"])
        #expect(message.mentions == ["@here"])
        #expect(message.cards.map(\.colour) == ["bad"])
        #expect(
            message.cards[0].blocks.map(\.sketch) == [
                "2# A & *b*", "[b:b]", "[b:Metric]=*CPU*;x=", "---", "![graph](https://a.example/i.png)",
                "(Open→https://a.example/)", "([i:x] _y_)", "[b:r]", "?input",
            ])
        #expect(message.faults == [])
        #expect(message.addresses == ["https://a.example/", "https://a.example/i.png"])
    }

    @Test func oldAttachmentsAndTheForm() {
        let payload = ##"""
            {"username":"u","text":"t","attachments":[{"color":"#439fe0","title":"T","title_link":"https://a.example/",
            "fields":[{"title":"a","value":"*b*","short":true}],"footer":"f"}]}
            """##
        let form = "payload=" + payload.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        for (body, kind) in [(payload, "slack"), (form, "slack-form")] {
            let message = ChatMessage(body, kind: kind)
            #expect(message.sender == "u")
            #expect(message.cards[0].colour == "#439fe0")
            #expect(message.cards[0].blocks.map(\.sketch) == ["3# [T→https://a.example/]", "a=[b:b]", "(f)"])
        }
    }

    @Test func anAdaptiveCard() {
        let payload = #"""
            {"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": {
              "type": "AdaptiveCard", "version": "1.4", "msteams": {"entities": [{"type": "mention", "text": "<at>Ann</at>"}]},
              "body": [{"type": "Container", "style": "attention", "items": [{"type": "TextBlock", "size": "Large", "text": "T"}]},
                {"type": "TextBlock", "text": "**a** <at>Ann</at>"}, {"type": "FactSet", "facts": [{"title": "n", "value": "v"}]},
                {"type": "TextBlock", "isSubtle": true, "text": "foot"}, {"type": "Media"}],
              "actions": [{"type": "Action.OpenUrl", "title": "Go", "url": "https://a.example/"}]}}]}
            """#
        let message = ChatMessage(payload, kind: "teams")
        #expect(
            message.cards[0].blocks.map(\.sketch) == [
                "bad{2# T}", "[b:a] [@Ann]", "n=v", "(foot)", "?Media", "(Go→https://a.example/)",
            ])
        #expect(message.faults == [])
    }

    @Test func anEmbed() {
        let payload = #"""
            {"username": "ops", "content": "<@1>", "embeds": [{"title": "T \\*", "description": "**d**", "color": 13840175,
              "fields": [{"name": "n", "value": "v", "inline": true}], "image": {"url": "attachment://graph.png"},
              "footer": {"text": "*f*"}, "timestamp": "2026-11-21T03:42:00Z"}]}
            """#
        let message = ChatMessage(payload, kind: "discord")
        #expect(message.sender == "ops")
        #expect(message.blocks.map(\.sketch) == ["[@1]"])
        #expect(message.cards[0].colour == "#d32f2f")
        #expect(
            message.cards[0].blocks.map(\.sketch) == [
                "2# T *", "[b:d]", "n=v", "![](attachment://graph.png)", "(*f* • [time 2026-11-21T03:42:00Z])",
            ])
    }

    @Test(arguments: ["telegram", "webhook", "slack", "teams", "discord"])
    func whatIsNoPayloadIsShownAsItIs(kind: String) {
        let message = ChatMessage("not <json>", kind: kind)
        #expect(message.look == .plain)
        #expect(message.visibleText == "not <json>")
    }

    // MARK: Limits

    private static func text(_ count: Int) -> JSONValue { .string(String(repeating: "x", count: count)) }

    private static func plain(_ count: Int) -> JSONValue { ["type": "plain_text", "text": text(count)] }

    private static func many(_ count: Int, _ value: JSONValue) -> JSONValue {
        .array(Array(repeating: value, count: count))
    }

    /// Blocks on both sides of Slack's limits, as (name, block, whether it is taken).
    static let blocks: [(String, JSONValue, Bool)] = [
        ("header 150", ["type": "header", "text": plain(150)], true),
        ("header 151", ["type": "header", "text": plain(151)], false),
        ("header mrkdwn", ["type": "header", "text": ["type": "mrkdwn", "text": "x"]], false),
        ("section 3000", ["type": "section", "text": plain(3_000)], true),
        ("section 3001", ["type": "section", "text": plain(3_001)], false),
        ("section 0", ["type": "section"], false),
        ("fields 10", ["type": "section", "fields": many(10, plain(2_000))], true),
        ("fields 11", ["type": "section", "fields": many(11, plain(1))], false),
        ("field 2001", ["type": "section", "fields": many(1, plain(2_001))], false),
        ("context 10", ["type": "context", "elements": many(10, plain(1))], true),
        ("context 11", ["type": "context", "elements": many(11, plain(1))], false),
        ("actions 25", ["type": "actions", "elements": many(25, button())], true),
        ("actions 26", ["type": "actions", "elements": many(26, button())], false),
        ("button 75", ["type": "actions", "elements": [button(75)]], true),
        ("button 76", ["type": "actions", "elements": [button(76)]], false),
        ("value 2000", ["type": "actions", "elements": [button(value: 2_000)]], true),
        ("value 2001", ["type": "actions", "elements": [button(value: 2_001)]], false),
        ("url 3000", ["type": "actions", "elements": [button(url: 3_000)]], true),
        ("url 3001", ["type": "actions", "elements": [button(url: 3_001)]], false),
        ("alt 2000", ["type": "image", "image_url": "https://a.example/", "alt_text": text(2_000)], true),
        ("alt 2001", ["type": "image", "image_url": "https://a.example/", "alt_text": text(2_001)], false),
        ("no picture", ["type": "image", "alt_text": "x"], false),
        ("block_id 255", ["type": "divider", "block_id": text(255)], true),
        ("block_id 256", ["type": "divider", "block_id": text(256)], false),
    ]

    private static func button(_ label: Int = 1, value: Int = 1, url: Int = 1) -> JSONValue {
        ["type": "button", "action_id": "a", "text": plain(label), "value": text(value), "url": text(url)]
    }

    @Test(arguments: blocks)
    func slackLimits(name: String, block: JSONValue, isTaken: Bool) {
        let message = ChatMessage(slack: ["attachments": [["blocks": [block]]]])
        #expect(message.isRefused == !isTaken, "\(name): \(message.faults)")
        #expect(message.faults.allSatisfy { $0.place.hasPrefix("attachments[0].blocks[0]") })
    }

    /// Slack's own SDK refuses nothing that we take; it does not check all that the documentation says.
    @Test(.enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func slackLimitsAreThoseOfItsSDK() throws {
        let script = """
            import json, sys
            from slack_sdk.models.blocks import Block
            for line in filter(str.strip, sys.stdin):
                try:
                    parsed = Block.parse(json.loads(line))
                    parsed.validate_json()
                    for element in getattr(parsed, "elements", None) or []: element.validate_json()
                    print("taken")
                except Exception: print("refused")
            """
        let input = Self.blocks.map { $0.1.description }.joined(separator: "\n")
        let result = try Command.run(Workspace.python, ["-c", script], input: input)
        #expect(result.errors == "")
        let found = result.output.split(separator: "\n")
        #expect(found.count == Self.blocks.count)
        for ((name, _, isTaken), word) in zip(Self.blocks, found) {
            if isTaken { #expect(word == "taken", "\(name)") }
        }
        #expect(found.count { $0 == "refused" } == Self.blocks.count { !$0.2 } - 3)
    }

    @Test(
        arguments: [
            (["attachments": []], "text: there is neither a text nor blocks nor attachments"),
            (["blocks": many(51, ["type": "divider"])], "blocks: 51 of them, Slack takes 50"),
            (["blocks": [["type": "hologram"]]], "blocks[0].type: Slack has no block “hologram”"),
            (
                ["blocks": [["type": "divider", "block_id": "a"], ["type": "divider", "block_id": "a"]]],
                "blocks[1].block_id: two blocks have this one"
            ),
            (["text": "t", "blocks": "x"], "blocks: is no list"),
            (["attachments": many(101, ["text": "x"])], "attachments: 101, Slack takes 100"),
        ] as [(JSONValue, String)])
    func slackMessages(payload: JSONValue, sentence: String) {
        let message = ChatMessage(slack: payload)
        #expect(message.faults.map(\.sentence) == [sentence])
        #expect(message.isRefused)
    }

    @Test func slackCutsALongText() {
        #expect(!ChatMessage(slack: ["text": Self.text(40_000)]).faults.contains { _ in true })
        let long = ChatMessage(slack: ["text": Self.text(40_001)])
        #expect(long.faults.count == 1)
        #expect(!long.isRefused)
    }

    @Test(
        arguments: [
            (["content": text(2_000)], true), (["content": text(2_001)], false), ([:], false),
            (["embeds": [["title": text(256)]]], true), (["embeds": [["title": text(257)]]], false),
            (["embeds": [["description": text(4_096)]]], true), (["embeds": [["description": text(4_097)]]], false),
            (["embeds": [["fields": many(25, ["name": "n", "value": "v"])]]], true),
            (["embeds": [["fields": many(26, ["name": "n", "value": "v"])]]], false),
            (["embeds": [["fields": [["name": text(256), "value": text(1_024)]]]]], true),
            (["embeds": [["fields": [["name": text(257), "value": "v"]]]]], false),
            (["embeds": [["fields": [["name": "n", "value": text(1_025)]]]]], false),
            (["embeds": [["fields": [["name": "", "value": "v"]]]]], false),
            (["embeds": [["footer": ["text": text(2_048)]]]], true),
            (["embeds": [["footer": ["text": text(2_049)]]]], false),
            (["embeds": many(10, ["title": "x"])], true), (["embeds": many(11, ["title": "x"])], false),
            (["embeds": many(2, ["description": text(3_000)])], true),
            (["embeds": many(2, ["description": text(3_001)])], false),
        ] as [(JSONValue, Bool)])
    func discordLimits(payload: JSONValue, isTaken: Bool) {
        let message = ChatMessage(discord: payload)
        #expect(message.isRefused == !isTaken, "\(message.faults)")
    }

    @Test func teamsLimits() {
        func message(_ actions: Int, bytes: Int) -> ChatMessage {
            let action: JSONValue = ["type": "Action.OpenUrl", "title": "x", "url": "https://a.example"]
            let card: JSONValue = ["type": "AdaptiveCard", "body": [], "actions": Self.many(actions, action)]
            return ChatMessage(teams: ["attachments": [["content": card]]], bytes: bytes)
        }
        #expect(message(6, bytes: 28_672).faults == [])
        #expect(message(6, bytes: 28_673).isRefused)
        let seven = message(7, bytes: 100)
        #expect(seven.faults.map(\.sentence) == ["attachments[0].content.actions: 7 actions, Teams shows the first 6"])
        #expect(!seven.isRefused)
        #expect(ChatMessage(teams: ["text": "x"], bytes: 10).isRefused)
        #expect(ChatMessage(teams: ["attachments": [["content": ["type": "HeroCard"]]]], bytes: 10).isRefused)
    }
}
