import JSON
import Testing
import Transport

@testable import Notifier

/// Messages of several requests: uploads, moved groups, threads.
@Suite struct FlowTests {
    static let image: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A]

    @Test func slackGraphGoesIntoTheThread() throws {
        let output = try SampleOutput["slack-bot"].make()
        let messages = output.messages(for: Sample.alarm, Sample.options(image: Self.image))
        #expect(messages.count == 1)
        #expect(output.kind.supportsImages)
        let posted = HTTPResponse(200, #"{"ok":true,"channel":"C9","ts":"1.5"}"#)
        guard case .delivered(let reference, let ask?) = output.outcome(of: posted, to: messages[0]) else {
            Issue.record("no upload follows")
            return
        }
        #expect(reference?.channel == "C9")
        #expect(reference?.id == "1.5")
        #expect(ask.isOptional)
        #expect(
            ask.line == "POST https://slack.com/api/files.getUploadURLExternal filename=graph.png&length=6"
                + "&alt_txt=ALARM%3A%20cpu-high")
        let place = HTTPResponse(200, #"{"ok":true,"upload_url":"https://files.slack.example/u","file_id":"F1"}"#)
        guard case .next(let bytes, _) = output.outcome(of: place, to: ask) else {
            Issue.record("no bytes")
            return
        }
        #expect(bytes.request?.url == "https://files.slack.example/u")
        // Only Slack's API gets the token.
        #expect(bytes.request?.headers["Authorization"] == nil)
        guard case .next(let complete, _) = output.outcome(of: HTTPResponse(200, "OK - 6"), to: bytes) else {
            Issue.record("not completed")
            return
        }
        #expect(
            complete.line == "POST https://slack.com/api/files.completeUploadExternal "
                + #"{"files":[{"id":"F1","title":"ALARM: cpu-high"}],"channel_id":"C9","thread_ts":"1.5"}"#)
        #expect(output.outcome(of: HTTPResponse(200, #"{"ok":true}"#), to: complete).word == "delivered")
        // A failed step ends the upload.
        #expect(output.outcome(of: HTTPResponse(500, "x"), to: bytes).word == "retry")
        #expect(
            output.outcome(of: HTTPResponse(200, #"{"ok":false,"error":"missing_scope"}"#), to: ask).word == "refused")
    }

    @Test func telegramShowsTheGraphWithAShortText() throws {
        let output = try SampleOutput["telegram"].make()
        let messages = output.messages(for: Sample.alarm, Sample.options(image: Self.image))
        #expect(messages.count == 1)
        let request = try #require(messages[0].request)
        #expect(request.url.hasSuffix("/sendPhoto"))
        #expect(request.headers["Content-Type"]?.hasPrefix("multipart/form-data; boundary=tocsin-") == true)
        #expect(messages[0].bodyText.contains("name=\"caption\"\r\n\r\n🔴 <b>ALARM"))
        let refused = HTTPResponse(400, #"{"ok":false,"description":"Bad Request: PHOTO_INVALID_DIMENSIONS"}"#)
        guard case .next(let plain, _) = output.outcome(of: refused, to: messages[0]) else {
            Issue.record("the text is lost with the picture")
            return
        }
        #expect(plain.line.contains("/sendMessage "))
        let long = output.messages(for: Sample.long(1_500), Sample.options(image: Self.image))
        #expect(long.map(\.isOptional) == [false, true])
    }

    @Test func telegramChangesTheCaptionOfAGraph() throws {
        let output = try SampleOutput["telegram"].make()
        let first = output.messages(for: Sample.alarm, Sample.options(image: Self.image))[0]
        let thread = MessageReference(channel: "-100", id: "5", content: first.content)
        let edit = output.messages(for: Sample.ok, Sample.options(thread: thread))[1]
        #expect(edit.line.contains("/editMessageCaption "))
        #expect(edit.line.contains("\"caption\":\"🟢 <b>ALARM"))
    }

    @Test func telegramGroupThatBecameASupergroup() throws {
        let output = try SampleOutput["telegram"].make()
        let message = output.messages(for: Sample.alarm, Sample.options())[0]
        let moved = HTTPResponse(400, #"{"ok":false,"parameters":{"migrate_to_chat_id":-1005}}"#)
        guard case .next(let next, let reason) = output.outcome(of: moved, to: message) else {
            Issue.record("not sent to the new chat")
            return
        }
        #expect(next.json["chat_id"] == "-1005")
        #expect(next.json["text"] == message.json["text"])
        #expect(reason.contains("set chat to -1005"))
        #expect(output.outcome(of: moved, to: next).word == "refused")
    }

    @Test func matrixGraphTakesTwoRequests() throws {
        let output = try SampleOutput["matrix"].make()
        let messages = output.messages(for: Sample.alarm, Sample.options(image: Self.image))
        #expect(messages.map(\.isOptional) == [false, true])
        let stored = HTTPResponse(200, #"{"content_uri":"mxc://x/1"}"#)
        guard case .next(let event, _) = output.outcome(of: stored, to: messages[1]) else {
            Issue.record("not shown")
            return
        }
        #expect(event.json["url"] == "mxc://x/1")
        #expect(event.json["info"]?["size"] == 6)
        #expect(event.request?.url.hasSuffix("/send/m.room.message/key-1-graph") == true)
    }

    @Test func discordSendsTheGraphWithTheMessage() throws {
        let output = try SampleOutput["discord"].make()
        let message = output.messages(for: Sample.alarm, Sample.options(image: Self.image))[0]
        #expect(message.bodyText.contains(#""image":{"url":"attachment://graph.png"}"#))
        #expect(message.bodyText.contains("name=\"files[0]\"; filename=\"graph.png\""))
    }

    @Test func trustedPublishersOwnSlackMessageIsSentAsItIs() throws {
        var own = Sample.plain
        own.isTrusted = true
        own.slackPayload = ["text": "<!channel> *mine*", "attachments": [["text": "a"]], "channel": "#theirs"]
        let output = try SampleOutput["slack"].make()
        let message = output.messages(for: own, Sample.options(mentions: [.here]))[0]
        #expect(
            message.bodyText == ##"{"channel":"#ops","username":"Tocsin","icon_emoji":":bell:","##
                + #""text":"<!here> <!channel> *mine*","attachments":[{"text":"a"}]}"#)
    }

    @Test func referencesAreStoredAsJSON() {
        let reference = MessageReference(channel: "C", id: "1.2", content: ["a": [1, "x"]])
        #expect(MessageReference(reference.json) == reference)
        #expect(MessageReference(["id": 1]) == nil)
    }

    @Test func slackTextInBothStyles() throws {
        var event = Sample.plain
        event.message = [
            "level": "WARN", "name": "Instance:StateChange", "userId": "17", "regionId": "cn-hangzhou",
            "content": ["resourceId": "i-x", "ok": true, "none": .null, "list": ["a", 1], "deep": ["a": "b"]],
        ]
        let sentence = try SampleOutput["slack-text"].make().messages(for: event, Sample.options())[0].json["text"]
        #expect(
            sentence?.stringValue == "[WARN] Event 'Instance:StateChange' was triggered by user ID '17' in region "
                + "'cn-hangzhou'\n\nresourceId: i-x\nok: True\nnone: None\nlist: ['a', 1]\ndeep: {'a': 'b'}\n")
        // Observed from the original function.
        event.message = [
            "eventTime": "T", "list": ["a", 1], "content": ["resourceId": "i-x", "deep": ["a": "b"]],
        ]
        let tree = try SampleOutput["slack-text"].make(["style": "tree"]).messages(for: event, Sample.options())[0]
        #expect(tree.json["text"] == "\neventTime: T\nlist: ['a', 1]\ncontent:\n\tresourceId: i-x\ndeep:\n\t\ta: b\n")
    }

    @Test func anOKClosesTheAlertOfItsAlarm() throws {
        let output = try SampleOutput["opsgenie"].make()
        func messages(_ notification: Notification) -> OutboundMessage {
            output.messages(for: notification, Sample.options())[0]
        }
        #expect(messages(Sample.alarm).json["alias"] == "arn:cpu-high")
        #expect(
            messages(Sample.ok).request?.url
                == "https://api.opsgenie.com/v2/alerts/arn%3Acpu-high/close?identifierType=alias")
        func alias(_ length: Int) -> String? {
            var alarm = Sample.alarm
            alarm.incidentKey = String(repeating: "k", count: length)
            return messages(alarm).json["alias"]?.stringValue
        }
        #expect(alias(512)?.count == 512)
        #expect(alias(513)?.count == 64)
    }

    @Test(arguments: [
        ("arn:aws:cloudwatch:eu-central-1:123456789012:alarm:cpu-high", "cpu-high"),
        ("uptime|shop|start", "start"), ("uptime||a b", "a b"), ("nightly", "nightly"),
        (String(repeating: "x", count: 60), String(repeating: "x", count: 60)),
        ("a\nb", "b"), ("|", "|"),
    ])
    func zulipTopics(_ incident: String, _ topic: String) throws {
        let output = try SampleOutput["zulip"].make()
        func topics(_ notification: Notification, _ thread: MessageReference? = nil) -> String? {
            output.messages(for: notification, Sample.options(thread: thread))[0].form?["topic"]?.stringValue
        }
        var (alarm, ok) = (Sample.alarm, Sample.ok)
        (alarm.incidentKey, ok.incidentKey) = (incident, incident)
        #expect(topics(alarm) == topic)
        #expect(topics(ok) == topic, "without a memory of the alarm")
        #expect(topics(ok, MessageReference(channel: "a list", id: "7")) == "a list")
    }

    @Test func longZulipTopicsDifferWhereTheirEndsDo() throws {
        let output = try SampleOutput["zulip"].make()
        let topics = ["a", "b"].map { end -> String in
            var alarm = Sample.alarm
            alarm.incidentKey = String(repeating: "x", count: 80) + end
            return output.messages(for: alarm, Sample.options())[0].form?["topic"]?.stringValue ?? ""
        }
        #expect(topics[0] != topics[1])
        #expect(topics.allSatisfy { $0.utf16.count <= 60 })
        let fixed = try SampleOutput["zulip"].make(["topic": "all"])
        #expect(fixed.messages(for: Sample.alarm, Sample.options())[0].form?["topic"] == "all")
        #expect(output.messages(for: Sample.plain, Sample.options())[0].form?["topic"] == "text")
    }

    /// Names and ids of channels, as Zulip reads them: JSON first, or else the text as it is.
    @Test(arguments: [("alerts", "alerts"), ("42", "42"), ("true", #""true""#), ("[x]", "[x]"), ("[1]", #""[1]""#)])
    func zulipChannels(_ channel: String, _ expected: String) throws {
        let output = try SampleOutput["zulip"].make(["channel": .string(channel)])
        #expect(output.messages(for: Sample.plain, Sample.options())[0].form?["to"]?.stringValue == expected)
    }

    @Test func pagerDutyGetsAHashOfLongIncidentKeys() throws {
        let output = try SampleOutput["pagerduty"].make()
        func key(_ length: Int) -> String? {
            var alarm = Sample.alarm
            alarm.incidentKey = String(repeating: "k", count: length)
            return output.messages(for: alarm, Sample.options())[0].json["dedup_key"]?.stringValue
        }
        #expect(key(255)?.count == 255)
        #expect(key(256)?.count == 64)
    }
}
