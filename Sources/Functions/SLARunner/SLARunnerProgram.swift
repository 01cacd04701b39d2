import AWS
import AWSUserCredentials
public import Basics
import Glibc
import Processes
import Transport

/// The program `sla-runner`.
public enum SLARunnerProgram {
    /// Runs to the end of the program and returns its exit status.
    /// - Parameters:
    ///   - arguments: The command line without the program's name.
    ///   - environment: The settings; the command itself inherits the process's environment.
    public static func run(_ arguments: some Sequence<String>, environment: Environment) -> Int32 {
        openMissingDescriptors()
        // Where a parent ignored it, the kernel would keep no exit codes.
        signal(SIGCHLD, SIG_DFL)
        signal(SIGPIPE, SIG_IGN)  // writing to a closed pipe is an error code; commands start with the default again
        let streams = StandardStreams.ofProcess(wantsColour: environment["NO_COLOR"] == nil)
        do {
            switch try Arguments(arguments) {
            case .help: streams.print(Arguments.helpText)
            case .version: streams.print(TocsinVersion.current)
            case .run(let variables):
                let environment = Environment(environment.variables.merging(variables) { $1 })
                return try run(environment, streams).rawValue
            }
            return 0
        } catch let error as SLARunnerError where error.code == .invalidArgument {
            streams.warn(error.message)
            return 2
        } catch {
            streams.print("\(error)")
            return 1
        }
    }

    private static func run(_ environment: Environment, _ streams: StandardStreams) throws -> Runner.Ending {
        streams.print("SLA Runner version \(TocsinVersion.current)")
        let configuration = try RunnerConfiguration(environment: environment, hasShell: Command.hasShell)
        return try EventLoop.run { loop in
            let time = TimeSource.live(loop)
            let stop = StopSignal()
            let aws = try awsConfiguration(environment.variables, loop)
            for warning in aws.ignoredSettings { streams.warn(warning) }
            var runner = Runner(
                configuration, command: CommandRun(configuration, stop: stop, time: time, loop: loop),
                publisher: try SNSPublisher(topic: configuration.topic, aws: aws),
                logs: try configuration.bucket.map {
                    try S3LogStore(bucket: $0, encryption: configuration.encryption, aws: aws)
                }, streams: streams, time: time, stop: stop)
            runner.limits.folder = environment["TMPDIR"] ?? runner.limits.folder
            let signals =
                isIgnored(SIGHUP)
                ? try await loop.signals(SIGTERM, SIGINT) : try await loop.signals(SIGTERM, SIGINT, SIGHUP)
            return await run(runner, until: stop, by: signals, streams)
        }
    }

    /// The settings of AWS: the original runs on boto3.
    static func awsConfiguration(
        _ variables: [String: String], _ loop: EventLoop
    ) throws(AWSError) -> AWSConfiguration {
        try .ofUser(boto3Environment: variables, loop: loop, askForCode: askForCodeOnTerminal(loop))
    }

    /// Runs the runner; the first signal asks it to stop, the second one stops it at once.
    private static func run(
        _ runner: Runner, until stop: StopSignal, by signals: Signals, _ streams: StandardStreams
    ) async -> Runner.Ending {
        await withTaskGroup(of: Runner.Ending?.self) { tasks in
            tasks.addTask {
                var runner = runner
                return await runner.run()
            }
            tasks.addTask {
                guard let signal = try? await signals.next() else { return nil }
                streams.warn("stopping when the running command has ended; a second signal stops at once")
                stop.request(signal == SIGINT ? .interrupt : .terminate)
                _ = try? await signals.next()
                return nil
            }
            var ending: Runner.Ending?
            for await first in tasks {
                ending = ending ?? first
                tasks.cancelAll()
            }
            return ending ?? .failed
        }
    }
}

/// The command line.
public enum Arguments: Sendable, Hashable {
    /// Print the help text.
    case help
    /// Print the version.
    case version
    /// Run, with these variables set as if by the environment.
    case run([String: String])

    /// Reads the arguments, without the program's name.
    /// - Throws: ``SLARunnerError`` `invalidArgument` for one that is unknown.
    init(_ arguments: some Sequence<String>) throws(SLARunnerError) {
        var variables: [String: String] = [:]
        for argument in arguments {
            switch argument {
            case "--help", "-h":
                self = .help
                return
            case "--version":
                self = .version
                return
            case "--once": variables["SLARUNNER_ONCE"] = "true"
            case "--dry-run": variables["SLARUNNER_DRYRUN"] = "true"
            default:
                throw SLARunnerError(.invalidArgument, "unknown argument \(argument); sla-runner --help lists them all")
            }
        }
        self = .run(variables)
    }

    /// The arguments of this process, without its name.
    ///
    /// Swift reads them from /proc/self/cmdline. Without /proc they are where the kernel puts them: before the
    /// variables, with their number in front of them and a null behind (System V ABI, "Process Initialization").
    public static func ofProcess() -> [String] {
        let arguments = CommandLine.arguments
        guard arguments.isEmpty else { return Array(arguments.dropFirst()) }
        var place = environ - 2
        var found: [String] = []
        while let word = place.pointee, Int(bitPattern: word) != found.count {
            found.append(String(cString: word))
            place -= 1
        }
        return found.reversed().dropFirst().map { $0 }
    }

    /// The help text.
    static let helpText = #"""
        sla-runner runs a test command again and again and publishes each result to an SNS topic.

        USAGE: sla-runner [--once] [--dry-run] [--help] [--version]

          --once      end after one run: exit 0 when its result is published, whatever it is
          --dry-run   publish nothing; print topic ARN, message, output and log name

        All else is set by environment variables (an empty one counts as not set):

          SLARUNNER_COMMAND        what to run: a line for /bin/sh, or a JSON array of program and arguments
          SLARUNNER_DELAY          whole seconds from the end of one run to the start of the next
          SLARUNNER_SERVICE        name of the tested service
          SLARUNNER_SNSTOPICNAME   name or ARN of the topic (or SLARUNNER_SNSTOPICARN)

          SLARUNNER_S3BUCKETNAME   bucket that keeps each run's output
          SLARUNNER_S3ENCRYPTION   AES256, aws:kms, or a KMS key's ARN, id or alias (default: as the bucket says)
          SLARUNNER_GROUPS         groups the service counts towards, comma-separated
          SLARUNNER_SVC_TAG        tag sent with each result
          SLA_TARGET               promised success rate in per cent (default 99.9)
          SLARUNNER_TIMEOUT        longest run, such as 90 or 5m; a longer one is killed and a FAILURE (default: none)
          SLARUNNER_STOP_TIMEOUT   how long a run may go on after SIGTERM or Ctrl-C; no result after that (default 20s)
          SLARUNNER_ONCE           true: as --once
          SLARUNNER_DRYRUN         anything: as --dry-run
          SLARUNNER_DISABLED       true: run nothing, only wait

        Credentials and endpoints come from where AWS's own tools find them. The region is that of AWS_DEFAULT_REGION, of
        the profile or of AWS_REGION, in this order, which is boto3's.

        SIGTERM, SIGHUP and Ctrl-C let the running command finish, publish its result and end; exit 0 after SIGTERM and
        SIGHUP, 1 after Ctrl-C. A second one stops at once. A topic or bucket that refuses for good ends it with 1.

        EXAMPLES
          SLARUNNER_COMMAND='curl -fsS https://example.com' SLARUNNER_DELAY=60 SLARUNNER_SERVICE=shop \
              SLARUNNER_SNSTOPICNAME=sla-monitor-result-published-prod sla-runner
          SLARUNNER_COMMAND='["/app/test", "-v"]' SLARUNNER_DELAY=0 SLARUNNER_SERVICE=shop \
              SLARUNNER_SNSTOPICNAME=results sla-runner --once --dry-run
        """#
}
