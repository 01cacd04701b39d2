import Basics
import Foundation
import JSON
import TestSupport
import Testing

/// The CLI as `./build.sh` makes it.
private enum BuiltTool {
    static let path = Workspace.root.appending(path: "dist/bin/tocsin").path
    static let isThere = FileManager.default.isExecutableFile(atPath: path)
}

/// `tocsin notify`: what it prints, sends, and exits with.
@Suite(.enabled(if: BuiltTool.isThere, "needs dist/bin/tocsin: run ./build.sh"), .timeLimit(.minutes(1)))
struct NotifierCommandTests {
    private func run(
        _ arguments: [String], _ event: String, _ environment: [String: String] = [:]
    ) throws -> Command.Result {
        let none = ["NOTIFY_CONFIG": "", "NOTIFY_CONFIG_TEXT": "", "OUTPUT_KIND": "", "SLACK_WEBHOOK_URL": ""]
        return try Command.run(
            BuiltTool.path, ["notify", "--event", "-"] + arguments, input: event,
            environment: none.merging(environment) { $1 }
        )
    }

    @Test func aDryRunShowsEverythingButSecrets() async throws {
        let chat = try ChatServer()
        defer { chat.stop() }
        try await Workspace.withTemporaryFolder { folder in
            let rules = folder.appending(path: "notifier.yaml")
            try """
            outputs:
              room: {kind: slack, url: "\(chat.url)/s3cr3t"}
              bot: {kind: slack-bot, token: "ssm:/slack", channel: C1}
            routes:
              - {match: {title: "*noise*"}, drop: true}
            """.write(to: rules, atomically: true, encoding: .utf8)
            let event = SampleEvents.queue(["signal", "noise"]).description
            let result = try run(["--config", rules.path, "--dry-run"], event)
            #expect(result.status == 0, "\(result.errors)")
            let host = chat.url.dropFirst("http://".count)
            for text in [
                "signal", "POST \(host)", "POST slack.com", "RECORDS", "sqs-0", "dropped by a rule",
                "2 notifications, 2 messages.",
            ] {
                #expect(result.output.contains(text), "\(text) in \(result.output)")
            }
            #expect(!(result.output + result.errors).contains("s3cr3t"))
            #expect(chat.requests.isEmpty)
        }
    }

    @Test("a dry run of one record numbers nothing, and names the place of a URL that it does not fetch")
    func aDryRunOfOneRecord() throws {
        let environment = ["OUTPUT_KIND": "slack", "OUTPUT_URL": "ssm:/slack"]
        let result = try run(["--dry-run"], "hello", environment)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("POST the parameter /slack"))
        #expect(!result.output.contains("RECORD"))
    }

    @Test("a setting of AWS that has no effect is named")
    func ignoredSetting() throws {
        let environment = ["OUTPUT_KIND": "slack", "OUTPUT_URL": "ssm:/slack", "AWS_CSM_ENABLED": "true"]
        let result = try run(["--dry-run"], "hello", environment)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.errors.contains("AWS_CSM_ENABLED=true has no effect: no agent is told about the calls"))
    }

    @Test("a dry run that cannot be written fails")
    func nowhereToWrite() throws {
        let script = "exec '\(BuiltTool.path)' notify --event - --dry-run > /dev/full"
        let environment = ["NOTIFY_CONFIG": "", "OUTPUT_KIND": "", "SLACK_WEBHOOK_URL": "https://hooks.example/s"]
        let result = try Command.run("/bin/sh", ["-c", script], input: "hello", environment: environment)
        #expect(result.status == 1)
        #expect(result.errors.contains("No space left on device"), "\(result.errors)")
    }

    @Test func withoutItTheNotificationsAreSent() throws {
        let chat = try ChatServer { request, _ in request.text.contains("bad") ? .declines("no_text") : .accepts }
        defer { chat.stop() }
        let environment = ["SLACK_WEBHOOK_URL": chat.url + "/s3cr3t"]
        let sent = try run([], "hello", environment)
        #expect(sent.status == 0 && sent.output.contains(#""sent":1"#), "\(sent.errors)")
        let failed = try run([], SampleEvents.queue(["good", "bad"]).description, environment)
        #expect(failed.status == 1 && failed.output.contains(#"{"itemIdentifier":"sqs-1"}"#), "\(failed.errors)")
        #expect(failed.errors.contains("Slack answered 400: no_text") && !failed.errors.contains("s3cr3t"))
        #expect(chat.accepted.count == 2)
    }

    @Test(arguments: [("/nowhere/event.json", "No such file or directory"), ("/", "Is a directory")])
    func anEventThatCannotBeRead(path: String, reason: String) throws {
        let result = try Command.run(BuiltTool.path, ["notify", "--event", path, "--dry-run"])
        #expect(result.status == 64 && result.output.isEmpty)
        #expect(result.errors == "Error: the file \(path) cannot be read: \(reason)\n")
    }

    @Test(arguments: [
        ([], "NOTIFY_CONFIG is not set"),
        (["--config", "/nowhere/notifier.yaml"], "/nowhere/notifier.yaml cannot be read"),
    ])
    func wrongUse(arguments: [String], message: String) throws {
        let result = try run(arguments + ["--dry-run"], "hello")
        #expect(result.status == 64)
        #expect(result.errors.contains(message), "\(result.errors)")
    }
}
