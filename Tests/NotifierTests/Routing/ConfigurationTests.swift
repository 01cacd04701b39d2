import Basics
import Configuration
import ConfigurationSources
import JSON
import Testing

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
        #expect(output.kind == "slack")
        #expect(output.secrets == ["url": reference])
        #expect(output.options == ["channel": "#ops", "username": "CloudWatch", "emoji": ":aws:"])
        #expect(try self.output(["slack_webhook_url": webhook]).secrets == ["url": reference])
    }

    @Test(arguments: [("blocks", "slack"), ("form", "slack-form"), ("text", "slack-text")])
    func slackFormats(format: String, kind: String) throws {
        #expect(try output(["SLACK_WEBHOOK_URL": "https://a.example", "SLACK_FORMAT": format]).kind == kind)
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
        (
            ["SLACK_WEBHOOK_URL": "https://a", "NOTIFY_DIGEST": "-1"],
            "NOTIFY_DIGEST is \"-1\", expected a whole number"
        ),
        (
            ["SLACK_WEBHOOK_URL": "https://a", "SLACK_FORMAT": "x"],
            "SLACK_FORMAT is \"x\", expected one of blocks, form, text"
        ),
    ])
    func faults(variables: [String: String], fault: String) {
        let error = #expect(throws: (any Error).self) { try read(variables) }
        #expect(error.map { "\($0)" }?.contains(fault) == true, "\(String(describing: error))")
    }
}
