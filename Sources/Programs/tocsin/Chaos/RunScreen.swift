import Basics
import Experiments
import Glibc
import LocalCloud
import Synchronization
import SystemPackage
import Transport

/// The live view of a running experiment, redrawn in place on standard error.
final class RunScreen: Sendable {
    private struct State {
        var display: RunDisplay
        var screen = LiveScreen()
    }

    private let environment: [String: String]
    private let state: Mutex<State>

    /// The view, if standard error is a terminal.
    init?(_ experiment: Experiment, run: String, environment: [String: String]) {
        guard TerminalTraits(of: STDERR_FILENO, environment: environment).size != nil else { return nil }
        self.environment = environment
        state = Mutex(State(display: RunDisplay(experiment, run: run)))
    }

    /// Takes an event into the view, and shows it.
    func take(_ event: RunEvent) {
        let now = Timestamp.now()
        state.withLock { $0.display.take(event, at: now) }
        draw()
    }

    /// Runs a body, and redraws the view meanwhile.
    func whileShown<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
        try await whileRedrawn({ self.draw() }, body)
    }

    private func draw() {
        let traits = TerminalTraits(of: STDERR_FILENO, environment: environment)
        guard let size = traits.size else { return }
        let text = state.withLock { state in
            let lines = state.display.lines(
                now: .now(), width: size.columns, height: size.lines, colour: traits.hasColour)
            return state.screen.redraw(lines, size: size)
        }
        _ = try? FileDescriptor.standardError.writeAll(text.utf8)
    }
}
