import ArgumentParser
import Basics
import ExperimentReport
import Experiments
import JSON
import SystemPackage

struct ChaosReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Makes a report of one journal or of several: a page, Markdown, JUnit or JSON.",
        discussion: """
            Journals of Chaos Toolkit work, too. Several of them also show the trend over the runs. The page needs no \
            network and runs no scripts.

            Examples:
              tocsin chaos report journal.json -o run.html
              tocsin chaos report runs/*.json -o trend.html --title "Checkout, this quarter"
              tocsin chaos report journal.json --format markdown >> "$GITHUB_STEP_SUMMARY"
            """)

    @Argument(help: "The journals.")
    var journals: [String]

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Where the report goes; standard output by default.", valueName: "path")
    )
    var output: String?

    @Option(
        name: [.customLong("format"), .customLong("export-format")],
        help: ArgumentHelp(
            "html, markdown, junit or json; otherwise by the output's name (.html, .md, .xml, .json), or html.",
            valueName: "format"))
    var format: ReportFormat?

    @Option(help: ArgumentHelp("The heading of a report on several runs.", valueName: "text"))
    var title = "Experiments"

    @ParentCommand var chaos: ChaosCommand

    func run() async throws {
        try await chaos.withSession { _, log in
            var values: [JSONValue] = []
            for path in journals {
                do {
                    values.append(try JSONValue(parsing: try contents(ofFile: path, limit: 1 << 30)))
                } catch {
                    log.write(.error, "\(path) cannot be read: \(error)")
                    throw ExitCode.failure
                }
            }
            let format = format ?? ReportFormat(ofFile: output) ?? .html
            try writeOutput(format.text(of: values, title: title, paths: journals), to: output)
            let others = zip(journals, values).filter { !ExperimentReport.isJournal($0.1) }.map(\.0)
            guard !others.isEmpty else { return }
            log.write(.error, "not the journal of an experiment: \(others.joined(separator: ", "))")
            throw ExitCode.failure
        }
    }
}

/// What a report is written in.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
    case html, markdown, junit, json

    /// The format that a file's name tells; nil when it tells none.
    init?(ofFile path: String?) {
        switch path?.split(separator: "/").last?.split(separator: ".").dropFirst().last {
        case "html", "htm": self = .html
        case "md", "markdown": self = .markdown
        case "xml": self = .junit
        case "json": self = .json
        default: return nil
        }
    }

    /// The report on some journals.
    /// - Parameter paths: where the journals are, in the same order.
    func text(of journals: [JSONValue], title: String, paths: [String]) -> String {
        let report = ExperimentReport(journals: journals, title: title)
        switch self {
        case .html: return report.html()
        case .markdown: return report.markdown()
        case .junit: return report.junit()
        case .json:
            let summaries = zip(journals, paths).map { journal, path in
                ExperimentReport.agentSummary(of: journal, journalPath: path)
            }
            let value = summaries.count == 1 ? summaries[0] : .array(summaries)
            return String(decoding: value.serialized(.pretty), as: UTF8.self)
        }
    }
}
