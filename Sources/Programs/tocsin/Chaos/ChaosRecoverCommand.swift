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
            Works off the ledger: undoes each change, plays the rollbacks in the folder of the run, and reads every \
            target again. The exit status is 0 when nothing is left of the runs whose process is gone, and 1 when \
            something is still broken, a rollback failed, or a run that was named is still being executed. What cannot \
            be put back stays in the ledger until it can, or until --discharge says that it is to stay so.

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
            if list { return try await show(ledger, session) }
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
            if runs.isEmpty { try await session.removeRemains(ledger) }
            let isBusy = !runs.isEmpty && report.runs.contains { $0.state == .running }
            if !report.isClean || isBusy { throw ExitCode.failure }
        }
    }

    private func show(_ ledger: Ledger, _ session: ChaosSession) async throws {
        let (runs, faults) = try await ledger.runs()
        for fault in faults { printError("Warning: \(fault)") }
        let others = session.state.executedRuns().filter { name in !runs.contains { $0.record.run == name } }
        for name in others { try printLine("\(name)  (running, leaves nothing to be put back)") }
        if runs.isEmpty, others.isEmpty { return try printLine("Nothing is open.") }
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
    /// Removes the logs, commands and locks of runs that have ended without an entry in the ledger.
    fileprivate func removeRemains(_ ledger: Ledger) async throws {
        let logs = state.abandonedLogs()
        guard !logs.isEmpty else { return }
        // Read after the logs: a run is in the ledger as long as its log is needed.
        let known = Set(try await ledger.runs().runs.map(\.record.run))
        for run in logs where !known.contains(run) {
            state.removeLog(of: run)
            try await state.forget(run, at: .now())
        }
    }

    /// What puts back the changes of runs whose process is gone.
    func recovery(_ ledger: Ledger) -> Recovery {
        let place = RecoveryPlace(
            providers, resolution(VariableOverrides(), nil), self.place,
            reason: "the process that ran the experiment has ended")
        let own = Files.absolute(".")
        // Secrets, rollbacks and clusters may be named by relative paths.
        @Sendable func enter(_ record: RunRecord) -> Bool {
            chdir(own)
            return record.folder.map { chdir($0) == 0 } ?? true
        }
        return Recovery(ledger, in: place, enter: { _ = enter($0) }) { run in
            let rollbacks = Experiment(reading: run.record.document).rollbacks
            guard enter(run.record) || rollbacks.allSatisfy({ $0.provider["type"] == "python" }) else {
                throw ExperimentError(
                    .notReadable, "the folder of the run, \(run.record.folder ?? ""), cannot be entered: make it again")
            }
            return try await playRollbacks(of: run, in: place)
        }
    }

    /// Goes through the run once more up to where its process ended, and plays its rollbacks.
    ///
    /// Where its log is gone, only the rollbacks are played.
    private func playRollbacks(of run: LedgerRun, in place: RecoveryPlace) async throws -> [PlayedRollback] {
        let record = run.record
        let hasLog = access(state.log(of: record.run), F_OK) == 0
        let result = Locked<ExperimentExecution.Result?>(nil)
        _ = try await state.durableRun(record.run).execute(time: .live(loop)) { scope in
            let played = try await place.playRollbacks(of: run, on: scope) { event in
                for (_, text) in event.messages { printError("\(record.run): \(text)") }
            }
            result.withLock { $0 = played }
            return .null
        }
        // A record that was complete: the run itself has played them, and has written its journal.
        guard let result = result.withLock({ $0 }) else { return [] }
        if let path = record.journal {
            let file = RecoveredJournal(run: record.run, path: path)
            do { try file.write(result.journal, isWhole: hasLog) } catch {
                printError("Warning: the journal \(file.destination) cannot be written: \(error)")
            }
        }
        state.removeLog(of: record.run)
        return result.rollbacks
    }
}

/// The journal of a run that was recovered, in a file that may have the journal of another run by now.
private struct RecoveredJournal {
    let run: String
    /// Where it is written: `journal-<run>.json` beside the journal of another run.
    let destination: String
    /// What an earlier recovery of the run has written; nil for none.
    private let earlier: JSONObject?

    init(run: String, path: String) {
        let known = (try? contents(ofFile: path, limit: 1 << 30)).map { try? JSONValue(parsing: $0) }
        let isOwn = known??["tocsin"]?["run"]?.stringValue == run
        self.run = run
        earlier = isOwn ? known??.objectValue : nil
        var file = FilePath(path)
        if known != nil, !isOwn, let stem = file.stem {
            let name = "\(stem)-\(run)" + (file.extension.map { ".\($0)" } ?? "")
            file.removeLastComponent()
            file.append(name)
        }
        destination = file.string
    }

    /// - Parameter isWhole: whether the journal has the method; otherwise that of the earlier one stays.
    func write(_ journal: JSONObject, isWhole: Bool) throws(SystemError) {
        var journal = journal
        if !isWhole, let earlier {
            var whole = earlier
            let played = journal["rollbacks"]?.arrayValue ?? []
            let names = played.map { $0["activity"]?["name"] }
            let rest = (earlier["rollbacks"]?.arrayValue ?? []).filter { !names.contains($0["activity"]?["name"]) }
            whole["rollbacks"] = .array(rest + played)
            whole["tocsin"] = journal["tocsin"]
            whole["end"] = journal["end"]
            journal = whole
        }
        try writeJournal(journal, to: destination)
    }
}

/// Writes a journal in one step.
func writeJournal(_ journal: JSONObject, to path: String) throws(SystemError) {
    let text = JSONValue.object(journal).serialized(.pretty)
    try replaceFile(path, with: text, draft: "\(path).\(getpid())", permissions: 0o644)
}
