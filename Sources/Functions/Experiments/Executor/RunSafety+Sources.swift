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
    public static func from(
        _ sources: Sources, of experiment: Experiment, run: String, registry: ActivityRegistry,
        aws: @escaping @Sendable () throws -> AWSConfiguration, time: TimeSource,
        ask: @escaping StopMonitor.Ask
    ) async throws -> RunSafety {
        let isAsked = sources.guarding?.asksForAccount(of: experiment, in: registry) == true
        let account = isAsked ? try await Self.account(aws) : nil
        return make(sources, run: run, account: account, registry, aws, time, ask)
    }

    /// Apart from the asynchronous part, which the optimizer of Swift 6.3 cannot take together with it.
    @inline(never)
    private static func make(
        _ sources: Sources, run: String, account: String?, _ registry: ActivityRegistry,
        _ aws: @escaping @Sendable () throws -> AWSConfiguration, _ time: TimeSource, _ ask: @escaping StopMonitor.Ask
    ) -> RunSafety {
        var safety = RunSafety(registry: registry)
        safety.guarding = sources.guarding
        safety.account = account
        safety.region = try? aws().region
        safety.stopConditions = sources.conditions.names
        let commands = sources.state.map { RunCommands($0, run: run, time: time) }
        let monitor =
            sources.conditions.isEmpty ? nil : StopMonitor(sources.conditions, aws: aws, time: time, ask: ask)
        if sources.lever != nil || commands != nil || monitor != nil || sources.guarding?.maximumDuration != nil {
            safety.control = RunControl(
                lever: sources.lever, commands: commands, monitor: monitor, time: time, interval: sources.interval,
                maximumDuration: sources.guarding?.maximumDuration)
        }
        if let state = sources.state {
            safety.locks = TargetLocks(state, run: run, time: time)
            safety.approvals = Approvals(state, time: time)
            safety.approvalInterval = sources.interval
        }
        return safety
    }

    /// The account of the credentials.
    public static func account(_ aws: @Sendable () throws -> AWSConfiguration) async throws -> String? {
        try await AWSClient(.sts, configuration: aws()).call("GetCallerIdentity")["Account"]?.stringValue
    }
}
