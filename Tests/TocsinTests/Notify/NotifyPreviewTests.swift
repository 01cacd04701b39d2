import Basics
import ChatPages
import Configuration
import Foundation
import FunctionRuntime
import JSON
import Logging
import Notifier
import TestSupport
import Testing
import Transport

@testable import tocsin

/// `tocsin notify --preview`: whether the drawings say what the notifications say.
@Suite struct NotifyPreviewTests {
    private static let samples: [String] = {
        let folder = Workspace.root.appending(path: "Tests/NotifierTests/Samples")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.filter { $0.pathExtension == "json" }.map(\.lastPathComponent).sorted()
    }()

    private static let rules =
        NotifyPreview.sampleRules
        + "\n  bot: {kind: slack-bot, token: t, channel: C1}\n  phone: {kind: pagerduty, key: k}\n"

    private func preview(_ event: [UInt8], rules: String = Self.rules) async throws -> NotifyPreview {
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        let notifier = try await Notifier(environment: Environment(["NOTIFY_CONFIG_TEXT": rules]), loop: loop)
        let context = InvocationContext(
            requestID: "1", deadline: .now() + .seconds(30),
            logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() })
        return NotifyPreview(try await notifier.plan(event, context), time: Timestamp(secondsSinceEpoch: 1_795_232_520))
    }

    /// Reading the payloads as the three services do gives back all that was to be said: nothing is lost by an escape
    /// that is wrong, and nothing is refused.
    @Test(arguments: samples)
    func whatIsSaidIsSeen(sample: String) async throws {
        let event = try Data(contentsOf: Workspace.root.appending(path: "Tests/NotifierTests/Samples/\(sample)"))
        let preview = try await preview([UInt8](event))
        let warnings = preview.page.warnings.filter { warning in
            // More links than Teams shows, and a list whose fields Discord has no room for, are cut on purpose.
            !Self.meantToBeCut.contains { sample.hasPrefix($0.sample) && warning.hasPrefix($0.output) }
        }
        #expect(warnings == [])
        // A probe carries nothing.
        #expect(preview.page.sections.isEmpty == (sample == "fc-http-probe.json"))
    }

    @Test("what is muted or waits is named on the page")
    func muted() async throws {
        let muted = Self.rules + "mute: [{start: \"00:00\", duration: 24h}]\n"
        let preview = try await preview(Array("backup done".utf8), rules: muted)
        #expect(preview.page.sections.isEmpty)
        #expect(preview.page.notes.count == 5)
        #expect(preview.page.notes.first?.hasPrefix("backup done to slack: muted until ") == true)
        let html = String(decoding: preview.page.html(), as: UTF8.self)
        #expect(html.contains("Not sent at once"))
        #expect(html.contains("by mute[0]"))
    }

    private static let meantToBeCut: [(sample: String, output: String)] = []

    @Test("texts that look like markup of any of the three are seen as they are")
    func hostileTexts() async throws {
        let text = #"""
            *a* _b_ ~c~ `d` **e** __f__ ||g|| # h <!channel> <@U1> @everyone @here [x](https://evil.example) <https://evil.example|y> \* \\ {{DATE(1)}} <at>z</at> &amp; &lt; ![i](https://evil.example/i.png)
            > quote
            - list
            ```
            code
            ```
            """#
        let event: JSONValue = ["text": .string(text), "status": "FAILED", "note": .string(text)]
        let preview = try await preview(event.serialized())
        // Slack has room for 150 characters of the title; nothing else is lost.
        #expect(preview.page.warnings.filter { !$0.contains("characters of the title") } == [])
        let deliveries = preview.page.sections.flatMap(\.deliveries)
        #expect(deliveries.map(\.output.name) == ["slack", "teams", "discord", "bot", "phone"])
        for delivery in deliveries where delivery.output.kind != "pagerduty" {
            for request in delivery.messages {
                #expect(ChatMessage(request.body, kind: delivery.output.kind).mentions == [], "\(delivery.output.name)")
            }
        }
    }

    @Test("a long text is in several messages, and what no message has is named")
    func longTexts() async throws {
        let long = String(repeating: "word and word ", count: 6_000)
        let preview = try await preview(Array(long.utf8), rules: NotifyPreview.sampleRules)
        let deliveries = try #require(preview.page.sections.first).deliveries
        #expect(deliveries.allSatisfy { $0.messages.count == 5 })
        #expect(preview.page.warnings.count == 3, "\(preview.page.warnings)")
        #expect(preview.page.warnings.allSatisfy { $0.contains("characters of the text are left out") })
    }

    @Test func aTrustedSendersOwnMessageIsCheckedNotCompared() async throws {
        let blocks: JSONValue = [
            "text": "own",
            "blocks": [
                [
                    "type": "header",
                    "text": ["type": "plain_text", "text": .string(String(repeating: "x", count: 151))],
                ]
            ],
        ]
        let rules = NotifyPreview.sampleRules + "\nroutes: [{match: {source: slack}, to: slack, trusted: true}]"
        let preview = try await preview(blocks.serialized(), rules: rules)
        #expect(preview.page.warnings.count == 1)
        #expect(
            preview.page.warnings.first?.contains("Slack refuses the message: blocks[0].text.text: 151 characters")
                == true)
        let fallback = try #require(preview.page.sections.first?.deliveries.first?.messages.first?.fallback)
        #expect(fallback.contains("own"))
    }

    @Test func aGraphIsAnnouncedWhereItIsSent() async throws {
        let event = try Data(
            contentsOf: Workspace.root.appending(path: "Tests/NotifierTests/Samples/alarm-sns-metric.json"))
        let deliveries = try await preview([UInt8](event)).page.sections.flatMap(\.deliveries)
        #expect(deliveries.filter(\.hasGraph).map(\.output.name) == ["discord", "bot"])
    }
}

/// `tocsin notify --preview` as a shell sees it.
@Suite(.timeLimit(.minutes(2))) struct NotifyPreviewCommandTests {
    private static let none = [
        "NOTIFY_CONFIG": "", "NOTIFY_CONFIG_TEXT": "", "OUTPUT_KIND": "", "SLACK_WEBHOOK_URL": "",
        "slack_webhook_url": "",
    ]

    private func run(_ arguments: [String], input: String = "ALARM: x", _ environment: [String: String] = [:]) throws
        -> Command.Result
    {
        try Command.run(
            BuiltTocsin.path, ["notify", "--event", "-"] + arguments, input: input,
            environment: Self.none.merging(environment) { $1 })
    }

    @Test func withoutRulesItDrawsTheThree() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: "page.html")
            let result = try run(["--preview", file.path])
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.errors == "\(file.path) shows 3 messages. Nothing was sent.\n")
            let page = try String(contentsOf: file, encoding: .utf8)
            for service in ["Slack", "Microsoft Teams", "Discord"] where service != "Microsoft Teams" {
                #expect(page.contains("<h3>\(service) "))
            }
            #expect(page.contains("<h3>Teams "))
        }
    }

    @Test func theRulesDecide() throws {
        let result = try run(
            ["--preview", "-"], ["OUTPUT_KIND": "discord", "OUTPUT_URL": "https://discord.example/s3cr3t"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("<h3>Discord "))
        #expect(!result.output.contains("<h3>Slack "))
        #expect(!(result.output + result.errors).contains("s3cr3t"))
        #expect(result.errors == "Drawn: 1 message. Nothing was sent.\n")
    }

    @Test func nowhereToWrite() throws {
        let result = try run(["--preview", "/nowhere/page.html"])
        #expect(result.status == 1)
        #expect(result.errors.contains("/nowhere/page.html cannot be written"))
    }

    @Test func theEventIsNeeded() throws {
        let result = try Command.run(BuiltTocsin.path, ["notify", "--preview", "-"], environment: Self.none)
        #expect(result.status == 64)
        #expect(result.errors.contains("Add --event FILE"))
    }
}
