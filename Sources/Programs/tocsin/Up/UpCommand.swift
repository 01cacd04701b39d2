import AWS
import ArgumentParser
import Basics
import Console
import Experiments
import FunctionRuntime
import Glibc
import LocalCloud
import LocalHistory
import Transport
import UptimeChecker

struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Runs the whole system on this machine, with a page that shows it.",
        discussion: """
            FOLDER has a file tocsin.yaml that says what is watched: checks in Gatus's format, tests, alarm rules, \
            notifications and experiments. Files that are edited are read again while it runs. `tocsin up --init` \
            writes a folder to begin with. Without a folder there are examples, of which some fail on purpose.

            The functions run as on Lambda: uptime-checker checks endpoints; sla-runner runs tests, whose results \
            metric-writer reads from SQS; alarms on the metrics are made and evaluated; and notifier sends what \
            happens to your outputs, and to the page. moto plays AWS: your own AWS_ variables and files are not used. \
            Ctrl-C ends everything that was started. The exit status is 1 when nothing has arrived, and when an \
            experiment of --experiment did not pass.

            Examples:
              tocsin up                          the folder you are in, or examples
              tocsin up --init && tocsin up      your own system
              tocsin up monitoring --port 8080
              tocsin up --for 30s
              tocsin up --command 'web=curl -fsS localhost:8080' --for 10m
              tocsin up --endpoints gatus.yaml
              tocsin up --experiment docs/examples/search-outage.yaml --for 1m
            """
    )

    @Argument(
        help: ArgumentHelp(
            "The folder with tocsin.yaml; by default the current one if it has that file.", valueName: "folder"))
    var folder: String?

    @Option(name: .customLong("for"), help: ArgumentHelp("End after this time, such as 30s or 2m.", valueName: "time"))
    var limit: TimeSpan?

    @Option(
        help: ArgumentHelp("A service's test instead of the examples; may be repeated.", valueName: "name=command"),
        transform: readTest)
    var command: [SLATest] = []

    @Option(help: ArgumentHelp("A Gatus file with endpoints to check instead of the examples.", valueName: "file"))
    var endpoints: String?

    @Option(
        help: ArgumentHelp(
            "A chaos experiment that is run meanwhile; its variable SITE is the address of the example site.",
            valueName: "file"))
    var experiment: String?

    @Flag(name: .customLong("init"), help: "Write a folder to begin with, and end.")
    var initializes = false

    @Flag(help: "Do not serve the page.")
    var noConsole = false

    @Option(
        help: ArgumentHelp(
            "The page's port on 127.0.0.1; by default that of tocsin.yaml, or a free one.", valueName: "number"))
    var port: Int?

    @Option(help: ArgumentHelp("The function that takes the results.", valueName: "name"))
    var function = "metric-writer"

    @Option(help: ArgumentHelp("Path of moto_server; also TOCSIN_MOTO.", valueName: "path"))
    var moto: String?

    func validate() throws {
        let isOfOptions = !command.isEmpty || endpoints != nil
        if folder != nil, isOfOptions {
            throw ValidationError("A folder says what is watched, and so do --command and --endpoints: give one.")
        }
        if let port, !(0...65_535).contains(port) { throw ValidationError("--port is a number from 0 to 65535.") }
    }

    func run() async throws {
        let environment = Environment.current().variables
        if initializes { return try StarterFolder.write(to: folder ?? ".") }
        let artifacts = Artifacts.ofThisProcess(environment: environment)
        let source = try UpSource(self)
        let parts = UpParts(
            server: try artifacts.motoServer(moto ?? environment["TOCSIN_MOTO"]),
            runner: try artifacts.tool("sla-runner"), artifacts: artifacts, loop: try EventLoop.onOwnThread())
        let experiment = try await experiment(parts.loop, environment)
        // With an experiment the site fails only when that says so.
        let failsByItself = source.isExample && experiment == nil
        try await ExampleSite.run(failsByItself: failsByItself) { site in
            let variables = ["SITE": site.url].merging(environment) { $1 }
            let version = try await source.read(variables, parts.loop)
            try await Files.withTemporaryFolder(in: environment["TMPDIR"] ?? "/tmp") { temporary in
                let run = UpRun(
                    options: self, source: source, parts: parts, environment: variables, temporaryFolder: temporary)
                try await run.run(version, experiment: experiment)
            }
        }
    }

    private func experiment(_ loop: EventLoop, _ environment: [String: String]) async throws -> UpExperiment? {
        guard let source = self.experiment else { return nil }
        do {
            return try await UpExperiment(source, environment: environment, loop: loop)
        } catch let error as ExperimentError {
            throw usageError("The experiment \(source) cannot be run:\n\(error.message)")
        }
    }
}

/// Reads `NAME=COMMAND`.
private func readTest(_ text: String) throws -> SLATest {
    guard let test = SLATest(text: text) else { throw ValidationError("\"\(text)\" is not of the form name=command.") }
    return test
}
