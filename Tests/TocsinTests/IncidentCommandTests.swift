import AWS
import Basics
import Foundation
import JSON
import SLAReport
import TestSupport
import TextTables
import Testing
import Transport

@testable import tocsin

/// `tocsin incident` as a shell sees it: output and exit status.
@Suite(.serialized, .timeLimit(.minutes(3))) struct IncidentCommandTests {
    /// A folder of its own, which is also the home.
    private final class Shell {
        let folder = FileManager.default.temporaryDirectory.appending(path: "incidents-" + UUID().uuidString)

        init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

        deinit { try? FileManager.default.removeItem(at: folder) }

        func run(
            _ arguments: String..., input: String = "", environment: [String: String] = [:]
        ) throws -> Command.Result {
            let own = ["HOME": folder.path, "TOCSIN_STATE": folder.appending(path: "state").path, "USER": "ada"]
            return try Command.run(
                BuiltTocsin.path, ["incident"] + arguments, input: input, folder: folder,
                environment: own.merging(environment) { $1 })
        }

        /// Opens an incident.
        /// - Returns: its name.
        func open(_ more: String...) throws -> String {
            let result = try Command.run(
                BuiltTocsin.path,
                ["incident", "open", "Checkout is slow", "--message", "We look into it.", "--json"] + more,
                folder: folder,
                environment: ["HOME": folder.path, "TOCSIN_STATE": folder.appending(path: "state").path, "USER": "ada"])
            return try #require(JSONValue(parsing: result.output)["id"]?.stringValue, "\(result)")
        }
    }

    @Test("open, update, resolve, list and show do what they say")
    func life() throws {
        let shell = try Shell()
        #expect(try shell.run("list").output == "There is no incident.\n")
        let opened = try shell.run(
            "open", "Checkout is slow", "--service", "shop/api", "--impact", "major", "--message", "We look into it.")
        #expect(opened.status == 0, "\(opened)")
        let lines = opened.output.split(separator: "\n")
        let id = String(try #require(lines.first).dropFirst("Opened ".count).prefix { $0 != ":" })
        #expect(lines.first.map(String.init) == "Opened \(id): Checkout is slow (major, investigating)")
        #expect(lines.last.map(String.init) == "Next: tocsin incident update \(id) --message \"…\"")

        // From standard input, as a file or another program gives it.
        let updated = try shell.run("update", id, "--status", "identified", input: "A full disk;\nwe make room.\n")
        #expect(updated.status == 0, "\(updated)")
        let shown = try shell.run("show", id)
        #expect(shown.output.contains("identified, ada\n  A full disk;\n  we make room.\n"), "\(shown)")
        #expect(try shell.run("list", "--open").output.contains(id))

        let resolved = try shell.run("resolve", id)
        #expect(resolved.output == "Resolved \(id): Checkout is slow (major, resolved)\n", "\(resolved)")
        #expect(try shell.run("list", "--open").output == "No incident is open.\n")
        let learned = try shell.run("update", id, "--post-mortem", "-", input: "Disks fill up.\n")
        #expect(learned.status == 0, "\(learned)")
        let json = try JSONValue(parsing: shell.run("show", id, "--json").output)
        #expect(json["status"] == "resolved")
        #expect(json["services"] == ["shop/api"])
        #expect(json["postMortem"]?["text"] == "Disks fill up.")
        #expect(
            json["updates"]?.arrayValue?.map { $0["status"] } == ["investigating", "identified", "resolved"])
        #expect(try JSONValue(parsing: shell.run("list", "--json").output) == [json])
    }

    @Test("a maintenance has its window, and takes no status of a failure")
    func maintenance() throws {
        let shell = try Shell()
        let result = try shell.run(
            "open", "New database", "--maintenance", "2036-12-01T22:00Z/2h", "--message", "Orders are read-only.",
            "--json")
        let json = try JSONValue(parsing: result.output)
        #expect(json["scheduledFor"] == "2036-12-01T22:00:00Z")
        #expect(json["scheduledUntil"] == "2036-12-02T00:00:00Z")
        #expect(json["status"] == "scheduled")
        #expect(json["impact"] == "none")
        let id = try #require(json["id"]?.stringValue)
        let told = try shell.run("update", id, "--message", "Tell your teams.").output
        #expect(
            told.contains("It begins by itself at 2036-12-01T22:00:00Z and ends at 2036-12-02T00:00:00Z."), "\(told)")
        #expect(told.contains("To change it: tocsin incident update \(id) --maintenance FROM/TO"), "\(told)")
        #expect(told.contains("To call it off: tocsin incident resolve \(id) "), "\(told)")
        let wrong = try shell.run("update", id, "--status", "monitoring", "--message", "x")
        #expect(wrong.status == 64)
        #expect(wrong.errors.contains("is a maintenance: expected as --status scheduled, in_progress or completed"))
        let moved = try shell.run(
            "update", id, "--maintenance", "2036-12-01T22:00Z/2036-12-02T03:00Z", "--message", "Longer.", "--json")
        #expect(try JSONValue(parsing: moved.output)["scheduledUntil"] == "2036-12-02T03:00:00Z")
        // Without a word it is a change all the same, for calendars and feeds; the same again is none.
        for _ in 0..<2 {
            let quiet = try JSONValue(
                parsing: shell.run("update", id, "--maintenance", "2036-12-03T22:00Z/2h", "--json").output)
            #expect(quiet["scheduledFor"] == "2036-12-03T22:00:00Z")
            #expect(quiet["revision"] == 2)
            #expect(quiet["changedAt"]?.stringValue.flatMap { Timestamp(iso8601: $0) } != nil)
        }
        let called = try shell.run("resolve", id, "--message", "Not today.", "--json")
        #expect(try JSONValue(parsing: called.output)["status"] == "completed")
    }

    @Test("a second resolve changes nothing and says so; its message is kept")
    func twice() throws {
        let shell = try Shell()
        let id = try shell.open()
        #expect(try shell.run("resolve", id, "--message", "Works.").status == 0)
        let again = try shell.run("resolve", id)
        #expect(again.status == 0)
        #expect(again.output.hasPrefix("Unchanged \(id)"), "\(again)")
        #expect(again.errors.contains("; nothing was changed."))
        let said = try shell.run("resolve", id, "--message", "Works for me, too.")
        #expect(said.output.hasPrefix("Updated \(id)"), "\(said)")
        #expect(said.errors.contains("; the message was added."))
        let json = try JSONValue(parsing: shell.run("show", id, "--json").output)
        #expect(json["updates"]?.arrayValue?.count == 3)
        #expect(json["endedAt"] == json["updates"]?[1]?["time"])

        let back = try shell.run("update", id, "--status", "investigating", "--message", "No.")
        #expect(back.status == 64)
        #expect(back.errors.contains("open it again by --reopen, or leave out --status to add a remark"))
        #expect(try shell.run("update", id, "--status", "investigating", "--reopen", "--message", "No.").status == 0)
        #expect(try shell.run("list", "--open").output.contains(id))
    }

    @Test("the updates of many processes at the same time all stay")
    func atOnce() async throws {
        let shell = try Shell()
        let id = try shell.open()
        let place = shell.folder.appending(path: "state/incidents").path
        try await withThrowingTaskGroup(of: Int32.self) { group in
            for number in 0..<6 {
                group.addTask {
                    try Command.run(
                        BuiltTocsin.path, ["incident", "update", id, "--message", "n\(number)", "--state", place]
                    ).status
                }
            }
            for try await status in group { #expect(status == 0) }
        }
        let json = try JSONValue(parsing: shell.run("show", id, "--json").output)
        let texts = json["updates"]?.arrayValue?.compactMap { $0["text"]?.stringValue } ?? []
        #expect(Set(texts) == ["We look into it.", "n0", "n1", "n2", "n3", "n4", "n5"])
    }

    @Test("what is wrong is told with what to do, by the exit status, too")
    func faults() throws {
        let shell = try Shell()
        let id = try shell.open("--at", "2026-01-02T03:04Z")
        let rows: [(arguments: [String], status: Int32, message: String)] = [
            (["show", id + "x"], 1, "Error: there is no incident \(id)x: did you mean \(id)?"),
            (["update", "nothing", "--message", "x"], 1, "`tocsin incident list` shows all"),
            (["update", id], 64, "--message: say what people are to know, here or on standard input"),
            (["open", "Title", "--message", "  "], 64, "--message: say what people are to know"),
            (["open", " ", "--message", "x"], 64, "the title: expected one line"),
            (["open", "a\nb", "--message", "x"], 64, "the title: expected one line"),
            (["open", "x", "--message", "y", "--impact", "huge"], 64, "one of 'none', 'minor', 'major' or 'critical'"),
            (
                ["open", "x", "--message", "y", "--status", "resolved"], 64,
                "expected investigating, identified or monitoring"
            ),
            (["open", "x", "--message", "y", "--at", "yesterday"], 64, "expected a time such as 2026-11-29T14:03Z"),
            (["open", "x", "--message", "y", "--at", "2999-01-01T00:00Z"], 64, "opened with --maintenance FROM/TO"),
            (["open", "x", "--message", "y", "--maintenance", "2026-12-01T22:00Z"], 64, "expected FROM/TO such as"),
            (
                ["open", "x", "--message", "y", "--maintenance", "2026-12-01T22:00Z/2026-12-01T22:00Z"], 64,
                "the end has to come after the begin"
            ),
            (["update", id, "--message", "x", "--at", "2026-01-02T03:03Z"], 64, "was opened at 2026-01-02T03:04:00Z"),
            (["update", id, "--maintenance", "2026-12-01T22:00Z/2h"], 64, "is no maintenance"),
            (["update", id, "--post-mortem", "absent.txt"], 64, "--post-mortem: absent.txt: "),
            (
                ["list", "--state", "s3x://a"], 64,
                "--state: s3x://a: expected a folder, s3://bucket/prefix or dynamodb:table"
            ),
            (["list", "--state", "/proc/none/x"], 1, "give another place by --state"),
            (["list", "--limit", "0"], 64, "--limit: expected a number from 1"),
        ]
        for row in rows {
            let result = try Command.run(
                BuiltTocsin.path, ["incident"] + row.arguments, folder: shell.folder,
                environment: ["HOME": shell.folder.path, "TOCSIN_STATE": shell.folder.appending(path: "state").path])
            #expect(result.status == row.status, "\(row.arguments): \(result)")
            #expect(result.errors.contains(row.message), "\(row.arguments): \(result)")
            #expect(result.output == "", "\(row.arguments)")
        }
        let json = try JSONValue(parsing: shell.run("show", id, "--json").output)
        #expect(json["updates"]?.arrayValue?.map { $0["time"] } == ["2026-01-02T03:04:00Z"])
    }

    @Test("a damaged document is told, and the others are shown")
    func damaged() throws {
        let shell = try Shell()
        let id = try shell.open()
        try "{".write(
            to: shell.folder.appending(path: "state/incidents/incident-broken.json"), atomically: true, encoding: .utf8)
        let list = try shell.run("list")
        #expect(list.status == 1)
        #expect(list.output.contains(id))
        #expect(list.errors == "Error: incident-broken: it is no JSON\n")
    }

    @Test(
        "incidents are kept in S3; one who may not write there is told",
        .enabled(if: Workspace.hasPython, "run ./build.sh setup"))
    func bucket() async throws {
        let shell = try Shell()
        let moto = try MotoServer()
        defer { moto.stop() }
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        try await withTaskExecutorPreference(loop) { [environment = moto.environment] in
            _ = try await AWSClient(.s3, configuration: AWSConfiguration(environment: environment, loop: loop)).call(
                "CreateBucket",
                ["Bucket": "ops", "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"]])
        }
        let place = ["INCIDENTS_STATE": "s3://ops/incidents"].merging(moto.environment) { $1 }
        let opened = try shell.run("open", "Title", "--message", "x", "--json", environment: place)
        let id = try #require(try JSONValue(parsing: opened.output)["id"]?.stringValue, "\(opened)")
        #expect(try shell.run("list", environment: place).output.contains(id))
        let missing = try shell.run("list", "--state", "s3://absent/incidents", environment: moto.environment)
        #expect(missing.status == 1)
        #expect(missing.errors.contains("the bucket absent does not exist in this account and region"), "\(missing)")
        #expect(missing.errors.contains("(incidents are kept in s3://absent/incidents)"))
    }

    @Test("the table lines up at any width, and names are never cut", arguments: [40, 60, 100, 200])
    func table(width: Int) throws {
        let now = Timestamp(secondsSinceEpoch: 1_796_000_400)
        func incident(_ id: String, _ title: String, _ services: [String]) -> Incident {
            Incident(
                id: id, title: title, impact: .critical, services: services,
                first: .init(id: "a", time: now - .seconds(5_400), status: .investigating, text: "x"))
        }
        let incidents = [
            incident(
                "20261129-aaaaa", "Checkout is slow for everybody who pays by invoice 🎉 日本", ["shop/api", "shop/web"]),
            incident("20261129-bbbbb", "\u{1B}[2Jno", []),
        ]
        let lines = incidents.table(at: now).lines(width: width)
        #expect(lines.count == 3)
        let column = try #require(lines[0].range(of: "INCIDENT")).lowerBound
        let start = String(lines[0][..<column]).displayWidth
        for (line, id) in zip(lines.dropFirst(), ["20261129-aaaaa", "20261129-bbbbb"]) {
            #expect(line.displayWidth <= width)
            let place = try #require(line.range(of: id)).lowerBound
            #expect(String(line[..<place]).displayWidth == start)
            #expect(!line.contains("\u{1B}"))
        }
        #expect(lines[0].contains("SERVICES") == (width >= 200))
        #expect(lines[0].contains("STATUS"))
        for line in incidents[0].lines(at: now, width: width, colour: false) { #expect(line.displayWidth <= width) }
    }

    @Test(
        "times may leave out the seconds",
        arguments: [
            ("2026-11-29T14:03Z", "2026-11-29T14:03:00Z"), ("2026-11-29T14:03", "2026-11-29T14:03:00Z"),
            ("2026-11-29T14:03+01:00", "2026-11-29T13:03:00Z"), ("2026-11-29 14:03", "2026-11-29T14:03:00Z"),
            ("2026-11-29T14:03:05Z", "2026-11-29T14:03:05Z"), ("2026-11-29", "2026-11-29T00:00:00Z"),
            ("14:03", nil), ("2026-11-29T14Z", nil), ("", nil), ("T", nil),
        ] as [(String, String?)])
    func times(text: String, time: String?) { #expect(timestamp(text)?.iso8601 == time) }
}
