import Basics
import JSON
import Testing

@testable import Notifier

/// No message exceeds its service's limits, whatever the notification contains.
@Suite struct LimitTests {
    /// A notification that exceeds every limit, filled with one text.
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

    @Test(arguments: SampleOutput.all)
    func everythingFits(_ sample: SampleOutput) throws {
        let output = try sample.make(sample.splits ? ["max-messages": 2] : [:])
        for filling in Self.fillings {
            let flood = Self.flood(filling)
            let mentions = [Mention.everyone, .user("U1")]
            let messages = output.messages(for: flood, Sample.options(mentions: mentions))
            let thread = MessageReference(channel: "C9", id: "77", content: messages[0].content)
            let later = output.messages(for: Sample.ok, Sample.options(thread: thread))
            for message in messages.prefix(2) + later + messages.prefix(2).compactMap({ $0.fallback?() }) {
                #expect(
                    sample.limit?.fault(message) == nil, "\(sample.kind) of \(filling): \(message.bodyText.prefix(300))"
                )
            }
        }
    }

    @Test(arguments: SampleOutput.splitting)
    func nothingIsLostAndMessagesAreNumbered(_ sample: SampleOutput) throws {
        let output = try sample.make(["max-messages": 20])
        var alarm = Sample.alarm
        var words = (0..<2_000).map { "w\($0)" }
        var messages: [OutboundMessage]
        repeat {
            alarm.text = words.joined(separator: " ")
            messages = output.messages(for: alarm, Sample.options())
            // For services with small limits, where even 20 messages cannot contain so much.
            words.removeLast(words.count / 2)
        } while messages.count == 20
        #expect(messages.count > 1 || alarm.text.count < 14_000)
        let found = messages.flatMap { message in
            message.bodyText.split { $0 != "w" && !$0.isNumber }.map(String.init)
        }
        #expect(Set(alarm.text.split(separator: " ").map(String.init)).subtracting(found) == [])
        for (index, message) in messages.enumerated() where messages.count > 1 {
            #expect(message.bodyText.contains("(\(index + 1)/\(messages.count))"))
        }
    }

    @Test(arguments: SampleOutput.splitting)
    func whatIsCutIsMarked(_ sample: SampleOutput) throws {
        let messages = try sample.make(["max-messages": 2]).messages(
            for: Sample.long(80_000), Sample.options())
        #expect(messages.count == 2)
        #expect(messages.last?.bodyText.contains("…") == true)
    }

    @Test(arguments: SampleOutput.splitting)
    func fieldsThatAreLeftOutAreCounted(_ sample: SampleOutput) throws {
        var alarm = Sample.alarm
        alarm.links = []
        func isCounted(_ count: Int) throws -> Bool {
            alarm.fields = (0..<count).map { Field("Field \($0)", String(repeating: "x", count: 10)) }
            let messages = try sample.make().messages(for: alarm, Sample.options())
            return messages[0].bodyText.contains(#/\d more/#)
        }
        #expect(try !isCounted(4))
        #expect(try isCounted(1_000))
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
        #expect(most > 3_950)
        #expect(count(most).1 <= 4_096)
        #expect(count(most + 1).0 == 2)
    }
}
