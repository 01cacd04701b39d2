import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import UptimeChecker

@Suite struct CheckReportTests {
    private static let start = Timestamp(secondsSinceEpoch: 1_700_000_000)

    private static func result(
        _ name: String, group: String? = nil, _ outcome: CheckResult.Outcome = .up,
        _ change: (inout CheckResult) -> Void = { _ in }
    ) -> CheckResult {
        var result = CheckResult(
            name: name, group: group, key: "\(group ?? "")_\(name)", url: "http://example.com/", labels: [],
            outcome: outcome, startedAt: start)
        result.duration = .milliseconds(103)
        result.attempts = 1
        change(&result)
        return result
    }

    private static func measured(_ status: Int, certificate: Duration? = nil) -> CheckResult.Measurements {
        CheckResult.Measurements(
            isConnected: status > 0, ip: "", status: status, responseTime: .milliseconds(99), timings: HTTPTimings(),
            certificateExpiration: certificate)
    }

    private static let results = [
        result("web", group: "shop") { $0.measurements = measured(200, certificate: .seconds(62 * 86_400 + 5)) },
        result("search", group: "shop", .down) {
            $0.measurements = measured(500, certificate: .seconds(-5))
            $0.conditions = [
                ConditionResult(text: "[STATUS] (500) == 200", isMet: false),
                ConditionResult(text: "[RESPONSE_TIME] < 500", isMet: true),
                ConditionResult(text: "[BODY] (<&\"\u{1}\u{FFFF}\n]]>) == x", isMet: false),
            ]
            $0.attempts = 3
            $0.notes = ["the body was cut at 1 MiB"]
        },
        result("a \"b\" <c>", .timedOut) { $0.errors = ["no time"] },
        result("hidden", .down) { $0.failedConditionCount = 1 },
        result("planned", group: "shop", .down) {
            $0.isInMaintenance = true
            $0.errors = ["refused"]
        },
    ]

    private static let report = CheckReport(results, startedAt: start, duration: .milliseconds(1_250))

    /// A check by ssh has one too, which means something else.
    @Test func onlyHTTPHasAStatus() {
        #expect(CheckRow(Self.result("ssh", .down) { $0.measurements = Self.measured(1) }).status == nil)
    }

    @Test func rows() {
        let rows = Self.report.rows
        #expect(rows.map(\.endpoint) == ["shop/web", "shop/search", "a \"b\" <c>", "hidden", "shop/planned"])
        #expect(rows.map(\.state) == [.up, .down, .timedOut, .down, .inMaintenance])
        #expect(rows.map(\.status) == [200, 500, nil, nil, nil])
        #expect(rows.map(\.responseTime) == [.milliseconds(99), .milliseconds(99), nil, nil, nil])
        #expect(rows.map(\.certificateDays) == [62, -1, nil, nil, nil])
        #expect(rows[0].problems.isEmpty)
        #expect(rows[1].problems.count == 2)
        #expect(rows[1].attempts == 3)
        #expect(rows[1].notes == ["the body was cut at 1 MiB"])
        #expect(rows[3].problems == ["a condition is not met, and the endpoint's ui hides which"])
    }

    @Test(arguments: [([0], true), ([0, 4], true), ([0, 1], false), ([0, 2], false), ([], true)])
    func maintenanceIsNotDown(_ indices: [Int], _ isUp: Bool) {
        let report = CheckReport(indices.map { Self.results[$0] }, startedAt: Self.start, duration: .zero)
        #expect(report.isUp == isUp)
    }

    @Test func json() {
        let json = Self.report.json
        #expect(json["startedAt"] == "2023-11-14T22:13:20.000Z")
        #expect(json["durationMs"] == 1250.0)
        for (key, count) in [("checked", 5), ("up", 1), ("down", 2), ("timedOut", 1), ("inMaintenance", 1)] {
            #expect(json[key]?.intValue == Int64(count), "\(key)")
        }
        #expect(json["endpoints"]?.arrayValue == Self.results.map(\.json))
    }

    @Test("all outputs put an endpoint in maintenance into the same state")
    func outputsAgreeInMaintenance() throws {
        let up = Self.result("fine") { $0.isInMaintenance = true }
        let results = [up, Self.results[4], Self.result("late", .timedOut) { $0.isInMaintenance = true }]
        let report = CheckReport(results, startedAt: Self.start, duration: .zero)
        #expect(report.rows.map(\.state) == [.up, .inMaintenance, .inMaintenance])
        let outcomes = report.json["endpoints"]?.arrayValue?.map { $0["outcome"]?.stringValue }
        #expect(outcomes == ["up", "maintenance", "maintenance"])
        #expect(report.junit.contains(#"tests="3" failures="0" errors="0" skipped="2""#))
        let answer = RunReport(results: results, skipped: 0, duration: .zero).json
        for json in [report.json, answer] {
            for (key, count) in [("checked", 3), ("up", 1), ("down", 0), ("timedOut", 0), ("inMaintenance", 2)] {
                #expect(json[key]?.intValue == Int64(count), "\(key)")
            }
        }
        #expect(answer["endpointsDown"] == [])
    }

    @Test(
        "no form of a report has characters that command a terminal",
        arguments: ["\u{1B}]0;owned\u{7}", "\u{9B}31m", "\u{7F}", "\u{202E}txt", "\u{E0041}"])
    func nothingCommandsATerminal(text: String) throws {
        let result = Self.result("a" + text, .down) { $0.errors = ["the server said \(text)"] }
        let report = CheckReport([result], startedAt: Self.start, duration: .zero)
        #expect(try JSONValue(parsing: report.jsonText) == report.json)
        for shown in [report.jsonText, report.junit] {
            let invisible = shown.unicodeScalars.filter {
                $0 != "\n" && [.control, .format].contains($0.properties.generalCategory)
            }
            #expect(invisible.isEmpty, "\(shown.debugDescription)")
        }
    }

    @Test(.enabled(if: Workspace.hasPython, "run ./build.sh test first: its Python environment is not there"))
    func junitAsPythonReadsIt() throws {
        let script = """
            import json, sys, xml.etree.ElementTree as E
            root = E.fromstring(sys.argv[1].encode())
            print(json.dumps([root.attrib, [[suite.attrib, [[case.attrib, [[o.tag, o.attrib, o.text] for o in case]]
                for case in suite]] for suite in root]]))
            """
        let output = try Command.run(Workspace.python, ["-c", script, Self.report.junit])
        #expect(output.status == 0, "\(output.errors)")
        let expected: JSONValue = [
            ["name": "tocsin", "tests": "5", "failures": "2", "errors": "1", "skipped": "1", "time": "1.25"],
            [
                [
                    [
                        "name": "shop", "tests": "3", "failures": "1", "errors": "0", "skipped": "1", "time": "0.309",
                        "timestamp": "2023-11-14T22:13:20Z",
                    ],
                    [
                        [["classname": "shop", "name": "web", "time": "0.103"], []],
                        [
                            ["classname": "shop", "name": "search", "time": "0.103"],
                            [
                                [
                                    "failure", ["type": "down", "message": "[STATUS] (500) == 200"],
                                    """
                                    [STATUS] (500) == 200
                                    [BODY] (<&"\u{FFFD}\u{FFFD}
                                    ]]>) == x
                                    the body was cut at 1 MiB
                                    """,
                                ]
                            ],
                        ],
                        [
                            ["classname": "shop", "name": "planned", "time": "0.103"],
                            [["skipped", ["message": "in maintenance: refused"], nil]],
                        ],
                    ],
                ],
                [
                    [
                        "name": "endpoints", "tests": "2", "failures": "1", "errors": "1", "skipped": "0",
                        "time": "0.206", "timestamp": "2023-11-14T22:13:20Z",
                    ],
                    [
                        [
                            ["classname": "endpoints", "name": "a \"b\" <c>", "time": "0.103"],
                            [["error", ["type": "timed-out", "message": "no time"], "no time"]],
                        ],
                        [
                            ["classname": "endpoints", "name": "hidden", "time": "0.103"],
                            [
                                [
                                    "failure",
                                    [
                                        "type": "down",
                                        "message": "a condition is not met, and the endpoint's ui hides which",
                                    ],
                                    "a condition is not met, and the endpoint's ui hides which",
                                ]
                            ],
                        ],
                    ],
                ],
            ],
        ]
        #expect(try JSONValue(parsing: output.output) == expected)
    }
}
