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
        _ sources: Sources, run: String, registry: ActivityRegistry,
        aws: @escaping @Sendable () throws -> AWSConfiguration, time: TimeSource,
        ask: @escaping StopMonitor.Ask
    ) async throws {
        self.init(registry: registry)
        guarding = sources.guarding
        let commands = sources.state.map { RunCommands($0, run: run, time: time) }
        let monitor =
            sources.conditions.isEmpty ? nil : StopMonitor(sources.conditions, aws: aws, time: time, ask: ask)
        let end = sources.guarding.flatMap { Self.end(of: $0, from: time.now()) }
        if sources.lever != nil || commands != nil || monitor != nil || end != nil {
            control = RunControl(
                lever: sources.lever, commands: commands, monitor: monitor, time: time, interval: sources.interval,
                end: end)
        }
        stopConditions = sources.conditions.names
        if let state = sources.state {
            locks = TargetLocks(state, run: run, time: time)
            approvals = Approvals(state, time: time)
            approvalInterval = sources.interval
        }
        if guarding?.asksForAccount == true {
            account = try await Self.account(aws)
        }
        region = try? aws().region
    }

    /// When a run that begins now must have ended.
    ///
    /// A function of its own: inside the initializer, the compiler's optimizer crashes on it.
    private static func end(of guarding: Guard, from now: Timestamp) -> Timestamp? {
        guarding.maximumDuration.map { now + $0 }
    }

    /// The account of the credentials.
    public static func account(_ aws: @Sendable () throws -> AWSConfiguration) async throws -> String? {
        try await AWSClient(.sts, configuration: aws()).call("GetCallerIdentity")["Account"]?.stringValue
    }
}
