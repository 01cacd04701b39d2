/// The command line of `adjust`, read as the original's `argparse` reads it.
enum DriverArguments: Sendable, Hashable {
    /// Print the help text.
    case help
    /// Print the version.
    case version
    /// Print what the driver can do, as JSON.
    case info
    /// Print the present settings of the application.
    case describe
    /// Read settings from standard input and adjust.
    case adjust
    /// End what killed processes have left open.
    case recover(application: String)
    /// The text for standard error; the exit status is 2.
    case wrong(String)

    /// The options that can be abbreviated, in the order of the original's parser.
    private static let options = ["-h", "--help", "--version", "--info", "--query", "--describe"]
    /// Our own, which has no abbreviation and is in the help text only, so that the original's stay what they are.
    private static let recover = "--recover"

    /// The original's line, to the byte.
    static let usage = "usage: adjust [-h] [--version] [--info] [--query] [--describe] [app_id]"

    /// Reads the arguments, without the program's name.
    ///
    /// `--version` comes before `--info`, and both before everything else. Options may be abbreviated, which servos'
    /// wrappers use; `--` ends them.
    init(_ arguments: some Sequence<String>) {
        var found: Set<String> = []
        var application: String?
        var unknown: [String] = []
        var optionsAreOver = false
        for argument in arguments {
            switch optionsAreOver ? .value : Self.kind(of: argument) {
            case .end: optionsAreOver = true
            case .value where application == nil: application = argument
            case .value, .unknown: unknown.append(argument)
            case .wrong(let reason):
                self = Self.fault(reason)
                return
            case .option(let name):
                if name == "-h" || name == "--help" {
                    self = .help
                    return
                }
                found.insert(name)
            }
        }
        guard unknown.isEmpty else {
            self = Self.fault("unrecognized arguments: \(unknown.joined(separator: " "))")
            return
        }
        if found.contains("--version") {
            self = .version
        } else if found.contains("--info") {
            self = .info
        } else if let application {
            let describes = found.contains("--query") || found.contains("--describe")
            self = describes ? .describe : found.contains(Self.recover) ? .recover(application: application) : .adjust
        } else {
            self = Self.fault("Missing required param app_id")
        }
    }

    private enum Kind {
        case option(String)
        case value
        case unknown
        case end
        case wrong(String)
    }

    private static func kind(of argument: String) -> Kind {
        guard argument.utf8.first == UInt8(ascii: "-"), argument.utf8.count > 1 else { return .value }
        if argument == "--" { return .end }
        if options.contains(argument) || argument == recover { return .option(argument) }
        let (name, value) = parts(argument)
        let matches = options.contains(name) ? [name] : options.filter { name.hasPrefix("--") && $0.hasPrefix(name) }
        if matches.count > 1 {
            return .wrong("ambiguous option: \(argument) could match \(matches.joined(separator: ", "))")
        }
        if let match = matches.first {
            return value.map { .wrong("argument \(match): ignored explicit argument '\($0)'") } ?? .option(match)
        }
        if !argument.hasPrefix("--"), argument.hasPrefix("-h") {
            return .wrong("argument -h/--help: ignored explicit argument '\(argument.dropFirst(2))'")
        }
        return isNumber(argument) || argument.contains(" ") ? .value : .unknown
    }

    /// `--info=x` as its name and value.
    private static func parts(_ argument: String) -> (name: String, value: String?) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count == 2 ? String(parts[1]) : nil)
    }

    /// A negative number is an application's name, as the parser has no option that looks like one.
    private static func isNumber(_ argument: String) -> Bool {
        let digits = argument.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        let areDigits = digits.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        return areDigits && (digits.count == 1 || digits.count == 2 && !digits[1].isEmpty)
    }

    private static func fault(_ reason: String) -> DriverArguments { .wrong("\(usage)\nadjust: error: \(reason)") }

    /// The help text.
    static let helpText =
        usage + #"""


            Changes CPU, memory, replicas and environment variables of services on AWS Fargate. Each service ends healthy on
            the new values, or back on the old ones.

            positional arguments:
              app_id      Name/ID of the application to adjust

            options:
              -h, --help  show this help message and exit
              --version   print version and exit
              --info      output driver info and exit
              --query     output current state of settings for this application
              --describe  output current state of settings for this application
              --recover   end what a killed adjust has left open: healthy services stay, others go back

            Without an option, the adjustment is read from standard input, as JSON. SIGUSR1, SIGTERM and Ctrl-C put
            everything back; a second SIGTERM or Ctrl-C ends at once, and the next adjust finishes the way back.

            environment:
              OPTUNE_CONFIG          the configuration (default ./config.yaml)
              OPTUNE_ECS_USE_RANGES  anything but false, 0, no and off: cpu and mem are ranges, not enums
              FARGATE_CLUSTER        the cluster of components that name none (default: default)
              ADJUST_STATE           where runs are recorded: a folder, s3://bucket/prefix or dynamodb:table (default
                                     $TOCSIN_STATE/fargate, $XDG_STATE_HOME/tocsin/fargate or
                                     ~/.local/state/tocsin/fargate, as for `tocsin fargate`)
              ADJUST_INTERVAL        time between two looks at a deployment, such as 5 or 500ms (default 5 s)
              ADJUST_LEASE           time after which the services of an adjust that was killed are taken over (default 60 s)

            Credentials and endpoints come from where AWS's own tools find them. The region is that of AWS_DEFAULT_REGION, of
            the profile or of AWS_REGION, in this order, which is boto3's.

            examples:
              adjust --describe shop
              adjust shop <<< '{"application": {"components": {"web": {"settings": {"cpu": {"value": "0.5"}}}}}}'
              ADJUST_STATE=s3://my-bucket/adjust adjust --recover shop
            """#
}
