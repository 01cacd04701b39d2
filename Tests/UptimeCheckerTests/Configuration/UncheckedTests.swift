import Basics
import JSON
import TestSupport
import Testing

@testable import UptimeChecker

/// What of a file `tocsin check` does not check.
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

    private static let reason =
        "its results are pushed to the function or to tocsin up, so there is nothing to check from here"

    private func run() async throws -> UptimeRun {
        try UptimeRun(parsing: Array(Self.text.utf8), environment: [:], loop: TestAWS.loop.get())
    }

    @Test("external endpoints are named as not checked")
    func entries() async throws {
        let file = try configuration(Self.text)
        #expect(
            file.notChecked.map { "\($0.title): \($0.reason)" } == [
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

    @Test("a file that has only external endpoints is good, and leaves tocsin check nothing to do")
    func nothingElse() async throws {
        let text = "endpoints: []\nexternal-endpoints: [{name: c, token: t}, {name: d, token: t}]"
        let run = try UptimeRun(parsing: Array(text.utf8), environment: [:], loop: try TestAWS.loop.get())
        let error = #expect(throws: UptimeCheckerError.self) { try run.keys(named: [], inGroups: []) }
        #expect(
            error?.message
                == "nothing can be checked: the file has only 2 external endpoints, whose results are pushed to "
                + "the function or to tocsin up")
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
}
