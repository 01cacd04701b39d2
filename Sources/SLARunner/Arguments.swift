/// What the command line asks for beside the environment.
public enum Arguments: Sendable, Hashable {
    /// Print the help text.
    case help
    /// Print the version.
    case version
    /// Run, with these variables set as if by the environment.
    case run([String: String])

    /// Reads the arguments, without the program's name.
    /// - Throws: ``SLARunnerError`` `invalidArgument` for one that is unknown.
    public init(_ arguments: some Sequence<String>) throws(SLARunnerError) {
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

    /// The help text.
    public static let helpText = #"""
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
          SLARUNNER_GROUPS         groups the service counts towards, comma-separated
          SLARUNNER_SVC_TAG        tag sent with each result
          SLA_TARGET               promised success rate in per cent (default 99.9)
          SLARUNNER_TIMEOUT        longest run, such as 90 or 5m; a longer one is killed and a FAILURE (default: none)
          SLARUNNER_STOP_TIMEOUT   how long a run may go on after SIGTERM or Ctrl-C; no result after that (default 20s)
          SLARUNNER_ONCE           true: as --once
          SLARUNNER_DRYRUN         anything: as --dry-run
          SLARUNNER_DISABLED       true: run nothing, only wait

        Region, credentials and endpoints come from where AWS's own tools find them (AWS_REGION, AWS_PROFILE …).

        SIGTERM and Ctrl-C let the running command finish, publish its result and end; exit 0 after SIGTERM, 1 after
        Ctrl-C. A second one stops at once.

        EXAMPLES
          SLARUNNER_COMMAND='curl -fsS https://example.com' SLARUNNER_DELAY=60 SLARUNNER_SERVICE=shop \
              SLARUNNER_SNSTOPICNAME=sla-monitor-result-published-prod sla-runner
          SLARUNNER_COMMAND='["/app/test", "-v"]' SLARUNNER_DELAY=0 SLARUNNER_SERVICE=shop \
              SLARUNNER_SNSTOPICNAME=results sla-runner --once --dry-run
        """#
}
