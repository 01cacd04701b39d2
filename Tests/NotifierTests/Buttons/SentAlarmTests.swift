import Basics
import JSON
import TestSupport
import Testing

@testable import Notifier

/// What presses do to an alarm, whoever is first, and what its message shows then.
@Suite struct SentAlarmTests {
    static let now = Sample.time

    static let content: JSONValue = {
        let part = Notification.Part(index: 0, number: "", text: "t")
        let buttons = AlarmButtons(alarm, output: "ops")
        return .object(SlackLayout.content(alarm, part, mentions: "", buttons: buttons))
    }()

    static let alarm: Notification = {
        var alarm = Sample.alarm
        alarm.graph = MetricGraph(region: "eu-central-1", widget: ["title": "cpu"])
        return alarm
    }()

    static let sent = SentAlarm(
        alarm, incident: "arn:cpu-high", output: "ops",
        message: MessageReference(channel: "C1", id: "1.5", content: content), at: now)

    static func press(
        _ action: AlarmAction, by name: String = "ada", request: String = "r1", message: String = "1.5",
        channel: String = "C1"
    ) -> ButtonPress {
        ButtonPress(
            action, of: sent.id, by: SlackUser(id: "U-\(name)", name: name), channel: channel, message: message,
            request: request)
    }

    @Test func theFirstOneCounts() {
        var alarm = Self.sent
        let first = Self.press(.acknowledge)
        #expect(alarm.take(first, silence: "s", at: Self.now) == .doIt)
        alarm.settle(first, isDone: true)
        let second = alarm.take(Self.press(.acknowledge, by: "bob", request: "r2"), silence: "s", at: Self.now)
        guard case .alreadyDone(let deed) = second else {
            Issue.record("\(second)")
            return
        }
        #expect(deed.user.name == "ada")
        // Another action of another person is no second.
        #expect(alarm.take(Self.press(.silence, by: "bob", request: "r3"), silence: "s", at: Self.now) == .doIt)
    }

    @Test func aRequestCountsOnce() {
        var alarm = Self.sent
        #expect(alarm.take(Self.press(.graph), silence: "s", at: Self.now) == .doIt)
        #expect(alarm.take(Self.press(.graph), silence: "s", at: Self.now) == .replay)
        #expect(alarm.take(Self.press(.graph, request: "r2"), silence: "s", at: Self.now) == .doIt)
    }

    @Test func onlyTheMessageThatWasSent() {
        var alarm = Self.sent
        #expect(alarm.take(Self.press(.silence, message: "1.4"), silence: "s", at: Self.now) == .otherMessage)
        #expect(alarm.take(Self.press(.silence, channel: "C2"), silence: "s", at: Self.now) == .otherMessage)
        #expect(alarm == Self.sent)
    }

    @Test func aSilenceEnds() throws {
        var alarm = Self.sent
        let first = Self.press(.silence)
        #expect(alarm.take(first, silence: "s1", at: Self.now) == .doIt)
        #expect(alarm.deed(of: first)?.until == Self.now + .seconds(3_600))
        alarm.settle(first, isDone: true)
        let later = Self.press(.silence, by: "bob", request: "r2")
        var early = alarm
        let second = early.take(later, silence: "s2", at: Self.now + .seconds(3_599))
        #expect(second == .alreadyDone(try #require(alarm.deed(of: first))))
        #expect(alarm.take(later, silence: "s2", at: Self.now + .seconds(3_600)) == .doIt)
        #expect(alarm.deed(of: later)?.silence == "s2")
    }

    @Test func whatWasNotDoneIsOpenAgain() {
        var alarm = Self.sent
        let press = Self.press(.silence)
        #expect(alarm.take(press, silence: "s", at: Self.now) == .doIt)
        // Somebody is at it, or has died over it.
        let second = Self.press(.silence, request: "r2")
        var other = alarm
        guard case .alreadyDone = other.take(second, silence: "s2", at: Self.now + .seconds(14)) else {
            Issue.record("taken over too early")
            return
        }
        other = alarm
        #expect(other.take(second, silence: "s2", at: Self.now + .seconds(15)) == .doIt)
        alarm.settle(press, isDone: false)
        #expect(alarm.take(second, silence: "s2", at: Self.now) == .doIt)
    }

    @Test func itIsStoredWhole() throws {
        var alarm = Self.sent
        for (action, request) in [(AlarmAction.silence, "r1"), (.acknowledge, "r2"), (.graph, "r3")] {
            let press = Self.press(action, request: request)
            #expect(alarm.take(press, silence: "s", at: Self.now) == .doIt)
            alarm.settle(press, isDone: true)
        }
        #expect(SentAlarm(try JSONValue(parsing: alarm.json.description)) == alarm)
        for broken: JSONValue in [[:], "x", ["output": "ops", "incident": "i", "time": 1]] {
            #expect(SentAlarm(broken) == nil)
        }
    }

    // MARK: What is shown

    private static func blocks(_ content: JSONValue?) -> [JSONValue] {
        content?["attachments"]?[0]?["blocks"]?.arrayValue ?? []
    }

    private static func labels(_ content: JSONValue?) -> [String] {
        var labels: [String] = []
        for block in blocks(content) {
            for element in block["elements"]?.arrayValue ?? [] where element["url"] == nil {
                guard element["type"]?.stringValue == "button" else { continue }
                labels.append(element["text"]?["text"]?.stringValue ?? "")
            }
        }
        return labels
    }

    @Test func theMessageHasButtons() {
        #expect(Self.labels(Self.content) == ["Silence 1 h", "Acknowledge", "Show graph"])
        let actions = Self.blocks(Self.content).last { $0["block_id"]?.stringValue == "tocsin-buttons" }
        let values = (actions?["elements"]?.arrayValue ?? []).compactMap { $0["value"]?.stringValue }
        #expect(values == Array(repeating: Self.sent.id, count: 3))
        #expect(AlarmButtons(Sample.ok, output: "ops") == nil)
        #expect(AlarmButtons(Sample.plain, output: "ops") == nil, "there is no alarm to silence")
        #expect(AlarmButtons(Sample.alarm, output: "ops")?.actions == [.silence, .acknowledge], "there is no graph")
        var own = Sample.alarm
        (own.isTrusted, own.slackPayload) = (true, ["text": "x"])
        #expect(AlarmButtons(own, output: "ops") == nil)
    }

    @Test func theMessageTellsWhoHasDoneWhat() throws {
        var alarm = Self.sent
        let press = Self.press(.acknowledge, by: "*ada* <!channel> & @here")
        #expect(alarm.take(press, silence: "s", at: Self.now) == .doIt)
        // Not before it is in force.
        #expect(Self.labels(alarm.buttons.applied(to: Self.content)) == Self.labels(Self.content))
        alarm.settle(press, isDone: true)
        let changed = try #require(alarm.buttons.applied(to: Self.content))
        #expect(Self.labels(changed) == ["Silence 1 h", "Show graph"])
        let lines = Self.blocks(changed).filter { $0["block_id"] == "tocsin-deeds" }
        #expect(
            lines.map { $0["elements"] } == [
                [
                    [
                        "type": "plain_text", "emoji": false,
                        "text": "✅ Acknowledged by *ada* &lt;!channel&gt; &amp; @here at 2026-11-21 03:42 UTC",
                    ]
                ]
            ])
        // The same again changes nothing, and the buttons of the end are gone.
        #expect(alarm.buttons.applied(to: changed) == changed)
        let over = AlarmButtons.removed(from: changed)
        #expect(Self.labels(over) == [])
        #expect(Self.blocks(over).contains { $0["block_id"] == "tocsin-deeds" })
        #expect(Self.labels(.object(try #require(SlackLayout.recoloured(changed, .ok)))) == [])
        #expect(Self.labels(.object(try #require(SlackLayout.recoloured(changed, .warning)))).count == 2)
    }

    @Test func aMessageWithoutButtonsStaysAsItIs() {
        let plain: JSONValue = ["text": "x"]
        #expect(Self.sent.buttons.applied(to: plain) == nil)
        #expect(AlarmButtons.removed(from: plain) == plain)
    }
}
