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

    private static let responders =
        "expected team:NAME, user:E-MAIL, escalation:NAME or schedule:NAME, or an id in place of the name"
    private static let source = "expected at most 256 characters that do not begin with aws., which is AWS's own"

    static let laterFaults: [(String, [String: String], JSONObject, [String])] = [
        (
            "ntfy", ["token": "t"], ["topic": "a/b", "priority": 6, "username": "u"],
            [
                "outputs.ops.topic is \"a/b\", expected a name of 1 to 64 letters, digits, - and _",
                "outputs.ops.token: makes no sense beside username and secret",
                "outputs.ops.priority is \"6\", expected a whole number from 1 to 5",
            ]
        ),
        (
            "ntfy", [:], ["topic": "a", "username": "u"],
            [
                "outputs.ops.secret is not set, expected a value: secret is the password of username"
            ]
        ),
        (
            "ntfy", ["url": "https://ntfy.sh/"], [:],
            [
                "outputs.ops.url: expected the topic's URL, such as https://ntfy.sh/my-alerts"
            ]
        ),
        (
            "ntfy", ["url": "https://ntfy.sh/a"], ["topic": "a"],
            [
                "outputs.ops.url: makes no sense beside server and topic: it stands for both"
            ]
        ),
        (
            "opsgenie", [:], ["priority": "P6", "responders": ["ops", "team:"]],
            [
                "outputs.ops.key is not set, expected a secret, or where it is kept",
                "outputs.ops.priority is \"P6\", expected one of P1, P2, P3, P4, P5",
                "outputs.ops.responders: has \"ops\", \"team:\", \(responders)",
            ]
        ),
        (
            "opsgenie", ["key": "k"], ["source": .string(String(repeating: "s", count: 101))],
            ["outputs.ops.source: has 101 characters, expected at most 100"]
        ),
        ("opsgenie", ["key": "k"], ["source": .string(String(repeating: "s", count: 100))], []),
        (
            "email", [:], ["from": "a", "to": ["b@example.org", "c d@example.org"]],
            [
                "outputs.ops.from: \"a\" is no address such as ops@example.org or Ops <ops@example.org>",
                "outputs.ops.to: \"c d@example.org\" is no address such as ops@example.org or Ops <ops@example.org>",
            ]
        ),
        (
            "email", [:], ["from": "a@b.example", "to": "a\r\nBcc: x@y.example"],
            [
                "outputs.ops.to: \"a\r\nBcc: x@y.example\" is no address such as ops@example.org or Ops <ops@example.org>"
            ]
        ),
        (
            "email", [:], ["from": "a@b.example", "to": "a, b@c.example, d@"],
            ["outputs.ops.to: \"a\", \"d@\" are no addresses such as ops@example.org or Ops <ops@example.org>"]
        ),
        ("email", [:], ["from": "a@b.example"], ["outputs.ops.to is not set, expected an address, or a list of them"]),
        (
            "zulip", ["key": "k"], ["email": "b@z.example"],
            [
                "outputs.ops.server is not set, expected the organisation's URL, such as https://example.zulipchat.com",
                "outputs.ops.channel is not set, expected a channel's name or id",
            ]
        ),
        (
            "rocket-chat", [:], [:],
            [
                "outputs.ops.url is not set, expected a URL that begins with https:// or http://, or where it is kept"
            ]
        ),
        (
            "sns", [:], ["topic": "arn:aws:sqs:eu-central-1:1:q"],
            [
                "outputs.ops.topic is \"arn:aws:sqs:eu-central-1:1:q\", expected a topic's ARN"
            ]
        ),
        (
            "eventbridge", [:], ["bus": "arn:aws:sns:eu-central-1:1:t", "source": "aws.ec2"],
            [
                "outputs.ops.bus is \"arn:aws:sns:eu-central-1:1:t\", expected a bus's name or ARN",
                "outputs.ops.source is \"aws.ec2\", \(source)",
            ]
        ),
    ]

    @Test(arguments: laterFaults.indices) func faults(row: Int) {
        let (kind, secrets, options, faults) = Self.laterFaults[row]
        #expect(Self.faults(kind, secrets, options) == faults)
    }

    /// Where a message goes, and how the sender is known there.
    @Test func placesAndAuthorizations() throws {
        func request(_ kind: String, _ secrets: [String: String], _ options: JSONObject) throws -> HTTPRequest {
            let output = try OutputDefinition(name: "ops", kind: kind, options: options).makeOutput(secrets: secrets)
            return try #require(output.messages(for: Sample.alarm, Sample.options())[0].request)
        }
        let open = try request("ntfy", [:], ["topic": "alerts"])
        #expect(open.url == "https://ntfy.sh/")
        #expect(open.headers["Authorization"] == nil)
        #expect(open.headers["X-Cache"] == nil)
        #expect(open.headers["X-Firebase"] == nil)
        let fleeting = try request("ntfy", [:], ["topic": "alerts", "cache": false, "firebase": false])
        #expect(fleeting.headers["X-Cache"] == "no")
        #expect(fleeting.headers["X-Firebase"] == "no")
        let token = try request("ntfy", ["url": "https://n.example/push/s3cr3t", "token": "tk_1"], [:])
        #expect(token.url == "https://n.example/push/")
        #expect(token.headers["Authorization"] == "Bearer tk_1")
        let basic = try request("ntfy", ["secret": "pass"], ["topic": "alerts", "username": "ann"])
        #expect(basic.headers["Authorization"] == "Basic YW5uOnBhc3M=")
        let jira: JSONObject = ["server": "https://api.atlassian.com/jsm/ops/integration/"]
        let alert = try request("opsgenie", ["key": "k"], jira)
        #expect(alert.url == "https://api.atlassian.com/jsm/ops/integration/v2/alerts")
        #expect(alert.headers["Authorization"] == "GenieKey k")
    }

    @Test(arguments: [
        ("team:ops", #"{"name":"ops","type":"team"}"#),
        ("user:ann@example.org", #"{"username":"ann@example.org","type":"user"}"#),
        ("user:5b10a2844c20165700ede21g", #"{"id":"5b10a2844c20165700ede21g","type":"user"}"#),
        (
            "team:4513b7ea-3b91-438f-b7e4-e3e54af9147c", #"{"id":"4513b7ea-3b91-438f-b7e4-e3e54af9147c","type":"team"}"#
        ),
    ])
    func respondersOfOpsgenie(_ text: String, _ expected: String) throws {
        let output = try OutputDefinition(
            name: "ops", kind: "opsgenie", options: ["responders": .string(text)]
        ).makeOutput(secrets: ["key": "k"])
        let message = output.messages(for: Sample.alarm, Sample.options())[0]
        #expect(message.json["responders"]?[0]?.description == expected)
    }

    /// What stands in the rules file can stand in variables, lists with commas.
    @Test func variablesOfALaterKind() throws {
        let environment = Environment([
            "OUTPUT_KIND": "email", "OUTPUT_FROM": "a@example.org", "OUTPUT_TO": "b@example.org, c@example.org",
            "OUTPUT_REPLY_TO": "env:WHO", "WHO": "d@example.org", "OUTPUT_CONFIGURATION_SET": "alerts",
        ])
        guard case .output(let definition) = try Notifier.Configuration(environment: environment).rules else {
            Issue.record("not one output")
            return
        }
        let message = try definition.makeOutput(secrets: [:]).messages(for: Sample.alarm, Sample.options())[0]
        #expect(message.json["Destination"]?["ToAddresses"] == ["b@example.org", "c@example.org"])
        #expect(message.json["ReplyToAddresses"] == ["d@example.org"])
        #expect(message.json["ConfigurationSetName"] == "alerts")
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
