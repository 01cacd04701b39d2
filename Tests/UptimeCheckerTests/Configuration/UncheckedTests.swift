import Basics
import JSON
import TestSupport
import Testing

@testable import UptimeChecker

/// What of a file Gatus would check and Tocsin does not.
@Suite struct UncheckedTests {
    private static let text = """
        endpoints:
          - {name: web, group: shop, url: "http://a", conditions: ["[STATUS] == 200"]}
          - {name: api, url: "http://c", conditions: ["[STATUS] == 200"]}
        external-endpoints:
          - {name: backup, group: shop, token: hush, heartbeat: {interval: 1h}}
          - {name: "<off>", enabled: false, token: hush}
          - {name: import, token: hush}
        """

    private static let reason = "its results are pushed to Gatus, and Tocsin takes none"

    private func run() async throws -> UptimeRun {
        try UptimeRun(parsing: Array(Self.text.utf8), environment: [:], loop: TestAWS.loop.get())
    }

    @Test("external endpoints are named as not checked")
    func entries() async throws {
        let file = try configuration(Self.text)
        #expect(
            file.notCheckedLines == [
                "external endpoint shop/backup: \(Self.reason)", "external endpoint import: \(Self.reason)",
            ])
        #expect(file.notChecked.map(\.line) == [5, 7])
        #expect(file.notUsed.isEmpty)
    }

    @Test(arguments: [
        ([], [], ["external endpoint shop/backup", "external endpoint import"]),
        ([], ["shop"], ["external endpoint shop/backup"]), (["api"], [], []),
        (["import"], [], ["external endpoint import"]),
    ])
    func selection(names: [String], groups: [String], expected: [String]) async throws {
        #expect(try await run().notChecked(named: names, inGroups: groups).map(\.title) == expected)
    }

    @Test func theNameOfAnExternalEndpointIsNoEndpoint() async throws {
        let run = try await run()
        let error = #expect(throws: UptimeCheckerError.self) { try run.keys(named: ["backup"], inGroups: []) }
        #expect(
            error?.message
                == #"no endpoint or suite is named "backup": external endpoint shop/backup is not checked"#)
    }

    @Test(
        "a file that has only external endpoints is told as that",
        arguments: [
            ("external-endpoints: [{name: c}]", "only 1 external endpoint, which"),
            ("endpoints: []\nexternal-endpoints: [{name: c}, {name: d}]", "only 2 external endpoints, which"),
        ])
    func nothingElse(text: String, words: String) {
        let faults = FaultTests.faults(text)
        #expect(faults.hasPrefix("line 1: endpoints: nothing can be checked: the file has \(words)"), "\(faults)")
    }

    // MARK: Reports

    private static func report() throws -> CheckReport {
        let up = try CheckResult.sample("web", .up)
        return CheckReport([up], notChecked: try configuration(text).notChecked, startedAt: runTime, duration: .zero)
    }

    @Test func rowsAndJSON() throws {
        let report = try Self.report()
        #expect(report.isUp)
        #expect(report.rows.map(\.state) == [.up, .notChecked, .notChecked])
        #expect(report.rows.map(\.problems) == [[], [Self.reason], [Self.reason]])
        #expect(report.json["checked"] == 1)
        #expect(
            report.json["notChecked"] == [
                [
                    "kind": "external-endpoint", "name": "backup", "group": "shop", "line": 5,
                    "reason": .string(Self.reason),
                ],
                ["kind": "external-endpoint", "name": "import", "line": 7, "reason": .string(Self.reason)],
            ])
    }

    @Test("JUnit XML has what is not checked as skipped test cases")
    func junit() throws {
        let lines = try Self.report().junit.split(separator: "\n").map(String.init)
        #expect(lines[1].contains(#"tests="3" failures="0" errors="0" skipped="2""#))
        for line in [
            #"  <testsuite name="shop" tests="1" failures="0" errors="0" skipped="1" time="0.0""#,
            #"    <testcase classname="shop" name="external endpoint backup" time="0"><skipped message="not checked: "#
                + Self.reason + #""/></testcase>"#,
            #"    <testcase classname="endpoints" name="external endpoint import" time="0"><skipped message="#,
        ] {
            #expect(lines.contains { $0.hasPrefix(line) }, "\(line)")
        }
    }

    @Test func theFunctionTellsItInItsAnswerAndLog() async throws {
        let server = try ScriptedServer { _ in .http(200, body: "{}") }
        let text = Self.text.replacing("http://a", with: server.url).replacing("http://c", with: server.url)
        let function = try await TestFunction(["UPTIME_CONFIG_TEXT": text], aws: server.url)
        #expect(try await function.invoke()["notChecked"] == 2)
        #expect(
            function.log.logged("not checked").compactMap { $0["what"]?.stringValue } == [
                "external endpoint shop/backup", "external endpoint import",
            ])
    }
}
