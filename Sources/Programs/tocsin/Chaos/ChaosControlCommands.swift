import ArgumentParser
import Basics
import Experiments
import Transport

struct ChaosHoldCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Holds a run: it begins no activity until it is resumed.",
        discussion: """
            What runs goes on to its end. A run of this machine obeys within a second. With --all no run begins, either.

            Examples:
              tocsin chaos hold 20261128T034200-k3x9p --reason "incident 4711"
              tocsin chaos hold --all
              tocsin chaos resume 20261128T034200-k3x9p
            """)

    @OptionGroup var options: DemandOptions
    @ParentCommand var chaos: ChaosCommand

    func run() async throws { try await chaos.demand(.hold, options) }
}

struct ChaosResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Lets a run go on that is held, or with --all lets runs begin again.",
        discussion: """
            A run that was told to stop cannot be resumed.

            Examples:
              tocsin chaos resume 20261128T034200-k3x9p
              tocsin chaos resume --all
            """)

    @OptionGroup var options: DemandOptions
    @ParentCommand var chaos: ChaosCommand

    func run() async throws { try await chaos.demand(.run, options) }
}

struct ChaosStopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Ends a run, or all of them, with their rollbacks.",
        discussion: """
            The activity that runs is cancelled, what was changed is put back, and the rollbacks are played. With --all \
            no new run begins until `tocsin chaos resume --all`.

            Examples:
              tocsin chaos stop 20261128T034200-k3x9p
              tocsin chaos stop --all --reason "incident 4711"
              tocsin chaos stop --all --lever ssm:/chaos/lever
            """)

    @OptionGroup var options: DemandOptions
    @ParentCommand var chaos: ChaosCommand

    func run() async throws { try await chaos.demand(.stop, options) }
}

/// Whom a command is for, and why.
struct DemandOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The run; `tocsin chaos recover --list` shows them.", valueName: "run"))
    var target: String?

    @Flag(help: "All runs: moves the lever.")
    var all = false

    @Option(
        help: ArgumentHelp(
            "The lever that --all moves: a file, s3://bucket/key or ssm:/name. By default that of this machine.",
            valueName: "source"))
    var lever: String?

    @Option(help: ArgumentHelp("Why; the runs tell it.", valueName: "text"))
    var reason: String?

    func validate() throws {
        if (target == nil) != all { throw ValidationError("Name a run, or give --all for all of them.") }
        if lever != nil, !all { throw ValidationError("--lever belongs to --all.") }
    }
}

extension ChaosCommand {
    /// Demands something of a run or of all.
    fileprivate func demand(_ position: RunDemand.Position, _ demand: DemandOptions) async throws {
        try await withSession { session, log in
            let now = Timestamp.now()
            guard let run = demand.target else {
                let lever = try session.lever(demand.lever)
                if demand.lever == nil { try makeFolder(session.state.folder) }
                try await lever.set(
                    RunDemand(position, by: session.person, reason: demand.reason, at: now), aws: session.aws,
                    until: now + .seconds(30))
                let effect =
                    switch position {
                    case .run: "runs go on, and new ones may begin"
                    case .hold: "no activity begins, and no new run"
                    case .stop: "all runs end with their rollbacks, and no new one begins"
                    }
                return try printLine("The lever \(lever.source) is at \(position.rawValue): \(effect).")
            }
            try await session.checkIsRunning(run)
            let commands = RunCommands(try session.state.control(), run: run, time: .live(session.loop))
            guard try await commands.send(position, by: session.person, reason: demand.reason) else {
                log.write(.error, "\(run) was told to stop before: it ends, and cannot be resumed")
                throw ExitCode.failure
            }
            let effect =
                switch position {
                case .run: "goes on"
                case .hold: "begins no further activity until `tocsin chaos resume \(run)`"
                case .stop: "ends with its rollbacks"
                }
            try printLine("\(run) \(effect).")
        }
    }
}

extension ChaosSession {
    /// - Throws: `ExperimentError` with `invalid` for a run that nobody executes on this machine.
    func checkIsRunning(_ run: String) async throws {
        let runs = try await state.ledger(time: .live(loop)).runs().runs
        let now = Timestamp.now()
        if let found = runs.first(where: { $0.record.run == run }) {
            guard found.isOrphaned(at: now) else { return }
            throw ExperimentError(
                .invalid, "the process of \(run) is gone: `tocsin chaos recover \(run)` puts things back")
        }
        // A run that leaves nothing to be put back is not in the ledger.
        let executed = state.executedRuns()
        if executed.contains(run) { return }
        let names = Set(runs.filter { !$0.isOrphaned(at: now) }.map(\.record.run)).union(executed).sorted()
        let advice =
            names.nearest(to: run).map { "did you mean \($0)?" }
            ?? (names.isEmpty ? "none is running" : "running: \(names.joined(separator: ", "))")
        throw ExperimentError(.invalid, "there is no run \(run) on this machine: \(advice)")
    }
}
