import Basics

/// Makes progress lines of what a run tells.
///
/// They are for all components together, never go back, and come at least every 30 s.
/// The servo gives up on a driver that is silent for `OPTUNE_IO_TIMEOUT`, and its own tests want a line every minute.
final class DriverProgress: Sendable {
    /// The longest time without a line.
    static let longestSilence = Duration.seconds(30)

    private struct State {
        /// Of each component, 0 to 100.
        var components: [String: Int]
        var total = 0
        var message = ""
        var lastLine: Timestamp?
    }

    private let state: Locked<State>
    private let output: DriverOutput
    private let time: TimeSource

    /// - Parameter components: those that are adjusted, in the order of the configuration.
    init(_ components: [String], output: DriverOutput, time: TimeSource) {
        state = Locked(State(components: .init(components.map { ($0, 0) }) { first, _ in first }))
        (self.output, self.time) = (output, time)
    }

    /// The last message.
    var message: String { state.withLock { $0.message } }

    /// Prints a line, unless it says what the last one said.
    func tell(_ progress: AdjustmentProgress) {
        state.withLock { state in
            let last = (state.total, state.message)
            state.message = progress.message
            if let component = progress.component {
                state.components[component] = progress.progress
                if state.components.count > 1 { state.message = "\(component): \(progress.message)" }
                let sum = state.components.values.reduce(0, +)
                state.total = max(state.total, sum / state.components.count)
            } else {
                state.total = max(state.total, progress.progress)
            }
            if last != (state.total, state.message) || state.lastLine == nil { print(&state) }
        }
    }

    /// Repeats the last line whenever none was printed for 30 s; ends when the task is cancelled.
    func keepAlive() async {
        var wait = Self.longestSilence
        while (try? await time.sleep(wait)) != nil {
            wait = state.withLock { state in
                let silence = state.lastLine.map { time.now() - $0 } ?? Self.longestSilence
                // A clock that was set back must not make it wait longer.
                if silence >= .zero, silence < Self.longestSilence { return Self.longestSilence - silence }
                print(&state)
                return Self.longestSilence
            }
        }
    }

    private func print(_ state: inout State) {
        output.progress(min(max(state.total, 0), 100), state.message)
        state.lastLine = time.now()
    }
}
