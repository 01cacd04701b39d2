import Basics
import DurableExecution
import Glibc
import Transport

/// Ends a run by signals: the first one starts the way back.
///
/// A second SIGTERM, SIGINT or SIGHUP ends the process at once.
/// A servo sends SIGUSR1 again for each progress line that its service answers with "cancel": however many come, they
/// do not cut the way back off.
struct DriverCancellation: Sendable {
    /// Raised by the first signal.
    let signal = DurableSignal()
    private let output: DriverOutput
    private let progress: DriverProgress
    private let location: String?

    /// - Parameter location: where the run is recorded; nil for nowhere.
    init(output: DriverOutput, progress: DriverProgress, location: String?) {
        (self.output, self.progress, self.location) = (output, progress, location)
    }

    /// Listens until the task is cancelled.
    func listen(to signals: Signals) async {
        var demands = 0
        while let number = try? await signals.next() {
            if number != SIGUSR1 { demands += 1 }
            if demands > 1 { endAtOnce(by: number) }
            guard !signal.isRaised else { continue }
            output.log("\(Self.name(number)): putting everything back; a second SIGTERM or Ctrl-C ends at once")
            signal.raise()
        }
    }

    private func endAtOnce(by number: Int32) -> Never {
        _ = DriverResult(failure: cutOff(by: Self.name(number))).print(on: output)
        _exit(128 + number)
    }

    /// What is told of a way back that was cut off.
    func cutOff(by name: String) -> DriverResult.Failure {
        let last = progress.message.isEmpty ? "" : ", at: \(progress.message)"
        let next =
            location.map {
                "`adjust --recover APP`, or the next adjustment, goes on from the record in \($0)"
            } ?? "there is no record: look at the services, and put them back by hand"
        return DriverResult.Failure(
            reason: FailureCause.Kind.cancelled.rawValue, type: "AdjustError",
            message: "the way back was cut off by \(name)\(last). Services may be between old and new values: \(next)")
    }

    private static func name(_ number: Int32) -> String {
        switch number {
        case SIGUSR1: "SIGUSR1"
        case SIGTERM: "SIGTERM"
        case SIGINT: "SIGINT"
        case SIGHUP: "SIGHUP"
        default: "signal \(number)"
        }
    }
}
