import Basics
import Foundation
import JSON
import TestSupport
import TextTables
import Testing

@testable import Notifier
@testable import tocsin

/// `tocsin notify test` as a shell sees it: who gets what, why, and the exit status.
@Suite(.timeLimit(.minutes(2))) struct NotifyTestCommandTests {
    private static let rules = """
        outputs:
          ops: {kind: slack, url: "ssm:/alerts/slack"}
          phone: {kind: pagerduty, key: "env:PAGER_KEY"}
        routes:
          - match: {source: text, title: "*noise*"}
            drop: true
          - match: {at-least: critical}
            to: [ops, phone]
            mention: "@here"
        default: ops
        """

    /// A folder with rules and events.
    private final class Shell {
        let folder = FileManager.default.temporaryDirectory.appending(path: "notify-" + UUID().uuidString)

        init() throws {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try write("rules.yaml", NotifyTestCommandTests.rules)
            try write("down.txt", "CRITICAL: database down")
            try write("info.txt", "a backup is done")
            try write("noise.txt", "some noise")
        }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func write(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: folder.appending(path: name))
        }

        func run(_ arguments: String..., input: String = "") throws -> Command.Result {
            try Command.run(
                BuiltTocsin.path, ["notify", "test"] + arguments, input: input, folder: folder,
                environment: ["PAGER_KEY": "k3y", "NOTIFY_CONFIG_TEXT": "outputs: nonsense", "NOTIFY_CONFIG": "x"])
        }
    }

    @Test func whoGetsWhatAndWhy() throws {
        let result = try Shell().run("rules.yaml", "down.txt", "info.txt")
        #expect(result.status == 0, "\(result.errors)")
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines[0] == "NOTIFICATION             GOES TO     SEVERITY  EVENT     READ AS")
        #expect(lines[1] == "CRITICAL: database down  ops, phone  critical  down.txt  text")
        #expect(lines[2] == "a backup is done         ops         info      info.txt  text")
        for line in [
            "  route 1 (line 5) does not match: title is CRITICAL: database down, not *noise*",
            "  route 2 (line 7) matches: severity is critical, at least critical → to ops, phone, calling @here",
            "  Goes to ops (slack, critical) calling @here; phone (pagerduty, critical) calling @here.",
            "  route 2 (line 7) does not match: severity is info, less than critical", "  default: to ops",
            "2 notifications, 0 not as it should be. Nothing was sent.",
        ] {
            #expect(lines.contains(line), "\(line) in\n\(result.output)")
        }
        #expect(!result.output.contains("k3y"))
    }

    @Test func whatReachesNobodyFails() throws {
        let shell = try Shell()
        let result = try shell.run("rules.yaml", "noise.txt")
        #expect(result.status == 1)
        #expect(
            result.output.contains("route 1 (line 5) matches: source is text; title is some noise (*noise*) → dropped"))
        #expect(result.output.contains("FAILED: it reaches nobody"))
        #expect(try shell.run("rules.yaml", "noise.txt", "--expect", "output=none").status == 0)
    }

    @Test func whatIsNotUnderstoodFails() throws {
        let result = try Shell().run("rules.yaml", "-", input: #"{"AlarmName": "a", "NewStateValue": "ALARM", "#)
        #expect(result.status == 1)
        #expect(result.output.contains("FAILED: not understood: not valid JSON"))
    }

    @Test func anEmptyListFails() throws {
        let result = try Shell().run("rules.yaml", "-", input: #"{"Records": []}"#)
        #expect(result.status == 1, "\(result)")
        #expect(result.output.contains("Standard input: nothing is in it, no notification"))
    }

    @Test(arguments: [
        ("output=phone", "expected output phone; it goes to ops"),
        ("output=none", "expected outputs: nobody; it goes to ops"),
        ("mention=here", "expected mention @here; it calls nobody"),
        ("severity=critical", "expected severity critical; it is info"),
        ("source=ec2", "expected source ec2; it is text"),
        ("title=*noise*", "expected title *noise*; it is a backup is done"),
    ])
    func expectations(expectation: String, failure: String) throws {
        let shell = try Shell()
        let result = try shell.run("rules.yaml", "info.txt", "--expect", expectation)
        #expect(result.status == 1)
        #expect(result.output.contains("FAILED: \(failure)"), "\(result.output)")
    }

    @Test func expectationsThatAreMet() throws {
        let result = try Shell().run(
            "rules.yaml", "down.txt", "--expect", "output=ops", "--expect", "output=phone", "--expect", "mention=@here",
            "--expect", "severity=critical", "--expect", "source=text", "--expect", "title=/database/")
        #expect(result.status == 0, "\(result.output)")
    }

    @Test func aFileOfExpectations() throws {
        let shell = try Shell()
        try shell.write(
            "tests.yaml",
            """
            - {event: down.txt, outputs: [phone, ops], mentions: "@here", severity: critical}
            - {event: noise.txt, outputs: []}
            - {event: info.txt, outputs: ops, mentions: [], title: "a *"}
            """)
        #expect(try shell.run("rules.yaml", "--expectations", "tests.yaml").status == 0)
        try shell.write("tests.yaml", "- {event: info.txt, outputs: [phone]}")
        let failed = try shell.run("rules.yaml", "--expectations", "tests.yaml")
        #expect(failed.status == 1)
        #expect(failed.output.contains("FAILED: expected outputs: phone; it goes to ops"))
    }

    @Test func asJSON() throws {
        let result = try Shell().run("rules.yaml", "down.txt", "noise.txt", "--output", "json")
        #expect(result.status == 1)
        let json = try JSONValue(parsing: result.output)
        #expect(json["passed"] == false)
        let entries = json["notifications"]?.arrayValue ?? []
        #expect(entries.map { $0["event"] } == ["down.txt", "noise.txt"])
        #expect(entries[0]["outputs"]?.arrayValue?.map { $0["name"] } == ["ops", "phone"])
        #expect(entries[0]["routes"]?[1]?["line"] == 7)
        #expect(entries[0]["routes"]?[1]?["conditions"]?[0]?["key"] == "at-least")
        #expect(entries[0]["failures"] == [])
        #expect(entries[1]["routes"]?.arrayValue?.count == 1)
        #expect(entries[1]["failures"] == ["it reaches nobody"])
    }

    @Test(arguments: [
        (["rules.yaml"], "Name at least one file with an event"),
        (["rules.yaml", "/nowhere"], "/nowhere cannot be read"),
        (["down.txt", "info.txt"], "wrong rules"),
        (["rules.yaml", "info.txt", "--expect", "output"], "write KEY=VALUE"),
        (["rules.yaml", "info.txt", "--expect", "outptu=ops"], "did you mean output?"),
        (["rules.yaml", "info.txt", "--expect", "severity=bad"], "there is no severity bad"),
        (["rules.yaml", "--expectations", "down.txt"], "down.txt cannot be used"),
    ])
    func wrongUse(arguments: [String], message: String) throws {
        let shell = try Shell()
        let result = try Command.run(
            BuiltTocsin.path, ["notify", "test"] + arguments, folder: shell.folder, environment: ["PAGER_KEY": "k3y"])
        #expect(result.status == 64, "\(result)")
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    // MARK: Widths

    @Test(arguments: [40, 80, 200])
    func itLinesUp(width: Int) throws {
        var test = RoutingTest()
        let long = String(repeating: "a long title ", count: 20)
        test.add(
            "events/one.json",
            .init(entries: [Self.entry(long, outputs: ["operations-room", "telephone", "archive"])]), [])
        test.add("events/two.json", .init(entries: [Self.entry("短い 🔔", outputs: [])]), [])
        let lines = test.text(width: width, colour: false).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
        #expect(lines.allSatisfy { $0.displayWidth <= width }, "\(lines.filter { $0.displayWidth > width })")
        // What follows the first column begins at the same place in each row.
        let header = try #require(lines[0].range(of: "GOES TO"))
        let start = String(lines[0][..<header.lowerBound]).displayWidth
        for (line, word) in zip(lines[1...2], ["oper", "nobody"]) {
            let place = try #require(line.range(of: word))
            #expect(String(line[..<place.lowerBound]).displayWidth == start, "\(line)")
        }
        #expect(test.text(width: 200, colour: false).contains("READ AS"))
        #expect(!test.text(width: 40, colour: false).contains("READ AS"))
    }

    private static func entry(_ title: String, outputs: [String]) -> RoutingTrace.Entry {
        .init(
            record: "1", format: "text", problem: nil, title: title, severity: .warning, state: nil, source: "text",
            routes: [
                .init(
                    number: 1, line: 5, isMatch: true,
                    conditions: [.init(key: "fields.a.very.long.path", wanted: ["*"], found: [title], holds: true)],
                    outputs: outputs, drops: outputs.isEmpty, mentions: ["@here"], changes: [], goesOn: false)
            ],
            destinations: outputs.map {
                .init(output: $0, kind: "slack", title: title, severity: .warning, mentions: [], fate: "sent")
            }, notes: [])
    }

    // MARK: Silences and ends

    private static func alarm(_ state: String, _ old: String) -> String {
        #"{"AlarmName":"cpu","AlarmArn":"arn:aws:cloudwatch:eu-central-1:111122223333:alarm:cpu","#
            + #""AWSAccountId":"111122223333","Region":"EU (Frankfurt)","StateChangeTime":"2026-11-20T10:00:05.123+0000","#
            + #""NewStateReason":"x","NewStateValue":"\#(state)","OldStateValue":"\#(old)"}"#
    }

    @Test("where an alarm's OK goes is told, when it does not match by itself what its alarm matched")
    func whereTheOKGoes() throws {
        let shell = try Shell()
        try shell.write("alarm.json", Self.alarm("ALARM", "OK"))
        try shell.write("ok.json", Self.alarm("OK", "ALARM"))
        let result = try shell.run("rules.yaml", "alarm.json", "ok.json")
        #expect(result.status == 0, "\(result)")
        let text = result.output.replacing("\n      ", with: " ")
        #expect(
            text.contains(
                "Note: its OK does not match by itself what leads to phone: with NOTIFY_STATE it goes there all the "
                    + "same, without it to ops."), "\(result.output)")
        #expect(
            text.contains("Note: if its ALARM was critical, it goes where that went with NOTIFY_STATE: to ops, phone."),
            "\(result.output)")
        try shell.write(
            "taken.yaml", Self.rules.replacing("routes:", with: "routes:\n  - {match: {severity: ok}, to: ops}"))
        let taken = try shell.run("taken.yaml", "alarm.json", "--output", "json")
        #expect(taken.output.contains("a route takes its OK for itself: that does not go to phone"), "\(taken.output)")
    }

    @Test("what is muted at another time is told")
    func anotherTime() throws {
        let shell = try Shell()
        try shell.write(
            "rules.yaml", Self.rules + "\nmute: [{start: \"22:00\", duration: 1h}]\n")
        let night = try shell.run("rules.yaml", "info.txt", "--at", "2026-12-01T22:30Z")
        #expect(night.output.contains("muted until 2026-12-01T23:00:00Z by mute[0]"), "\(night)")
        #expect(!(try shell.run("rules.yaml", "info.txt", "--at", "2026-12-01T12:00Z").output.contains("muted")))
        #expect(try shell.run("rules.yaml", "info.txt", "--at", "noon").status == 64)
    }
}
