import Basics
import DurableExecution
import Experiments
import Glibc
import JSON
import LocalCloud
import StateStore

/// Where runs of this machine leave what another process needs to go on: a ledger and a log for each run.
///
/// It is that of `Environment.stateFolder`.
struct ChaosState: Sendable {
    let folder: String

    init(environment: [String: String]) {
        // Absolute, because a recovery works in the folders of its runs.
        folder = Files.absolute(Environment(environment).stateFolder ?? "/tmp/.local/state/tocsin")
    }

    /// The ledger of what runs have changed.
    /// - Throws: `SystemError` when the folder cannot be made.
    func ledger(time: TimeSource) throws -> Ledger {
        try makeFolder("\(folder)/ledger")
        return Ledger(store: .folder("\(folder)/ledger"), time: time)
    }

    /// The commands to runs, the approvals and the locks on targets.
    /// - Throws: `SystemError` when the folder cannot be made.
    func control() throws -> StateStore {
        try makeFolder("\(folder)/control")
        return .folder("\(folder)/control")
    }

    /// The lever of all runs of this machine; there is none until somebody has moved it.
    var lever: String { "\(folder)/lever" }

    /// Forgets the commands and approvals of a run that has ended, and gives back its locks.
    func forget(_ run: String, at now: Timestamp) async throws {
        let (store, deadline) = (try control(), now + .seconds(30))
        for (key, document) in try await store.documents(until: deadline) {
            let isOwn = key == "command/\(run)" || key.hasPrefix("approval/\(run)/")
            let isLock = key.hasPrefix("lock/") && LeaseHolder(document).name == run
            if isOwn || isLock { _ = try await store.remove(key, until: deadline) }
        }
    }

    /// The log of a run.
    func log(of run: String) -> String { "\(folder)/runs/\(run).jsonl" }

    /// A durable run whose log is in a file, and the file's name.
    func durableRun(_ run: String) throws -> DurableRun {
        try makeFolder("\(folder)/runs")
        return .file(log(of: run))
    }

    /// Removes the log of a run that left nothing behind.
    func removeLog(of run: String) { unlink(log(of: run)) }

    /// The runs that a process of this machine executes, also those that the ledger does not know.
    func executedRuns() -> [String] { logs().filter(isExecuted).sorted() }

    /// The runs that have left a log, and that no process executes.
    func abandonedLogs() -> [String] { logs().filter { !isExecuted($0) } }

    private func logs() -> [String] {
        Files.names(in: "\(folder)/runs").filter { $0.hasSuffix(".jsonl") }.map { String($0.dropLast(6)) }
    }

    /// Whether a process has the log of a run locked.
    private func isExecuted(_ run: String) -> Bool {
        let descriptor = open(log(of: run), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return errno == EWOULDBLOCK }
        flock(descriptor, LOCK_UN)
        return false
    }

    /// A name for a new run: the time, and some letters.
    static func newRun(at time: Timestamp) -> String {
        let letters = Array("abcdefghjkmnpqrstuvwxyz23456789")
        let suffix = String((0..<5).map { _ in letters.randomElement() ?? "x" })
        return time.iso8601Basic.dropLast() + "-" + suffix
    }
}
