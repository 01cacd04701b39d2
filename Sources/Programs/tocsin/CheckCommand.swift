public import ArgumentParser
import Basics
import FunctionRuntime
import JSON
import LocalCloud
import Transport
public import UptimeChecker

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks the endpoints and suites of a file in Gatus's format, or URLs, now and from here.",
        discussion: """
            The checks are those of the uptime-checker function. The exit status is 1 when something is down that is \
            not in a maintenance window, and 2 when the file has faults, which are named with their lines. What Tocsin \
            does not check, such as external endpoints, is shown as not checked; with --strict the exit status is then 2.

            A suite is one result, with a row for each of its steps below it.

            URLs are checked without a file: https:// is meant where there is no scheme. Up is a status below 400, or a \
            connection for other schemes than http and https, and a certificate that is valid for another week; \
            --condition says otherwise. With --blackbox the arguments are targets of a module of blackbox_exporter's \
            configuration file, which is read as blackbox_exporter reads it. An option that Tocsin cannot honour is a \
            fault of the file.

            Examples:
              tocsin check example.org tcp://db.example.org:5432 grpcs://api.example.org
              tocsin check https://example.org --condition "[STATUS] == 200" --condition "[RESPONSE_TIME] < 500"
              tocsin check --blackbox blackbox.yml --module http_2xx https://example.org --debug
              tocsin check endpoints.yaml
              tocsin check endpoints.yaml --group core --watch 10s
              tocsin check endpoints.yaml --name shop/checkout
              tocsin check endpoints.yaml --output junit > report.xml
              tocsin check endpoints.yaml --shard 2/8
              tocsin check - --name web --output json < endpoints.yaml
            """
    )

    /// The forms of the result.
    enum Output: String, ExpressibleByArgument, CaseIterable {
        case table, json, junit
    }

    @Argument(
        help: ArgumentHelp(
            "The file, YAML or JSON: a path, s3://bucket/key or ssm:/parameter; - for standard input. Or URLs.",
            valueName: "target"))
    var targets: [String]

    @Option(
        help: ArgumentHelp(
            "Check the targets by a module of this configuration file of blackbox_exporter.",
            valueName: "file"))
    var blackbox: String?

    @Option(help: ArgumentHelp("The module of --blackbox (default: http_2xx).", valueName: "name"))
    var module: String?

    @Option(
        help: ArgumentHelp(
            "What a URL has to answer, in Gatus's language; may be repeated.", valueName: "condition"))
    var condition: [String] = []

    @Option(name: .shortAndLong, help: "How the result is written.")
    var output = Output.table

    @Option(
        help: ArgumentHelp(
            "Check only endpoints and suites of this name, also those that are not enabled; may be repeated.",
            valueName: "name"))
    var name: [String] = []

    @Option(help: ArgumentHelp("Check only endpoints and suites of this group; may be repeated.", valueName: "group"))
    var group: [String] = []

    @Option(
        help: ArgumentHelp(
            "Check only what this shard of the uptime-checker has, such as 2/8; see docs/scale.md.", valueName: "i/n"))
    var shard: Shard?

    @Option(help: ArgumentHelp("How long a round may take, such as 30s or 5m.", valueName: "time"))
    var timeout = TimeSpan(.seconds(300))

    @Flag(help: "Fail with exit status 2 when something in the file is not checked.")
    var strict = false

    @Flag(help: "Show what happened in each check: addresses, times, certificates, header fields, steps.")
    var debug = false

    @Option(
        defaultAsFlag: WatchInterval(TimeSpan(.seconds(60))),
        help: ArgumentHelp(
            """
            Check again and again, this time after the last round began. The file is read again when it has changed. \
            On a terminal j/k, arrows and space scroll, and q quits.
            """,
            valueName: "time"))
    var watch: WatchInterval?

    /// What the arguments say is to be checked.
    /// - Throws: `ValidationError` for arguments that do not go together.
    func subject() throws -> CheckSubject {
        if let blackbox {
            guard condition.isEmpty else {
                throw ValidationError("--condition goes with URLs: with --blackbox the module says what is expected.")
            }
            return .blackbox(file: blackbox, module: module, targets: targets)
        }
        guard module == nil else { throw ValidationError("--module goes with --blackbox.") }
        let urls = targets.filter { CheckArgument.isURL($0) }
        guard urls.count != targets.count else { return .urls(urls, conditions: condition) }
        guard targets.count == 1 else {
            let file = targets.first { !CheckArgument.isURL($0) } ?? ""
            throw ValidationError(
                urls.isEmpty
                    ? "Give one file, not \(targets.count)."
                    : "Give either one file or URLs: \(file) is a file, \(urls[0]) is a URL.")
        }
        guard condition.isEmpty else {
            throw ValidationError("--condition goes with URLs: a file says what is expected of its endpoints.")
        }
        return .file(targets[0])
    }

    func validate() throws {
        let subject = try subject()
        if shard != nil, subject.place == nil || blackbox != nil {
            throw ValidationError("--shard goes with a file of endpoints: it says which of them are checked.")
        }
        if let watch, watch.span == nil {
            throw ValidationError(
                "--watch \(watch) is out of range: give a time above 0 and up to 366 days, such as 10s.")
        }
        if watch != nil, output == .junit {
            throw ValidationError("--watch goes with --output table and json: JUnit XML is one document for one round.")
        }
    }

    func run() async throws {
        let environment = Environment.current().variables
        let loop = try EventLoop.onOwnThread()
        let file: CheckFile
        do {
            file = try await CheckFile(
                subject(), names: name, groups: group, shard: shard, environment: environment, loop: loop,
                traces: debug)
        } catch let fault as CheckFile.Fault {
            throw self.fault(fault.message)
        }
        for line in file.run.unsetVariables { printError("Warning: \(line)") }
        for line in file.run.notUsed { printError("Not used: \(line)") }
        let display = CheckDisplay(output: output, watches: watch != nil, environment: environment)
        do {
            try await withStopSignals {
                guard let interval = watch?.span?.duration else { return try await round(file, on: loop, display) }
                try await display.obeyingKeys(on: loop) {
                    try await rounds(of: file, every: interval, on: loop, display)
                }
            }
        } catch is CancellationError {
            // Ctrl-C is the usual end of watching.
        }
        guard let report = display.lastReport else { throw ExitCode(130) }
        if strict, report.notCheckedCount > 0 {
            throw fault("Error: --strict: \(counted(report.notCheckedCount, "part")) of the file not checked")
        }
        if !report.isUp { throw ExitCode.failure }
    }

    /// Runs rounds until the task is cancelled; the file is read again before each.
    private func rounds(
        of file: CheckFile, every interval: Duration, on loop: EventLoop, _ display: CheckDisplay
    ) async throws {
        var file = file
        while true {
            let start = ContinuousClock.now
            try await round(file, on: loop, display, next: .now() + interval)
            try await Task.sleep(until: start + interval)
            if await file.renew() { display.tell(file) }
        }
    }

    /// Runs one round and prints its results.
    private func round(
        _ file: CheckFile, on loop: EventLoop, _ display: CheckDisplay, next: Timestamp? = nil
    ) async throws {
        let (start, clock) = (Timestamp.now(), ContinuousClock.now)
        let results = try await display.showingProgress(of: file.keys.count) { progress in
            try await withTaskExecutorPreference(loop) {
                try await file.run.results(named: file.keys, until: start + timeout.duration) {
                    progress.add($0.isUp)
                }
            }
        }
        try Task.checkCancellation()
        do {
            let duration = ContinuousClock.now - clock
            try display.show(
                CheckReport(results, notChecked: file.notChecked, startedAt: start, duration: duration), next: next)
        } catch {
            throw fault("Error: The results cannot be written: \(error)")
        }
    }

    /// Prints a fault in the file or the arguments; exit status 2.
    private func fault(_ message: String) -> ExitCode {
        printError(message)
        return ExitCode(2)
    }
}

extension Shard: ExpressibleByArgument {
    /// Reads `2/8`.
    public init?(argument: String) { self.init(argument) }
}
