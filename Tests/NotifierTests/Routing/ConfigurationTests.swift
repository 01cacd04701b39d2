import Basics
import Configuration
import ConfigurationSources
import JSON
import Testing
import Transport

@testable import Notifier

@Suite struct NotifierConfigurationTests {
    private func read(_ variables: [String: String]) throws -> Notifier.Configuration {
        try Notifier.Configuration(environment: Environment(variables))
    }

    private func output(_ variables: [String: String]) throws -> OutputDefinition {
        guard case .output(let output) = try read(variables).rules else {
            throw NotifierError(.wrongConfiguration, "not one output")
        }
        return output
    }

    @Test func defaults() throws {
        let configuration = try read(["NOTIFY_CONFIG": "notifier.yaml"])
        guard case .file(.file("notifier.yaml")) = configuration.rules else {
            Issue.record("\(configuration.rules)")
            return
        }
        #expect(configuration.maximumAge == .seconds(60))
        #expect(configuration.digestAbove == 5)
        #expect(configuration.table == nil)
        #expect(configuration.showsGraphs)
    }

    @Test(arguments: [
        ("s3://bucket/a/b.yaml", ConfigurationSource.object(bucket: "bucket", key: "a/b.yaml")),
        ("ssm:/a", .parameter("/a")),
        ("arn:aws:ssm:eu-central-1:1:parameter/a", .parameter("arn:aws:ssm:eu-central-1:1:parameter/a")),
        ("/etc/a.yaml", .file("/etc/a.yaml")),
    ])
    func places(text: String, source: ConfigurationSource) throws {
        guard case .file(source) = try read(["NOTIFY_CONFIG": text]).rules else {
            Issue.record("\(text) is something else")
            return
        }
    }

    /// The variables of the notifier that this one replaces, with a webhook in clear and one that KMS has encrypted.
    @Test(arguments: [
        ("https://hooks.example/x", SecretReference.plain("https://hooks.example/x")),
        ("AQICAHg==", .encrypted(base64: "AQICAHg==", context: [:])), ("ssm:/slack", .parameter("/slack")),
        ("kms:AQI=#a=b,c=d", .encrypted(base64: "AQI=", context: ["a": "b", "c": "d"])),
    ])
    func slackVariables(webhook: String, reference: SecretReference) throws {
        let output = try output([
            "SLACK_WEBHOOK_URL": webhook, "SLACK_CHANNEL": "#ops", "SLACK_USERNAME": "CloudWatch",
            "SLACK_EMOJI": ":aws:",
        ])
        #expect(output.kind == "slack-form", "as the function looked that needs these four")
        #expect(output.secrets == ["url": reference])
        #expect(output.options == ["channel": "#ops", "username": "CloudWatch", "emoji": ":aws:"])
        #expect(try self.output(["slack_webhook_url": webhook]).secrets == ["url": reference])
    }

    @Test(arguments: [
        ("blocks", "slack", nil), ("form", "slack-form", nil), ("text", "slack-text", nil),
        ("tree", "slack-text", "tree"),
    ])
    func slackFormats(format: String, kind: String, style: String?) throws {
        let output = try output(["SLACK_WEBHOOK_URL": "https://a.example", "SLACK_FORMAT": format])
        #expect(output.kind == kind)
        #expect(output.options["style"]?.stringValue == style)
    }

    @Test(arguments: [
        (["SLACK_WEBHOOK_URL": "https://a"], "slack"), (["slack_webhook_url": "https://a"], "slack-text"),
        (["SLACK_WEBHOOK_URL": "https://a", "SLACK_CHANNEL": "#a", "SLACK_USERNAME": "b"], "slack"),
        (
            ["SLACK_WEBHOOK_URL": "https://a", "SLACK_CHANNEL": "#a", "SLACK_USERNAME": "b", "SLACK_EMOJI": "c"],
            "slack-form"
        ),
    ])
    func formatOfTheReplacedFunction(variables: [String: String], kind: String) throws {
        #expect(try output(variables).kind == kind)
    }

    @Test("OUTPUT_ variables take env: references and headers")
    func referencesAndHeaders() throws {
        let output = try output([
            "OUTPUT_KIND": "webhook", "OUTPUT_URL": "env:HOOK", "HOOK": "https://a.example/s", "OUTPUT_METHOD": "env:M",
            "M": "PUT", "OUTPUT_HEADERS": #"{"X-Team": "ops", "X-Key": "env:KEY", "X-Api": "ssm:/api"}"#, "KEY": "k",
        ])
        #expect(output.secrets == ["url": .plain("https://a.example/s"), "headers.X-Api": .parameter("/api")])
        #expect(output.options == ["headers": ["X-Team": "ops", "X-Key": "k", "X-Api": ""], "method": "PUT"])
        let made = try output.makeOutput(secrets: ["url": "https://a.example/s", "headers.X-Api": "fetched"])
        let request = try #require(made.messages(for: Sample.plain, Sample.options())[0].request)
        #expect(request.method == "PUT")
        #expect(["X-Team", "X-Key", "X-Api"].map { request.headers[$0] } == ["ops", "k", "fetched"])
        let yaml = try self.output([
            "OUTPUT_KIND": "webhook", "OUTPUT_URL": "https://a", "OUTPUT_HEADERS": "X-Team: ops\nX-B: c",
        ])
        #expect(yaml.options["headers"] == ["X-Team": "ops", "X-B": "c"])
    }

    @Test func anyOutput() throws {
        let output = try output([
            "OUTPUT_KIND": "slack-bot", "OUTPUT_TOKEN": "secretsmanager:slack#token", "OUTPUT_CHANNEL": "C1",
            "OUTPUT_REPLY_BROADCAST": "true", "OUTPUT_USERNAME": "", "SLACK_WEBHOOK_URL": "https://unused.example",
        ])
        #expect(output.name == "slack-bot")
        #expect(output.secrets == ["token": .managed(id: "slack", key: "token")])
        #expect(output.options == ["channel": "C1", "reply-broadcast": true])
    }

    @Test(arguments: [
        ([:], "NOTIFY_CONFIG is not set, expected where the rules are; without rules, set OUTPUT_KIND"),
        (
            ["NOTIFY_CONFIG": "s3://bucket"],
            "NOTIFY_CONFIG is \"s3://bucket\", expected a path, s3://bucket/key or ssm:/name"
        ),
        (["OUTPUT_KIND": "nothing"], "outputs.nothing.kind is \"nothing\", expected one of"),
        (["OUTPUT_KIND": "slack"], "outputs.slack.url is not set, expected a URL"),
        (["OUTPUT_KIND": "slack", "OUTPUT_URL": "hooks/s"], "outputs.slack.url: expected a URL"),
        (["OUTPUT_KIND": "slack", "OUTPUT_URL": "env:NOTHING"], "OUTPUT_URL: env:NOTHING is not set"),
        (
            ["OUTPUT_KIND": "slack", "OUTPUT_URL": "https://a", "OUTPUT_CHANNEL": "env:NOTHING"],
            "OUTPUT_CHANNEL: env:NOTHING is not set"
        ),
        (
            ["OUTPUT_KIND": "webhook", "OUTPUT_URL": "https://a", "OUTPUT_HEADERS": "X-Team"],
            "OUTPUT_HEADERS is \"***\", expected a mapping such as"
        ),
        (
            ["SLACK_WEBHOOK_URL": "hooks.slack.com/services/x"],
            "SLACK_WEBHOOK_URL: is neither a URL that begins with https:// nor a text encrypted by KMS"
        ),
        (["slack_webhook_url": "hello"], "slack_webhook_url: is neither a URL that begins with https://"),
        (
            ["SLACK_WEBHOOK_URL": "https://a", "NOTIFY_DIGEST": "-1"],
            "NOTIFY_DIGEST is \"-1\", expected a whole number"
        ),
        (
            ["SLACK_WEBHOOK_URL": "https://a", "SLACK_FORMAT": "x"],
            "SLACK_FORMAT is \"x\", expected one of blocks, form, text, tree"
        ),
    ])
    func faults(variables: [String: String], fault: String) {
        let error = #expect(throws: (any Error).self) { try read(variables) }
        #expect(error.map { "\($0)" }?.contains(fault) == true, "\(String(describing: error))")
    }
}
