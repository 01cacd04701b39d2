import Foundation
import JSON
import TestSupport
import Testing

@testable import ExperimentReport

@Suite("HTML page", .enabled(if: Workspace.hasPython, "needs Python: run ./build.sh setup")) struct PageTests {
    /// What Python's HTML parser finds in a page.
    private func check(_ page: String) throws -> (faults: [String], elements: JSONValue, text: String) {
        let script = Workspace.root.appending(path: "Tests/ExperimentReportTests/check_page.py").path
        let result = try Command.run(Workspace.python, [script], input: page)
        let found = try JSONValue(parsing: result.output)
        let faults = (found["faults"]?.arrayValue ?? []).compactMap(\.stringValue)
        return (faults, found["count"] ?? .null, found["text"]?.stringValue ?? "")
    }

    @Test("the page of every sample is sound, loads nothing, runs nothing and links only to itself")
    func sound() throws {
        let journals = try Journals.samples.map { try Journals.sample($0).journal }
        for journal in journals { #expect(try check(ExperimentReport(journals: [journal]).html()).faults == []) }
        #expect(try check(ExperimentReport(journals: journals).html()).faults == [])
        #expect(try check(ExperimentReport(journals: []).html()).faults == [])
    }

    @Test("whatever a journal holds is text and never markup")
    func hostile() throws {
        let hostile =
            "</style></script><script>alert(1)</script><a href='http://x'>\"' onload=1 <!-- ]]> &amp; \u{202E}\u{0}"
        var journal = Self.replacingTexts(try Journals.sample("recovers").journal, with: hostile)
        for (key, value) in Journals.targets([(hostile, .string(hostile)), (hostile, "still-broken")]) {
            journal = Self.setting(journal, key, Self.replacingTexts(value, with: hostile))
        }
        let page = ExperimentReport(journals: [journal, journal], title: hostile).html()
        let (faults, elements, text) = try check(page)
        #expect(faults == [])
        #expect(elements["script"] == nil)
        #expect(text.contains("<script>alert(1)</script>"))
        #expect(!page.contains("\u{202E}"))
    }

    @Test("the verdict comes first, then what is still broken")
    func verdict() throws {
        let targets = Journals.targets([("i-1", "restored"), ("i-2", "still-broken"), ("i-3", "left"), ("i-4", nil)])
        let journal = Journals.journal(after: Journals.check(false, at: 20), extra: targets)
        let text = try check(ExperimentReport(journals: [journal]).html()).text
        let places = try ["Deviated", "Still broken: i-2.", "Nobody knows what became of i-4", "From 2026-11-28"].map {
            try #require(
                text.range(of: $0, options: [], range: text.range(of: "Losing a zone")!.upperBound..<text.endIndex))
        }
        #expect(places.map(\.lowerBound) == places.map(\.lowerBound).sorted())
        #expect(text.contains("1 restored, 1 left as it is, 1 still broken and 1 not known."))
    }

    @Test("ten thousand activities give a page of less than 5 MB that a browser can show")
    func large() throws {
        let output = JSONValue.string(String(repeating: "<&>", count: 400))
        let run = (0..<10_000).map { index in
            Journals.record(
                "activity \(index % 7_000)", at: Double(index), status: index % 3 == 0 ? "failed" : "succeeded",
                output: output, exception: ["boom\n"])
        }
        let during = (0..<4_000).map { Journals.check($0 % 50 != 0, at: Double($0)) }
        let targets = Journals.targets((0..<4_000).map { ("i-\($0)", $0 % 2 == 0 ? "restored" : "still-broken") })
        let journal = Journals.journal(during: during, run: run, extra: targets)
        let page = ExperimentReport(journals: [journal]).html()
        #expect(page.utf8.count < 5_000_000)
        let (faults, elements, _) = try check(page)
        #expect(faults == [])
        #expect(elements.objectValue?.values.compactMap(\.intValue).reduce(0, +) ?? 0 < 15_000)
        let several = ExperimentReport(journals: Array(repeating: journal, count: 2)).html()
        #expect(several.utf8.count < 5_000_000)
    }

    @Test("secrets, configuration, headers and credentials in a URL are not shown")
    func secrets() throws {
        let call: JSONValue = [
            "activity": [
                "type": "probe", "name": "ask",
                "provider": [
                    "type": "http", "url": "https://user:hunter2@example.com/x",
                    "headers": ["Authorization": "hunter2"],
                ],
            ],
            "status": "succeeded", "start": Journals.moment(3), "end": Journals.moment(4), "duration": 1,
        ]
        let journal = Journals.journal(
            run: [call],
            experiment: ["secrets": ["db": ["password": "hunter2"]], "configuration": ["token": "hunter2"]])
        let report = ExperimentReport(journals: [journal])
        for text in [report.html(), report.markdown(), report.junit()] { #expect(!text.contains("hunter2")) }
        #expect(report.html().contains("GET https://…@example.com/x"))
    }

    private static func setting(_ journal: JSONValue, _ key: String, _ value: JSONValue) -> JSONValue {
        var members = journal.objectValue ?? [:]
        members[key] = value
        return .object(members)
    }

    /// The value with every text replaced that has no meaning for the report.
    private static func replacingTexts(_ value: JSONValue, with text: String) -> JSONValue {
        switch value {
        case .string(let old):
            let isMeant = ["action", "probe", "python", "process", "range", "completed", "failed", "succeeded"]
                .contains(old)
            return isMeant || old.hasPrefix("2026-") ? value : .string(text)
        case .array(let elements): return .array(elements.map { replacingTexts($0, with: text) })
        case .object(let members):
            return .object(JSONObject(members.map { ($0.key, replacingTexts($0.value, with: text)) }))
        default: return value
        }
    }
}
