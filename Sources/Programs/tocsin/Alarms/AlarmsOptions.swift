import AWS
import AWSUserCredentials
import AlarmProvisioner
import ArgumentParser
import Basics
import Transport

/// Which alarms, and where: each option stands for a variable of the function and goes before it.
struct AlarmsOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Rules: a file, s3://bucket/key or ssm:/name, in our form, the original's, Sloth's or OpenSLO's; may be "
                + "repeated.", valueName: "source"))
    var rules: [String] = []

    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp(
            "The catalogue of recommended alarms; by default as the rules file says, and where it says nothing, only "
                + "when there are no rules at all."))
    var catalogue: Bool?

    @Flag(inversion: .prefixedNo, help: "Alarms by tags AutoAlarm-… of resources; as the rules say by default.")
    var autoTags: Bool?

    @Option(help: ArgumentHelp("A region; may be repeated. That of the credentials by default.", valueName: "region"))
    var region: [String] = []

    @Option(help: ArgumentHelp("A role in another account; may be repeated.", valueName: "arn"))
    var role: [String] = []

    @Option(help: ArgumentHelp("What the roles' trust policies ask for, or ssm:/name.", valueName: "id"))
    var externalID: String?

    @Option(help: ArgumentHelp("Whose alarms they are: the value of the tag tocsin:owner.", valueName: "name"))
    var owner: String?

    @Option(help: ArgumentHelp("What names of alarms begin with.", valueName: "text"))
    var prefix: String?

    @Option(
        help: ArgumentHelp(
            "A topic that alarms notify: an ARN, or severity=ARN; may be repeated.", valueName: "arn"))
    var topic: [String] = []

    @Option(help: ArgumentHelp("Only the resource with this ARN or id.", valueName: "id"))
    var resource: String?

    @Option(
        help: ArgumentHelp(
            "How long alarms of a resource that is gone are kept, such as 1h; 0s for no time.",
            valueName: "time"))
    var grace: String?

    @Option(
        help: ArgumentHelp(
            "Refuse a plan that deletes a larger share of the owner's alarms.", valueName: "per cent"))
    var maxDeletedPercent: Double?

    @Option(help: ArgumentHelp("The profile of the shared AWS files.", valueName: "name"))
    var profile: String?

    func validate() throws {
        for source in rules where source.contains(",") {
            throw ValidationError("--rules \(source): a comma cannot be part of a location.")
        }
    }

    /// The variables of this process with those that the options stand for.
    func variables(_ environment: [String: String]) -> [String: String] {
        var variables = environment
        func set(_ name: String, _ value: String?) { if let value { variables[name] = value } }
        if !rules.isEmpty {
            // All places of rules are those of the command line.
            for name in ["ALARM_RULES_TEXT", "CONFIG_FILE"] { variables[name] = nil }
            set("ALARM_RULES", rules.map { $0 == "-" ? "/dev/stdin" : $0 }.joined(separator: ","))
        }
        set("ALARM_CATALOGUE", catalogue.map { "\($0)" })
        set("ALARM_AUTO_TAGS", autoTags.map { "\($0)" })
        set("ALARM_REGIONS", region.isEmpty ? nil : region.joined(separator: ","))
        set("ALARM_ROLES", role.isEmpty ? nil : role.joined(separator: ","))
        set("ALARM_EXTERNAL_ID", externalID)
        set("ALARM_OWNER", owner)
        set("ALERT_PREFIX_NAME", prefix)
        let plain = topic.filter { !$0.contains("=") }
        set("TOPIC_ARN", plain.isEmpty ? nil : plain.joined(separator: ","))
        let severe = topic.filter { $0.contains("=") }
        set("ALARM_TOPICS", severe.isEmpty ? nil : severe.joined(separator: ","))
        set("ALARM_GRACE", grace)
        set("ALARM_MAX_DELETED_PERCENT", maxDeletedPercent.map { "\($0)" })
        if let first = region.first, variables["AWS_REGION"] == nil { variables["AWS_REGION"] = first }
        return variables
    }

    /// What is looked at.
    var range: Provisioner.Range { Provisioner.Range(resource: resource) }

    /// Ends with 1 when a resource was asked for that nothing is known of: a slip in its id must not look like success.
    func checkFound(_ plan: AlarmPlan) throws {
        guard let resource, plan.resources == 0, plan.steps.isEmpty, plan.unchanged == 0, !plan.hasErrors else {
            return
        }
        printError(
            "Error: there is neither a resource \(resource) of the kinds that the rules watch, nor an alarm of it.")
        throw ExitCode.failure
    }
}

/// A provisioner with this user's credentials, and what it tells meanwhile.
struct AlarmsSession: Sendable {
    let provisioner: Provisioner
    let environment: [String: String]

    /// Runs a body; what is wrong is told on standard error, and the exit status is 1, or 64 for a wrong setting.
    static func run<Result: Sendable>(
        _ options: AlarmsOptions, _ body: @escaping @Sendable (AlarmsSession) async throws -> Result
    ) async throws -> Result {
        let environment = options.variables(Environment.current().variables)
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        let session: AlarmsSession
        do {
            let provisioner = try Provisioner(environment: environment, loop: loop) { [profile = options.profile] in
                try AWSConfiguration.ofUser(
                    environment: environment, profile: profile, loop: loop, askForCode: askForCodeOnTerminal(loop))
            }
            session = AlarmsSession(provisioner: provisioner, environment: environment)
        } catch {
            throw usageError("\(error)")
        }
        do {
            return try await withTaskExecutorPreference(loop) { try await body(session) }
        } catch let error as ExitCode {
            throw error
        } catch {
            printError("Error: \(error)")
            throw ExitCode.failure
        }
    }

    /// Does something; its progress is shown from the third second on, where standard error is a terminal.
    func working<Result: Sendable>(
        _ body: @escaping @Sendable (@escaping Provisioner.Progress) async throws -> Result
    ) async throws -> Result {
        try await withProgressLine(environment: environment, body)
    }

    /// Prints lines as wide as the terminal, with colours where it has them.
    func show(_ lines: (_ width: Int, _ colour: Bool) -> [String]) throws {
        try printLines(environment: environment, lines)
    }
}
