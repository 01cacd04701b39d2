import ArgumentParser
import Basics
import Experiments
import Glibc
import JSON
import LocalCloud
import TextTables
import Transport

struct ChaosApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Answers a run that waits until a person approves an activity.",
        discussion: """
            The guard's `activities.approval` says which activities wait. A denied one ends its run, with the rollbacks; \
            so does one that nobody approves in time (--approval-timeout of run, an hour by default).

            Examples:
              tocsin chaos approve --list
              tocsin chaos approve 20261128T034200-k3x9p method.0
              tocsin chaos approve 20261128T034200-k3x9p method.0 --deny --reason "customers are online"
            """)

    @Argument(help: ArgumentHelp("The run.", valueName: "run"))
    var target: String?

    @Argument(help: "The step, as the run names it: method.0 is the first activity of the method.")
    var step: String?

    @Flag(help: "Do not let it run.")
    var deny = false

    @Option(help: ArgumentHelp("Why.", valueName: "text"))
    var reason: String?

    @Flag(help: "Show what waits for an answer.")
    var list = false

    @Flag(help: "Print what waits as JSON.")
    var json = false

    @ParentCommand var chaos: ChaosCommand

    func validate() throws {
        if list != (target == nil) || list != (step == nil) {
            throw ValidationError("Name a run and its step, or give --list to see them.")
        }
    }

    func run() async throws {
        try await chaos.withSession { session, log in
            let approvals = Approvals(try session.state.control(), time: .live(session.loop))
            guard let target, let step else { return try await show(approvals, session) }
            let answer = try await approvals.decide(
                run: target, step: step, isApproved: !deny, by: session.person, reason: reason)
            try printLine("\(answer.question): \(answer.state.rawValue)")
            guard answer.state == (deny ? .denied : .approved) else {
                log.write(.error, "it was decided before, so your answer does not count")
                throw ExitCode.failure
            }
        }
    }

    private func show(_ approvals: Approvals, _ session: ChaosSession) async throws {
        let pending = try await approvals.pending()
        if json { return try printLine("\(JSONValue.array(pending.map(\.json)))") }
        if pending.isEmpty { return try printLine("Nothing waits for approval.") }
        let columns: [Table.Column] = [
            .init("RUN"), .init("STEP"), .init("ACTIVITY", dropOrder: 1), .init("UNTIL", dropOrder: 2),
        ]
        let rows = pending.map { approval -> [Table.Cell] in
            [
                .init(approval.run), .init(approval.step), .init(approval.question),
                .init(approval.expires.iso8601(fractionDigits: 0)),
            ]
        }
        try printTable(Table(columns, rows: rows), session.environment)
    }
}

/// Prints a table that fits the terminal.
func printTable(_ table: Table, _ environment: [String: String]) throws {
    let traits = TerminalTraits(of: STDOUT_FILENO, environment: environment)
    try printLine(
        table.lines(width: traits.size?.columns, colour: traits.hasColour).joined(separator: "\n"))
}
