import ArgumentParser
import Basics
import FargateAdjuster
import Glibc
import LocalCloud
import Synchronization
import SystemPackage

/// How a deployment is watched.
struct FargateWatching: ParsableArguments {
    @Option(help: ArgumentHelp("The time between two looks at the deployment.", valueName: "time"))
    var interval = TimeSpan(.seconds(5))

    @Flag(help: "Show lines on a terminal, too, instead of the live view.")
    var plain = false
}

/// The live view of an adjustment on standard error: redrawn in place on a terminal, in lines elsewhere.
final class DeploymentScreen: Sendable {
    private struct State {
        var display: DeploymentDisplay
        var log = DeploymentLog()
        var screen = LiveScreen()
        var isClosed = false
    }

    private let environment: [String: String]
    private let isLive: Bool
    private let state: Mutex<State>

    /// - Parameters:
    ///   - components: in the order in which they are adjusted.
    ///   - plain: whether lines are written on a terminal, too.
    init(run: String, components: [String], plain: Bool, environment: [String: String]) {
        self.environment = environment
        isLive = !plain && TerminalTraits(of: STDERR_FILENO, environment: environment).size != nil
        state = Mutex(State(display: DeploymentDisplay(run: run, components: components, at: .now())))
    }

    /// Takes what the run tells, and shows it.
    func take(_ progress: AdjustmentProgress) {
        let now = Timestamp.now()
        let line = state.withLock { state in
            state.display.take(progress, at: now)
            return isLive || state.isClosed ? nil : state.log.line(progress, at: now)
        }
        if let line { printError(line) }
        draw()
    }

    /// Tells that a signal has ended the run.
    func goBack(_ signal: String) {
        state.withLock { $0.display.goBack() }
        if !isLive {
            printError(
                "[\(Timestamp.now().iso8601(fractionDigits: 0))] \(signal): going back to the former values; "
                    + "a further one leaves at once")
        }
        draw()
    }

    /// Shows nothing any more.
    /// - Returns: each service that was begun, and how far it is.
    @discardableResult
    func close() -> [String] {
        state.withLock { $0.display.end() }
        draw()
        return state.withLock { state in
            state.isClosed = true
            return state.display.summary
        }
    }

    /// Runs a body, and redraws the view meanwhile.
    func whileShown<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
        defer { close() }
        guard isLive else { return try await body() }
        return try await whileRedrawn({ self.draw() }, body)
    }

    private func draw() {
        let traits = TerminalTraits(of: STDERR_FILENO, environment: environment)
        guard isLive, let size = traits.size else { return }
        // Written under the lock: what is printed after `close` stands below the view.
        state.withLock { state in
            guard !state.isClosed else { return }
            let lines = state.display.lines(
                now: .now(), width: size.columns, height: size.lines, colour: traits.hasColour)
            let text = state.screen.redraw(lines, size: size)
            _ = try? FileDescriptor.standardError.writeAll(text.utf8)
        }
    }
}
