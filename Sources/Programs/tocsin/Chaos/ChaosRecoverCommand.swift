import ArgumentParser
import Basics
import DurableExecution
import Experiments
import Glibc
import JSON
import LocalCloud
import SystemPackage
import TextTables
import Transport

struct ChaosRecoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Puts back what experiments have left broken whose process is gone.",
        discussion: """
            Works off the ledger: undoes each change, plays the rollbacks, and reads every target again. The exit \
            status is 0 when nothing is left to do, 1 when something is still broken. What cannot be put back stays in \
            the ledger until it can, or until --discharge says that it is to stay so.

            Examples:
              tocsin chaos recover --list
              tocsin chaos recover
              tocsin chaos recover 20261128T034200-k3x9p
              tocsin chaos recover 20261128T034200-k3x9p --discharge "the instance was replaced by hand"
            """
    )

    @Argument(help: "The runs; without any, all whose process is gone.")
    var runs: [String] = []

    @Flag(help: "Show the runs that are not finished, and change nothing.")
    var list = false

    @Option(help: ArgumentHelp("Take the runs out of the ledger as they are, for this reason.", valueName: "reason"))
    var discharge: String?

    @Flag(help: "Print the report as JSON.")
    var json = false

    @ParentCommand var chaos: ChaosCommand

    func run() async throws {
        try await chaos.withSession { session, log in
            let ledger = try session.state.ledger(time: .live(session.loop))
            if list { return try await show(ledger) }
            if let discharge { return try await take(runs, out: ledger, session, reason: discharge) }
            let report = try await session.recovery(ledger).run(only: runs.isEmpty ? nil : Set(runs)) { record, entry in
                printError("\(record.run): \(entry.title): \(entry.state.rawValue)")
            }
            for run in report.runs where run.state != .running && run.state != .stillBroken {
                try await session.state.forget(run.run, at: .now())
            }
            let nothing = "Nothing is left to put back."
            try printLine(
                json ? "\(report.json)" : report.lines.isEmpty ? nothing : report.lines.joined(separator: "\n"))
            if !report.isClean { throw ExitCode.failure }
        }
    }

    private func show(_ ledger: Ledger) async throws {
        let (runs, faults) = try await ledger.runs()
        for fault in faults { printError("Warning: \(fault)") }
        if runs.isEmpty { return try printLine("Every run has ended, and everything is put back.") }
        let now = Timestamp.now()
        for run in runs {
            let owner = run.isOrphaned(at: now) ? "its process is gone" : "running"
            try printLine("\(run.record.run)  \(run.record.title.printable)  (\(owner))")
            for entry in run.entries {
                let reason = entry.reason.map { ": \($0)" } ?? ""
                try printLine("  \(entry.title.printable)  \(entry.state.rawValue)\(reason.printable)")
            }
        }
    }

    private func take(_ runs: [String], out ledger: Ledger, _ session: ChaosSession, reason: String) async throws {
        guard !runs.isEmpty else { throw usageError("--discharge needs the names of runs.") }
        let person = Environment.current().variables["USER"] ?? "somebody"
        for run in runs {
            guard let left = try await session.recovery(ledger).discharge(run, by: person, reason: reason) else {
                printError("Error: \(run) is not in the ledger, or is running.")
                throw ExitCode.failure
            }
            try printLine("\(run): \(counted(left.count, "target")) left as it is")
        }
    }
}

extension ChaosSession {
    /// What puts back the changes of runs whose process is gone.
    func recovery(_ ledger: Ledger) -> Recovery {
        let (providers, resolution) = (providers, resolution(VariableOverrides(), nil))
        let restorer = Restorer(providers.registry, time: .live(loop)) { record, entry in
            try NativeActivity.Invocation(
                undoing: entry, of: Experiment(reading: record.document), await resolution.values(recovering: record),
                providers, deadline: .now() + .seconds(600))
        }
        return Recovery(ledger, restorer) { try await playRollbacks(of: $0) }
    }

    /// Goes through the run once more up to where its process ended, and plays its rollbacks.
    ///
    /// Where its log is gone, only the rollbacks are played.
    private func playRollbacks(of run: LedgerRun) async throws {
        let record = run.record
        let interruption = Interruption()
        interruption.raise(Interruption.Reason(.lost, "the process that ran the experiment has ended"))
        let durable = try state.durableRun(record.run)
        let resolution = resolution(VariableOverrides(), nil)
        _ = try await durable.execute(time: .live(loop)) { scope in
            var plan = ExperimentExecution.Plan(recovering: record)
            plan.substitution = try await resolution.values(recovering: record, on: scope)
            let execution = ExperimentExecution(plan, providers: providers, environment: place, ledger: nil)
            let result = try await execution.run(on: scope, interruption: interruption, held: run) { event in
                for (_, text) in event.messages { printError("\(record.run): \(text)") }
            }
            if let path = record.journal { try writeJournal(result.journal, to: path) }
            return .null
        }
        state.removeLog(of: record.run)
    }
}

/// Writes a journal in one step.
func writeJournal(_ journal: JSONObject, to path: String) throws(SystemError) {
    let text = JSONValue.object(journal).serialized(.pretty)
    try replaceFile(path, with: text, draft: "\(path).\(getpid())", permissions: 0o644)
}
