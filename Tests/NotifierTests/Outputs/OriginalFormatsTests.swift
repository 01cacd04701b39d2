import JSON
import TestSupport
import Testing

@testable import Notifier

/// The messages of the functions that Tocsin replaces, byte for byte; only the escapes of `& < >` were added.
@Suite struct OriginalFormatsTests {
    /// Computes what the original functions send for a captured event, from their code.
    static let script = """
        import json, sys, urllib.parse

        def escape(text):
            return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

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
        ])
    func sameBytes(style: String, name: String) throws {
        let sample = Samples.named(name)
        let found =
            style == "form"
            ? try sample.bodies(SampleOutput["slack-form"])
            : try sample.bodies(SampleOutput["slack-text"], ["style": .string(style)])
        let event = String(decoding: sample.event, as: UTF8.self)
        let original = try Command.run(Workspace.python, ["-c", Self.script, style], input: event)
        #expect(original.errors == "")
        #expect(found == original.output)
    }
}
