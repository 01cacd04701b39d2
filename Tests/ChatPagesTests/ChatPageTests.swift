import Basics
import Foundation
import JSON
import Markup
import TestSupport
import Testing

@testable import ChatPages

@Suite struct ChatPageTests {
    private static let hostile = #"<script>alert(1)</script><img src=x onerror=y>"&'\#u{202E}\#u{1}"#

    private static func slack(_ text: String) -> String {
        let payload: JSONValue = [
            "username": .string(text), "text": .string(text),
            "attachments": [
                [
                    "color": .string(text), "title": .string(text), "title_link": .string("https://evil.example/"),
                    "text": "<https://evil.example/|click> ![x](https://evil.example/i.png)",
                    "image_url": "https://evil.example/i.png",
                    "fields": [["title": .string(text), "value": .string(text)]], "footer": .string(text),
                ]
            ],
        ]
        return payload.description
    }

    private static func page(
        _ bodies: [String], kind: String = "slack", content: ChatPage.Content? = nil, fallback: String? = nil
    ) -> ChatPage {
        let delivery = ChatPage.Delivery(
            output: (hostile, kind, "Slack"), address: "POST " + hostile, content: content,
            messages: bodies.map { .init(body: $0, fallback: fallback) }, hasGraph: true)
        return ChatPage(
            sections: [.init(title: hostile, severity: hostile, deliveries: [delivery])], dropped: [hostile],
            time: Timestamp(secondsSinceEpoch: 1_795_232_520))
    }

    private static func html(_ page: ChatPage) -> String { String(decoding: page.html(), as: UTF8.self) }

    @Test func textsNeverBecomeMarkupOrLinks() {
        let html = Self.html(Self.page([Self.slack(Self.hostile)], fallback: Self.slack(Self.hostile)))
        #expect(html.contains("&lt;script&gt;"))
        #expect(!html.contains("<script"))
        #expect(!html.contains("<img"))
        // Only to places within the page.
        #expect(html.components(of: "href=\"").allSatisfy { $0.hasPrefix("#") || $0.hasPrefix("data:,") })
        #expect(html.components(of: "src=\"") == [])
        #expect(!html.contains("style=\""))
        #expect(!html.unicodeScalars.contains("\u{1}"))
        // The address of a link is told, as text.
        #expect(html.contains("title=\"https://evil.example/\""))
    }

    @Test func thePolicyAllowsNothingButItsStyles() {
        let html = Self.html(Self.page([Self.slack("x")]))
        #expect(html.contains("default-src 'none'; img-src data:; style-src 'sha256-"))
        #expect(html.contains("script-src 'none'; connect-src 'none'; form-action 'none'"))
    }

    @Test func aRefusedMessageIsFollowedByWhatIsSentInstead() {
        let long: JSONValue = [
            "blocks": [
                ["type": "header", "text": ["type": "plain_text", "text": "\(String(repeating: "x", count: 151))"]]
            ]
        ]
        let page = Self.page([long.description], fallback: #"{"text":"plain words"}"#)
        let html = Self.html(page)
        #expect(html.contains("Refused: blocks[0].text.text: 151 characters, Slack takes 150"))
        #expect(html.contains("<p>plain words</p>"))
        #expect(page.warnings.count == 1)
        #expect(
            page.warnings[0].hasSuffix(
                "Slack refuses the message: blocks[0].text.text: 151 characters, Slack takes 150"))
        // What is taken needs no other form.
        #expect(!Self.html(Self.page([#"{"text":"x"}"#], fallback: #"{"text":"plain words"}"#)).contains("plain words"))
    }

    @Test func partsAndGraphAreTold() {
        let html = Self.html(Self.page([#"{"text":"1"}"#, #"{"text":"2"}"#]))
        #expect(html.contains("split into 2 messages"))
        #expect(html.components(of: "In the thread").count == 1)
    }

    @Test func otherChatsShowTheirPayload() {
        let html = Self.html(Self.page(["<b>x</b>"], kind: "telegram"))
        #expect(html.contains("<pre tabindex=\"0\">&lt;b&gt;x&lt;/b&gt;</pre>"))
    }

    @Test func nothingToSendIsTold() {
        let html = Self.html(ChatPage(sections: [], dropped: [], time: Timestamp(secondsSinceEpoch: 0)))
        #expect(html.contains("No message would be sent."))
    }

    // MARK: What is left out

    private static let content = ChatPage.Content(
        title: "ALARM", text: "one two three", fields: [("Metric", "CPU Utilization"), ("Region", "eu")],
        links: [("Alarm", "https://a.example/1")])

    private static func leftOut(_ texts: String...) -> [String] {
        let messages = texts.map { ChatMessage(slack: ["text": .string($0)]) }
        return LeftOut(of: content, in: messages).sentences
    }

    @Test func allIsThere() {
        #expect(Self.leftOut("ALARM one\ntwo three Metric: CPU Utilization *Region* eu <https://a.example/1|x>") == [])
        // In two parts.
        #expect(
            Self.leftOut("ALARM one tw", "o three Metric CPU Utilization Region eu https://a.example/1") == [])
    }

    @Test func whatIsMissingIsNamed() {
        #expect(
            Self.leftOut("ALARM one two t… Metric CPU U… ") == [
                "the last 4 characters of the text are left out (spaces do not count)",
                "the last 10 characters of the field “Metric” are left out",
                "the field “Region” is left out", "1 link left out: Alarm",
            ])
        // The value alone, without its name, is somewhere by chance.
        #expect(Self.leftOut("ALARM one two three eu Metric CPU Utilization https://a.example/1").count == 1)
    }

    @Test func thePlainDrawingIsThatOfTheConsole() {
        var html = HTML()
        html.message(.plain(title: "<b>", text: "a\nb", tone: "bad")) { $0.element("span", "aside") }
        let text = String(decoding: html.bytes, as: UTF8.self)
        #expect(text.contains("<p class=\"m-head m-h3\">&lt;b&gt;</p><p>a<br>b</p>"))
        #expect(text.contains("<div class=\"m-card bad\">"))
        #expect(text.contains("<b>Tocsin</b><span>aside</span>"))
    }
}

extension String {
    /// What follows each occurrence of a mark.
    fileprivate func components(of mark: String) -> [Substring] {
        var found: [Substring] = []
        var rest = self[...]
        while let range = rest.range(of: mark) {
            rest = rest[range.upperBound...]
            found.append(rest)
        }
        return found
    }
}
