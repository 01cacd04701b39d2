public import AWS
public import Basics
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
    @inline(never)  // The optimizer of Swift 6.3 cannot take it together with an asynchronous caller.
    public static func from(
        _ sources: Sources, run: String, registry: ActivityRegistry,
        aws: @escaping @Sendable () throws -> AWSConfiguration, time: TimeSource, ask: @escaping StopMonitor.Ask
    ) -> RunSafety {
        var safety = RunSafety(registry: registry)
        safety.guarding = sources.guarding
        safety.places = CallPlaces(for: sources.guarding)
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
}
