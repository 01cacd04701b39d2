import Foundation
import FoundationXML
import JSON
import Testing

@testable import ExperimentReport

@Suite("Markdown and JUnit") struct TextReportTests {
    @Test("texts of a journal are code spans, where GitHub makes no links, mentions or markup of them")
    func markdown() throws {
        let name = "@all <b> ``x`` | http://a.b #1"
        let journal = Journals.journal(title: name, run: [Journals.record(name, at: 10, output: "```\n@all\n")])
        let markdown = ExperimentReport(journals: [journal]).markdown()
        #expect(markdown.hasPrefix("# ✅ Passed: ```@all <b> ``x`` | http://a.b #1```\n"))
        #expect(markdown.contains("| ```@all <b> ``x`` \\| http://a.b #1``` | action | ✅ succeeded | 1 s |"))
        #expect(markdown.contains("<summary>Output of <code>@all &lt;b> ``x`` | http://a.b #1</code></summary>"))
        #expect(markdown.contains("````text\n```\n@all\n\n````"))
    }

    @Test("a report on several runs begins with their trend and fits a comment")
    func severalRuns() {
        let runs = (0..<300).map {
            Journals.journal(title: "run \($0 % 3)", extra: ["start": Journals.moment(Double($0))])
        }
        let markdown = ExperimentReport(journals: runs, title: "November").markdown()
        #expect(markdown.hasPrefix("# `November`\n\n300 runs of 3 experiments, passed: **100 % (300 of 300)**."))
        #expect(markdown.hasSuffix("Earlier runs are left out here.\n\n"))
        #expect(markdown.utf8.count < 65_536)
    }

    static let results: [(name: String, journal: JSONValue, failures: [String], errors: [String], skipped: [String])] =
        [
            ("passed", Journals.journal(), [], [], []),
            ("deviated", Journals.journal(after: Journals.check(false, at: 20)), ["healthy"], [], []),
            (
                "not met before, so nothing was run",
                Journals.journal(before: Journals.check(false, at: 0), after: nil, run: []),
                ["healthy"], [], ["stop"]
            ),
            (
                "an activity failed", Journals.journal(run: [Journals.record("stop", at: 10, status: "failed")]), [],
                ["stop"],
                ["the run comes to a verdict"]
            ),
            ("interrupted", Journals.journal(status: "interrupted"), [], ["the run comes to a verdict"], []),
            (
                "a probe could not be run",
                Journals.journal(after: [
                    "probes": [Journals.record("healthy", at: 20, type: "probe", status: "failed")]
                ]), [],
                ["healthy"], []
            ),
            (
                "left broken",
                Journals.journal(extra: Journals.targets([("i-1", "still-broken"), ("i-2", "nothing-left")])),
                ["stop: i-1 is not left broken"], [], []
            ),
            (
                "a dry run", Journals.journal(experiment: ["dry": "actions"]), [], [],
                ["the run comes to a verdict", "stop"]
            ),
            ("no journal", 3, [], ["the run comes to a verdict"], []),
        ]

    @Test("JUnit tells what was found from what went wrong and from what was not run", arguments: results)
    func junit(_ row: (name: String, journal: JSONValue, failures: [String], errors: [String], skipped: [String]))
        throws
    {
        let suites = try JUnitReader.read(ExperimentReport(journals: [row.journal]).junit())
        let suite = try #require(suites.first)
        #expect(suites.count == 1)
        #expect(suite.cases.filter { $0.result == "failure" }.map(\.name) == row.failures)
        #expect(suite.cases.filter { $0.result == "error" }.map(\.name) == row.errors)
        #expect(suite.cases.filter { $0.result == "skipped" }.map(\.name) == row.skipped)
        #expect(suite.attributes["tests"] == "\(suite.cases.count)")
        #expect(suite.attributes["failures"] == "\(row.failures.count)")
        #expect(suite.attributes["errors"] == "\(row.errors.count)")
        #expect(suite.attributes["skipped"] == "\(row.skipped.count)")
        // The order of elements, and a time without a zone, are what Ant's schema asks for.
        #expect(suite.order == ["properties"] + suite.cases.map { _ in "testcase" } + ["system-out", "system-err"])
        #expect(suite.attributes["timestamp"]?.count == 19)
    }

    @Test("JUnit stays XML whatever a journal holds")
    func hostile() throws {
        let name = "]]> \u{0}\u{1B}\u{FFFE} <&\"'>"
        let record = Journals.record(name, at: 3, status: "failed", exception: [.string(name + "\n")])
        let suites = try JUnitReader.read(
            ExperimentReport(journals: [Journals.journal(title: name, run: [record])]).junit())
        #expect(suites.first?.attributes["name"] == "]]>  <&\"'>")
        #expect(suites.first?.cases.contains { $0.result == "error" && $0.name == "]]>  <&\"'>" } == true)
    }
}

/// Reads JUnit XML with Foundation's parser.
private final class JUnitReader: NSObject, XMLParserDelegate {
    struct Suite {
        var attributes: [String: String]
        var cases: [(name: String, result: String)] = []
        /// The names of the elements in the suite.
        var order: [String] = []
    }

    private var suites: [Suite] = []
    private var depth = 0

    static func read(_ text: String) throws -> [Suite] {
        let reader = JUnitReader()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = reader
        guard parser.parse() else { throw parser.parserError ?? CocoaError(.fileReadCorruptFile) }
        return reader.suites
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        if name == "testsuite" { suites.append(Suite(attributes: attributes)) }
        if depth == 2 { suites[suites.count - 1].order.append(name) }
        if name == "testcase" { suites[suites.count - 1].cases.append((attributes["name"] ?? "", "passed")) }
        if depth == 3, ["failure", "error", "skipped"].contains(name) {
            let last = suites[suites.count - 1].cases.count - 1
            suites[suites.count - 1].cases[last].result = name
        }
        depth += 1
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        depth -= 1
    }
}
