internal import Glibc
import Synchronization

/// A command and the processes it started, reached by one signal.
final class ProcessGroup: Sendable {
    private let leader = Mutex<pid_t?>(nil)

    /// Notes the group once its first process runs.
    func started(_ pid: pid_t) { leader.withLock { $0 = pid } }

    /// Sends a signal to every process of the group that still runs.
    func send(_ signal: Int32) {
        leader.withLock { pid in
            if let pid { _ = kill(-pid, signal) }
        }
    }

    /// Whether the first process has ended; it is not yet reaped then, so its number cannot belong to another.
    var leaderHasEnded: Bool {
        leader.withLock { pid in
            guard let pid else { return false }
            var status = siginfo_t()
            return waitid(P_PID, id_t(pid), &status, WEXITED | WNOHANG | WNOWAIT) == 0 && status.si_signo == SIGCHLD
        }
    }

    /// Takes over what orphans left behind when this is the first process of a container, whose duty that is.
    static func reapOrphans() {
        guard getpid() == 1 else { return }
        while waitpid(-1, nil, WNOHANG) > 0 {}
    }
}
