import AWS
import AWSUserCredentials
import ArgumentParser
import Basics
import FargateAdjuster
import LocalCloud
import StateStore
import Transport

/// Where services are, and where runs are recorded.
struct FargateOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "servo-fargate's config.yaml: a file, s3://bucket/key or ssm:/name; $OPTUNE_CONFIG or ./config.yaml by "
                + "default.", valueName: "source"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "The cluster of a service that is named directly; $FARGATE_CLUSTER or \"default\" by default.",
            valueName: "name"))
    var cluster: String?

    @Option(
        help: ArgumentHelp("The region; that of the service's ARN or the credentials by default.", valueName: "region"))
    var region: String?

    @Option(help: ArgumentHelp("The profile of the shared AWS files.", valueName: "name"))
    var profile: String?

    @Option(
        help: ArgumentHelp(
            "Where runs are recorded: a folder, s3://bucket/prefix or dynamodb:table; $ADJUST_STATE or, in the folder "
                + "of this user's state ($TOCSIN_STATE, $XDG_STATE_HOME/tocsin or ~/.local/state/tocsin), fargate by "
                + "default, as for adjust. Give all who adjust the same services the same place.", valueName: "place")
    )
    var state: String?

    func validate() throws {
        if config != nil, cluster != nil {
            throw ValidationError(
                "--cluster: a file has the clusters of its services; leave out --config or --cluster.")
        }
    }

    /// The options that another command must have to work on the same services, for messages.
    var commandLine: String {
        let pairs = [("region", region), ("profile", profile), ("state", state)]
        return pairs.compactMap { name, value in value.map { " --\(name) \(shellQuoted($0))" } }.joined()
    }
}

/// A text as a shell takes it for one word.
func shellQuoted(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_./:=@%+,".utf8.contains($0) }
    return isPlain && !text.isEmpty ? text : "'" + text.replacing("'", with: "'\\''") + "'"
}

/// Clients with this user's credentials, and where runs are recorded.
struct FargateSession: Sendable {
    let options: FargateOptions
    let loop: EventLoop
    let environment: [String: String]
    let aws: AWSConfiguration
    let clients: AdjusterClients

    /// Runs a body; what is wrong is told on standard error and by the exit status.
    /// - Parameter services: as they were named: the ARN of one tells its region.
    static func run<Result: Sendable>(
        _ options: FargateOptions, services: [String],
        _ body: @escaping @Sendable (FargateSession) async throws -> Result
    ) async throws -> Result {
        let environment = Environment.current().variables
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        let session: FargateSession
        do {
            session = try FargateSession(options, services: services, environment: environment, loop: loop)
        } catch {
            throw usageError("\(error)")
        }
        do {
            return try await withTaskExecutorPreference(loop) { try await body(session) }
        } catch let error as ExitCode {
            throw error
        } catch let error as AdjusterError {
            printError("Error: \(error.message)")
            throw error.code == .invalidInput ? ExitCode.validationFailure : ExitCode.failure
        } catch {
            printError("Error: \(error)")
            throw ExitCode.failure
        }
    }

    private init(
        _ options: FargateOptions, services: [String], environment: [String: String], loop: EventLoop
    ) throws {
        (self.options, self.loop, self.environment) = (options, loop, environment)
        let regions = Set(services.compactMap { ECSServiceName($0).region })
        if regions.count > 1, options.region == nil {
            throw AdjusterError(
                .invalidInput, "the services are in \(regions.sorted().joined(separator: " and ")); one call is for one"
            )
        }
        for warning in AWSConfiguration.ignoredSettings(in: environment) { printError("Warning: \(warning)") }
        aws = try .ofUser(
            environment: environment, profile: options.profile, region: options.region ?? regions.first, loop: loop,
            askForCode: askForCodeOnTerminal(loop))
        clients = try AdjusterClients(aws)
    }

    /// Where runs are recorded.
    /// - Throws: ``AdjusterError`` `unavailable` for a folder that cannot be used.
    func store() throws -> StateStore {
        guard let location = options.state ?? AdjustmentLedger.location(Environment(environment)) else {
            throw usageError("HOME is not set, so runs cannot be recorded: give a place by --state")
        }
        do throws(AdjusterError) { return try AdjustmentLedger.store(at: location) { aws } } catch {
            let option = options.state == nil ? "ADJUST_STATE" : "--state"
            if error.code == .invalidConfiguration { throw usageError("\(option) \(error.message)") }
            throw AdjusterError(error.code, "\(error.message); give another place by --state", underlying: error)
        }
    }

    /// An adjuster of these components.
    func adjuster(_ configuration: AdjusterConfiguration) throws -> Adjuster {
        try Adjuster(configuration, clients: clients, store: store())
    }
}
