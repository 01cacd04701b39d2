import Basics
import JSON
import Testing

@testable import Notifier

/// No message is ever longer than its service takes, whatever the notification.
@Suite struct LimitTests {
    /// A notification that is too much in every respect, filled with one text.
    static func flood(_ filling: String) -> Notification {
        let long = String(repeating: filling, count: 20_000 / filling.utf8.count)
        var flood = Sample.alarm
        flood.title = String(long.prefix(3_000))
        flood.text = long
        flood.fields = (0..<60).map { Field("\($0) \(filling)", String(long.prefix($0 % 6 * 450 + 1))) }
        flood.fields.append(Field(String(long.prefix(2_000)), ""))
        flood.links = (0..<60).map {
            Link(String(long.prefix($0 * 10)), "https://x.example/" + String(repeating: "y", count: $0 * 60))
        }
        flood.resource = "arn:flood"
        return flood
    }

    static let fillings = ["a", "&<\"", "\n\\", "*_ @x ", "👩‍👩‍👧"]

    /// What is wrong with a message, by the service's limits.
    static func fault(_ kind: String, _ message: OutboundMessage) -> String? {
        let json = message.json
        func text(_ path: JSONValue?) -> Int { path?.stringValue?.utf16.count ?? 0 }
        let length: (Int, Int)? =
            switch kind {
            case "slack", "slack-bot": json["attachments"] == nil ? (text(json["text"]), 40_000) : nil
            case "slack-text": (text(json["text"]), 40_000)
            case "telegram": (text(json["text"]), 4_096)
            case "teams": (message.bodyText.utf8.count, 28 * 1_024)
            case "dingtalk": (message.bodyText.utf8.count, 20_000)
            case "feishu": (message.bodyText.utf8.count, 20 * 1_024)
            case "wecom": (json["markdown"]?["content"]?.stringValue?.utf8.count ?? 0, 4_096)
            case "matrix": (message.bodyText.utf8.count, 65_536)
            case "mattermost": (text(json["text"]) + text(json["attachments"]?[0]?["text"]), 16_383)
            case "google-chat": (message.bodyText.utf8.count, 32_000)
            case "pagerduty": (message.bodyText.utf8.count, 512 * 1_024)
            case "amazon-q": (message.bodyText.utf8.count, 256 * 1_024)
            case "discord": (text(json["content"]), 2_000)
            default: nil
            }
        if let length, length.0 > length.1 { return "\(length.0) is more than \(length.1)" }
        return json["embeds"]?[0].flatMap(embedFault)
    }

    static func embedFault(_ embed: JSONValue) -> String? {
        func text(_ value: JSONValue?) -> Int { value?.stringValue?.utf16.count ?? 0 }
        let fields = embed["fields"]?.arrayValue ?? []
        var total = text(embed["title"]) + text(embed["description"]) + text(embed["footer"]?["text"])
        for field in fields {
            total += text(field["name"]) + text(field["value"])
            if text(field["name"]) > 256 || text(field["value"]) > 1_024 { return "field" }
            if text(field["name"]) == 0 || text(field["value"]) == 0 { return "empty field" }
        }
        if fields.count > 25 { return "fields" }
        if text(embed["title"]) > 256 { return "title" }
        if text(embed["description"]) > 4_096 { return "description" }
        return total > 6_000 ? "\(total) in all" : nil
    }

    @Test(arguments: SampleOutput.all)
    func everythingFits(_ sample: SampleOutput) throws {
        let output = try sample.make(
            sample.kind == "slack-form" || sample.kind == "slack-text" ? [:] : Self.many(sample))
        for filling in Self.fillings {
            let flood = Self.flood(filling)
            let mentions = [Mention.everyone, .user("U1")]
            let messages = output.messages(for: flood, Sample.options(mentions: mentions))
            let thread = MessageReference(channel: "C9", id: "77", content: messages[0].content)
            let later = output.messages(for: Sample.ok, Sample.options(thread: thread))
            for message in messages.prefix(2) + later + messages.prefix(2).compactMap({ $0.fallback?() }) {
                let fault = Self.fault(sample.kind, message)
                #expect(fault == nil, "\(sample.kind) of \(filling): \(message.bodyText.prefix(300))")
            }
        }
    }

    /// PagerDuty, the template and the originals' forms are always one message.
    static func many(_ sample: SampleOutput) -> JSONObject {
        ["pagerduty", "webhook"].contains(sample.kind) ? [:] : ["max-messages": 2]
    }

    @Test(arguments: [
        "slack", "slack-bot", "telegram", "teams", "discord", "dingtalk", "feishu", "wecom", "matrix",
        "mattermost", "google-chat", "amazon-q",
    ])
    func nothingIsLostAndMessagesAreNumbered(_ kind: String) throws {
        var alarm = Sample.alarm
        alarm.text = (0..<2_000).map { "w\($0)" }.joined(separator: " ")
        let messages = try SampleOutput[kind].make(["max-messages": 20]).messages(for: alarm, Sample.options())
        #expect(messages.count > 1 || alarm.text.count < 14_000)
        let words = messages.flatMap { message in
            message.bodyText.split { $0 != "w" && !$0.isNumber }.map(String.init)
        }
        #expect(Set((0..<2_000).map { "w\($0)" }).subtracting(words) == [])
        for (index, message) in messages.enumerated() where messages.count > 1 {
            #expect(message.bodyText.contains("(\(index + 1)/\(messages.count))"))
        }
    }

    @Test(arguments: ["telegram", "teams", "discord", "dingtalk", "feishu", "wecom", "matrix", "slack", "google-chat"])
    func whatIsCutIsMarked(_ kind: String) throws {
        let messages = try SampleOutput[kind].make(["max-messages": 2]).messages(
            for: Sample.long(80_000), Sample.options())
        #expect(messages.count == 2)
        #expect(messages.last?.bodyText.contains("…") == true)
    }

    @Test(arguments: [
        "slack", "telegram", "teams", "discord", "dingtalk", "feishu", "wecom", "matrix", "mattermost", "google-chat",
        "amazon-q",
    ])
    func fieldsThatAreLeftOutAreCounted(_ kind: String) throws {
        var alarm = Sample.alarm
        func isCounted(_ count: Int) throws -> Bool {
            alarm.fields = (0..<count).map { Field("Field \($0)", String(repeating: "x", count: 100)) }
            let messages = try SampleOutput[kind].make().messages(for: alarm, Sample.options())
            return messages[0].bodyText.contains(#/\d more/#)
        }
        #expect(try !isCounted(8))
        #expect(try isCounted(300))
    }

    @Test func telegramOnBothSidesOfItsLimit() throws {
        let output = try SampleOutput["telegram"].make(["max-messages": 20])
        func count(_ length: Int) -> (Int, Int) {
            var alarm = Sample.plain
            alarm.text = String(repeating: "x", count: length)
            let messages = output.messages(for: alarm, Sample.options())
            return (messages.count, messages[0].json["text"]?.stringValue?.utf16.count ?? 0)
        }
        let most = stride(from: 4_096, to: 3_900, by: -1).first { count($0).0 == 1 } ?? 0
        #expect(most > 3_950 && count(most).1 <= 4_096)
        #expect(count(most + 1).0 == 2)
    }
}
