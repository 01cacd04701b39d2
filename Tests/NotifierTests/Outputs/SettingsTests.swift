import AWS
import Basics
import Configuration
import JSON
import TestSupport
import Testing
import Transport

@testable import Notifier

@Suite struct SettingsTests {
    static func faults(_ kind: String, _ secrets: [String: String], _ options: JSONObject = [:]) -> [String] {
        do throws(ConfigurationError) {
            _ = try OutputDefinition(name: "ops", kind: kind, options: options).makeOutput(secrets: secrets)
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    @Test func everyFaultIsNamed() {
        #expect(
            Self.faults("telegram", [:], ["topic": -1, "silent": "yes", "colour": 1]) == [
                "outputs.ops.token is not set, expected a secret, or where it is kept",
                "outputs.ops.chat is not set, expected a value",
                "outputs.ops.topic is \"-1\", expected a whole number from 0 to 2147483647",
                "outputs.ops.silent is \"yes\", expected true or false",
                "outputs.ops.colour: unknown key, expected one of kind, token, server, chat, topic, silent, max-messages",
            ])
        #expect(
            Self.faults("slack", ["url": "hooks.slack.com/s3cr3t"])
                == ["outputs.ops.url: expected a URL that begins with https:// or http://"])
        #expect(
            Self.faults("matrix", ["token": "t"], ["room": "#a:b"])
                == ["outputs.ops.room is \"#a:b\", expected the room's internal id, which begins with !"])
        #expect(Self.faults("amazon-q", [:], ["topic": "q"]) == ["outputs.ops.topic is \"q\", expected a topic's ARN"])
        #expect(
            Self.faults("slack-text", ["url": "https://a"], ["style": "x"])
                == ["outputs.ops.style is \"x\", expected one of event, tree"])
        #expect(
            Self.faults("pager", [:])[0].hasPrefix("outputs.ops.kind is \"pager\", expected one of slack, slack-bot"))
    }

    @Test func whitespaceAroundSecretsIsRemoved() throws {
        let output = try OutputDefinition(name: "ops", kind: "slack")
            .makeOutput(secrets: ["url": " https://a.example/x\n"])
        #expect(output.messages(for: Sample.plain, Sample.options())[0].request?.url == "https://a.example/x")
    }

    @Test(arguments: [
        ("{{title}", "has a {{ without }}"), ("{{x}}", "has {{x}}, expected one of title, text"),
        ("{{title|big}}", "has {{title|big}}, expected one of json, url, html, raw after the |"),
    ])
    func faultsOfTemplates(_ body: String, _ fault: String) {
        #expect(
            Self.faults("webhook", ["url": "https://a"], ["body": .string(body)]).first?
                .hasPrefix("outputs.ops.body: \(fault)") == true)
    }

    @Test(arguments: [
        (
            #"{"a":"{{title}}","b":{{fields}},"c":"{{ title | url }}"}"#,
            #"{"a":"say \"a\"","b":[{"name":"k \"","value":"v"}],"c":"say%20%22a%22"}"#
        ),
        ("{{title|html}} {{title|raw}} {{account}}|", "say &quot;a&quot; say \"a\" |"),
        ("{{field:k \"}} {{tag:team}} {{tag:none}}.", "v web ."),
        ("{{text}}", #""line 1\nline 2""#), ("{{text}}.", #"line 1\nline 2."#),
        (
            #"{"a":{{title}},"b":"x \" {{title}}","c":{{account}},"d":"{{account}}","e":[{{severity}},{{state}}]}"#,
            #"{"a":"say \"a\"","b":"x \" say \"a\"","c":null,"d":"","e":["info",null]}"#
        ),
        (
            #"{"a":"fields: {{fields}}","b":{{tags}}}"#,
            #"{"a":"fields: [{\"name\":\"k \\\"\",\"value\":\"v\"}]","b":{"team":"web"}}"#
        ),
        ("{{severity}} {{time}} {{source}} {{state}}", "info 2026-11-21T03:42:00Z text "),
        ("{{message}}", #"{"x":1}"#), ("no placeholder {", "no placeholder {"),
    ])
    func templates(_ body: String, _ expected: String) throws {
        var notification = Sample.plain
        notification.title = "say \"a\""
        notification.text = "line 1\nline 2"
        notification.fields = [Field("k \"", "v")]
        notification.tags = ["team": "web"]
        notification.message = ["x": 1]
        let output = try SampleOutput["webhook"].make(["body": .string(body)])
        #expect(output.messages(for: notification, Sample.options())[0].bodyText == expected)
    }

    @Test func webhookHeadersAndMethod() throws {
        let output = try SampleOutput["webhook"].make([
            "method": "PUT", "headers": ["X-A": "1", "Content-Type": "text/plain"], "body": "{{text}}{{title}}",
            "signature-header": "X-Sign",
        ])
        let request = try #require(output.messages(for: Sample.plain, Sample.options())[0].request)
        #expect(request.method == "PUT")
        #expect(request.headers["X-A"] == "1")
        #expect(request.headers["Authorization"] == "Basic s3cr3t")
        #expect(request.headers["Content-Type"] == "text/plain")
        #expect(request.headers["X-Sign"] == "sha256=" + Digest.hmac(key: Array("sec-s3cr3t".utf8), "Backup done").hex)
        #expect(
            Self.faults("webhook", ["url": "https://a"], ["headers": ["a b": "c"]])
                == ["outputs.ops.headers: has \"a b\", which is not a valid header"])
    }

    /// Python's `hmac`, called as the services' documentation shows, computes the same signatures.
    @Test(.enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func signatures() throws {
        let script = """
            import base64, hashlib, hmac, urllib.parse
            secret = "sec-s3cr3t"
            ding = hmac.new(secret.encode(), f"1795232520000\\n{secret}".encode(), hashlib.sha256).digest()
            print(urllib.parse.quote_plus(base64.b64encode(ding)))
            lark = hmac.new(f"1795232520\\n{secret}".encode(), b"", hashlib.sha256).digest()
            print(base64.b64encode(lark).decode())
            """
        let expected = try Command.run(Workspace.python, ["-c", script]).output.split(separator: "\n").map(String.init)
        let ding = try SampleOutput["dingtalk"].make().messages(for: Sample.plain, Sample.options())[0]
        #expect(ding.request?.url.hasSuffix("&timestamp=1795232520000&sign=\(expected[0])") == true)
        let lark = try SampleOutput["feishu"].make().messages(for: Sample.plain, Sample.options())[0]
        #expect(lark.json["sign"]?.stringValue == expected[1])
        #expect(lark.json["timestamp"] == "1795232520")
    }
}
