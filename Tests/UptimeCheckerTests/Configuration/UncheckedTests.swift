import Basics
import JSON
import TestSupport
import Testing

@testable import UptimeChecker

/// What of a file Gatus would check and Tocsin does not.
@Suite struct UncheckedTests {
    private static let text = """
        endpoints:
          - name: web
            group: shop
            url: http://a
            conditions: ["[STATUS] == 200"]
            client: {store-cookies: true}
          - {name: off, url: "http://b", conditions: ["[STATUS] == 200"], client: {store-cookies: true}, enabled: false}
          - {name: api, url: "http://c", conditions: ["[STATUS] == 200"], client: {store-cookies: false}}
        suites:
          - name: checkout
            group: shop
            timeout: 1m
            endpoints: [{name: a}, {name: b}]
          - {name: "<off>", enabled: false, endpoints: []}
        external-endpoints:
          - {name: backup, token: hush, heartbeat: {interval: 1h}}
        """

    private static let reasons = (
        cookies: "cookies are not stored, so a redirect is followed without them",
        suite: "suites are not run: write its 2 endpoints under `endpoints` if each can stand alone",
        external: "its results are pushed to Gatus, and Tocsin takes none"
    )

    private func run() async throws -> UptimeRun {
        try UptimeRun(parsing: Array(Self.text.utf8), environment: [:], loop: TestAWS.loop.get())
    }

    @Test("suites, external endpoints and settings without effect are named as not checked")
    func entries() async throws {
        let file = try configuration(Self.text)
        #expect(file.notCheckedLines.last == "external endpoint backup: \(Self.reasons.external)")
        #expect(
            file.notChecked.map(\.title) == [
                "shop/web: client.store-cookies", "off: client.store-cookies", "suite shop/checkout",
                "external endpoint backup",
            ])
        #expect(file.notChecked.map(\.line) == [2, 7, 10, 16])
        #expect(file.notUsed.isEmpty)
    }

    @Test(arguments: [
        ([], [], ["shop/web: client.store-cookies", "suite shop/checkout", "external endpoint backup"]),
        ([], ["shop"], ["shop/web: client.store-cookies", "suite shop/checkout"]),
        (["api"], [], []), (["off"], [], ["off: client.store-cookies"]),
    ])
    func selection(names: [String], groups: [String], expected: [String]) async throws {
        let run = try await run()
        let keys = try run.keys(named: names, inGroups: groups)
        #expect(run.notChecked(besides: keys, named: names, inGroups: groups).map(\.title) == expected)
    }

    @Test func theNameOfASuiteIsNoEndpoint() async throws {
        let run = try await run()
        let error = #expect(throws: UptimeCheckerError.self) { try run.keys(named: ["checkout"], inGroups: []) }
        #expect(error?.message == #"no endpoint is named "checkout": suite shop/checkout is not checked"#)
    }

    @Test(
        "a file that has only suites is told as that",
        arguments: [
            ("suites: [{name: a, endpoints: [{name: b}]}]", "only 1 suite, which"),
            (
                "suites: [{name: a}, {name: b}]\nexternal-endpoints: [{name: c}]",
                "only 2 suites and 1 external endpoint, which"
            ),
            ("endpoints: []\nexternal-endpoints: [{name: c}]", "only 1 external endpoint, which"),
        ])
    func nothingElse(text: String, words: String) {
        let faults = FaultTests.faults(text)
        #expect(faults.hasPrefix("line 1: endpoints: nothing can be checked: the file has \(words)"), "\(faults)")
    }

    // MARK: Reports

    private static func report() throws -> CheckReport {
        let entries = try configuration(text).notChecked.filter { $0.name != "off" }
        let up = try CheckResult.sample("web", .up)
        return CheckReport([up], notChecked: entries, startedAt: runTime, duration: .zero)
    }

    @Test func rowsAndJSON() throws {
        let report = try Self.report()
        #expect(report.isUp)
        #expect(report.rows.map(\.state) == [.up, .notChecked, .notChecked, .notChecked])
        #expect(
            report.rows.map(\.problems) == [[], [Self.reasons.cookies], [Self.reasons.suite], [Self.reasons.external]])
        #expect(report.json["checked"] == 1)
        #expect(
            report.json["notChecked"] == [
                [
                    "kind": "setting", "name": "web", "group": "shop", "setting": "client.store-cookies", "line": 2,
                    "reason": .string(Self.reasons.cookies),
                ],
                [
                    "kind": "suite", "name": "checkout", "group": "shop", "line": 10,
                    "reason": .string(Self.reasons.suite),
                ],
                ["kind": "external-endpoint", "name": "backup", "line": 16, "reason": .string(Self.reasons.external)],
            ])
    }

    @Test("JUnit XML has what is not checked as skipped test cases")
    func junit() throws {
        let lines = try Self.report().junit.split(separator: "\n").map(String.init)
        #expect(lines[1].contains(#"tests="4" failures="0" errors="0" skipped="3""#))
        for line in [
            #"  <testsuite name="shop" tests="2" failures="0" errors="0" skipped="2" time="0.0""#,
            #"    <testcase classname="shop" name="web: client.store-cookies" time="0"><skipped message="not checked: "#
                + Self.reasons.cookies + #""/></testcase>"#,
            #"    <testcase classname="shop" name="suite checkout" time="0"><skipped message="not checked: "#,
            #"    <testcase classname="endpoints" name="external endpoint backup" time="0"><skipped message="#,
        ] {
            #expect(lines.contains { $0.hasPrefix(line) }, "\(line)")
        }
    }

    @Test func theFunctionTellsItInItsAnswerAndLog() async throws {
        let server = try ScriptedServer { _ in .http(200, body: "{}") }
        let text = Self.text.replacing("http://a", with: server.url).replacing("http://c", with: server.url)
        let function = try await TestFunction(["UPTIME_CONFIG_TEXT": text], aws: server.url)
        #expect(try await function.invoke()["notChecked"] == 4)
        #expect(
            function.log.logged("not checked").compactMap { $0["what"]?.stringValue } == [
                "shop/web: client.store-cookies", "off: client.store-cookies", "suite shop/checkout",
                "external endpoint backup",
            ])
    }
}
