import Basics
import DurableExecution
import Glibc
import Transport

extension FargateSession {
    /// Makes the first signal end a run with everything put back, and the second one this process.
    /// - Parameter recovery: the command that goes on with what is left.
    func forwardSignals(
        to cancellation: DurableSignal, _ screen: DeploymentScreen, recovery: String
    ) async throws -> Task<Void, Never> {
        // A terminal or a pipe that goes away must not end the process before things are put back.
        signal(SIGPIPE) { _ in }
        let signals = try await loop.signals(SIGINT, SIGTERM, SIGUSR1, ignoresHangUp ? SIGTERM : SIGHUP)
        return Task {
            guard let first = try? await signals.next() else { return }
            screen.goBack(signalNames[first] ?? "signal \(first)")
            cancellation.raise()
            guard let second = try? await signals.next() else { return }
            let left = screen.close()
            printError(
                left.isEmpty
                    ? "Nothing was changed. Should a run be left open, this ends it: \(recovery)"
                    : "Left half done: \(left.joined(separator: "; ")).\nTo go on with it: \(recovery)")
            _exit(128 + second)
        }
    }

    /// Under nohup the terminal's end is ignored.
    private var ignoresHangUp: Bool {
        var action = sigaction()
        sigaction(SIGHUP, nil, &action)
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}

private let signalNames = [SIGINT: "Ctrl-C", SIGTERM: "SIGTERM", SIGUSR1: "SIGUSR1", SIGHUP: "SIGHUP"]
