public import AWS
public import Basics
internal import JSON
public import StateStore

extension RunSafety {
    /// Where the limits of a run come from.
    public struct Sources: Sendable {
        /// The guard; nil for none.
        public var guarding: Guard?
        /// The lever; nil for none.
        public var lever: Lever?
        /// Has the commands, the approvals and the locks; nil for none of them.
        public var state: StateStore?
        /// What ends the run.
        public var conditions: StopConditions
        /// The pause between two looks at the lever, the commands and an approval.
        public var interval = Duration.seconds(30)

        /// Only stop conditions.
        public init(conditions: StopConditions) { self.conditions = conditions }
    }

    /// What is asked before a run and while it goes on.
    /// - Parameters:
    ///   - run: the run's id.
    ///   - ask: asks a probe of the stop conditions.
    /// - Throws: `AWSError` when the guard asks for the account and nobody can tell it.
    public init(
        _ sources: Sources, of experiment: Experiment, run: String, registry: ActivityRegistry,
        aws: @escaping @Sendable () throws -> AWSConfiguration, time: TimeSource,
        ask: @escaping StopMonitor.Ask
    ) async throws {
        self.init(registry: registry)
        guarding = sources.guarding
        let commands = sources.state.map { RunCommands($0, run: run, time: time) }
        let monitor =
            sources.conditions.isEmpty ? nil : StopMonitor(sources.conditions, aws: aws, time: time, ask: ask)
        if sources.lever != nil || commands != nil || monitor != nil || guarding?.maximumDuration != nil {
            control = RunControl(
                lever: sources.lever, commands: commands, monitor: monitor, time: time, interval: sources.interval,
                end: guarding?.maximumDuration.map { time.now() + $0 })
        }
        stopConditions = sources.conditions.names
        if let state = sources.state {
            locks = TargetLocks(state, run: run, time: time)
            approvals = Approvals(state, time: time)
            approvalInterval = sources.interval
        }
        if guarding?.asksForAccount(of: experiment, in: registry) == true {
            account = try await Self.account(aws)
        }
        region = try? aws().region
    }

    /// The account of the credentials.
    public static func account(_ aws: @Sendable () throws -> AWSConfiguration) async throws -> String? {
        try await AWSClient(.sts, configuration: aws()).call("GetCallerIdentity")["Account"]?.stringValue
    }
}
