import AWS
import AWSUserCredentials
import ArgumentParser
import Basics
import FunctionRuntime
import Glibc
import SLAReport
import ServiceHistory
import TextTables
import Transport

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Makes the SLA report of what CloudWatch knows: the sla-reporter function, in a terminal.",
        discussion: """
            Shows availability, what is left of the error budget and outages of each service. With --output it also \
            writes the pages, badges, feeds and the original's JSON, of which only changed files are written. Variables \
            of the function, such as METRIC_NAMESPACE, count where an option is not given. Incidents are read where \
            `tocsin incident` keeps them.

            The exit status is 0 when all was read and written, 1 when something was not, 2 with --fail-on-breach when \
            a budget is overspent, 64 when the call is wrong.

            Examples:
              tocsin report
              tocsin report --output site --config report.yaml
              tocsin report --output s3://status.example.com/ --profile prod --region eu-central-1
              tocsin report --days 30 --range 1d --range 7d --fail-on-breach
            """)

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where the report is written: a folder or s3://bucket/prefix.", valueName: "place"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Titles, objectives, groups and maintenance: a file, s3://bucket/key or ssm:/name.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("How far the report goes back: 90 by default, at most 455.", valueName: "number"))
    var days: Int?

    @Option(help: ArgumentHelp("A range of the table, such as 12h or 30d; may be repeated.", valueName: "time"))
    var range: [String] = []

    @Option(help: ArgumentHelp("The namespace of metric-writer: SLA-Monitor by default.", valueName: "name"))
    var namespace: String?

    @Option(help: ArgumentHelp("The namespace of uptime-checker: Monitoring/Uptime by default.", valueName: "name"))
    var checksNamespace: String?

    @Option(help: ArgumentHelp("The promised share of good results: 99.9 by default.", valueName: "per cent"))
    var objective: Double?

    @Option(help: ArgumentHelp("Where days begin, such as Europe/Berlin.", valueName: "zone"))
    var timeZone: String?

    @Option(help: ArgumentHelp("Some of original,site,feeds; all by default.", valueName: "list"))
    var files: String?

    @Option(
        help: ArgumentHelp(
            "Where tocsin incident keeps incidents: a folder, s3://bucket/prefix or dynamodb:table; its own place by "
                + "default.", valueName: "place"))
    var incidents: String?

    @Option(
        help: ArgumentHelp(
            "How often the report is made, such as 1h, so that an old page can say that it is old.", valueName: "time"))
    var every: String?

    @Option(help: ArgumentHelp("That of the credentials by default.", valueName: "region"))
    var region: String?

    @Option(help: ArgumentHelp("The profile of the shared AWS files.", valueName: "name"))
    var profile: String?

    @Flag(help: "End with 2 when a service has overspent its error budget.")
    var failOnBreach = false

    func run() async throws {
        let command = self
        let environment = variables(Environment.current().variables)
        let summary: ReportSummary
        do {
            summary = try await withStopSignals {
                let loop = try EventLoop.onOwnThread()
                defer { loop.stop() }
                return try await command.summary(environment, loop)
            }
        } catch is CancellationError {
            throw ExitCode(130)
        }
        try show(summary, environment)
        if !summary.isComplete { throw ExitCode.failure }
        if failOnBreach, summary.services.contains(where: { $0.budget?.isOverspent == true }) { throw ExitCode(2) }
    }

    /// The variables of this process with those that the options stand for.
    func variables(_ environment: [String: String]) -> [String: String] {
        var variables = environment
        func set(_ name: String, _ value: String?) { if let value { variables[name] = value } }
        // Without a place nothing is written, and none is needed.
        let isSet = environment["REPORT_OUTPUT"] ?? environment["REPORTS_S3_BUCKET_NAME"]
        set("REPORT_OUTPUT", output ?? (isSet == nil ? "." : nil))
        if config != nil { variables["REPORT_CONFIG_TEXT"] = nil }
        set("REPORT_CONFIG", config)
        set("REPORT_DAYS", days.map { "\($0)" })
        set("TIME_RANGES", range.isEmpty ? nil : range.joined(separator: ","))
        set("METRIC_NAMESPACE", namespace)
        set("CLOUDWATCH_NAMESPACE", checksNamespace)
        set("REPORT_OBJECTIVE", objective.map { "\($0)" })
        set("REPORT_TIME_ZONE", timeZone)
        set("REPORT_FILES", files)
        set("REPORT_INCIDENTS", incidents ?? environment["REPORT_INCIDENTS"] ?? Self.ownIncidents(environment))
        set("REPORT_INTERVAL", every)
        set("AWS_REGION", region)
        return variables
    }

    /// A message about variables with the options that were given for them.
    func naming(options message: String) -> String {
        let options: [(variable: String, option: String, isGiven: Bool)] = [
            ("REPORT_OUTPUT", "--output", output != nil), ("REPORT_CONFIG", "--config", config != nil),
            ("REPORT_DAYS", "--days", days != nil), ("METRIC_NAMESPACE", "--namespace", namespace != nil),
            ("CLOUDWATCH_NAMESPACE", "--checks-namespace", checksNamespace != nil),
            ("REPORT_OBJECTIVE", "--objective", objective != nil),
            ("REPORT_TIME_ZONE", "--time-zone", timeZone != nil), ("REPORT_FILES", "--files", files != nil),
            ("REPORT_INCIDENTS", "--incidents", incidents != nil), ("REPORT_INTERVAL", "--every", every != nil),
            ("AWS_REGION", "--region", region != nil),
        ]
        var message = message
        for index in range.indices { message = message.replacingBytes("TIME_RANGES[\(index)]", with: "--range") }
        if !range.isEmpty { message = message.replacingBytes("TIME_RANGES", with: "--range") }
        for option in options where option.isGiven {
            message = message.replacingBytes(option.variable, with: option.option)
        }
        return message
    }

    /// Where `tocsin incident` keeps incidents; nil for the folder of this user's state until it is there.
    private static func ownIncidents(_ environment: [String: String]) -> String? {
        let own = IncidentStore.location(Environment(environment))
        guard environment["INCIDENTS_STATE"] == nil, let own else { return own }
        return access(own, F_OK) == 0 ? own : nil
    }

    private func summary(_ environment: [String: String], _ loop: EventLoop) async throws -> ReportSummary {
        let run: ReportRun
        do {
            let aws = OnFirstUse { [profile] in
                try AWSConfiguration.ofUser(
                    environment: environment, profile: profile, loop: loop, askForCode: askForCodeOnTerminal(loop))
            }
            run = try ReportRun(environment: environment, time: .live(loop)) { try aws.value() }
        } catch {
            throw usageError(naming(options: "\(error)"))
        }
        do {
            return try await withTaskExecutorPreference(loop) {
                try await withProgressLine(environment: environment) { [writes = output != nil] progress in
                    // Nobody waits for more than an hour; a call that hangs ends by its own limits long before.
                    try await run.all(deadline: .now() + .seconds(3_600), writes: writes, progress: progress)
                }
            }
        } catch let error as CancellationError {
            throw error
        } catch let error as ReportError where error.code == .invalid {
            throw usageError(naming(options: error.message))
        } catch {
            printError("Error: \(error)")
            throw ExitCode.failure
        }
    }

    private func show(_ summary: ReportSummary, _ environment: [String: String]) throws {
        for warning in summary.warnings { printError("Warning: \(warning)") }
        try printLines(environment: environment) { summary.table.lines(width: $0, colour: $1) }
        for unread in summary.unread.prefix(20) { printError("Error: \(unread.what) not read: \(unread.reason)") }
        for (path, reason) in summary.unwritten.prefix(20) { printError("Error: \(path) not written: \(reason)") }
        let more = max(0, summary.unread.count - 20) + max(0, summary.unwritten.count - 20)
        if more > 0 { printError("Error: and \(more) more of these") }
        guard let output else { return }
        try printLine(
            summary.isSuperseded
                ? "Nothing was written to \(output): a later report is there."
                : "\(counted(summary.written, "file")) written to \(output), \(summary.unchanged) unchanged.")
    }
}
