import Basics
import Configuration

/// All settings of a runner.
struct RunnerConfiguration: Sendable, Hashable {
    /// `SLARUNNER_COMMAND` as it was given, for the banner.
    var commandText: String
    /// What to run.
    var command: Command
    /// Whole seconds between the end of one run and the start of the next; the message's `interval`.
    var delay: Int
    /// The tested service's name.
    var service: String
    /// The SNS topic, by name or by ARN.
    var topic: String
    /// The bucket for the output of each run; nil keeps no output.
    var bucket: String?
    /// How the objects in the bucket are encrypted: `AES256`, `aws:kms`, or a KMS key; nil for what the bucket says.
    var encryption: String?
    /// The groups that the service counts towards, as given between the commas.
    var groups: [String] = []
    /// The message's `tagID`.
    var tagID: String?
    /// The message's `slaTarget` when `SLA_TARGET` is set; it goes out as a string then, otherwise as the number 99.9.
    var target: String?
    /// Whether to run nothing and wait.
    var isDisabled = false
    /// Whether to print the result in place of publishing it.
    var isDryRun = false
    /// Whether to end after one run.
    var runsOnce = false
    /// How long the command may run; nil for no limit.
    var timeLimit: Duration?
    /// How long the running command may go on once the runner is asked to stop.
    var stopTimeout: Duration = .seconds(20)
}

extension RunnerConfiguration {
    /// Reads the `SLARUNNER_*` variables; an empty one counts as not set.
    /// - Parameters:
    ///   - environment: The variables.
    ///   - hasShell: Whether the machine has a shell, see ``Command/init(_:hasShell:)``.
    /// - Throws: ``SLARunnerError`` with every fault at once, ready to print.
    init(environment: Environment, hasShell: Bool) throws(SLARunnerError) {
        do {
            self = try environment.parse { variables in
                let delay = variables.requiredText("SLARUNNER_DELAY")
                let command = variables.requiredText("SLARUNNER_COMMAND")
                let service = variables.requiredText("SLARUNNER_SERVICE")
                let topicVariable =
                    variables.text("SLARUNNER_SNSTOPICARN") == nil ? "SLARUNNER_SNSTOPICNAME" : "SLARUNNER_SNSTOPICARN"
                let topic = variables.requiredText(topicVariable)
                if topic.hasPrefix("arn:"), !Self.isTopic(topic) {
                    variables.fault(
                        topicVariable,
                        expected: "a topic's name, or its ARN such as arn:aws:sns:eu-central-1:123456789012:results")
                }
                var configuration = RunnerConfiguration(
                    commandText: command, command: .shell(command),
                    // Years of delay in microseconds still fit a timer.
                    delay: delay.isEmpty ? 0 : variables.integer("SLARUNNER_DELAY", default: 0, in: 0...1_000_000_000),
                    service: service, topic: topic, bucket: variables.text("SLARUNNER_S3BUCKETNAME"))
                configuration.encryption = variables.value(
                    "SLARUNNER_S3ENCRYPTION", expected: "AES256, aws:kms, or a KMS key's ARN, id or alias",
                    read: Self.encryption)
                configuration.groups = variables.text("SLARUNNER_GROUPS").map(Self.split) ?? []
                configuration.tagID = variables.text("SLARUNNER_SVC_TAG")
                configuration.target = variables.value("SLA_TARGET", expected: "per cent such as 99.9") { text in
                    Double(text).map { 0...100 ~= $0 } == true ? text : nil
                }
                configuration.isDisabled = variables.text("SLARUNNER_DISABLED")?.uppercased() == "TRUE"
                configuration.isDryRun = variables.text("SLARUNNER_DRYRUN") != nil
                configuration.runsOnce = variables.flag("SLARUNNER_ONCE", default: false)
                let timeLimit = variables.duration("SLARUNNER_TIMEOUT", default: .zero)
                configuration.timeLimit = timeLimit > .zero ? timeLimit : nil
                configuration.stopTimeout = variables.duration("SLARUNNER_STOP_TIMEOUT", default: .seconds(20))
                return configuration
            }
            command = try Command(commandText, hasShell: hasShell)
        } catch let error as ConfigurationError {
            throw SLARunnerError(.invalidEnvironment, Self.report(error.faults))
        } catch let error as SLARunnerError {
            throw error
        } catch {
            throw SLARunnerError(.invalidEnvironment, "cannot read the environment", underlying: error)
        }
    }

    /// Spaces stay: consumers know the groups by these exact names.
    private static func split(_ groups: String) -> [String] {
        groups.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    private static func isTopic(_ arn: String) -> Bool {
        guard let fields = arn.arnFields, fields.count == 6, !fields.contains(where: \.isEmpty) else { return false }
        return fields[2] == "sns"
    }

    private static func encryption(_ text: String) -> String? {
        let isKeyID = text.utf8.count >= 32 && text.utf8.allSatisfy { "0123456789abcdefmrk-".utf8.contains($0) }
        let isKnown = ["AES256", "aws:kms"].contains(text)
        return isKnown || isKeyID || text.hasPrefix("arn:") || text.hasPrefix("alias/") ? text : nil
    }

    private static let titles = [
        "SLARUNNER_DELAY": "Delay", "SLARUNNER_COMMAND": "Command", "SLARUNNER_SERVICE": "Service",
        "SLARUNNER_SNSTOPICNAME": "SNS Topic Name",
    ]

    private static func report(_ faults: [ConfigurationFault]) -> String {
        var missing: [String] = []
        var wrong: [String] = []
        for fault in faults {
            if fault.isMissing, let title = titles[fault.path] {
                missing.append("    \(title) ($\(fault.path)) is a required argument.")
            } else {
                wrong.append("    \(fault)")
            }
        }
        if !missing.isEmpty { missing.insert("Missing required arguments:", at: 0) }
        if !wrong.isEmpty { wrong.insert("Wrong arguments:", at: 0) }
        return (missing + wrong).joined(separator: "\n")
    }
}
