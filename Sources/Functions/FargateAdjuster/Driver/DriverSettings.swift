import AWS
import AWSUserCredentials
import Basics
import Configuration
import Glibc
import StateStore
import Transport

/// What the driver needs before it can ask AWS: the configuration, credentials, and where runs are recorded.
struct DriverSettings: Sendable {
    /// Longer ones are no `config.yaml`.
    private static let maximumFileBytes = 16 << 20
    /// How long the source of the credentials may take: metadata services, sign-ins, a person with an MFA device.
    private static let credentialsTimeout = Duration.seconds(60)

    let configuration: AdjusterConfiguration
    let aws: AWSConfiguration
    /// nil where runs cannot be recorded.
    let store: StateStore?
    /// Where runs are recorded, for messages.
    let location: String
    /// The time between two looks at a deployment; nil for the adjuster's own.
    let interval: Duration?
    /// How long a process that says nothing more keeps its services; nil for the adjuster's own.
    let lease: Duration?
    /// What has no effect, or not the meant one.
    let warnings: [String]

    /// Reads file and variables, in the original's order; nothing is sent.
    /// - Throws: ``AdjusterError`` `invalidConfiguration`.
    init(environment: Environment, loop: EventLoop) throws(AdjusterError) {
        let file = environment["OPTUNE_CONFIG"] ?? "./config.yaml"
        configuration = try AdjusterConfiguration(
            parsing: Self.contents(file), file: file, environment: environment)
        aws = try Self.awsConfiguration(environment, loop)
        interval = try Self.duration("ADJUST_INTERVAL", environment)
        lease = try Self.duration("ADJUST_LEASE", environment)
        let location = AdjustmentLedger.location(environment)
        var warnings = configuration.warnings + aws.ignoredSettings
        (store, self.location) = (Self.store(location, aws, &warnings), location ?? "nowhere")
        self.warnings = warnings
    }

    private static func contents(_ file: String) throws(AdjusterError) -> [UInt8] {
        do throws(SystemError) { return try Basics.contents(ofFile: file, limit: maximumFileBytes) } catch {
            throw AdjusterError(
                .invalidConfiguration,
                "Could not read config file located at \"\(file)\": \(error). Name it by OPTUNE_CONFIG.",
                underlying: error)
        }
    }

    /// A length of time of a variable; nil when it is not set.
    private static func duration(_ name: String, _ environment: Environment) throws(AdjusterError) -> Duration? {
        do {
            return try environment.parse { variables in
                variables.has(name) ? variables.duration(name, default: .seconds(1)) : nil
            }
        } catch { throw AdjusterError(.invalidConfiguration, "\(error)", underlying: error) }
    }

    private static func awsConfiguration(
        _ environment: Environment, _ loop: EventLoop
    ) throws(AdjusterError) -> AWSConfiguration {
        do throws(AWSError) {
            return try .ofUser(
                boto3Environment: environment.variables, loop: loop, askForCode: askForCodeOnTerminal(loop))
        } catch {
            // The original's words, which speak of S3.
            let words = "No Amazon S3 default region was provided. Please refer to README.md."
            let isRegion = error.message.hasPrefix("no region")
            throw AdjusterError(
                .invalidConfiguration, isRegion ? "\(words) (AWS_DEFAULT_REGION: \(error.message))" : "\(error)",
                underlying: error)
        }
    }

    /// Asks the source of the credentials once, so that a missing key is told before anything else.
    /// - Throws: ``AdjusterError``, with the original's words where there are no credentials at all.
    func checkCredentials() async throws {
        let (provider, time) = (aws.credentials, aws.time)
        let failure: any Error
        do {
            let isThere = try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    _ = try await provider.credentials()
                    return true
                }
                group.addTask {
                    try await time.sleep(Self.credentialsTimeout)
                    return false
                }
                defer { group.cancelAll() }
                return try await group.next() ?? false
            }
            if isThere { return }
            failure = AWSError(
                .credentialsFailed, "their source gave none within \(Self.credentialsTimeout.text): see why it is slow")
        } catch { failure = error }
        guard let error = failure as? AWSError, error.localCode == .noCredentials else {
            throw AdjusterError(.unavailable, "AWS credentials: \(failure)", underlying: failure)
        }
        throw AdjusterError(
            .invalidConfiguration,
            "No AWS access key was provided. Please refer to README.md. (\(error.message))", underlying: error)
    }
}

// MARK: - Where runs are recorded

extension DriverSettings {
    /// The store at a location.
    ///
    /// Without one, an adjustment still goes back when it fails or is cancelled; only what a killed process leaves is
    /// not put back. That is no reason to refuse.
    private static func store(
        _ location: String?, _ aws: AWSConfiguration, _ warnings: inout [String]
    ) -> StateStore? {
        let consequence = "runs are not recorded, so what a killed adjust leaves is not put back; set ADJUST_STATE"
        guard let location else {
            warnings.append("HOME is not set: \(consequence)")
            return nil
        }
        do { return try AdjustmentLedger.store(at: location) { aws } } catch {
            warnings.append("\(error.message): \(consequence)")
            return nil
        }
    }
}
