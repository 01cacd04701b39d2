import Basics
import Configuration
import Events
import JSON
import TestSupport
import Testing
import Transport

@testable import Notifier

/// The messages of the functions that Tocsin replaces, byte for byte; only the escapes of `& < >` were added, and not
/// for trusted senders.
@Suite struct OriginalFormatsTests {
    /// Computes what the original functions send for a captured event, from their code.
    static let script = """
        import json, sys, urllib.parse

        def escape(text):
            return text if sys.argv[2] == "raw" else text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

        def form(event):
            notification = event["Records"][0]["Sns"]
            message = json.loads(notification["Message"])
            region = notification["TopicArn"].split(":")[3]
            payload = {"channel": "#ops", "username": "AWS", "icon_emoji": ":aws:"}
            if "AlarmName" in message:
                state = message["NewStateValue"]
                link = ("https://console.aws.amazon.com/cloudwatch/home?region=" + region
                        + "#alarm:alarmFilter=ANY;name=" + urllib.parse.quote_plus(message["AlarmName"]))
                payload["attachments"] = [{
                    "color": {"OK": "good", "INSUFFICIENT_DATA": "warning", "ALARM": "danger"}[state],
                    "fallback": "Alarm %s triggered" % escape(message["AlarmName"]),
                    "fields": [
                        {"title": escape(message["AlarmName"]),
                         "value": message["AlarmDescription"] and escape(message["AlarmDescription"]), "short": False},
                        {"title": message["OldStateValue"] + " -> " + state,
                         "value": "" if state == "OK" else escape(message["NewStateReason"] + "   " + link), "short": False},
                    ]}]
                payload["text"] = ""
            else:
                payload["attachments"] = [{"fallback": "A new message", "fields": [
                    {"title": "Message", "value": escape(json.dumps(message)), "short": False}]}]
                payload["text"] = "AWS notification"
            return urllib.parse.urlencode({"payload": json.dumps(payload)})

        def event(event):
            text = "[%s] Event '%s' was triggered by user ID '%s' in region '%s'\\n" % (
                event["level"], event["name"], event["userId"], event["regionId"])
            for key in event["content"]: text += "\\n%s: %s" % (key, event["content"][key])
            return json.dumps({"text": escape(text + "\\n")})

        def tree(event, depth=0):
            text = "" if depth else "\\n"
            for key, value in event.items():
                if isinstance(value, dict): text += "%s:\\n%s" % (key, tree(value, depth + 1))
                else: text += "\\t" * depth + "%s: %s\\n" % (key, value)
            return text if depth else json.dumps({"text": escape(text)})

        print({"form": form, "event": event, "tree": tree}[sys.argv[1]](json.load(sys.stdin)))
        """

    @Test(
        .enabled(if: Workspace.hasPython, "run ./build.sh setup"),
        arguments: [
            ("form", "alarm-sns-metric"), ("form", "alarm-sns-metric-ok"), ("form", "alarm-sns-insufficient-data"),
            ("form", "alarm-sns-composite"), ("form", "alarm-sns-math"), ("form", "alarm-sns-anomaly"),
            ("form", "json-unknown"), ("form", "sla-result-failed"), ("event", "cloudmonitor-event"),
            ("event", "cloudmonitor-event-over"), ("tree", "cloudmonitor-event"), ("tree", "eventbridge-custom"),
            ("tree", "alarm-eventbridge-math"),
        ], [true, false])
    func sameBytes(_ row: (style: String, name: String), isTrusted: Bool) throws {
        let sample = Samples.named(row.name)
        let output =
            row.style == "form"
            ? try SampleOutput["slack-form"].make()
            : try SampleOutput["slack-text"].make(["style": .string(row.style)])
        let found = sample.notifications.flatMap { notification in
            var notification = notification
            notification.isTrusted = isTrusted
            return output.messages(for: notification, Sample.options()).map { $0.bodyText + "\n" }
        }.joined()
        let event = String(decoding: sample.event, as: UTF8.self)
        let arguments = ["-c", Self.script, row.style, isTrusted ? "raw" : "escaped"]
        let original = try Command.run(Workspace.python, arguments, input: event)
        #expect(original.errors == "")
        #expect(found == original.output)
    }

    @Test("a trusted sender's text is written as the replaced function wrote it, another's is escaped")
    func escapes() throws {
        let text = "<!channel> a & b"
        let alarm: JSONValue = [
            "AlarmName": "a", "AlarmDescription": .string(text), "NewStateValue": "ALARM", "OldStateValue": "OK",
            "NewStateReason": "r",
        ]
        let event = IncomingEvent(
            parsing: SampleEvents.topic([alarm.description]).serialized(), requestID: "r",
            receivedAt: Samples.receivedAt)
        var notification = try #require(event.messages.first?.notifications.first)
        let output = try SampleOutput["slack-form"].make()
        let escaped = try #require(output.messages(for: notification, Sample.options()).first?.bodyText)
        #expect(escaped.contains(percentEncoded("&lt;!channel&gt; a &amp; b", spaceAsPlus: true)))
        notification.isTrusted = true
        let raw = try #require(output.messages(for: notification, Sample.options()).first?.bodyText)
        #expect(raw.contains(percentEncoded(text, spaceAsPlus: true)))
    }

    /// What the replaced functions read from the environment, and how their messages look.
    @Test(
        "with the replaced functions' variables alone the messages are theirs",
        arguments: [
            (["SLACK_CHANNEL": "#ops", "SLACK_USERNAME": "AWS", "SLACK_EMOJI": ":aws:"], "form"),
            (["SLACK_FORMAT": "text"], "event"), (["SLACK_FORMAT": "tree"], "tree"),
        ])
    func originalsVariables(variables: [String: String], style: String) async throws {
        let server = try ChatServer()
        defer { server.stop() }
        let clock = TestClock(Sample.time)
        let environment = Environment(variables.merging(["SLACK_WEBHOOK_URL": server.url + "/hook"]) { $1 })
        let notifier = try await Notifier(
            Notifier.Configuration(environment: environment), environment: environment, http: Network.http.get(),
            time: clock.source, executor: Network.loop.get(), attemptTimeout: .seconds(3), aws: noAWS
        )
        let sample = Samples.named(style == "form" ? "alarm-sns-metric" : "cloudmonitor-event")
        _ = try await notifier.handle(sample.event, .test(clock))
        let event = String(decoding: sample.event, as: UTF8.self)
        let original = try Command.run(Workspace.python, ["-c", Self.script, style, "escaped"], input: event)
        #expect(server.accepted.map { $0.text + "\n" } == [original.output])
    }
}
